import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startMillrace } from "../src/supervisor/up.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { OrdersBed } from "./support/orders-bed.ts";

/* The life of stages as their users meet it: real processes, a real log, REST. */

const bed = new OrdersBed();

test("a stage that throws on every record pauses itself, loses nothing, and goes on when it is mended", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      if (!existsSync("mended")) throw new Error("bad release");
      emit(order);
    } });
  `);
  await bed.post(2_000);
  await until(async () => (await bed.stage("copy")).state === "paused");
  const paused = await bed.stage("copy");
  expect(paused.lastError).toMatchObject({ code: "MR-ENGINE-002" });
  expect(paused.reason).toContain("bad release");
  expect(paused).toMatchObject({ deadLetters: 0, lagRecords: 2_000, instances: [] });
  bed.project.write("mended", "");
  expect((await bed.millrace.post("/api/v1/stages/copy/resume", {})).ok).toBe(true);
  await until(async () => (await bed.records("done")) === 2_000);
  expect(await bed.stage("copy")).toMatchObject({ deadLetters: 0, lagRecords: 0 });
  expect(await bed.stage("intake")).toMatchObject({ state: "running", recordsIn: 2_000 });
});

test("a record that kills the process is found and put aside; all others go through once", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      if (order.amount === 42) process.kill(process.pid, "SIGKILL");
      emit(order);
    } });
  `);
  await bed.post(100);
  await until(async () => (await bed.records("done")) === 99);
  expect(await bed.stage("copy")).toMatchObject({ deadLetters: 1, lagRecords: 0 });
  const { records } = (await (await bed.millrace.request("/api/v1/dlq/copy/records")).json()) as { records: { value: { amount: number }; headers: [string, string][] }[] };
  expect(records[0].value.amount).toBe(42);
  expect(Object.fromEntries(records[0].headers)["mr.dlq.errorCode"]).toBe("MR-ENGINE-007");
  const { rows } = await bed.millrace.sql(`select count(*), count(distinct id) from topics."done"`);
  expect(rows[0]).toEqual([99, 99]);
});

