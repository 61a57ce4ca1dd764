import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, type ExpectStatic, expect, test } from "vitest";
import type { LogPage, RunDetail, RunView, TaskView } from "../src/server/dag-control.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { random } from "./support/random.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";
import { stallMs } from "./support/stall.ts";

/* DAGs under faults with real processes: killed, frozen, blocked and deaf ones. */

const hours = 16;
const firstHour = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

/** Tasks say when they begin and end in one file, to which the system appends whole lines. */
const lib = (file: string) => `
import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
export const say = (what, { run, attempt }, task) => appendFileSync(${JSON.stringify(file)}, [what, run.id, task, attempt, process.pid].join(" ") + "\\n");
export const pause = setTimeout;
`;

const hourly = `
import { dag, every, table } from "millrace";
import { z } from "zod";
import { pause, say } from "./lib.ts";
export const perHour = table("shop.per_hour", { schema: z.object({ hour: z.iso.datetime(), n: z.number() }), interval: "hour" });
export const hourly = dag("hourly", {
  schedule: every("1h"), start: "${new Date(firstHour).toISOString()}", end: "${new Date(firstHour + (hours - 1) * hourMs).toISOString()}", catchup: "all", maxActiveRuns: 8,
  defaults: { retries: 10, retryDelay: "10ms" },
}, ({ task, sql }) => {
  const work = task("work", async (context) => {
    say("begin", context, "work");
    await pause(Math.random() * 100);
    say("end", context, "work");
    return new Date(context.interval.start).getUTCHours() + 1;
  });
  const rows = sql("rows", { inputs: { work }, into: perHour, query: ({ work }) => sql\`select \${work} as n\` });
  task("tell", { rows }, async (context) => {
    say("begin", context, "tell");
    await pause(Math.random() * 50);
    say("end", context, "tell");
    return context.rows.rows;
  });
});
`;

const faulty = `
import { dag } from "millrace";
import { pause, say } from "./lib.ts";
const settings = { defaults: { retries: 2, retryDelay: "10ms" } };
/** Its first attempt waits for ever, every later one ends at once. */
const waits = (name) => async (context) => {
  say("begin", context, name);
  if (context.attempt === 1) await pause(1e9);
  say("end", context, name);
  return context.attempt;
};
export const killed = dag("killed", settings, ({ task }) => { task("one", waits("one")); task("two", waits("two")); });
export const other = dag("other", settings, ({ task }) => {
  task("slow", async (context) => { say("begin", context, "slow"); await pause(3_000); say("end", context, "slow"); return process.pid; }, { isolated: true });
});
export const frozen = dag("frozen", settings, ({ task }) => { task("wait", waits("wait"), { isolated: true }); });
const block = (name, ms) => async (context) => {
  say("begin", context, name);
  for (const end = Date.now() + ms; Date.now() < end; );
  say("end", context, name);
  return context.attempt;
};
export const blocked = dag("blocked", settings, ({ task }) => {
  task("long", block("long", 18_000), { isolated: true });
  task("endless", block("endless", 1e9), { isolated: true, retries: 0, timeout: "8s", grace: "500ms" });
});
export const deaf = dag("deaf", settings, ({ task }) => {
  task("deaf", async (context) => { say("begin", context, "deaf"); await pause(1e9); }, { retries: 0, timeout: "8s", grace: "500ms", isolated: true });
  task("heeds", async (context) => { say("begin", context, "heeds"); try { await pause(1e9, null, { signal: context.signal }); } finally { say("end", context, "heeds"); } }, { retries: 0, timeout: "8s", grace: "20s", isolated: true });
});
`;

interface Bed extends TemporaryProject {
  lines(): Line[];
}

/** What a task has said. */
interface Line {
  what: "begin" | "end";
  run: string;
  task: string;
  attempt: number;
  pid: number;
}

function bed(pipeline: string): Bed {
  const project = temporaryProject({ "pipeline.ts": pipeline });
  const file = join(project.folder, "said.txt");
  appendFileSync(file, "");
  project.write("lib.ts", lib(file));
  const lines = (): Line[] => readFileSync(file, "utf8").split("\n").filter((line) => line !== "").map((line) => {
    const [what, run, task, attempt, pid] = line.split(" ");
    return { what: what as Line["what"], run, task, attempt: Number(attempt), pid: Number(pid) };
  });
  return { ...project, lines };
}

