import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CliRun, runCliProcess } from "../src/cli/testing.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* `millrace tasks test` as its users type it, and what they see; what a trial does is told in `try-task.slow.test.ts`. */

const pipeline = `
import { cron, dag, sql, table } from "millrace";
import { z } from "zod";
export const totals = table("shop.totals", { schema: z.object({ day: z.iso.datetime(), customer: z.string(), total: z.number() }), interval: "day" });
export const daily = dag("daily", { schedule: cron("0 6 * * *", { timezone: "America/New_York" }), start: "2100-01-01", params: z.object({ least: z.number().default(1) }) }, ({ task, map, sql }) => {
  const extract = task("extract", ({ interval, params, log }) => {
    log.info("extracting", { least: params.least });
    return { start: interval.start, filler: "x".repeat(10_000) };
  });
  task("letter", { extract }, ({ extract }) => extract);
  map("each", [7, 8], (id, { task }) => ({ load: task("load", { id }, ({ id }) => id) }));
  task("stuck", ({ log }) => { log.info("begun"); return new Promise(() => setInterval(() => {}, 1_000)); }, { grace: "1s" });
  task("throws", () => { throw new Error("the source is down"); });
  sql("write", { into: totals, query: sql\`select 'a' as customer, 4 as total\` });
});
`;

let project: TemporaryProject;
beforeAll(() => {
  project = temporaryProject({ "pipeline.ts": pipeline });
  mkdirSync(env().TMPDIR);
});
afterAll(() => project.remove());

const scratchFolders = () => readdirSync(env().TMPDIR).filter((name) => name.startsWith("millrace-trial-"));
const env = () => ({ TMPDIR: join(project.folder, "tmp") });
const cli = (...args: string[]) => runCliProcess(["tasks", "test", "daily", ...args, "--project", project.folder], { env: env() });

test("its log comes on stderr and its result on stdout; a large one is cut for people", async () => {
  const { code, stdout, stderr } = await cli("extract", "--at", "2001-01-02T06:30", "--params", '{"least": 5}');
  expect(stderr).toMatch(/^\S+ info +extracting least=5\n$/);
  expect(stdout).toMatch(/^extract has succeeded, for 2001-01-01 06:00 to 2001-01-02 06:00 \(America\/New_York\)\. Nothing of it is kept\.\nresult: \{/);
  expect(stdout).toMatch(/…\n\(cut; the whole of it comes with --json\)\n$/);
  expect(code).toBe(0);
});

test("JSON, with exit code 1 for a task that fails", async () => {
  const letter = await cli("letter", "--input", "extract=text", "--interval", "2001-01-01..2001-01-03", "--json");
  expect(JSON.parse(letter.stdout)).toMatchObject({ state: "success", result: "text", interval: { start: "2001-01-01T05:00:00.000Z", end: "2001-01-03T05:00:00.000Z" } });
  const throws = await cli("throws", "--json");
  expect(JSON.parse(throws.stdout)).toMatchObject({ state: "failed", error: { what: "Error: the source is down" } });
  expect([letter.code, throws.code]).toEqual([0, 1]);
});

test("an item of a map; the rows for a table", async () => {
  expect((await cli("each.load[1]")).stdout).toMatch(/^each\.load\[1\] has succeeded.*\nresult: 8\n$/);
  const { stdout } = await cli("write");
  expect(stdout).toMatch(/\nthe first rows for table shop\.totals, which is left as it is:\nday +customer +total\n20\S+ +a +4\n$/);
});

test("Ctrl-C ends the task, and leaves nothing behind", async () => {
  const run = new CliRun(["tasks", "test", "daily", "stuck", "--project", project.folder], { env: env() });
  await run.until(({ stderr }) => stderr.includes("begun"));
  expect(scratchFolders()).toHaveLength(1);
  run.child.kill("SIGINT");
  expect((await run.result()).code).toBe(130);
  expect(scratchFolders()).toEqual([]);
});

test("what was not understood does nothing, with exit code 2; what is not there, with 3", async () => {
  for (const wrong of [["--interval", "2001-01-02"], ["--at", "2001-01-01", "--interval", "2001-01-01..2001-01-02"], ["--params", "[1]"]]) {
    expect(await cli("extract", ...wrong), wrong.join(" ")).toMatchObject({ code: 2, stdout: "" });
  }
  expect((await cli("letter")).stderr).toMatch(/^MR-CLI-001: nothing is known of its input "extract".*\n.*\n.*--input extract='…'/);
  expect((await cli("extrct")).code).toBe(3);
});
