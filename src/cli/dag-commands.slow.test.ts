import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { line } from "../../test/support/test-dags.ts";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";
import { CliRun, runCliProcess } from "./testing.ts";

/* The commands over DAGs against a real server; what a scheduler would do is left out. */

let server: TestServer;
let project: string;

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), "millrace-dags-"));
  await mkdir(join(project, ".millrace"));
  await writeFile(join(project, "pipeline.ts"), "");
  await writeFile(join(project, ".millrace", "control.json"), JSON.stringify({ url: server.url, pid: process.pid, startedAt: new Date().toISOString() }));
  await writeFile(join(project, ".millrace", "token"), server.token);
});

afterAll(async () => {
  await server?.close();
  await rm(project, { recursive: true, force: true });
});

const cli = (...args: string[]) => runCliProcess([...args, "--project", project]);
const json = async (...args: string[]) => {
  const { stdout, stderr, code } = await cli(...args, "--json");
  return { code, stderr, value: JSON.parse(stdout) };
};
const asked = (method: string) => server.control.dags.asked.filter(([name]) => name === method).at(-1)?.slice(1);

const failed = "daily.20010101T050000Z";
const running = "daily.20010103T050000Z";

test("dags list and show", async () => {
  const list = await cli("dags", "list");
  expect(list.stdout).toMatch(/^dag +state +schedule +tasks +running +queued +last run +next run \(UTC\)$/m);
  expect(list.stdout).toMatch(/^daily +on +every day at 00:00 +4 +1 +0 +running +2001-01-05 05:00$/m);
  expect((await json("dags", "list", "--tag", "flights")).value.dags.map(({ name }: { name: string }) => name)).toEqual(["by-hand", "daily"]);
  expect(await cli("dags", "list", "--tag", "none")).toMatchObject({ code: 0, stdout: "", stderr: "No DAG has this tag.\n" });
  expect(list.stderr).toBe("");
  server.control.current.problems.push({ code: "MR-MODEL-006", what: "it cannot be loaded", where: "b.pipeline.ts", mend: "correct the syntax", retryable: false, file: "b.pipeline.ts" });
  expect(await cli("dags", "list")).toMatchObject({ code: 0, stdout: list.stdout, stderr: "Problems in the project: 1. What has one is left out; millrace status says which.\n" });
  server.control.current.problems.pop();
  const show = await cli("dags", "show", "daily");
  expect(show.stdout).toMatch(/^daily {2}on$/m);
  expect(show.stdout).toMatch(/^next run: +2001-01-05 00:00 \(2001-01-05 05:00 UTC\)$/m);
  expect(show.stdout).toMatch(/^parameters: +airline \(string, default "AA"\), days \(integer\)$/m);
  expect(show.stdout).toMatch(/^each\.load +task +extract +all_success +0 +default +each$/m);
  expect((await json("dags", "show", "daily")).value.decl.tasks).toHaveLength(3);
  expect(await json("dags", "show", "nightly")).toMatchObject({ code: 3, value: { error: { code: "MR-SCHED-001" } } });
});

test("dags pause and resume", async () => {
  expect((await cli("dags", "pause", "daily", "--note", "the source is down")).stdout).toContain("daily is paused; attempts that run go on to their end, and nothing else begins. It stays so until: millrace dags resume daily");
  expect((await cli("dags", "show", "daily")).stdout).toMatch(/^daily {2}paused \(the source is down\)$/m);
  expect((await cli("next", "daily", "--count", "1")).stderr).toContain("daily is paused");
  expect((await json("dags", "resume", "daily")).value).toMatchObject({ name: "daily", paused: false });
});

test("next: on the DAG's clocks and in UTC", async () => {
  const { stdout } = await cli("next", "daily", "--count", "2");
  expect(stdout).toBe("run at (America/New_York)  run at (UTC)      interval (America/New_York)\n2001-01-05 00:00           2001-01-05 05:00  2001-01-04\n2001-01-06 00:00           2001-01-06 05:00  2001-01-05\n");
  expect((await json("next", "daily")).value).toMatchObject({ dag: "daily", timezone: "America/New_York", runs: { length: 10 } });
});

