import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MillraceProcess, until } from "../../../test/support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "../../../test/support/temporary-project.ts";
import type { MillraceError } from "../../errors.ts";
import type { RunView } from "../../server/dag-control.ts";
import { controlFile } from "../data-folder.ts";
import { type Project, readProject } from "../definitions/read-project.ts";
import { type TrialEnd, type TrialRequest, tryTask } from "./try-task.ts";

const pipeline = `
import { existsSync } from "node:fs";
import { cron, dag, http, sql, table, timetable, topic } from "millrace";
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
  task("stuck", ({ log }) => { log.info("begun", { pid: process.pid }); return new Promise(() => setInterval(() => {}, 1_000)); }, { grace: "1s" });
  task("dies", () => process.kill(process.pid, "SIGKILL"));
  task("large", () => "x".repeat(100_000));
  shell("say", { inputs: { extract }, command: ({ extract }) => ["echo", "least is", String(extract.least)] });
  sql("select", { query: sql\`select 1 as one, 'ü' as text\` });
  sensor("file", () => existsSync(new URL("./ready", import.meta.url)), { mode: "poke", every: "1m" });
  const way = branch("way", () => "left");
  task("left", () => 1, { after: [way] });
  wait("pause", { for: "1h30m" });
  approval("ask", { prompt: "publish?" });
});
export const coded = dag("coded", { schedule: timetable({ tickAfter: (after) => after + 1, tickUntil: (until) => until }), start: "2100-01-01" }, ({ task }) => {
  task("one", ({ interval }) => interval.start);
});
export const chain = dag("chain", {}, ({ task, map }) => {
  const ids = task("ids", () => [7, 8, 9]);
  const base = task("base", () => ({ least: 1, filler: "x".repeat(100_000) }));
  const each = map("each", ids, (id, { task }) => ({ load: task("load", { id }, ({ id, index }) => ({ id, index })) }));
  task("sum", { loads: each.load, base }, ({ loads, base }) => loads.reduce((sum, { id }) => sum + id, base.least));
});
export const rounds = dag("rounds", {}, ({ task, loop }) => {
  const count = loop("again", ({ task }) => {
    const count = task("count", ({ index, previous }) => (previous ?? 10) + index);
    return { until: task("done", { count }, ({ count }) => count > 12), result: count };
  });
  task("end", { count }, ({ count }) => count);
});
export const sums = dag("sums", {}, ({ sql }) => {
  sql("write", { into: totals, query: sql\`select customer, sum(amount) as total from \${orders} group by customer order by customer\` });
  sql("wrong", { into: totals, query: sql\`select 'a' as customer, 'much' as total\` });
});
`;

// Other tests make such folders too, at the same time: these lie where nobody else looks.
const own = mkdtempSync(join(tmpdir(), "millrace-trials-"));
const tmpdirBefore = process.env.TMPDIR;

let temporary: TemporaryProject;
let project: Project;
let lines: string[] = [];

beforeAll(async () => {
  process.env.TMPDIR = own;
  temporary = temporaryProject({ "pipeline.ts": pipeline });
  project = await readProject(temporary.folder);
});
beforeEach(() => {
  lines = [];
});
afterAll(() => {
  temporary.remove();
  if (tmpdirBefore === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = tmpdirBefore;
  rmSync(own, { recursive: true, force: true });
});

interface Asked extends Partial<Omit<TrialRequest, "inputs">> {
  inputs?: Record<string, unknown>;
  logToken?: string;
  signal?: AbortSignal;
  onLine?: (line: string) => void;
}

function trial(dag: string, task: string, { inputs = {}, logToken, signal = new AbortController().signal, onLine = (line) => lines.push(line), ...rest }: Asked = {}): Promise<TrialEnd> {
  const given = new Map(Object.entries(inputs).map(([name, value]) => [name, JSON.stringify(value)]));
  return tryTask({ dag, task, ...rest, inputs: given }, { profile: {}, manifest: project.manifest, projectFolder: project.folder, dataFolder: temporary.data, logToken, onLine, signal });
}
const refusal = (dag: string, task: string, asked?: Asked): Promise<MillraceError> => trial(dag, task, asked).then(() => expect.unreachable(), (error: MillraceError) => error);
const scratchFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("millrace-trial-"));
const log = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

