import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { BackfillDetail, BackfillPlan, DagDetail, PlannedRunView, ReleasePlan, ReleaseView, RunDetail, RunView, TaskSet } from "../src/server/dag-control.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* Releases with the real program: a plan, taking it up, going back, and what runs keep of it. */

const config = 'import { defineProject } from "millrace";\nexport default defineProject({ releases: "manual" });\n';
const hourMs = 3_600_000;

/** `version` is in a file of its own, which is imported when the task first runs. */
const pipeline = (gate: string, more: { tasks?: string; dags?: string; retries?: number }) => `
import { existsSync } from "node:fs";
import { dag, sql, table, timetable } from "millrace";
import { z } from "zod";
import { version } from "./version.ts";
export const work = dag("work", {}, ({ task }) => {
  const first = task("first", async ({ signal }) => {
    while (!existsSync(${JSON.stringify(gate)})) { signal.throwIfAborted(); await new Promise((done) => setTimeout(done, 20)); }
    return version;
  }, { retries: 5, retryDelay: "10ms" });
  task("second", { first }, async ({ first }) => first + " " + version, { retries: ${more.retries ?? 0} });
  ${more.tasks ?? ""}
});
${more.dags ?? ""}
`;

const before = (gate: string) => pipeline(gate, { dags: 'export const old = dag("old", {}, ({ task }) => { task("a", async () => 1); });' });
/** @param more - options of the DAG */
const hourly = (dag: string, start: string, more = "") => `
export const ${dag} = dag("${dag}", {
  schedule: timetable({ tickAfter: (after) => (Math.floor(after / ${hourMs}) + 1) * ${hourMs}, tickUntil: (until) => Math.floor(until / ${hourMs}) * ${hourMs} }),
  start: "${start}", catchup: "all", ${more}
}, ({ task }) => { task("a", async () => version); });`;
const after = (gate: string, start: string) =>
  pipeline(gate, {
    retries: 3,
    tasks: 'task("third", { first }, async () => version);',
    dags: `${hourly("hourly", start, `end: "${new Date(Date.parse(start) + 2 * hourMs).toISOString()}"`)}
      export const totals = table("shop.totals", { schema: z.object({ day: z.iso.datetime(), n: z.int() }), interval: "day" });
      export const fill = dag("fill", {}, ({ sql: query }) => { query("fill", { into: totals, query: sql\`select 1 as n\` }); });`,
  });

let project: TemporaryProject;
let millrace: MillraceProcess;
let gate: string;
const open = () => writeFileSync(gate, "");
const shut = () => rmSync(gate, { force: true });

async function call<T>(path: string, body?: object): Promise<T> {
  const response = await (body ? millrace.post(`/api/v1${path}`, body) : millrace.request(`/api/v1${path}`));
  return (await response.json()) as T;
}
const trigger = (dag: string) => call<RunView>(`/dags/${dag}/runs`, {});
const runOf = (id: string) => call<RunDetail>(`/runs/${encodeURIComponent(id)}`);
const releaseNow = async () => (await millrace.status()).release;
const resultsOf = ({ tasks }: RunDetail) => Object.fromEntries(tasks.map(({ task, result }) => [task, result]));

async function ended(id: string): Promise<RunDetail> {
  await until(async () => !["queued", "running"].includes((await runOf(id)).state));
  return runOf(id);
}

async function restart(): Promise<void> {
  await millrace.killAll();
  millrace = await MillraceProcess.start(project.folder, project.data);
}

const threeHoursAgo = new Date(Math.floor(Date.now() / hourMs) * hourMs - 3 * hourMs).toISOString();
const change = () => {
  project.write("version.ts", 'export const version: string = "two";\n');
  project.write("pipeline.ts", after(gate, threeHoursAgo));
};
const changeBack = () => {
  project.write("version.ts", 'export const version: string = "one";\n');
  project.write("pipeline.ts", before(gate));
};

