import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* Stages that misbehave, as real processes. */

const head = `
import { spawn } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { http, source, stage, topic } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), amount: z.number() });
export const orders = topic("orders", { schema: Order, key: "id", partitions: 4 });
export const done = topic("done", { schema: Order, key: "id", partitions: 4 });
export const intake = http("intake", { to: orders });
// User code is loaded for the manifest too: what follows is for the stage's process alone.
const inStage = process.argv[1].includes("stage-main");
`;

let project: TemporaryProject;
let millrace: MillraceProcess | undefined;

async function up(pipeline: string): Promise<MillraceProcess> {
  project = temporaryProject({ "pipeline.ts": head + pipeline });
  millrace = await MillraceProcess.start(project.folder, project.data);
  return millrace;
}

afterEach(async () => {
  await millrace?.stop();
  millrace = undefined;
  project.remove();
});

const post = async (count: number, from = 0): Promise<void> => {
  const records = Array.from({ length: count }, (_, i) => ({ id: `o${from + i}`, amount: from + i }));
  const answer = await (millrace as MillraceProcess).post("/ingest/intake", records);
  expect(answer.status, await answer.clone().text()).toBe(200);
};
const stageOf = async (name: string) => {
  const found = (await (millrace as MillraceProcess).status()).stages.find((stage) => stage.name === name);
  if (!found) throw new Error(`no stage ${name}`);
  return found;
};
const recordsOf = async (topic: string): Promise<number> => (await (millrace as MillraceProcess).status()).topics.find(({ name }) => name === topic)?.records ?? 0;
const lines = (file: string): number => readFileSync(join(project.folder, file), "utf8").split("\n").length - 1;

test("a stage whose code ends the process, even with exit code 0, is started ever less often", async () => {
  await up(`
    if (inStage) { appendFileSync("starts", "one\\n"); process.exit(0); }
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit(order) });
  `);
  await until(async () => (await stageOf("copy")).state === "failed");
  const { lastError, reason } = await stageOf("copy");
  expect(lastError).toMatchObject({ code: "MR-ENGINE-008", what: "the stage's process died (exit code 0)" });
  expect(reason).toContain("exit code 0");
  expect(lines("starts")).toBeLessThan(8);
});

test("a stage that found its feet again is running, and the project can become idle", async () => {
  await up(`
    if (inStage) { appendFileSync("starts", "x"); if (!existsSync("mended")) process.exit(3); }
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit(order) });
  `);
  await post(10);
  await until(async () => (await stageOf("copy")).state === "failed");
  expect((await millrace?.status())?.idle).toBe(false);
  project.write("mended", "");
  await until(async () => (await millrace?.status())?.idle === true);
  expect(await stageOf("copy")).toMatchObject({ state: "running", lagRecords: 0 });
});

test("a process that user code has left behind does not hide that the stage died", async () => {
  await up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      if (!existsSync("died")) { appendFileSync("died", ""); spawn("sleep", ["30"], { stdio: "inherit" }); process.kill(process.pid, "SIGKILL"); }
      emit(order);
    } });
  `);
  const started = performance.now();
  await post(5);
  await until(async () => (await recordsOf("done")) === 5);
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("a stage that says more than anybody can read is cut short, and nobody else is held up", async () => {
  const { dataFolder } = await up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      for (let i = 0; i < 20_000; i++) console.log("word ".repeat(20));
      process.send?.(null);
      process.send?.({ type: "report" });
      emit(order);
    } });
  `).then(() => ({ dataFolder: project.data }));
  await post(50);
  await until(async () => (await recordsOf("done")) === 50);
  const log = (): string => readFileSync(join(dataFolder, "millrace.log"), "utf8");
  await until(() => log().includes("linesLeftOut"));
  expect(log().length).toBeLessThan(30_000_000);
});

test("a stage that takes more memory than it may is named so, and tried less and less often", async () => {
  await up(`
    const held = [];
    export const copy = stage("copy", { from: orders, to: done, place: { memory: "64MiB" }, run: (order, emit) => {
      for (;;) held.push(new Array(10_000).fill({}).map(() => ({ a: Math.random() })));
    } });
  `);
  await post(1);
  await until(async () => (await stageOf("copy")).lastError?.code === "MR-ENGINE-008");
  expect((await stageOf("copy")).lastError?.what).toBe("the stage's process ran out of memory");
  // The one record is to blame: it ends in the dead letters.
  await until(async () => (await stageOf("copy")).deadLetters === 1);
});

test("a frozen stage is replaced, and what it still had in hand is not done twice", { timeout: 90_000 }, async () => {
  await up(`
    export const copy = stage("copy", { from: orders, to: done, run: async (order, emit) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      emit(order);
    } });
  `);
  await until(async () => (await stageOf("copy")).state === "running");
  await post(4_000);
  const [{ pid }] = (await stageOf("copy")).instances;
  process.kill(pid, "SIGSTOP");
  await until(async () => (await stageOf("copy")).instances.some((other) => other.pid !== pid));
  expect((await stageOf("copy")).lastError?.what).toContain("it was frozen");
  await until(async () => (await recordsOf("done")) >= 4_000);
  const { rows } = (await millrace?.sql(`select count(*), count(distinct id) from topics."done"`)) ?? { rows: [] };
  expect(rows[0]).toEqual([4_000, 4_000]);
});

test("when the control plane is killed, everything that it started is gone within 5 s, busy or not", async () => {
  const running = await up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => { for (;;); } });
    export const rest = topic("rest", { schema: Order, key: "id", partitions: 4 });
    export const idle = stage("idle", { from: done, to: rest, run: () => undefined });
  `);
  await until(async () => (await stageOf("idle")).state === "running" && (await stageOf("copy")).state === "running");
  await post(1);
  const pids = (await running.status()).stages.flatMap(({ instances }) => instances.map(({ pid }) => pid)).concat((await running.status()).services.flatMap(({ pid }) => pid ?? []));
  expect(pids.length).toBe(4);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await running.kill();
  const deadline = performance.now() + 5_000;
  const alive = (): number[] => pids.filter((pid) => { try { process.kill(pid, 0); return true; } catch { return false; } });
  while (alive().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  const left = alive();
  for (const pid of left) process.kill(pid, "SIGKILL");
  expect(left).toEqual([]);
  millrace = undefined;
});