test("a task runs with what it is given, its log comes as it is written, and nothing is kept", async () => {
  const before = scratchFolders();
  const end = await trial("daily", "extract", { at: "2001-01-02T06:30", params: { least: 5 } });
  expect(end).toMatchObject({ dag: "daily", task: "extract", index: -1, state: "success", result: { start: "2001-01-01T11:00:00.000Z", least: 5, fence: 0 }, interval: { end: "2001-01-02T11:00:00.000Z" } });
  expect(log()).toEqual(["extracting", "a word of the code's own"]);
  expect(existsSync(temporary.data)).toBe(false);
  expect(scratchFolders()).toEqual(before);
});

test("where the timetable is code, the interval must be said", async () => {
  expect((await refusal("coded", "one")).parts).toMatchObject({ what: "its timetable is code, which a trial does not run", where: 'DAG "coded"' });
  expect(await trial("coded", "one", { interval: { start: "2026-01-01", end: "2026-01-02" } })).toMatchObject({ result: "2026-01-01T00:00:00.000Z" });
});

test("inputs are given by name, for items of a map too; one that nothing is known of is asked for", async () => {
  expect(await trial("chain", "sum", { inputs: { loads: [{ id: 1 }, { id: 2 }], base: { least: 40 } } })).toMatchObject({ state: "success", result: 43 });
  expect(await trial("chain", "each.load", { index: 3, inputs: { id: "x" } })).toMatchObject({ index: 3, result: { id: "x", index: 3 } });
  await trial("daily", "say", { inputs: { extract: { least: 2 } } });
  expect(log()).toContain("least is 2");
  expect((await refusal("chain", "sum", { inputs: { loads: [] } })).toJSON()).toMatchObject({ code: "MR-CLI-001", what: 'nothing is known of its input "base": no run of the DAG has succeeded yet', mend: "give it as JSON: --input base='…'" });
  expect((await refusal("chain", "sum", { inputs: { load: [] } })).parts.mend).toBe("use one of loads, base");
  expect((await refusal("daily", "extract", { index: 1 })).code).toBe("MR-CLI-001");
});

test("what fails says why, and its timeout holds", async () => {
  expect(await trial("daily", "throws")).toMatchObject({ state: "failed", error: { code: "MR-TASK-001", what: "Error: the source is down" } });
  expect(await trial("daily", "slow")).toMatchObject({ state: "failed", error: { code: "MR-SCHED-006" } });
  expect(await trial("daily", "dies")).toMatchObject({ state: "failed", error: { code: "MR-TASK-005" } });
});

test("an interrupted trial leaves neither its process nor its files", async () => {
  const before = scratchFolders();
  const abort = new AbortController();
  let pid = 0;
  const trying = trial("daily", "stuck", {
    signal: abort.signal,
    onLine: (line) => {
      ({ pid } = JSON.parse(line) as { pid: number });
      abort.abort(new Error("enough"));
    },
  });
  await expect(trying).rejects.toThrow("enough");
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(scratchFolders()).toEqual(before);
});

test("a sensor looks once; a branch says what it chose; what only a scheduler can do is said", async () => {
  expect(await trial("daily", "file")).toMatchObject({ state: "deferred", note: "it has not seen what it waits for, and would look again in 1m" });
  writeFileSync(join(temporary.folder, "ready"), "");
  expect(await trial("daily", "file")).toMatchObject({ state: "success" });
  expect(await trial("daily", "way")).toMatchObject({ state: "success", chosen: ["left"] });
  expect(await trial("daily", "pause")).toMatchObject({ state: "skipped", note: "it would wait 1h30m" });
  expect(await trial("daily", "ask")).toMatchObject({ state: "skipped", note: 'it would wait for a person\'s answer to "publish?"' });
});

