import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { entrySchema } from "./entries.ts";
import { runConformance } from "./run-conformance.ts";
import { anAttempt, anInstance, aRun, changes } from "./run-rows-for-tests.ts";
import { runSchema } from "./run-schema.ts";
import { sqliteState } from "./sqlite.ts";
import { sqliteRuns } from "./sqlite-runs.ts";

const scratch = () => mkdtemp(join(tmpdir(), "millrace-runs-"));

const folder = scratch();
runConformance("sqlite", async (name) => {
  const path = join(await folder, `${name}.sqlite`);
  return { runs: await sqliteRuns(path), state: await sqliteState(path) };
});

test("what a killed process was told is written, is written, and every commit is whole", async () => {
  const path = join(await scratch(), "state.sqlite");
  const code = `
    const { epoch } = await store.take("child");
    for (let i = 1; ; i++) {
      const run = "r" + i;
      const instances = Array.from({ length: 20 }, (_, index) => rows.anInstance(run, "t", { index }));
      const attempts = instances.map(({ index }) => rows.anAttempt(run, "t", 1, { index }));
      await store.commit(epoch, rows.changes({ runs: [rows.aRun(run)], instances, attempts, fence: i }), [{ collection: "c", key: "k", expected: i - 1, value: i }]);
      process.stdout.write(i + "\\n");
    }`;
  let told = "";
  const child = childWith(path, code);
  for await (const chunk of child.stdout) {
    told += chunk;
    if (told.split("\n").length > 60) child.kill("SIGKILL");
  }
  const last = Number(told.slice(0, told.lastIndexOf("\n")).split("\n").at(-1));
  expect(last).toBeGreaterThan(0);
  const store = await sqliteRuns(path);
  const { unfinished } = await store.take("after");
  expect(unfinished.runs.length).toBeGreaterThanOrEqual(last);
  expect([unfinished.instances.length, unfinished.attempts.length, unfinished.fence]).toEqual([20 * unfinished.runs.length, 20 * unfinished.runs.length, unfinished.runs.length]);
  await store.close();
  const state = await sqliteState(path);
  expect((await state.get("c", "k"))?.version).toBe(unfinished.runs.length);
  await state.close();
});

test("of two processes that take the store only the later one writes", async () => {
  const path = join(await scratch(), "state.sqlite");
  const code = `
    const { epoch } = await store.take("child");
    for (let i = 1; ; i++) {
      const refusal = await store.commit(epoch, rows.changes({ runs: [rows.aRun("r" + i)] })).catch((error) => error.code);
      if (refusal !== undefined || i === 5) process.stdout.write((refusal ?? "five") + " " + i + "\\n");
      if (refusal !== undefined) break;
      // Leaves the other one room: SQLite lets no one queue for its lock.
      await new Promise((done) => setTimeout(done, 2));
    }
    await store.close();`;
  const child = childWith(path, code);
  const store = await sqliteRuns(path);
  let told = "";
  let epoch = 0;
  for await (const chunk of child.stdout) {
    told += chunk;
    if (epoch > 0 || !told.includes("five")) continue;
    epoch = (await store.take("parent")).epoch;
    await store.commit(epoch, changes({ runs: [aRun("mine")] }));
  }
  const refusedAt = Number(told.match(/^five 5\nMR-STATE-002 (\d+)\n$/)?.[1]);
  expect((await store.runs({ limit: 1_000 })).map(({ id }) => id)).toEqual(["mine", ...Array.from({ length: refusedAt - 1 }, (_, i) => `r${refusedAt - 1 - i}`)]);
  await store.commit(epoch, changes({ fence: 1 }));
  await store.close();
});

test("a removal that is killed is finished by the next", async () => {
  const path = join(await scratch(), "state.sqlite");
  const store = await sqliteRuns(path);
  const { epoch } = await store.take("a");
  for (let i = 0; i < 40; i++) {
    const id = `r${i}`;
    const indices = Array.from({ length: 200 }, (_, index) => index);
    const run = aRun(id, { intervalStart: i, state: "success", endedAt: i });
    await store.commit(epoch, changes({ runs: [run], instances: indices.map((index) => anInstance(id, "t", { index })), attempts: indices.map((index) => anAttempt(id, "t", 1, { index })) }));
  }
  await store.close();
  const database = new DatabaseSync(path);
  const count = (table: string) => (database.prepare(`select count(*) n from ${table}`).get() as { n: number }).n;
  const child = childWith(path, `process.stdout.write("begin\\n"); await store.removeRuns({ before: 1_000, limit: 39 });`);
  const over = new Promise((done) => child.on("close", done));
  while (child.exitCode === null && count("attempt") === 8_000) await new Promise(setImmediate);
  child.kill("SIGKILL");
  await over;
  const next = await sqliteRuns(path);
  await next.removeRuns({ before: 1_000, limit: 100 });
  expect(["run", "instance", "attempt", "removed_run"].map(count)).toEqual([1, 200, 200, 0]);
  database.close();
  await next.close();
});

