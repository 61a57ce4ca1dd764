import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folderFiles } from "../../files/folder.ts";
import type { StoredResult } from "../../state/run-store.ts";
import { compileCacheFolder, resultsFolder } from "../data-folder.ts";
import { SecretVault } from "../secrets/secret-vault.ts";
import { readAttemptLog } from "./attempt-log.ts";
import { ResultStore } from "./result-store.ts";
import { TaskWorkers, type TaskWorkersOptions } from "./task-workers.ts";
import { project, RecordingPort, until } from "./tasks-for-tests.ts";

function workers(tasks: Record<string, string>, options: Partial<TaskWorkersOptions> = {}, files: Record<string, string> = {}) {
  const { codeFolder, dataFolder } = project(tasks, files);
  const port = new RecordingPort();
  const lines: string[] = [];
  const pool = new TaskWorkers({ secrets: new SecretVault({}), port, codeFolder: () => codeFolder, dataFolder, compileCache: compileCacheFolder(dataFolder), processes: 1, onLine: (line) => lines.push(line), ...options });
  onTestFinished(() => pool.close(0));
  return { pool, port, lines, codeFolder, dataFolder };
}

test("results pass inline and by file, and are what the next task gets", async () => {
  const { pool, port, dataFolder } = workers({
    small: "() => ({ n: 1 })",
    large: "() => Array.from({ length: 20_000 }, (_, i) => 'row ' + i)",
    sum: "({ small, large, interval, logicalDate, params, attempt, index }) => [small.n, large.length, large[19_999], interval.start, logicalDate, params.a, attempt, index]",
    nothing: "() => undefined",
  });
  const small = await port.run(pool, { task: { name: "small" } });
  expect(small).toEqual({ kind: "success", result: { json: '{"n":1}' } });
  const large = (await port.run(pool, { task: { name: "large" } })) as { result: StoredResult };
  expect(large.result).toMatchObject({ items: 20_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  if (!("file" in large.result)) throw new Error("not a file");
  expect(readFileSync(folderFiles(resultsFolder(dataFolder)).path(large.result.file)).byteLength).toBe(large.result.bytes);
  const inputs = { small: { json: '{"n":1}' }, large: large.result };
  const run = { id: "run-1", dag: "daily", kind: "manual" as const, release: "r1", logicalDate: null, interval: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" }, params: { a: "b" } };
  expect(await port.run(pool, { task: { name: "sum" }, inputs, run })).toEqual({ kind: "success", result: { json: '[1,20000,"row 19999","2026-01-01T00:00:00Z",null,"b",1,-1]', items: 8 } });
  expect(await port.run(pool, { task: { name: "nothing" } })).toEqual({ kind: "success" });
  writeFileSync(folderFiles(resultsFolder(dataFolder)).path(large.result.file), "[]");
  expect(await port.run(pool, { task: { name: "sum" }, inputs, run })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-009" } });
});

test("tasks of a map get their entry, of a list in the row or in a file", async () => {
  const { pool, port, dataFolder } = workers({ each: "({ name, index }) => name + index" });
  const list = { json: '["a","b"]', items: 2 };
  expect(await port.run(pool, { task: { name: "each", item: "name" }, list, index: 1 })).toMatchObject({ result: { json: '"b1"' } });
  const long = (await new ResultStore(folderFiles(resultsFolder(dataFolder))).store(Array.from({ length: 30_000 }, (_, i) => `n${i}`), "list.json", "")) as StoredResult;
  expect(await port.run(pool, { task: { name: "each", item: "name" }, list: long, index: 29_999 })).toMatchObject({ result: { json: '"n2999929999"' } });
});

test("what is no result says so, and is not tried again", async () => {
  const { pool, port } = workers({
    huge: "() => 'x'.repeat(65 * 1024 * 1024)",
    code: "() => ({ rows: [{ total: () => 1 }] })",
    big: "() => ({ n: 1n })",
    circle: "() => { const a = {}; a.a = a; return a; }",
    map: "() => new Map()",
  });
  expect(await port.run(pool, { task: { name: "huge" } })).toMatchObject({ kind: "failed", final: true, error: { code: "MR-TASK-003" } });
  expect(await port.run(pool, { task: { name: "code" } })).toMatchObject({ final: true, error: { code: "MR-TASK-002", what: 'the result holds a function at "rows[0].total"' } });
  for (const name of ["big", "circle", "map"]) expect(await port.run(pool, { task: { name } })).toMatchObject({ final: true, error: { code: "MR-TASK-002" } });
});

test("an error names the places in the user's code; its stack and all that was said are in the log", async () => {
  const { pool, port, dataFolder } = workers({
    bad: "async ({ log }) => { console.log('one', { n: 1 }); log.warn('two', { rows: 3 }); process.stdout.write('three\\n'); await null; throw new TypeError('no such route', { cause: new Error('why') }); }",
    other: "async () => { for (let i = 0; i < 5; i++) { console.error('other', i); await new Promise((r) => setTimeout(r, 1)); } }",
  });
  const [outcome] = await Promise.all([port.run(pool, { task: { name: "bad" }, number: 2 }), port.run(pool, { task: { name: "other" } })]);
  expect(outcome).toMatchObject({ kind: "failed", error: { code: "MR-TASK-001", what: "TypeError: no such route (caused by Error: why)", where: expect.stringMatching(/^task "bad" of DAG "daily", run "run-1", attempt 2\n {4}at .*dags\.ts:2:\d+\)?$/) } });
  expect(outcome).not.toHaveProperty("final");
  const read = await readAttemptLog(dataFolder, { dag: "daily", run: "run-1", made: 0, task: "bad", index: -1, number: 2 });
  const entries = read.lines.map((line) => JSON.parse(line));
  expect(entries.map(({ level, msg }) => [level, msg])).toEqual([[30, "one { n: 1 }"], [40, "two"], [30, "three"], [50, "TypeError: no such route (caused by Error: why)"]]);
  expect(entries[1]).toMatchObject({ rows: 3, time: expect.any(Number) });
  expect(entries[3].stack).toContain("dags.ts:2");
  expect(await readAttemptLog(dataFolder, { dag: "daily", run: "run-1", made: 0, task: "bad", index: -1, number: 2 }, read.next)).toEqual({ lines: [], next: read.next, atEnd: true });
  expect((await readAttemptLog(dataFolder, { dag: "daily", run: "run-1", made: 0, task: "other", index: -1, number: 1 })).lines).toHaveLength(5);
});

test("code says by what it throws that it is skipped, has failed for good, or when to try again", async () => {
  const thrown = (signal: string): string => `() => { throw Object.assign(new Error("so"), { [Symbol.for("millrace.signal")]: ${signal} }); }`;
  const { pool, port } = workers({ skip: thrown('{ kind: "skip" }'), fail: thrown('{ kind: "fail" }'), later: thrown('{ kind: "retryAfter", ms: 5 }') });
  expect(await port.run(pool, { task: { name: "skip" } })).toEqual({ kind: "skipped", note: "so" });
  expect(await port.run(pool, { task: { name: "fail" } })).toMatchObject({ kind: "failed", final: true, error: { code: "MR-TASK-001", retryable: false } });
  expect(await port.run(pool, { task: { name: "later" } })).toMatchObject({ kind: "failed", retryAfterMs: 5 });
});

test("a module that never finishes loading fails its tasks, whether it blocks or waits", async () => {
  const { pool, port } = workers({}, { importMs: 200 }, { "blocks.ts": "for (;;);", "waits.ts": "await new Promise(() => {});" });
  for (const module of ["blocks.ts", "waits.ts"]) expect(await port.run(pool, { task: { name: "a" }, module })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-004", what: `${module} did not finish loading within 0.2 s` } });
});

test("a module that loads slowly delays its own tasks alone", async () => {
  const { pool, port } = workers({ a: "() => 1" }, {}, { "slow.ts": "await new Promise((r) => setTimeout(r, 300)); export { daily } from './dags.ts';" });
  const [slow, quick] = [port.run(pool, { task: { name: "a" }, module: "slow.ts" }), port.run(pool, { task: { name: "a" } })];
  expect(await Promise.race([slow.then(() => "slow"), quick.then(() => "quick")])).toBe("quick");
  expect(await slow).toMatchObject({ kind: "success" });
});

test("a log is cut at its limit with a word about it, and can be read in parts", async () => {
  const { pool, port, dataFolder } = workers({ talk: "({ log }) => { for (let i = 0; i < 12_000; i++) log.info('x'.repeat(1000)); }" });
  await port.run(pool, { task: { name: "talk" } });
  let bytes = 0;
  let lines: string[] = [];
  for (let offset = 0; ; ) {
    const part = await readAttemptLog(dataFolder, { dag: "daily", run: "run-1", made: 0, task: "talk", index: -1, number: 1 }, offset);
    if (part.lines.length === 0) break;
    lines = part.lines;
    bytes = offset = part.next;
  }
  expect(bytes).toBeGreaterThan(10 * 1024 * 1024 - 2_000);
  expect(bytes).toBeLessThan(10 * 1024 * 1024 + 2_000);
  expect(JSON.parse(lines.at(-1) as string).msg).toMatch(/ends at 10 MiB/);
});

test("branches, short circuits and sensors say what comes next", async () => {
  const { pool, port } = workers({ one: "() => 'a'", none: "() => null", odd: "() => 3", no: "() => 0", yes: "() => 1", later: "({ looks }) => looks > 1 ? { done: true, value: { at: looks } } : { done: false }", never: "() => ({ done: false })" });
  expect(await port.run(pool, { task: { name: "one", kind: "branch" } })).toEqual({ kind: "success", chosen: ["a"] });
  expect(await port.run(pool, { task: { name: "none", kind: "branch" } })).toEqual({ kind: "success", chosen: [] });
  expect(await port.run(pool, { task: { name: "odd", kind: "branch" } })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-002" } });
  expect(await port.run(pool, { task: { name: "no", kind: "shortCircuit" } })).toEqual({ kind: "success", chosen: [] });
  expect(await port.run(pool, { task: { name: "yes", kind: "shortCircuit" } })).toEqual({ kind: "success" });
  const sensor = { mode: "reschedule", everyMs: 1_000, timeoutMs: 60_000, soft: false } as const;
  expect(await port.run(pool, { task: { name: "later", kind: "sensor", sensor } })).toEqual({ kind: "deferred", ms: 1_000 });
  expect(await port.run(pool, { task: { name: "later", kind: "sensor", sensor }, looks: 2 })).toEqual({ kind: "success", result: { json: '{"at":2}' } });
  expect(await port.run(pool, { task: { name: "never", kind: "sensor", sensor: { mode: "poke", everyMs: 5, timeoutMs: 30, soft: true } } })).toMatchObject({ kind: "skipped" });
  expect(await port.run(pool, { task: { name: "never", kind: "sensor", sensor: { mode: "poke", everyMs: 5, timeoutMs: 30, soft: false } } })).toMatchObject({ kind: "failed", final: true });
});

test("code that is not there, cannot be imported, or is no module is a coded failure", async () => {
  const { pool, port } = workers({ a: "() => 1" }, {}, { "broken.ts": "throw new Error('at import');", "empty.ts": "export const daily = 1;" });
  expect(await port.run(pool, { task: { name: "b" } })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-004", what: 'the DAG that dags.ts exports as "daily" has no task "b"' } });
  for (const module of ["broken.ts", "empty.ts", "missing.ts"]) expect(await port.run(pool, { task: { name: "a" }, module })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-004" } });
  expect(await port.run(pool, { task: { name: "a" } })).toMatchObject({ kind: "success" });
});

test("a task that heeds its signal is stopped alone; one that does not is killed, and those beside it may end first", async () => {
  const { pool, port, codeFolder, dataFolder } = workers({
    polite: "({ signal, log }) => log.info('begun') ?? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))",
    deaf: "({ log }) => log.info('begun') ?? new Promise(() => setInterval(() => {}, 1000))",
    beside: "async ({ params }) => { const { existsSync } = await import('node:fs'); while (!existsSync(params.file)) await new Promise((r) => setTimeout(r, 5)); return 'in time'; }",
    other: "() => 1",
  });
  const polite = port.run(pool, { task: { name: "polite" } });
  const begun = (task: string) => until(async () => (await readAttemptLog(dataFolder, { dag: "daily", run: "run-1", made: 0, task, index: -1, number: 1 })).lines.length > 0);
  await begun("polite");
  pool.stop(polite.attempt, "timed out", 10_000);
  await until(() => pool.processes[0].attempts === 0);
  expect(port.goneWorkers).toEqual([]);

  const go = join(codeFolder, "go");
  const run = { id: "run-1", dag: "daily", kind: "manual" as const, release: "r1", logicalDate: null, interval: { start: "", end: "" }, params: { file: go } };
  const deaf = port.run(pool, { task: { name: "deaf" } });
  const beside = port.run(pool, { task: { name: "beside" }, run });
  await begun("deaf");
  pool.stop(deaf.attempt, "timed out", 50);
  // The process gets nothing new from then on: another one is made for the next task.
  await until(() => port.run(pool, { task: { name: "other" } }).then(() => new Set(port.started.map(({ worker }) => worker)).size === 2));
  expect(port.goneWorkers).toEqual([]);
  writeFileSync(go, "");
  expect(await beside).toMatchObject({ result: { json: '"in time"' } });
  await until(() => port.goneWorkers.length === 1);
  expect(port.goneWorkers).toEqual([port.workerOf(deaf.attempt)]);
  expect(port.ended.map(({ attempt }) => attempt)).not.toContain(deaf.attempt);
  expect(port.ended.map(({ attempt }) => attempt)).not.toContain(polite.attempt);
});

async function blockedLoop(): Promise<void> {
  const { pool, port } = workers({ block: "() => { for (;;); }", quick: "() => 1" });
  const block = port.run(pool, { task: { name: "block" } });
  const worker = await until(() => port.workerOf(block.attempt));
  await until(() => pool.processes.find((process) => process.worker === worker && process.lagMs > 1_000));
  expect(await port.run(pool, { task: { name: "quick" } })).toMatchObject({ kind: "success" });
  const beats = port.beats.filter((each) => each === worker).length;
  await until(() => port.beats.filter((each) => each === worker).length > beats);
  pool.stop(block.attempt, "timed out", 20);
  await until(() => port.goneWorkers.includes(worker));
}

async function frozenProcess(): Promise<void> {
  const { pool, port } = workers({ wait: "() => new Promise(() => {})" });
  const wait = port.run(pool, { task: { name: "wait" } });
  const worker = await until(() => port.workerOf(wait.attempt));
  await until(() => port.beats.includes(worker));
  const { pid } = await until(() => pool.processes.find((process) => process.worker === worker && process.attempts === 1));
  process.kill(pid as number, "SIGSTOP");
  const beats = port.beats.length;
  await until(() => port.goneWorkers.includes(worker), "its end", 30_000);
  expect(port.beats.length).toBeLessThanOrEqual(beats + 1);
  expect(port.ended).toEqual([]);
}

test("a blocked event loop keeps its heartbeat, gets nothing new, and can be killed; a frozen process has none, and is killed when its attempt is taken away", async () => {
  // Both are for the most part waited for.
  await Promise.all([blockedLoop(), frozenProcess()]);
});

test("code that ends its process fails alone; those beside it are lost, not failed", async () => {
  const { pool, port } = workers({ exit: "async () => { await null; process.exit(3); }", beside: "() => new Promise(() => {})" });
  const beside = port.run(pool, { task: { name: "beside" } });
  await until(() => pool.processes[0]?.attempts === 1);
  const exit = port.run(pool, { task: { name: "exit" } });
  expect(await exit).toMatchObject({ kind: "failed", error: { code: "MR-TASK-005", what: "the code ended its process with process.exit(3)", where: expect.stringContaining("dags.ts:2") } });
  await until(() => port.goneWorkers.length === 1);
  expect(port.goneWorkers).toEqual([port.workerOf(beside.attempt)]);
  expect(port.ended).toHaveLength(1);
});

test("a crash that nobody can be blamed for is lost to all in the process, and is the fault of one that runs alone", async () => {
  const { pool, port } = workers({ crash: "() => process.abort()", beside: "() => new Promise(() => {})" });
  const beside = port.run(pool, { task: { name: "beside" } });
  await until(() => pool.processes[0]?.attempts === 1);
  const crash = port.run(pool, { task: { name: "crash" } });
  await until(() => port.goneWorkers.length === 1);
  expect(port.ended).toEqual([]);
  expect(port.workerOf(crash.attempt)).toBe(port.workerOf(beside.attempt));
  const again = port.run(pool, { task: { name: "beside" }, lost: 1 });
  expect(await port.run(pool, { task: { name: "crash" }, lost: 1 })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-005", what: expect.stringContaining("SIGABRT") } });
  expect(port.goneWorkers).not.toContain(await until(() => port.workerOf(again.attempt)));
});

test("too much memory is a failure with the mend, for the one that ran alone", async () => {
  const { pool, port } = workers({ hoard: "() => { const all = []; for (;;) all.push(new Array(100_000).fill({})); }" }, { heapMiB: 64 });
  expect(await port.run(pool, { task: { name: "hoard", isolated: true } })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-005", what: expect.stringContaining("ran out of memory") } });
});

test("errors that nobody waits for are those of the task whose code they come from", async () => {
  const { pool, port } = workers({
    floating: "() => { Promise.reject(new Error('left alone')); return new Promise(() => {}); }",
    timer: "() => new Promise(() => setTimeout(() => { throw new Error('in a timer'); }, 1))",
    beside: "() => new Promise((resolve) => setTimeout(() => resolve(1), 200))",
  });
  const beside = port.run(pool, { task: { name: "beside" } });
  expect(await port.run(pool, { task: { name: "floating" } })).toMatchObject({ kind: "failed", error: { what: "Error: left alone", where: expect.stringContaining("nobody waited for it") } });
  expect(await port.run(pool, { task: { name: "timer" } })).toMatchObject({ kind: "failed", error: { what: "Error: in a timer" } });
  expect(await beside).toMatchObject({ kind: "success" });
});

test("an attempt that asks for it has a process to itself; refused and called-off ones leave no trace", async () => {
  const { pool, port } = workers({ pid: "() => process.pid", wait: "() => new Promise(() => {})" }, { places: 1 });
  const pids = [await port.run(pool, { task: { name: "pid" } }), await port.run(pool, { task: { name: "pid" } }), await port.run(pool, { task: { name: "pid", isolated: true } })].map((outcome) => (outcome as { result: { json: string } }).result.json);
  expect(pids[1]).toBe(pids[0]);
  expect(pids[2]).not.toBe(pids[0]);
  await until(() => port.goneWorkers.length === 1);
  const refused = randomUUID();
  port.refused.add(refused);
  port.run(pool, { task: { name: "pid" }, attempt: refused });
  expect(await port.run(pool, { task: { name: "pid" } })).toMatchObject({ result: { json: pids[0] } });
  const wait = port.run(pool, { task: { name: "wait" } });
  const waiting = port.run(pool, { task: { name: "pid" } });
  pool.stop(waiting.attempt, "cancelled", 0);
  await until(() => pool.processes[0].attempts === 1);
  pool.stop(wait.attempt, "cancelled", 0);
  expect(await port.run(pool, { task: { name: "pid" } })).toMatchObject({ kind: "success" });
  expect(port.started.map(({ attempt }) => attempt)).not.toContain(waiting.attempt);
  expect(port.started.map(({ attempt }) => attempt)).not.toContain(refused);
});

test("a process is kept warm while asked; idle ones leave", async () => {
  const { pool, port } = workers({ pid: "() => process.pid" }, { idleMs: 50 });
  pool.keepWarm(["r1"]);
  await until(() => pool.processes.length === 1);
  await port.run(pool, { task: { name: "pid" }, release: "r0" });
  await until(() => pool.processes.length === 1);
  expect(pool.processes[0].release).toBe("r1");
  pool.keepWarm([]);
  await until(() => pool.processes.length === 0);
});

test("a release whose process cannot be started fails its tasks by name", async () => {
  const { pool, port, codeFolder } = workers({ a: "() => 1" }, { codeFolder: () => join("/nowhere", randomUUID()) });
  expect(existsSync(codeFolder)).toBe(true);
  expect(await port.run(pool, { task: { name: "a" } })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-005", what: expect.stringContaining("no worker process could be started") } });
});