test("a run is triggered with parameters as the DAG's schema reads them, and an interval on its clocks", async () => {
  const file = join(project, "params.json");
  await writeFile(file, JSON.stringify({ airline: "AA", deep: { a: 1 } }));
  const { code, stdout } = await cli("dags", "trigger", "daily", "--params-file", file, "--param", "airline=007", "--param", "days=3", "--param", "note=not json", "--interval-start", "2001-02-01", "--interval-end", "2001-02-02T06:00Z", "--note", "by hand");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^daily\.manual\.3 is success, for 2001-02-01 00:00 to 2001-02-02 01:00 \(America\/New_York\)\./);
  expect(asked("trigger")).toEqual(["daily", { params: { airline: "007", deep: { a: 1 }, days: 3, note: "not json" }, interval: { start: "2001-02-01", end: "2001-02-02T06:00Z" }, note: "by hand" }]);
  await cli("dags", "trigger", "daily");
  expect(asked("trigger")).toEqual(["daily", {}]);
});

test("with --wait the exit code is that of the run", async () => {
  const good = await cli("dags", "trigger", "daily", "--wait");
  expect(good.code).toBe(0);
  expect(good.stdout).toMatch(/manual run of daily: success$/m);
  server.control.dags.triggeredEnd = "failed";
  expect(await json("dags", "trigger", "daily", "--wait")).toMatchObject({ code: 1, value: { state: "failed", tasks: { length: 4 } } });
  server.control.dags.triggeredEnd = undefined;
  await cli("dags", "pause", "daily");
  expect((await cli("dags", "trigger", "daily")).stderr).toBe("daily is paused: the run waits until millrace dags resume daily\n");
  await cli("dags", "resume", "daily");
  const waiting = new CliRun(["dags", "trigger", "daily", "--wait", "--project", project]);
  await waiting.until(({ stderr }) => stderr.includes("goes on"));
  const [{ id }] = await server.control.dags.runs({ limit: 1 });
  await server.control.dags.cancelRun(id);
  expect(await waiting.result()).toMatchObject({ code: 1, stdout: expect.stringContaining(`${id}  manual run of daily: cancelled`) });
  server.control.dags.triggeredEnd = "success";
});

test.each([
  [["dags", "trigger", "daily", "--interval-start", "2001-01-01"], /one is given/],
  [["dags", "trigger", "daily", "--interval-start", "2001-01-02", "--interval-end", "2001-01-01"], /ends before it begins/],
  [["dags", "trigger", "daily", "--interval-start", "2001-02-30", "--interval-end", "2001-03-01"], /MR-MODEL-012.*"2001-02-30" is no date or time/],
  [["dags", "trigger", "daily", "--param", "airline"], /name=value/],
  [["dags", "trigger", "daily", "--params-file", "/none/such.json"], /ENOENT/],
  [["runs", "list", "--state", "done"], /queued, running, success, failed or cancelled/],
  [["runs", "clear", failed, "each.load[x]"], /no name of a task/],
  [["runs", "mark", failed, "extract"], /--state/],
  [["backfill", "create", "daily", "--from", "2001-01-01"], /--to/],
  [["backfill", "create", "daily", "--from", "2001-02-01", "--to", "2001-01-01"], /MR-SCHED-007/],
  [["backfill", "create", "daily", "--from", "last week", "--to", "2001-01-01"], /MR-HTTP-006.*`from`/],
  [["pools", "set", "warehouse", "--slots", "-2"], /--slots/],
  [["alerts", "list", "--state", "open"], /gathering, pending, sent or failed/],
  [["next", "daily", "--count", "0"], /from 1 to 1000/],
])("%j is not understood: exit code 2", async (args, what) => {
  expect(await cli(...args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(what) });
});

test("runs list", async () => {
  const { stdout } = await cli("runs", "list", "--state", "failed,running", "--dag", "daily");
  expect(stdout).toMatch(/^run +kind +state +interval \(America\/New_York\) +started +took +note$/m);
  expect(stdout).toMatch(/^daily\.20010101T050000Z +scheduled +failed +2001-01-01 +2001-01-02 00:00 +1 min 30 s$/m);
  const page = await cli("runs", "list", "--limit", "1");
  expect(page.stderr).toMatch(/^There may be more: --before daily\.manual\.\d+$/m);
  expect((await json("runs", "list", "--before", running)).value).toMatchObject({ runs: [{ id: "daily.20010102T050000Z" }, { id: failed }], next: null });
  expect(await cli("runs", "list", "--dag", "other")).toMatchObject({ code: 0, stdout: "", stderr: "There are no such runs.\n" });
});

