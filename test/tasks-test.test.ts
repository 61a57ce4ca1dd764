import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CliRun, runCliProcess } from "../src/cli/testing.ts";
import type { RunView } from "../src/server/dag-control.ts";
import type { TrialEnd } from "../src/supervisor/trial/try-task.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* `millrace tasks test`: one task, now, and nothing kept. */

const pipeline = `
import { existsSync } from "node:fs";
import { cron, dag, http, sql, table, topic } from "millrace";
import { z } from "zod";
export const orders = topic("orders", { schema: z.object({ customer: z.string(), amount: z.number() }) });
export const intake = http("intake", { to: orders });
export const totals = table("shop.totals", { schema: z.object({ day: z.iso.datetime(), customer: z.string(), total: z.number() }), interval: "day" });

export const daily = dag("daily", { schedule: cron("0 6 * * *", { timezone: "America/New_York" }), start: "2100-01-01", params: z.object({ least: z.number().default(1) }) }, ({ task, map, shell, sql, sensor, branch, wait, approval }) => {
  const extract = task("extract", ({ interval, params, log, fence }) => {
    log.info("extracting", { least: params.least });
    console.log("a word of the code's own");
    return { start: interval.start, least: params.least, fence };
  });
  task("throws", () => { throw new Error("the source is down"); });
  task("slow", () => new Promise(() => setInterval(() => {}, 1_000)), { timeout: "1s", grace: "1s" });
  task("stuck", ({ log }) => { log.info("begun"); return new Promise(() => setInterval(() => {}, 1_000)); }, { grace: "1s" });
  task("large", () => "x".repeat(100_000));
  shell("say", { inputs: { extract }, command: ({ extract }) => ["echo", "least is", String(extract.least)] });
  sql("select", { query: sql\`select 1 as one, 'ü' as text\` });
  sensor("file", () => existsSync(new URL("./ready", import.meta.url)), { mode: "poke", every: "1m" });
  const way = branch("way", () => "left");
  task("left", () => 1, { after: [way] });
  wait("pause", { for: "1h30m" });
  approval("ask", { prompt: "publish?" });
});
export const chain = dag("chain", {}, ({ task, map }) => {
  const ids = task("ids", () => [7, 8, 9]);
  const base = task("base", () => ({ least: 1, filler: "x".repeat(100_000) }));
  const each = map("each", ids, (id, { task }) => ({ load: task("load", { id }, ({ id, index }) => ({ id, index })) }));
  task("sum", { loads: each.load, base }, ({ loads, base }) => loads.reduce((sum, { id }) => sum + id, base.least));
});
export const sums = dag("sums", {}, ({ sql }) => {
  sql("write", { into: totals, query: sql\`select customer, sum(amount) as total from \${orders} group by customer order by customer\` });
  sql("wrong", { into: totals, query: sql\`select 'a' as customer, 'much' as total\` });
});
`;

let project: TemporaryProject;
beforeAll(() => {
  project = temporaryProject({ "pipeline.ts": pipeline });
});
afterAll(() => project.remove());

const cli = (...args: string[]) => runCliProcess(["tasks", "test", ...args, "--project", project.folder]);
async function trial(...args: string[]): Promise<TrialEnd & { code: number | null; log: string }> {
  const { code, stdout, stderr } = await cli(...args, "--json");
  return { ...(JSON.parse(stdout) as TrialEnd), code, log: stderr };
}
const scratchFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("millrace-trial-"));

test("a task runs with what it is given; its log comes on stderr, its result on stdout, and nothing is kept", async () => {
  const before = scratchFolders();
  const { code, stdout, stderr } = await cli("daily", "extract", "--at", "2001-01-02T06:30", "--params", '{"least": 5}');
  expect(stderr).toMatch(/ info +extracting least=5\n/);
  expect(stderr).toContain("a word of the code's own");
  expect(stdout).toMatch(/^extract has succeeded, for 2001-01-01 06:00 .*\(America\/New_York\)\. Nothing of it is kept\.$/m);
  expect(JSON.parse(stdout.slice(stdout.indexOf("{")))).toEqual({ start: "2001-01-01T11:00:00.000Z", least: 5, fence: 0 });
  expect(code).toBe(0);
  expect(existsSync(project.data)).toBe(false);
  expect(scratchFolders()).toEqual(before);
});

test("inputs are given by name, for items of a map too; one that nothing is known of is asked for", async () => {
  expect(await trial("chain", "sum", "--input", 'loads=[{"id":1},{"id":2}]', "--input", 'base={"least":40}')).toMatchObject({ state: "success", result: 43, code: 0 });
  expect(await trial("chain", "each.load[3]", "--input", 'id="x"')).toMatchObject({ index: 3, result: { id: "x", index: 3 } });
  expect((await trial("daily", "say", "--input", 'extract={"least":2}')).log).toContain("least is 2");
  const missing = await cli("chain", "sum", "--input", "loads=[]");
  expect(missing).toMatchObject({ code: 2, stdout: "" });
  expect(missing.stderr).toMatch(/^MR-CLI-001: nothing is known of its input "base": no run of the DAG has succeeded yet\n.*\n.*--input base='…'/);
  expect((await cli("chain", "sum", "--input", "load=[]")).stderr).toContain("use one of loads, base");
  expect((await cli("daily", "extract", "--index", "1")).code).toBe(2);
});

