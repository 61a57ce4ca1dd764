import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { SqlRunner, type SqlRunnerOptions } from "./sql-runner.ts";
import { datasetsOf, flights, resolveFrom, scratchFolder } from "./sql-for-tests.ts";

// As in the runner's own tests: a folder that no other test looks at.
const scratch = await scratchFolder();
const tmpdirBefore = process.env.TMPDIR;
process.env.TMPDIR = scratch.folder;
afterAll(async () => {
  await scratch.remove();
  if (tmpdirBefore === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = tmpdirBefore;
});

/** SQL processes of this test's process. */
const pids = (): number[] => execFileSync("ps", ["--ppid", String(process.pid), "-o", "pid=,args="], { encoding: "utf8" }).split("\n").filter((line) => /sql\/child\.[tj]s/.test(line)).map((line) => Number.parseInt(line, 10));

const full = resolveFrom(datasetsOf({ "main.flights": flights }));
const empty = resolveFrom(datasetsOf({ "main.flights": { ...flights, files: [] } }));
const count = "select count(*) from flights";

function runner(options: SqlRunnerOptions = {}) {
  const made = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 10, ...options });
  onTestFinished(() => made.close());
  const run = async (resolve = full, sql = count, timeoutMs?: number) => (await made.run({ sql, resolve, limits: timeoutMs === undefined ? {} : { timeoutMs } })).rows;
  return { made, run };
}

test("statements follow each other in one process, and none sees what another has read", async () => {
  const { made, run } = runner();
  expect(await run()).toEqual([[3_000_000]]);
  const [pid] = pids();
  expect(await run(empty)).toEqual([[0]]);
  expect(await run()).toEqual([[3_000_000]]);
  expect(pids()).toEqual([pid]);
  expect(await readdir(scratch.folder)).toHaveLength(1);
  await made.close();
  await expect.poll(pids).toEqual([]);
  expect(await readdir(scratch.folder)).toEqual([]);
});

test("a process is not used again after a failure, under other limits, or more often than it may be", async () => {
  const { run } = runner({ statementsPerProcess: 3, standbyMs: 0 });
  const next = async (change: () => Promise<unknown>): Promise<number> => {
    await change();
    await run();
    return pids()[0];
  };
  const seen = [await next(run), await next(() => run(full, "select 1 + 'x'::int").catch(() => undefined)), await next(() => run(full, count, 20 * 60_000))];
  expect(new Set(seen).size).toBe(3);
  // The third statement of a process is its last.
  const before = pids()[0];
  await run();
  await run();
  expect(await next(async () => undefined)).not.toBe(before);
});

test("a kept process that was killed meanwhile costs nothing but its start", async () => {
  const { run } = runner();
  await run();
  for (const pid of pids()) process.kill(pid, "SIGKILL");
  await expect.poll(pids).toEqual([]);
  expect(await run()).toEqual([[3_000_000]]);
});