test("runs show: its tasks, and what failed in full", async () => {
  const { stdout } = await cli("runs", "show", failed);
  expect(stdout).toMatch(/^daily\.20010101T050000Z {2}scheduled run of daily: failed$/m);
  expect(stdout).toMatch(/^interval: +2001-01-01 \(America\/New_York; in UTC 2001-01-01 05:00 to 2001-01-02 05:00\)$/m);
  expect(stdout).toMatch(/^parameters: +\{"airline":"AA"\}$/m);
  expect(stdout).toMatch(/^each\.load\[0\] +task +success +1\/1 .* 1 MiB$/m);
  expect(stdout).toMatch(/^each\.load\[1\] failed\nMR-SCHED-006: it took too long: 600 s\n {2}where: task "each\.load"\n {2}mend: +look at its log/m);
  expect((await json("runs", "show", failed)).value).toEqual(await server.control.dags.run(failed));
  expect((await cli("runs", "show", "none")).code).toBe(3);
});

test("items of a large map are told by their states", async () => {
  const run = await server.control.dags.run("daily.20010102T050000Z");
  const [before] = [run.tasks];
  const item = before[1];
  run.tasks = [before[0], ...Array.from({ length: 3_000 }, (_, index) => ({ ...item, index, state: index < 2 ? ("failed" as const) : ("success" as const) }))];
  const { stdout } = await cli("runs", "show", run.id);
  expect(stdout).toMatch(/^each\.load\[2 of 3,000\] +task +failed$/m);
  expect(stdout).toMatch(/^each\.load\[2,998 of 3,000\] +task +success$/m);
  expect((await cli("runs", "show", run.id, "--all")).stdout).toMatch(/^each\.load\[2999\] +task +success /m);
  run.tasks = before;
});

test("logs: for people, for programs, and nothing that a terminal would obey", async () => {
  const people = await cli("runs", "logs", failed, "each.load[1]");
  expect(people.stdout).toBe("2001-01-02T05:00:01.500Z info  begins rows=3\n2001-01-02T05:00:01.500Z error no such file\\x1b[2J\n");
  expect(people.stderr).toBe("attempt 2 failed: MR-SCHED-006, it took too long: 600 s\n");
  const { stdout } = await cli("runs", "logs", failed, "each.load[1]", "--json");
  expect(stdout.trim().split("\n").map((text) => JSON.parse(text))).toEqual(server.control.dags.log.map((text) => JSON.parse(text)));
  expect((await cli("runs", "logs", failed, "each.load[9]")).code).toBe(3);
  expect((await cli("runs", "logs", failed, "each.load[1]", "--attempt", "7")).stderr).toBe("each.load[1] has no attempt 7: it is failed.\n");
});

test("logs are followed until the attempt ends", async () => {
  const { dags } = server.control;
  dags.logEnded = false;
  const following = new CliRun(["runs", "logs", failed, "each.load[1]", "--follow", "--project", project]);
  await following.until(({ stdout }) => stdout.includes("no such file"));
  dags.log.push(line("info", "tries again"), line("info", "and again"), "not of our logger", line("warn", "ends"));
  await following.until(({ stdout }) => stdout.includes("ends"));
  expect(following.child.exitCode).toBeNull();
  dags.logEnded = true;
  const { code, stdout } = await following.result();
  expect(code).toBe(0);
  expect(stdout.split("\n").filter((text) => text !== "")).toHaveLength(6);
  expect(stdout).toContain("\nnot of our logger\n");
});

test("clear shows the set, and does it with --yes alone where nobody can be asked", async () => {
  const args = ["runs", "clear", failed, "each.load", "extract"];
  const shown = await cli(...args);
  expect(shown).toMatchObject({ code: 2, stderr: "Nothing was done: add --yes.\n" });
  expect(shown.stdout).toBe("task          state\nextract       success\neach.load[0]  success\neach.load[1]  failed\n");
  expect(asked("clear")).toEqual([failed, { tasks: [{ task: "each.load" }, { task: "extract" }], downstream: true, onlyFailed: undefined, release: "newest", dryRun: true }]);
  expect(await json(...args)).toMatchObject({ code: 2, value: { run: failed, done: false, tasks: { length: 3 } } });
  expect(await cli(...args, "--dry-run", "--yes")).toMatchObject({ code: 0, stdout: shown.stdout, stderr: "" });
  const done = await cli("runs", "clear", failed, "each.load[1]", "--no-downstream", "--upstream", "--yes", "--note", "again");
  expect(done).toMatchObject({ code: 0, stderr: "", stdout: `task          state\neach.load[1]  failed\n1 task of ${failed} cleared.\n` });
  expect(asked("clear")).toEqual([failed, { tasks: [{ task: "each.load", index: 1 }], downstream: false, upstream: true, onlyFailed: undefined, release: "newest", note: "again", dryRun: false }]);
  expect(await cli("runs", "clear", failed, "--only-failed", "--yes")).toMatchObject({ code: 0, stdout: `0 tasks of ${failed} cleared.\n` });
  expect(asked("clear")?.[1]).toMatchObject({ tasks: [{ task: "extract" }, { task: "each.load" }, { task: "check" }], onlyFailed: true });
});