test("what fails says why, with exit code 1; its timeout holds", async () => {
  expect(await trial("daily", "throws")).toMatchObject({ state: "failed", error: { code: "MR-TASK-001", what: "Error: the source is down" }, code: 1 });
  expect(await trial("daily", "slow")).toMatchObject({ state: "failed", error: { code: "MR-SCHED-006" }, code: 1 });
});

test("Ctrl-C ends the task, and leaves nothing behind", async () => {
  const before = scratchFolders();
  const run = new CliRun(["tasks", "test", "daily", "stuck", "--project", project.folder]);
  await run.until(({ stderr }) => stderr.includes("begun"));
  run.child.kill("SIGINT");
  expect((await run.result()).code).toBe(130);
  expect(scratchFolders()).toEqual(before);
});

test("a sensor looks once; a branch says what it chose; what only a scheduler can do is said", async () => {
  expect(await trial("daily", "file")).toMatchObject({ state: "deferred", note: expect.stringContaining("look again in 1m"), code: 0 });
  writeFileSync(join(project.folder, "ready"), "");
  expect(await trial("daily", "file")).toMatchObject({ state: "success" });
  expect(await trial("daily", "way")).toMatchObject({ state: "success", chosen: ["left"] });
  expect(await trial("daily", "pause")).toMatchObject({ state: "skipped", note: "it would wait 1h30m", code: 0 });
  expect(await trial("daily", "ask")).toMatchObject({ state: "skipped", note: 'it would wait for a person\'s answer to "publish?"' });
});

test("a large result is whole as JSON, and cut for people; rows of a statement are its result", async () => {
  expect((await trial("daily", "large")).result).toHaveLength(100_000);
  expect((await cli("daily", "large")).stdout.length).toBeLessThan(5_000);
  expect((await trial("daily", "select")).result).toEqual([{ one: 1, text: "ü" }]);
});

test("what is not there, and times that are none, are told before anything runs", async () => {
  expect(await cli("weekly", "extract")).toMatchObject({ code: 3, stderr: expect.stringContaining('use one of "chain", "daily", "sums"') });
  expect((await cli("daily", "extrct")).code).toBe(3);
  for (const wrong of [["--at", "soon"], ["--interval", "2001-01-02..2001-01-01"], ["--interval", "2001-01-02"], ["--at", "2001-01-01", "--interval", "2001-01-01..2001-01-02"], ["--params", "[1]"], ["--param", "least=many"]]) {
    expect((await cli("daily", "extract", ...wrong)).code, wrong.join(" ")).toBe(2);
  }
});

test("beside a Millrace that runs, inputs come from its newest success, statements read its topics, and its tables stay as they are", { timeout: 90_000 }, async () => {
  const millrace = await MillraceProcess.start(project.folder, project.data);
  try {
    await millrace.post("/ingest/intake", [{ customer: "a", amount: 1 }, { customer: "b", amount: 2 }, { customer: "a", amount: 3 }]);
    const day = ["--interval", "2001-01-01T00:00Z..2001-01-02T00:00Z"];
    const written = await trial("sums", "write", ...day);
    expect(written).toMatchObject({ state: "success", result: { rows: 2 }, rows: { table: "shop.totals", rows: [["2001-01-01T00:00:00Z", "a", 4], ["2001-01-01T00:00:00Z", "b", 2]] } });
    expect(written.log).toContain("a trial leaves it as it is");
    expect(await trial("sums", "wrong", ...day)).toMatchObject({ state: "failed", error: { code: "MR-LAKE-003" } });
    expect((await millrace.sql("select * from shop.totals")).rows).toEqual([]);

    const { id } = (await (await millrace.post("/api/v1/dags/chain/runs", {})).json()) as RunView;
    await until(async () => ((await (await millrace.request(`/api/v1/runs/${id}`)).json()) as RunView).state === "success");
    expect((await trial("chain", "sum")).result).toBe(25);
    expect((await trial("chain", "sum", "--input", "base={}")).result).toBeNull();
    expect((await trial("chain", "each.load[2]")).result).toEqual({ id: 9, index: 2 });
    expect((await cli("chain", "each.load", "--index", "3")).stderr).toContain("its map has 3 items, and item 3 is asked for");
    const runs = (await (await millrace.request("/api/v1/runs")).json()) as { runs: RunView[] };
    expect(runs.runs.map((run) => run.id)).toEqual([id]);
  } finally {
    await millrace.stop();
  }
});