test("code of a stage has the secrets that it names, and no others; neither its log nor its dead letters show them", async () => {
  vi.stubEnv("MILLRACE_SECRET_SALT", "a very long and secret salt");
  onTestFinished(() => void vi.unstubAllEnvs());
  await bed.up(`
    import { connection, secret } from "millrace";
    import { hash, wrangle } from "millrace/wrangle";
    const Hidden = z.object({ id: z.string().nullable(), amount: z.number() });
    export const hidden = topic("hidden", { schema: Hidden, partitions: 1 });
    const vault = connection("vault", { pepper: secret("salt") });
    export const hide = stage("hide", { from: orders, to: hidden, run: wrangle(orders, hash("id", { key: secret("salt") })).run });
    export const fail = stage("fail", { from: orders, to: done, uses: [vault], run: (order, emit, { secret, connection, log }) => {
      log.info("the salt is " + secret("salt"));
      throw new Error((order.amount === 0 ? "salt " : "pepper ") + (order.amount === 0 ? secret("salt") : connection(vault).pepper));
    } });
    export const blind = stage("blind", { from: orders, to: done, run: (order, emit, { secret }) => void secret("salt") });
  `);
  await bed.post(2);
  await until(async () => (await Promise.all(["fail", "blind"].map(async (name) => (await bed.stage(name)).deadLetters))).every((dead) => dead === 2) && (await bed.records("hidden")) === 2);
  const { rows } = await bed.millrace.sql(`select id from topics."hidden" order by amount`);
  expect(rows[0]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  const letters = async (stage: string): Promise<string> => (await bed.millrace.request(`/api/v1/dlq/${stage}/records`)).text();
  expect(await letters("fail")).toContain("salt ***");
  expect(await letters("fail")).toContain("pepper ***");
  expect(await letters("blind")).toContain("MR-SECRET-002");
  const kept = [await letters("fail"), readFileSync(join(bed.project.data, "millrace.log"), "utf8"), await (await bed.millrace.request("/api/v1/manifest")).text()];
  expect(kept[1]).toContain("the salt is ***");
  for (const text of kept) expect(text).not.toContain("secret salt");
});

test("dead letters go through their stage again, and through no other", async () => {
  await bed.up(`
    export const other = topic("other", { schema: Order, key: "id", partitions: 4 });
    export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => {
      if (order.amount % 10 === 3 && !existsSync("mended")) throw new Error("three");
      emit(order);
    } });
    export const bystander = stage("bystander", { from: orders, to: other, run: (order, emit) => emit(order) });
  `);
  await bed.post(100);
  await until(async () => (await bed.stage("copy")).deadLetters === 10);
  bed.project.write("mended", "");
  const some = (await (await bed.millrace.post("/api/v1/dlq/copy/redrive", { limit: 4 })).json()) as { redriven: number };
  expect(some.redriven).toBe(4);
  await until(async () => (await bed.records("done")) === 94);
  expect((await bed.stage("copy")).deadLetters).toBe(6);
  const rest = (await (await bed.millrace.post("/api/v1/dlq/copy/redrive", {})).json()) as { redriven: number };
  expect(rest.redriven).toBe(6);
  await until(async () => (await bed.records("done")) === 100);
  expect(await bed.records("other")).toBe(100);
  const { rows } = await bed.millrace.sql(`select count(distinct id) from topics."done"`);
  expect(rows[0]).toEqual([100]);
});

test("sources and sinks of the user's own go on where they stood", async () => {
  await bed.up(`
    export const numbers = source("numbers", { to: orders, bounded: true, read: async function* ({ position }) {
      for (let from = (position as { next: number } | undefined)?.next ?? 0; from < 1_000; from += 100) {
        // Once, in the middle, the process dies: what it had committed is not made again.
        if (from === 500 && !existsSync("died")) { appendFileSync("died", ""); process.kill(process.pid, "SIGKILL"); }
        yield { records: Array.from({ length: 100 }, (_, i) => ({ id: "n" + (from + i), amount: from + i })), position: { next: from + 100 } };
      }
    } });
    export const out = sink("out", { from: orders, guarantee: "idempotent", write: async (records, { batchId }) => {
      appendFileSync("out.ndjson", records.map((order) => JSON.stringify({ batchId, ...order }) + "\\n").join(""));
    } });
  `);
  await until(async () => (await bed.millrace.status()).idle === true);
  expect(await bed.records("orders")).toBe(1_000);
  const lines = readFileSync(join(bed.project.folder, "out.ndjson"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { id: string; batchId: string });
  expect(new Set(lines.map(({ id }) => id)).size).toBe(1_000);
  expect(lines).toHaveLength(1_000);
  expect(new Set(lines.map(({ batchId }) => batchId)).size).toBeGreaterThan(1);
  expect((await bed.stage("numbers")).state).toBe("drained");
});

test("a stage is scaled by hand, and its processes share the work", async () => {
  await bed.up(`
    export const copy = stage("copy", { from: orders, to: done, scale: { min: 1, max: 4 }, run: (order, emit) => emit(order) });
  `);
  await until(async () => (await bed.stage("copy")).state === "running");
  expect((await bed.millrace.request("/api/v1/stages/copy/scale", { method: "PUT", body: JSON.stringify({ min: 3, max: 4 }) })).ok).toBe(true);
  await until(async () => (await bed.stage("copy")).instances.filter(({ memoryBytes }) => memoryBytes > 0).length === 3);
  for (let i = 0; i < 20; i++) await bed.post(100, i * 100);
  await until(async () => (await bed.records("done")) === 2_000);
  const { rows } = await bed.millrace.sql(`select count(distinct id) from topics."done"`);
  expect(rows[0]).toEqual([2_000]);
});

test("a stage's wishes and records outlive a restart of everything", async () => {
  await bed.up(`export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit(order) });`);
  await bed.millrace.post("/api/v1/stages/copy/pause", { reason: "while we look" });
  await bed.post(50);
  await bed.millrace.killAll();
  await bed.start();
  expect(await bed.stage("copy")).toMatchObject({ state: "paused", reason: "while we look" });
  expect(await bed.records("orders")).toBe(50);
  await bed.millrace.post("/api/v1/stages/copy/resume", {});
  await until(async () => (await bed.records("done")) === 50);
});

test("a second Millrace on the same data folder is refused, and the first goes on", async () => {
  await bed.up(`export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit(order) });`);
  await expect(MillraceProcess.start(bed.project.folder, bed.project.data)).rejects.toThrow(/MR-LOG-001[\s\S]*process \d+ has been using the data folder/);
  await bed.post(10);
  await until(async () => (await bed.records("done")) === 10);
});

test("a broken file is reported with its place, and the rest of the project runs", async () => {
  await bed.up(`export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit(order) });`, { "broken.pipeline.ts": "export const a = 1;\nexport const b = {;\n" });
  await bed.post(10);
  await until(async () => (await bed.records("done")) === 10);
  const { problems } = await bed.millrace.status();
  expect(problems).toEqual([expect.objectContaining({ code: "MR-MODEL-006", file: "broken.pipeline.ts", where: expect.stringContaining("broken.pipeline.ts:2") })]);
});

test("all stages run in one process for debugging", async () => {
  bed.write(`
    export const totals = table("shop.totals", { schema: z.object({ id: z.string(), total: z.number() }) });
    export const add = stage("add", { from: orders, to: totals, by: "id", aggregate: { total: sum("amount") }, result: ({ id, total }) => ({ id, total: total ?? 0 }) });
  `);
  const inProcess = await startMillrace({ projectFolder: bed.project.folder, dataFolder: bed.project.data, inProcess: true });
  try {
    const response = await fetch(`${inProcess.url}/ingest/intake`, { method: "POST", headers: { authorization: `Bearer ${inProcess.token}`, "content-type": "application/json" }, body: JSON.stringify([{ id: "a", amount: 1 }, { id: "a", amount: 2 }, { id: "b", amount: 5 }]) });
    expect(response.status).toBe(200);
    const total = async () => (await inProcess.control.sql({ sql: "select id, max(total) from shop.totals group by id order by id", limit: 10, timeoutMs: 20_000 }, new AbortController().signal)).rows;
    await until(async () => JSON.stringify(await total()) === '[["a",3],["b",5]]');
    expect((await inProcess.control.status()).services.map(({ name }) => name)).toEqual(["control"]);
  } finally {
    await inProcess.close();
  }
  expect(existsSync(join(bed.project.data, "control.json"))).toBe(false);
});