test("plan, apply and rollback show what changes, and do it with --yes alone where nobody can be asked", async () => {
  const { dags } = server.control;
  expect((await cli("plan")).stdout).toMatch(/^New runs get release r1\. Nothing would change\.\n/);
  expect(await cli("apply", "--yes")).toMatchObject({ code: 0, stdout: expect.not.stringContaining("New runs get release r2") });
  dags.inFolder = "r2";
  const plan = await cli("plan");
  expect(plan).toMatchObject({ code: 0, stderr: "" });
  expect(plan.stdout.split("\n")).toEqual([
    "release r2, instead of r1",
    "  + table sales.weekly",
    "  ~ DAG daily",
    '      catchup {"policy":"none"} -> {"policy":"all"}',
    "      schedule: by hand -> every day at 00:00",
    "      next runs (America/New_York): 2001-01-05 00:00",
    "      + task report",
    "      ~ task extract: retries 0 -> 3",
    "      5 intervals are filled in at once: 2001-01-01, 2001-01-02, 2001-01-03 …, 2001-01-05",
    "  - DAG old (paused)",
    "  files: ~pipeline.ts",
    "1 run of daily stays on release r1.",
    "",
  ]);
  expect((await json("plan")).value).toMatchObject({ from: "r1", to: "r2", done: false, dags: { length: 2 } });
  expect(await cli("apply")).toMatchObject({ code: 2, stdout: plan.stdout, stderr: "Nothing was done: add --yes.\n" });
  expect(await json("apply", "--release", "r9", "--yes")).toMatchObject({ code: 1, value: { error: { code: "MR-SCHED-010" } } });
  dags.refusal = { code: "MR-SCHED-010", what: "it changes stage \"x\"", where: "the folder", mend: "start Millrace again", retryable: false };
  expect(await cli("apply")).toMatchObject({ code: 1, stdout: expect.stringContaining('it changes stage "x"') });
  expect(await cli("plan")).toMatchObject({ code: 1, stdout: expect.stringContaining('it changes stage "x"') });
  dags.refusal = null;
  expect(await cli("apply", "--yes", "--note", "retries")).toMatchObject({ code: 0, stdout: `${plan.stdout}New runs get release r2.\n` });
  expect(asked("apply")).toEqual([{ release: undefined, note: "retries", dryRun: false }]);
  const cleared = await cli("runs", "clear", failed, "extract", "--dry-run");
  expect(cleared.stdout).toMatch(/^The run goes on with release r2 \(it had r1\); new tasks: report\.$/m);
  expect((await cli("runs", "clear", failed, "extract", "--dry-run", "--release", "same")).stdout).not.toContain("goes on with");
  expect((await cli("rollback", "r1", "--dry-run")).stdout).toMatch(/^release r1, instead of r2$/m);
  expect(await cli("rollback", "r7", "--yes")).toMatchObject({ code: 3, stderr: expect.stringContaining("MR-SCHED-011") });
  expect((await json("rollback", "r1", "--yes")).value).toMatchObject({ from: "r2", to: "r1", done: true });
  const list = await cli("releases", "list");
  expect(list.stdout).toBe("release  new runs  kept since (UTC)  taken up (UTC)    DAGs  runs  note\nr1       get it    2001-01-01 05:00  2001-01-01 05:00     1     1  retries\nr0                 2000-12-31 05:00                       1     0\n");
});

test("explain, approve, mark, cancel", async () => {
  expect((await cli("runs", "explain", running, "check")).stdout).toBe("approval: it waits for a person's answer\n");
  expect((await cli("runs", "explain", running, "extract")).stdout).toBe("extract waits for nothing: it is success.\n");
  expect((await json("runs", "explain", running, "each.load[0]")).value).toEqual({ run: running, task: "each.load", index: 0, reasons: [] });
  expect((await cli("runs", "approve", running, "check", "--reject", "--by", "ada", "--note", "numbers are off")).stdout).toBe(`check of ${running} is rejected by ada.\n`);
  expect(asked("answer")).toEqual([running, { task: "check", approved: false, by: "ada", note: "numbers are off" }]);
  expect((await json("runs", "approve", running, "check")).value.tasks.at(-1)).toMatchObject({ state: "success" });
  expect((await cli("runs", "mark", running, "extract", "each.load[1]", "--state", "skipped", "--dry-run")).stdout).toMatch(/2 tasks of .* would be marked skipped\.\n$/);
  expect(await json("runs", "mark", running, "extract", "--state", "failed", "--downstream")).toMatchObject({ code: 0, value: { done: true, tasks: [{ task: "extract", state: "success" }] } });
  const { value: left } = await json("runs", "show", running);
  await cli("runs", "mark", running, "--state", "success");
  expect(asked("mark")?.[1]).toMatchObject({ state: "success", tasks: left.tasks.filter(({ state }: { state: string }) => state !== "success").map(({ task, index }: { task: string; index: number }) => ({ task, index })) });
  expect((await cli("runs", "mark", running, "--state", "success")).stderr).toBe("Every task of the run has succeeded.\n");
  expect((await cli("runs", "cancel", running, "--note", "wrong day")).stdout).toBe(`${running} is cancelled.\n`);
});

