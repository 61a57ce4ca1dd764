import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { ReleasePlan } from "../src/server/dag-control.ts";
import type { ProjectStatus, SqlResult } from "../src/server/control-plane.ts";
import { until } from "./support/millrace-process.ts";
import { millraceArgs, UpProcess } from "./support/up-process.ts";
import { whileUp } from "./support/while-up.ts";

const pipeline = (factor: number, more = "") => `import { dag, http, stage, table, topic } from "millrace";
import { z } from "zod";
const Number = z.object({ n: z.int(), times: z.int() });
export const numbers = topic("numbers", { schema: z.object({ n: z.int() }) });
export const scaled = topic("scaled", { schema: Number });
export const intake = http("intake", { to: numbers });
export const scale = stage("scale", { from: numbers, to: scaled, run: ({ n }, emit) => emit({ n, times: n * ${factor} }) });
export const kept = table("lake.scaled", { from: scaled });
export const report = dag("report", {}, ({ task }) => {
  task("count", () => ${factor});
});
${more}`;

const added = `export const odd = topic("odd", { schema: Number });
export const pick = stage("pick", { from: scaled, to: odd, run: (record, emit) => void (record.n % 2 === 1 && emit(record)) });
export const keptOdd = table("lake.odd", { from: odd });
`;

const own = whileUp(UpProcess.start, { "pipeline.ts": pipeline(2) });

const call = async <T>(path: string, body?: unknown): Promise<T> => (await (await own.millrace.request(path, body)).json()) as T;
const apply = (body: object): Promise<ReleasePlan> => call("/api/v1/releases/apply", body);
/** Undefined while nobody answers. */
const status = (): Promise<ProjectStatus | undefined> => call<ProjectStatus>("/api/v1/status").catch(() => undefined);
const rows = async (sql: string): Promise<unknown[][]> => (await call<SqlResult>("/api/v1/sql", { sql })).rows;

test("a release that changes stages is applied by starting anew, at the same address, and every record that was acknowledged is there once", async () => {
  let next = 0;
  let isWriting = true;
  const acknowledged: number[] = [];
  const writing = (async () => {
    for (; isWriting; next += 10) {
      const batch = Array.from({ length: 10 }, (_, i) => next + i);
      const answer = await own.millrace.request("/ingest/intake", batch.map((n) => ({ n }))).catch(() => undefined);
      if (answer?.ok) acknowledged.push(...batch);
    }
  })();
  const before = (await status()) as ProjectStatus;
  await until(() => acknowledged.length > 200);
  // A folder that cannot be read in whole takes nothing away that runs.
  own.project.write("pipeline.ts", "export const = 1;");
  expect(await apply({})).toMatchObject({ error: { code: "MR-SCHED-010", what: expect.stringContaining('stages "intake", "scale"') } });
  own.project.write("pipeline.ts", pipeline(3, added));
  const plan = await apply({ dryRun: true });
  expect(plan).toMatchObject({ refusal: null, startsAnew: true, topics: { added: expect.arrayContaining(["odd"]) }, stages: { added: expect.arrayContaining(["pick"]), changed: [{ name: "scale" }] }, done: false });
  // It comes back when Millrace does.
  const { stdout } = await promisify(execFile)(process.execPath, [...millraceArgs, "apply", "--yes", "--release", plan.to, "--note", "by three", "--project", own.project.folder, "--data", own.project.data]);
  expect(stdout).toContain(`Millrace has started anew with release ${plan.to}`);
  const now = await call<ProjectStatus>("/api/v1/status");
  expect([now.startedAt === before.startedAt, now.release]).toEqual([false, plan.to]);
  await until(async () => (await status())?.stages.some(({ name, state }) => name === "pick" && state === "running") === true);
  const seen = acknowledged.length;
  await until(() => acknowledged.length > seen + 200);
  isWriting = false;
  await writing;
  expect(await apply({ dryRun: true })).toMatchObject({ from: plan.to, to: plan.to, startsAnew: false });
  await until(async () => (await status())?.idle === true);
  const number = async (sql: string): Promise<number> => Number((await rows(sql))[0][0]);
  expect(await number(`select count(distinct n) from lake.scaled where n in (${acknowledged.join(", ")})`)).toBe(acknowledged.length);
  // What was on its way when the door closed may be there, though nobody was told; but nothing twice.
  expect(await number("select count(*) - count(distinct n) from lake.scaled")).toBe(0);
  expect((await rows("select distinct times // n as factor from lake.scaled where n > 0 order by factor")).flat().map(Number)).toEqual([2, 3]);
  expect(await number("select count(*) from lake.odd")).toBe(await number("select count(*) from lake.scaled where n % 2 = 1"));
  const run = await call<{ id: string }>("/api/v1/dags/report/runs", {});
  await until(async () => (await call<{ state: string }>(`/api/v1/runs/${encodeURIComponent(run.id)}`)).state === "success");
  expect(own.millrace.said).toContain("draining, to start anew with it");
  expect(own.millrace.said.match(/is up at/g)).toHaveLength(2);

  // A rollback gives the DAGs back; the folder of then gives the stages back too.
  await call("/api/v1/releases/rollback", { release: before.release });
  own.project.write("pipeline.ts", pipeline(2));
  expect(await apply({ dryRun: true })).toMatchObject({ from: before.release, to: before.release, startsAnew: true, stages: { removed: expect.arrayContaining(["pick"]) } });
  // Who waits for an answer that does not come holds up nobody.
  const held = own.millrace.request("/api/v1/sql", { sql: "select count(*) from range(100000000) a, range(100000000) b where a.range + b.range < 0", timeout: "10m" }).then(({ ok }) => ok, () => false);
  const again = await promisify(execFile)(process.execPath, [...millraceArgs, "apply", "--yes", "--project", own.project.folder, "--data", own.project.data]);
  expect(again.stdout).toContain(`Millrace has started anew with release ${before.release}`);
  expect(await held).toBe(false);
  expect((await call<ProjectStatus>("/api/v1/status")).stages.map(({ name }) => name)).not.toContain("pick");
  expect(await apply({ dryRun: true })).toMatchObject({ from: before.release, to: before.release, startsAnew: false });
});