beforeAll(async () => {
  project = temporaryProject({ "millrace.config.ts": config });
  gate = join(project.folder, "gate");
  changeBack();
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterEach(shut);
afterAll(async () => {
  await millrace?.stop();
  project.remove();
});

test("a plan is shown and taken up; runs keep the code that they began with; a rollback gives new runs the old one", async () => {
  const one = await releaseNow();
  const early = await trigger("work");
  await until(async () => (await runOf(early.id)).tasks.some(({ task, state }) => task === "first" && state === "running"));
  change();

  const plan = await call<ReleasePlan>("/releases/apply", { dryRun: true });
  expect(plan).toMatchObject({
    from: one,
    files: { changed: ["pipeline.ts", "version.ts"] },
    tables: { added: ["shop.totals"] },
    dags: [
      { name: "fill", change: "added", fills: { count: 0 } },
      { name: "hourly", change: "added", fills: { count: 3, more: false, first: [{ start: threeHoursAgo }, {}, {}] }, schedule: { before: null, after: { next: [], problem: null } } },
      { name: "old", change: "removed" },
      { name: "work", change: "changed", tasks: { added: ["third"], removed: [], changed: [{ name: "second", fields: [{ field: "retries", before: 0, after: 3 }] }] }, schedule: null, fills: null },
    ],
    staying: [{ dag: "work", release: one, runs: 1, ids: [early.id] }],
    refusal: null,
    done: false,
  });

  // The project asks for it by name: neither the folder nor a restart brings new code along.
  await restart();
  expect(await releaseNow()).toBe(one);
  expect((await call<ReleasePlan>("/releases/apply", { release: one })) as object).toMatchObject({ error: { code: "MR-SCHED-010" } });
  expect(await call<ReleasePlan>("/releases/apply", { release: plan.to, note: "retries" })).toMatchObject({ from: one, to: plan.to, done: true });
  expect(await releaseNow()).toBe(plan.to);
  expect(await call<ReleasePlan>("/releases/apply", {})).toMatchObject({ from: plan.to, to: plan.to, done: false, dags: [] });

  const late = await trigger("work");
  open();
  expect(await ended(late.id)).toMatchObject({ state: "success", release: plan.to });
  expect(resultsOf(await runOf(late.id))).toEqual({ first: "two", second: "two two", third: "two" });
  expect(await ended(early.id)).toMatchObject({ state: "success", release: one });
  expect(resultsOf(await runOf(early.id))).toEqual({ first: "one", second: "one one" });
  expect((await ended((await trigger("fill")).id)).state).toBe("success");
  await until(async () => (await call<{ runs: RunView[] }>("/runs?dag=hourly&state=success")).runs.length === 3);

  // Cleared tasks of a run may go on with its own release, or with the newest.
  const clear = (release: string) => call<TaskSet>(`/runs/${encodeURIComponent(early.id)}/clear`, { tasks: [{ task: "second" }], release });
  expect(await clear("same")).toMatchObject({ release: one, newTasks: [], done: true });
  expect(resultsOf(await ended(early.id))).toEqual({ first: "one", second: "one one" });
  expect(await clear("newest")).toMatchObject({ release: plan.to, releaseBefore: one, newTasks: ["third"], done: true });
  expect(resultsOf(await ended(early.id))).toEqual({ first: "one", second: "one two", third: "two" });

  expect(await call<ReleasePlan>("/releases/rollback", {})).toMatchObject({ from: plan.to, to: one, done: true, dags: [{ name: "fill", change: "removed" }, { name: "hourly", change: "removed" }, { name: "old", change: "added" }, { name: "work" }] });
  const back = await ended((await trigger("work")).id);
  expect(back).toMatchObject({ state: "success", release: one });
  expect(resultsOf(back)).toEqual({ first: "one", second: "one one" });
  await restart();
  expect(await releaseNow()).toBe(one);
  expect((await call<{ releases: ReleaseView[] }>("/releases")).releases).toMatchObject([{ release: plan.to, current: false, takenAt: null, dags: 3 }, { release: one, current: true, dags: 2 }]);
  expect(await call("/releases/rollback", { release: "nothing" })).toMatchObject({ error: { code: "MR-SCHED-011" } });
});

test("what stages and topics need waits for a start; a broken file takes no DAG away", async () => {
  const now = await releaseNow();
  changeBack();
  project.write("more.pipeline.ts", 'import { topic } from "millrace";\nimport { z } from "zod";\nexport const t = topic("t", { schema: z.object({ n: z.int() }) });\n');
  expect(await call("/releases/apply", {})).toMatchObject({ error: { code: "MR-SCHED-010", what: expect.stringContaining('topic "t"') } });
  project.write("more.pipeline.ts", "");
  project.write("pipeline.ts", "export const = 1;");
  expect(await call("/releases/apply", {})).toMatchObject({ error: { code: "MR-SCHED-010", what: expect.stringContaining("would be gone") } });
  rmSync(join(project.folder, "more.pipeline.ts"));
  changeBack();
  expect(await releaseNow()).toBe(now);
});

test("kill -9 in the midst of taking a release up leaves the one or the other, whole", async () => {
  open();
  let version = "one";
  // Parts of the time that reading and planning take, which taking up begins with.
  for (const part of [0.5, 1.1, 1.5]) {
    const from = await releaseNow();
    if (version === "one") change();
    else changeBack();
    const startMs = performance.now();
    const { to } = await call<ReleasePlan>("/releases/apply", { dryRun: true });
    const planMs = performance.now() - startMs;
    const asked = millrace.post("/api/v1/releases/apply", {}).catch(() => undefined);
    await new Promise((done) => setTimeout(done, planMs * part));
    await restart();
    await asked;
    const { id, release } = await trigger("work");
    expect([from, to]).toContain(release);
    expect(await releaseNow()).toBe(release);
    if (release === to) version = version === "one" ? "two" : "one";
    const { first, third } = resultsOf(await ended(id));
    expect([first, third]).toEqual(version === "two" ? ["two", "two"] : ["one", undefined]);
  }
});

test("a timetable in code that throws, hangs or goes backwards is a problem of its DAG alone", async () => {
  const custom = (name: string, tickAfter: string) => `export const ${name} = dag("${name}", { schedule: timetable({ tickAfter: ${tickAfter}, tickUntil: (until) => Math.floor(until / ${hourMs}) * ${hourMs} }), catchup: "none" }, ({ task }) => { task("a", async () => 1); });`;
  const dags = [custom("throws", '() => { throw new Error("no calendar"); }'), custom("hangs", "() => { for (;;); }"), custom("backwards", "(after) => after - 1"), hourly("good", threeHoursAgo)];
  project.write("version.ts", 'export const version: string = "three";\n');
  project.write("pipeline.ts", pipeline(gate, { dags: dags.join("\n") }));
  const plan = await call<ReleasePlan>("/releases/apply", {});
  expect(plan).toMatchObject({ refusal: null, done: true });
  const problems = Object.fromEntries(plan.dags.map(({ name, schedule }) => [name, schedule?.after?.problem?.code ?? null]));
  expect(problems).toMatchObject({ throws: "MR-SCHED-009", hangs: "MR-SCHED-009", backwards: "MR-SCHED-009", good: null });
  for (const [name, what] of [["throws", /no calendar/], ["hangs", /did not answer within/], ["backwards", /tickAfter\(\d+\) gave/]] as const) {
    await until(async () => (await call<DagDetail>(`/dags/${name}`)).problem !== null);
    expect((await call<DagDetail>(`/dags/${name}`)).problem).toMatchObject({ code: "MR-SCHED-009", what: expect.stringMatching(what) });
    // What hangs has been waited for twice by now.
    if (name !== "hangs") expect(await call(`/dags/${name}/next?count=2`)).toMatchObject({ error: { code: "MR-SCHED-009" } });
  }
  await until(async () => (await call<{ runs: RunView[] }>("/runs?dag=good&state=success")).runs.length >= 3);
  const { runs } = await call<{ runs: PlannedRunView[] }>("/dags/good/next?count=3");
  expect(await trigger("good")).toMatchObject({ interval: { start: new Date(Date.parse(runs[0].interval.start) - hourMs).toISOString(), end: runs[0].interval.start } });
  const last = Date.parse(runs[0].interval.start);
  expect(runs.map(({ runAt }) => Date.parse(runAt))).toEqual([1, 2, 3].map((n) => last + n * hourMs));
  expect(last % hourMs).toBe(0);

  const earlier = new Date(Date.parse(threeHoursAgo) - 2 * hourMs).toISOString();
  const made = await call<BackfillPlan>("/backfills", { dag: "good", from: earlier, to: threeHoursAgo });
  expect(made.intervals.map(({ interval }) => Date.parse(interval.end) - Date.parse(interval.start))).toEqual([hourMs, hourMs]);
  await until(async () => (await call<BackfillDetail>(`/backfills/${made.backfill?.id}`)).state === "done");
  expect(await call("/backfills", { dag: "throws", from: earlier, to: threeHoursAgo })).toMatchObject({ error: { code: "MR-SCHED-009" } });
});