test("a backfill: planned, made with --yes, listed, shown, paused, resumed, cancelled", async () => {
  const args = ["backfill", "create", "daily", "--from", "2001-01-01", "--to", "2001-02-01", "--reprocess", "completed"];
  const plan = await cli(...args);
  expect(plan).toMatchObject({ code: 2, stderr: "Nothing was done: add --yes.\n" });
  expect(plan.stdout).toMatch(/^ 1 +2001-01-01 +rerun +daily\.20010101T050000Z +failed$/m);
  expect(plan.stdout).toMatch(/^ +4 +2001-01-04 +run +daily\.20010104T050000Z$/m);
  expect(plan.stdout).toMatch(/… and 11 more: add --all\n31 intervals: 2 rerun, 1 in flight, 28 run\n$/);
  expect((await cli(...args, "--dry-run", "--all")).stdout).toMatch(/^31 +2001-01-31 +run /m);
  expect((await json(...args, "--dry-run")).value).toMatchObject({ backfill: null, intervals: { length: 31 } });
  expect(await cli(...args, "--max-active-runs", "2", "--order", "newest", "--param", "days=1", "--note", "again", "--yes")).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^Backfill b-1 of daily goes on; 31 intervals/) });
  expect(asked("backfill")).toEqual([{ dag: "daily", from: "2001-01-01", to: "2001-02-01", order: "newest", reprocess: "completed", maxActiveRuns: 2, params: { days: 1 }, note: "again" }]);
  expect((await cli("backfill", "list", "--dag", "daily")).stdout).toMatch(/^b-1 +daily +running +2001-01-01 00:00 +2001-02-01 00:00 +2 of 31 +1 +1 +0 +again$/m);
  const { stdout } = await cli("backfill", "show", "b-1");
  expect(stdout).toMatch(/^b-1 {2}backfill of daily: running\nintervals: +that begin from 2001-01-01 00:00 to 2001-02-01 00:00 \(America\/New_York\), the newest first$/m);
  expect(stdout).toMatch(/^2 +2001-01-02 +rerun /m);
  expect((await cli("backfill", "pause", "b-1", "--note", "lunch")).stdout).toContain("millrace backfill resume b-1");
  expect((await json("backfill", "resume", "b-1")).value.state).toBe("running");
  expect((await cli("backfill", "cancel", "b-1")).stdout).toBe("Backfill b-1 is cancelled.\n");
  expect((await json("backfill", "list")).value.backfills).toMatchObject([{ id: "b-1", state: "cancelled", note: "lunch" }]);
  expect((await cli("backfill", "show", "none")).code).toBe(3);
});

test("pools", async () => {
  expect((await cli("pools", "set", "warehouse", "--slots", "4", "--note", "its licence")).stdout).toBe("warehouse has 4 slots.\n");
  expect((await json("pools", "set", "open", "--slots", "unlimited")).value).toMatchObject({ name: "open", slots: -1 });
  const { stdout } = await cli("pools", "list");
  expect(stdout).toMatch(/^open +unlimited +0 +0$/m);
  expect(stdout).toMatch(/^warehouse +4 +0 +0 +its licence$/m);
});

test("alerts", async () => {
  const { stdout } = await cli("alerts", "list");
  expect(stdout).toMatch(/^2001-01-02 00:00 +daily +failure +pending +webhook https:\/\/example\.com +12 +2 tries, the answer was 503: task "each\.load" has failed$/m);
  expect(stdout).toMatch(/^2001-01-02 00:00 +daily +deadline +sent +command notify +1 +run daily\.20010101T050000Z has missed its deadline$/m);
  expect((await json("alerts", "list", "--state", "sent", "--limit", "1")).value).toMatchObject({ alerts: [{ id: "a2" }], next: "a2" });
  expect(await cli("alerts", "list", "--dag", "other")).toMatchObject({ code: 0, stdout: "", stderr: "There are no such alerts.\n" });
});