async function json<T>(millrace: MillraceProcess, path: string, init?: RequestInit): Promise<T> {
  const response = await millrace.request(path, init);
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text) as T;
}

const runNow = async (millrace: MillraceProcess, dag: string): Promise<string> => (await json<RunView>(millrace, `/api/v1/dags/${dag}/runs`, { method: "POST", body: "{}" })).id;
const look = (millrace: MillraceProcess, run: string): Promise<RunDetail> => json(millrace, `/api/v1/runs/${run}`);
const attemptsOf = async (millrace: MillraceProcess, run: string, task: string) => (await json<LogPage>(millrace, `/api/v1/runs/${run}/tasks/${task}/log`)).attempts;

async function ended(millrace: MillraceProcess, run: string): Promise<RunDetail & { task(name: string): TaskView }> {
  let detail = await look(millrace, run);
  await until(async () => {
    detail = await look(millrace, run);
    return detail.state !== "queued" && detail.state !== "running";
  });
  return { ...detail, task: (name) => detail.tasks.find(({ task }) => task === name) as TaskView };
}

/** Whether the process is there; one that has ended and was not waited for is not. */
function isThere(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test.concurrent("whatever is killed and whenever, each interval is in the table once, each task ends well, and no attempt beside another", async ({ expect, onTestFinished }) => {
  const project = bed(hourly);
  let millrace = await MillraceProcess.start(project.folder, project.data);
  onTestFinished(async () => {
    await millrace.killAll().catch(() => undefined);
    project.remove();
  });
  expect((await millrace.status()).problems).toEqual([]);
  const chance = random(20260101);
  for (let kills = 0; kills < 3; kills++) {
    // While tasks run; and every other time as soon as it stands again, with all that the last kill has left.
    const next = project.lines().length + (kills % 2 === 0 ? 1 + Math.floor(chance() * 14) : 0);
    await until(() => project.lines().length >= next);
    await (chance() < 0.5 ? millrace.kill() : millrace.killAll());
    millrace = await MillraceProcess.start(project.folder, project.data);
  }
  const runs = (): Promise<{ runs: RunView[] }> => json(millrace, "/api/v1/runs?dag=hourly&limit=1000");
  await until(async () => (await runs()).runs.length === hours && (await runs()).runs.every(({ state }) => state === "success"));

  const { rows } = await millrace.sql("select hour, n from shop.per_hour order by hour");
  expect(rows.map(([hour, n]) => [Date.parse(hour as string), n])).toEqual(Array.from({ length: hours }, (_, i) => [firstHour + i * hourMs, (i % 24) + 1]));
  const details = await Promise.all((await runs()).runs.map(({ id }) => look(millrace, id)));
  expect(details.flatMap(({ tasks }) => tasks.map(({ state }) => state))).toEqual(new Array(hours * 3).fill("success"));

  const lost = await checkLines(millrace, project.lines(), expect);
  // The kills did hit work.
  expect(lost).toBeGreaterThan(0);
});

/** Of each task one attempt after the other, and beside one that has not ended only when that one was lost; one success each. */
async function checkLines(millrace: MillraceProcess, lines: Line[], expect: ExpectStatic): Promise<number> {
  let lost = 0;
  for (const [place, said] of Map.groupBy(lines, ({ run, task }) => `${run} ${task}`)) {
    const [run, task] = place.split(" ");
    const attempts = await attemptsOf(millrace, run, task);
    const stateOf = (number: number) => attempts.find((attempt) => attempt.number === number)?.state;
    expect(said.filter(({ what, attempt }) => what === "end" && stateOf(attempt) === "success"), place).toHaveLength(1);
    let live: number | undefined;
    for (const { what, attempt } of said) {
      if (what === "begin" && live !== undefined) {
        expect(attempt, `${place}: attempts in order`).toBeGreaterThan(live);
        expect(stateOf(live), `${place}: attempt ${attempt} began before ${live} had ended`).toBe("lost");
      }
      if (what === "end") expect(attempt, `${place}: a stale attempt went on`).toBe(live);
      live = what === "begin" ? attempt : undefined;
    }
    lost += attempts.filter(({ state }) => state === "lost").length;
  }
  return lost;
}

test.concurrent("a Millrace that was frozen for longer than a lease takes no work away from workers that lived on", async ({ expect, onTestFinished }) => {
  const project = bed(faulty);
  const millrace = await MillraceProcess.start(project.folder, project.data);
  onTestFinished(async () => {
    await millrace.killAll();
    project.remove();
  });
  const run = await runNow(millrace, "blocked");
  await until(() => project.lines().some(({ task }) => task === "long"));
  const { pid } = (await millrace.status()).services.find(({ name }) => name === "control") as { pid: number };
  process.kill(pid, "SIGSTOP");
  await until(() => project.lines().some(({ task, what }) => task === "long" && what === "end"));
  process.kill(pid, "SIGCONT");
  expect((await ended(millrace, run)).task("long")).toMatchObject({ state: "success", attempts: 1, result: 1 });
});

describe.concurrent("in one Millrace, each beside the others", () => {
  let project: Bed;
  let millrace: MillraceProcess;

  beforeAll(async () => {
    project = bed(faulty);
    millrace = await MillraceProcess.start(project.folder, project.data);
  });
  afterAll(async () => {
    await millrace?.stop();
    project.remove();
  });

  const said = (run: string, task: string, what: Line["what"] = "begin"): Line[] => project.lines().filter((line) => line.run === run && line.task === task && line.what === what);

  test("a worker that is killed loses its attempts, which are run again; others go on", async ({ expect }) => {
    const [killed, other] = await Promise.all([runNow(millrace, "killed"), runNow(millrace, "other")]);
    await until(() => said(killed, "one").length + said(killed, "two").length === 2 && said(other, "slow").length === 1);
    for (const pid of new Set([...said(killed, "one"), ...said(killed, "two")].map(({ pid }) => pid))) process.kill(pid, "SIGKILL");
    const run = await ended(millrace, killed);
    expect(run.tasks).toMatchObject([{ task: "one", state: "success", result: 2 }, { task: "two", state: "success", result: 2 }]);
    for (const task of ["one", "two"]) expect(await attemptsOf(millrace, killed, task)).toMatchObject([{ state: "lost", error: { code: "MR-SCHED-005" } }, { state: "success" }]);
    expect((await ended(millrace, other)).tasks).toMatchObject([{ state: "success", attempts: 1 }]);
  });

  test("a worker that is frozen is lost; when it wakes, nothing of it counts", async ({ expect }) => {
    const run = await runNow(millrace, "frozen");
    await until(() => said(run, "wait").length === 1);
    const [{ pid }] = said(run, "wait");
    process.kill(pid, "SIGSTOP");
    const frozenAt = Date.now();
    await until(async () => (await attemptsOf(millrace, run, "wait"))[0].state === "lost");
    expect(Date.now() - frozenAt).toBeLessThan(25_000 + stallMs);
    if (isThere(pid)) process.kill(pid, "SIGCONT");
    const { tasks } = await ended(millrace, run);
    expect(tasks).toMatchObject([{ state: "success", attempts: 2, result: 2 }]);
    await until(() => !isThere(pid));
    expect(said(run, "wait", "end").map(({ attempt }) => attempt)).toEqual([2]);
  });

  test("a blocked event loop keeps its attempt for longer than a lease lasts, and does not escape its timeout", async ({ expect }) => {
    const id = await runNow(millrace, "blocked");
    const run = await ended(millrace, id);
    expect(run.task("long")).toMatchObject({ state: "success", attempts: 1, result: 1 });
    expect(run.task("endless")).toMatchObject({ state: "failed", attempts: 1, error: { code: "MR-SCHED-006" } });
    expect(await attemptsOf(millrace, id, "endless")).toMatchObject([{ state: "timed_out" }]);
    expect(isThere(said(id, "endless")[0].pid)).toBe(false);
  });

  test("a task that ignores its signal is killed after its grace; one that heeds it ends by itself", async ({ expect }) => {
    const id = await runNow(millrace, "deaf");
    const run = await ended(millrace, id);
    for (const task of ["deaf", "heeds"]) expect(run.task(task)).toMatchObject({ state: "failed", attempts: 1, error: { code: "MR-SCHED-006" } });
    await until(() => said(id, "heeds", "end").length === 1 && !isThere(said(id, "deaf")[0].pid));
  });
});
