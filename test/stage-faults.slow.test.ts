import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "./support/millrace-process.ts";
import { OrdersBed } from "./support/orders-bed.ts";
import { stallMs } from "./support/stall.ts";

/* Stages that misbehave, as real processes. */

const bed = new OrdersBed();
const lines = (file: string): number => readFileSync(join(bed.project.folder, file), "utf8").split("\n").length - 1;

test("a stage whose code ends the process, even with exit code 0, is started ever less often", async () => {
  await bed.up(`
    if (inStage) { appendFileSync("starts", "one\\n"); process.exit(0); }
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit(order) });
  `);
  await until(async () => (await bed.stage("copy")).state === "failed");
  const { lastError, reason } = await bed.stage("copy");
  expect(lastError).toMatchObject({ code: "MR-ENGINE-008", what: "the stage's process died (exit code 0)" });
  expect(reason).toContain("exit code 0");
  expect(lines("starts")).toBeLessThan(8);
});

test("a stage that found its feet again is running, and the project can become idle", async () => {
  await bed.up(`
    if (inStage) { appendFileSync("starts", "x"); if (!existsSync("mended")) process.exit(3); }
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit(order) });
  `);
  await bed.post(10);
  await until(async () => (await bed.stage("copy")).state === "failed");
  expect((await bed.millrace.status()).idle).toBe(false);
  bed.project.write("mended", "");
  await until(async () => (await bed.millrace.status()).idle === true);
  expect(await bed.stage("copy")).toMatchObject({ state: "running", lagRecords: 0 });
});

test("a process that user code has left behind does not hide that the stage died", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      if (!existsSync("died")) { appendFileSync("died", ""); spawn("sleep", ["300"], { stdio: "inherit" }); process.kill(process.pid, "SIGKILL"); }
      emit(order);
    } });
  `);
  const started = performance.now();
  await bed.post(5);
  await until(async () => (await bed.records("done")) === 5);
  expect(performance.now() - started).toBeLessThan(10_000 + stallMs);
});

test("a stage that says more than anybody can read is cut short, and nobody else is held up", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      for (let i = 0; i < 20_000; i++) console.log("word ".repeat(20));
      process.send?.(null);
      process.send?.({ type: "report" });
      emit(order);
    } });
  `);
  await bed.post(50);
  await until(async () => (await bed.records("done")) === 50);
  const log = (): string => readFileSync(join(bed.project.data, "millrace.log"), "utf8");
  await until(() => log().includes("linesLeftOut"));
  expect(log().length).toBeLessThan(30_000_000);
});

test("a frozen stage is replaced, and what it still had in hand is not done twice; one that takes more memory than it may is named so, and tried less and less often", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, run: async (order, emit) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      emit(order);
    } });
    const held = [];
    export const greed = topic("greed", { schema: Order, key: "id" });
    export const door = http("door", { to: greed });
    export const greedy = stage("greedy", { from: greed, to: done, place: { memory: "64MiB" }, run: (order, emit) => {
      for (;;) held.push(new Array(10_000).fill({}).map(() => ({ a: Math.random() })));
    } });
  `);
  await until(async () => (await bed.stage("copy")).state === "running");
  await bed.post(4_000);
  const [{ pid }] = (await bed.stage("copy")).instances;
  process.kill(pid, "SIGSTOP");
  // While the frozen one is waited for.
  expect((await bed.millrace.post("/ingest/door", { id: "g", amount: 1 })).status).toBe(200);
  await until(async () => (await bed.stage("greedy")).lastError?.code === "MR-ENGINE-008");
  expect((await bed.stage("greedy")).lastError?.what).toBe("the stage's process ran out of memory");
  // The one record is to blame: it ends in the dead letters.
  await until(async () => (await bed.stage("greedy")).deadLetters === 1);

  await until(async () => (await bed.stage("copy")).instances.some((other) => other.pid !== pid));
  expect((await bed.stage("copy")).lastError?.what).toContain("it was frozen");
  await until(async () => (await bed.records("done")) >= 4_000);
  const { rows } = await bed.millrace.sql(`select count(*), count(distinct id) from topics."done"`);
  expect(rows[0]).toEqual([4_000, 4_000]);
});

test("redrives that are asked for at once come one after the other, and each letter goes once", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      if (order.amount % 10 === 3 && !existsSync("mended")) throw new Error("three");
      emit(order);
    } });
  `);
  await bed.post(400);
  await until(async () => (await bed.stage("copy")).deadLetters === 40);
  bed.project.write("mended", "");
  const answers = await Promise.all(Array.from({ length: 6 }, () => bed.millrace.post("/api/v1/dlq/copy/redrive", {})));
  const redriven = await Promise.all(answers.map(async (answer) => ((await (answer as Response).json()) as { redriven: number }).redriven));
  expect(redriven.reduce((sum, count) => sum + count, 0)).toBe(40);
  await until(async () => (await bed.records("done")) === 400);
});

test("when the control plane is killed, everything that it started is gone within 5 s, busy or not", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => { for (;;); } });
    export const rest = topic("rest", { schema: Order, key: "id", partitions: 4 });
    export const idle = stage("idle", { from: done, to: rest, run: () => undefined });
  `);
  await until(async () => (await bed.stage("idle")).state === "running" && (await bed.stage("copy")).state === "running");
  await bed.post(1);
  const pids = (await bed.millrace.status()).stages.flatMap(({ instances }) => instances.map(({ pid }) => pid)).concat((await bed.millrace.status()).services.flatMap(({ pid }) => pid ?? []));
  expect(pids.length).toBe(4);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await bed.millrace.kill();
  const deadline = performance.now() + 5_000 + stallMs;
  const alive = (): number[] => pids.filter((pid) => { try { process.kill(pid, 0); return true; } catch { return false; } });
  while (alive().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  const left = alive();
  for (const pid of left) process.kill(pid, "SIGKILL");
  expect(left).toEqual([]);
});