test("no run comes by rows of one that is being removed", async () => {
  const store = await sqliteRuns(join(await scratch(), "state.sqlite"));
  const { epoch } = await store.take("a");
  const instances = Array.from({ length: 5_000 }, (_, index) => anInstance("last", "t", { index }));
  await store.commit(epoch, changes({ runs: [aRun("newer", { intervalStart: 2, state: "success", endedAt: 90 }), aRun("last", { intervalStart: 1, state: "success", endedAt: 1 })], instances }));
  const removed = store.removeRuns({ before: 10, limit: 10 });
  await new Promise(setImmediate);
  await store.commit(epoch, changes({ runs: [aRun("fresh")] }));
  expect(await store.instances("fresh", { limit: 1 })).toEqual([]);
  expect(await removed).toBe(0);
  expect(await store.removeRuns({ before: 10, limit: 10 })).toBe(1);
  await store.close();
});

test("a store of a newer Millrace is refused by code", async () => {
  const path = join(await scratch(), "state.sqlite");
  await (await sqliteRuns(path)).close();
  const database = new DatabaseSync(path);
  database.exec("update schema_version set version = 1000");
  database.close();
  await expect(sqliteRuns(path)).rejects.toMatchObject({ code: "MR-STATE-004" });
});

test("a store of an older Millrace is brought up to date, with all that is in it", async () => {
  const path = join(await scratch(), "state.sqlite");
  const database = new DatabaseSync(path);
  for (const step of [...entrySchema.steps, ...runSchema.steps.slice(0, 4)]) database.exec(step);
  database.exec(`
    create table schema_version (part text primary key, version integer not null) strict, without rowid;
    insert into schema_version values ('runs', 4);
    update scheduler set epoch = 6, holder = 'old', fence = 9;
    insert into run values (1, 'r', 'd', 'manual', 'running', 'x', null, 1, 1, 1, 1, null, null, '{}', null, 0, null, null, null, '[]');
    insert into instance values (1, 't', -1, 'running', 1, 1, 0, null, null, null, null, null, null, null);
    insert into ledger values ('made', '[[1,2]]');
    insert into throttle values ('api', 5, 10);
    insert into entry values ('c', 'k', 3, '"kept"')`);
  database.close();
  const store = await sqliteRuns(path);
  const { epoch, unfinished } = await store.take("new");
  expect([epoch, unfinished.fence, unfinished.runs.map(({ id }) => id), unfinished.instances.map(({ task }) => task), unfinished.ledgers, unfinished.throttles]).toEqual([7, 9, ["r"], ["t"], [{ dataset: "made", done: [[1, 2]] }], [{ key: "api", at: 5, until: 10 }]]);
  await store.commit(epoch, changes({ runs: [aRun("s")] }), [{ collection: "c", key: "k", expected: 3, value: "new" }]);
  expect((await store.runs({ limit: 9 })).map(({ id }) => id)).toEqual(["s", "r"]);
  await store.close();
});

test("processes that open a new store at once find it made", async () => {
  const path = join(await scratch(), "deep/state.sqlite");
  const outputs = await Promise.all([1, 2, 3, 4].map(() => outputOf(path, `process.stdout.write(String((await store.take("x")).epoch)); await store.close();`)));
  expect(outputs.sort()).toEqual(["1", "2", "3", "4"]);
});

/** A process of its own that has opened the store. It does not outlive the test, however that ends. */
function childWith(path: string, code: string): ReturnType<typeof spawn> & { stdout: NonNullable<ReturnType<typeof spawn>["stdout"]> } {
  const file = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const whole = `
    const { sqliteRuns } = await import(${file("./sqlite-runs.ts")});
    const rows = await import(${file("./run-rows-for-tests.ts")});
    const store = await sqliteRuns(${JSON.stringify(path)});
    ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", whole], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function outputOf(path: string, code: string): Promise<string> {
  let output = "";
  for await (const chunk of childWith(path, code).stdout) output += chunk;
  return output;
}