test("a result of any size is whole; rows of a statement are its result", async () => {
  expect((await trial("daily", "large")).result).toHaveLength(100_000);
  expect((await trial("daily", "select")).result).toEqual([{ one: 1, text: "ü" }]);
});

test("what is not there, and times that are none, are told before anything runs", async () => {
  expect((await refusal("weekly", "extract")).toJSON()).toMatchObject({ code: "MR-SCHED-001", mend: 'use one of "chain", "coded", "daily", "rounds", "sums"' });
  expect((await refusal("daily", "extrct")).code).toBe("MR-SCHED-002");
  expect((await refusal("daily", "extract", { at: "soon" })).code).toBe("MR-MODEL-012");
  expect((await refusal("daily", "extract", { interval: { start: "2001-01-02", end: "2001-01-01" } })).code).toBe("MR-CLI-001");
  expect((await refusal("daily", "extract", { params: { least: "many" } })).code).toBe("MR-SCHED-008");
});

test("beside a Millrace that runs, inputs come from its newest success, statements read its topics, and its tables stay as they are", async () => {
  const millrace = await MillraceProcess.start(temporary.folder, temporary.data);
  try {
    const { logToken } = JSON.parse(readFileSync(controlFile(temporary.data), "utf8")) as { logToken: string };
    await millrace.post("/ingest/intake", [{ customer: "a", amount: 1 }, { customer: "b", amount: 2 }, { customer: "a", amount: 3 }]);
    const day = { interval: { start: "2001-01-01T00:00Z", end: "2001-01-02T00:00Z" }, logToken };
    const rows = [["2001-01-01T00:00:00Z", "a", 4], ["2001-01-01T00:00:00Z", "b", 2]];
    expect(await trial("sums", "write", day)).toMatchObject({ state: "success", result: { rows: 2 }, rows: { table: "shop.totals", rows } });
    expect(log()).toContain('the rows would be a version of table "shop.totals"; a trial leaves it as it is');
    expect(await trial("sums", "wrong", day)).toMatchObject({ state: "failed", error: { code: "MR-LAKE-003" } });
    expect((await millrace.sql("select * from shop.totals")).rows).toEqual([]);

    const succeeded = async (dag: string): Promise<string> => {
      const { id } = (await (await millrace.post(`/api/v1/dags/${dag}/runs`, {})).json()) as RunView;
      await until(async () => ((await (await millrace.request(`/api/v1/runs/${id}`)).json()) as RunView).state === "success");
      return id;
    };
    const ids = [await succeeded("chain"), await succeeded("rounds")];
    expect((await trial("chain", "sum")).result).toBe(25);
    expect((await trial("chain", "sum", { inputs: { base: { least: 2 } } })).result).toBe(26);
    expect((await trial("chain", "each.load", { index: 2 })).result).toEqual({ id: 9, index: 2 });
    expect((await refusal("chain", "each.load", { index: 3 })).parts.what).toBe("its map has 3 items, and item 3 is asked for");
    // Of a loop what comes behind gets the last round's result, and a round that of the one before.
    expect((await trial("rounds", "end")).result).toBe(13);
    expect((await trial("rounds", "again.count", { index: 1 })).result).toBe(11);
    expect((await trial("rounds", "again.count", { index: 9, inputs: { previous: 1 } })).result).toBe(10);
    expect((await refusal("rounds", "again.count", { index: 9 })).parts.mend).toContain("--input previous=");
    const { runs } = (await (await millrace.request("/api/v1/runs")).json()) as { runs: RunView[] };
    expect(runs.map((run) => run.id)).toEqual(ids.toReversed());
  } finally {
    await millrace.stop();
  }
});
