import { expect, test } from "vitest";
import { z } from "zod";
import { calendar, cron, dag, type DagDefinition, days, every, fail, onUpdate, sql, stage, table, timetable, topic, union } from "../../index.ts";
import { buildManifest } from "../build-manifest.ts";
import { describeModule } from "../describe-module.ts";
import type { Manifest } from "../manifest.ts";
import type { DagTools } from "./tools.ts";

const manifestOf = (exports: Record<string, unknown>, made: DagDefinition[] = []): Manifest => buildManifest("test", [describeModule(import.meta.dirname, import.meta.filename, exports, made)]);
/** Options and tools as plain JavaScript could use them. */
const js = (value: unknown) => value as never;

const Row = z.object({ day: z.iso.datetime(), n: z.int() });
const orders = topic("orders", { schema: z.object({ at: z.iso.datetime(), n: z.int() }), eventTime: "at" });
const daily = table("shop.daily", { schema: Row, interval: "day" });
const fed = table("shop.fed", { schema: Row });
const fine = dag("fine", {}, ({ task }) => task("t", () => 1));

type Tools = DagTools<any>;
const one = ({ task }: Tools) => task("one", () => 1);

test.each<[string, object, (tools: Tools) => unknown, RegExp]>([
  ["a duplicate task", {}, ({ task }) => [task("a", () => 1), task("a", () => 2)], /^MR-MODEL-013 "a" is declared twice; task "a" of DAG "bad", .*dag-faults\.test\.ts:\d+:\d+; first .*:\d+:\d+; give one/],
  ["a group with a task's name", {}, ({ task, group }) => [task("a", () => 1), group("a", ({ task }) => void task("b", () => 1))], /"a" is declared twice/],
  ["a map of a map", {}, ({ map }) => map("m", [1], (_, { group }) => void group("g", ({ map, task }: any) => map("n", [1], () => task("t", () => 1)))), /map "n" is in map "m"/],
  ["a dotted name", {}, ({ task }) => task("a.b", () => 1), /"a\.b" is no name for a task/],
  ["no name", {}, ({ task }) => task(js(undefined), () => 1), /undefined is no name/],
  ["a task of another DAG", {}, ({ task }) => task("a", () => 1, { after: [other()] }), /`after` is of another DAG/],
  ["an input that is no task", {}, ({ task }) => task("a", { n: js(1) }, () => 1), /input "n" is no task/],
  ["an input that the context has", {}, (tools) => tools.task("a", { params: one(tools) }, () => 1), /every task is given `params` already/],
  ["a task seen out of its map", {}, ({ map, task }) => leak((keep) => map("m", [1], (n, { task }) => keep(task("t", { n }, () => 1))), (t) => task("out", { t }, () => 1)), /input "t" is task "m\.t" inside of "m"/],
  ["a task seen from another map", {}, ({ map }) => leak((keep) => map("m", [1], (_, { task }) => keep(task("t", () => 1))), (t) => map("n", [1], (_, { task }) => task("u", () => 1, { after: [t] }))), /`after` is task "m\.t" inside of "m"/],
  ["an item out of its map", {}, ({ map, task }) => leak((keep) => map("m", [1], (n, { task }) => (keep(n), task("t", () => 1))), (n) => task("out", { n }, () => 1)), /inside of "m"/],
  ["an item that a task comes after", {}, ({ map }) => map("m", [1], (n, { task }) => task("t", () => 1, { after: [js(n)] })), /names the item of a map/],
  ["an unknown rule", {}, ({ task }) => task("a", () => 1, { trigger: js("all_sucess") }), /no trigger rule "all_sucess".*write "all_success"/],
  ["a pool of no form", {}, ({ task }) => task("a", () => 1, { pool: "a pool" }), /"a pool" is no name for a pool/],
  ["a duration", {}, ({ task }) => task("a", () => 1, { retryDelay: "soon" }), /^MR-MODEL-005 "soon".*task "a" of DAG "bad".*retryDelay/],
  ["retries below none", {}, ({ task }) => task("a", () => 1, { retries: -1 }), /^MR-MODEL-001 retries is -1.*task "a"/],
  ["an unknown option", {}, ({ task }) => task("a", () => 1, js({ retrys: 1 })), /no option "retrys".*write "retries"/],
  ["no code", {}, ({ task }) => task("a", js(undefined)), /the task has no code/],
  ["SQL as a text", {}, ({ sql }) => sql("a", { query: js("select 1") }), /no SQL of the tag's/],
  ["a value that SQL has no word for", {}, ({ sql: tag }) => tag("a", { query: tag`select ${js(undefined)}` }), /type undefined cannot stand in SQL/],
  ["a table that stages write", {}, ({ sql: tag }) => tag("a", { into: fed, query: sql`select 1` }), /it writes table "shop\.fed", which stages write/],
  ["no command", {}, ({ shell }) => shell("a", js({})), /there is no command/],
  ["an empty command", {}, ({ shell }) => shell("a", { command: [] }), /the command is none/],
  ["an odd environment", {}, ({ shell }) => shell("a", { command: "x", env: { "A=B": "c" } }), /`env`/],
  ["no address", {}, ({ http }) => http("a", { url: "example.com" }), /no address of a request/],
  ["a body for GET", {}, ({ http }) => http("a", { url: "https://example.com", method: "GET", body: 1 }), /cannot have a body/],
  ["a wait for two things", {}, ({ wait }) => wait("a", js({ for: "1m", dataset: daily })), /waits for for and dataset/],
  ["a wait for nothing", {}, ({ wait }) => wait("a", js({})), /waits for nothing/],
  ["no prompt", {}, ({ approval }) => approval("a", js({})), /no prompt/],
  ["a group of nothing", {}, ({ group }) => group("g", () => {}), /the group has no tasks/],
  ["a map of nothing", {}, ({ map }) => map("m", [1], () => {}), /the map has no tasks/],
  ["a map over a map", {}, ({ map }) => map("n", js(map("m", [1], (n, { task }) => task("t", { n }, () => 1))), (n, { task }) => task("t", { n }, () => 1)), /over the results of another map/],
  ["a map over too much", {}, ({ map }) => map("m", [1, 2, 3], (n, { task }) => task("t", { n }, () => 1), { itemsMax: 2 }), /3 items, and 2 are allowed/],
  ["what a group gives out", {}, ({ group }) => group("g", js(({ task }: Tools) => (task("t", () => 1), { n: 1 }))), /gives out what are no tasks/],
  ["a group without a function", {}, ({ group }) => group("g", js(undefined)), /no function that builds it/],
  ["a teardown of nothing", {}, ({ task }) => task("a", () => 1, { teardownOf: [] }), /no list of tasks/],
  ["a choice that does not follow", {}, ({ branch, task }) => [branch("b", () => "c", { choices: ["c"] }), task("c", () => 1)], /may choose "c", which does not follow it/],
  ["a key of nothing", {}, ({ task }) => task("a", () => 1, { concurrency: { key: "" } }), /the key is no text/],
  ["a key with an unknown place", {}, ({ task }) => task("a", () => 1, { concurrency: { key: "{{ item.id }}" } }), /nothing fills the place {{ item.id }}/],
  ["a throttle of no starts", {}, ({ task }) => task("a", () => 1, { throttle: { limit: 0, per: "1m" } }), /limit is 0.*throttle/],
  ["a throttle without a time", {}, ({ task }) => task("a", () => 1, js({ throttle: { limit: 1 } })), /^MR-MODEL-0.*throttle, per/],
  ["a memo of a sensor", {}, ({ sensor }) => sensor("s", () => true, { memo: true }), /a sensor cannot have a memo/],
  ["a memo of SQL without a key", {}, ({ sql }) => sql("s", { query: sql`select 1`, memo: true }), /its memo has no key/],
  ["a loop without an end", {}, ({ loop }) => loop("l", js(({ task }: never) => void (task as any)("a", () => 1))), /does not say when it ends/],
  ["a loop that asks a command", {}, ({ loop }) => loop("l", js(({ shell }: any) => shell("a", { command: "true" }))), /does not say when it ends/],
  ["a loop in a map", {}, ({ map }) => map("m", [1], js((_: never, { loop }: any) => loop("l", ({ task }: any) => task("a", () => true)))), /loop "l" is in "m", which runs more than once itself/],
  ["a loop of no rounds", {}, ({ loop }) => loop("l", ({ task }) => task("a", () => true), { max: 0 }), /max is 0/],
  ["a task of a loop from outside", {}, ({ task, loop }) => leak((keep) => loop("l", ({ task }) => keep(task("a", () => true))), (ref) => task("b", { ref }, () => 1)), /inside of "l", which runs more than once/],
  ["a choice that is not there", {}, ({ branch }) => branch("b", () => "c", { choices: ["c"] }), /may choose "c", which is not there/],
  ["a sensor's mode", {}, ({ sensor }) => sensor("s", () => true, { mode: js("push") }), /mode is "push"/],
  ["nothing at all", {}, () => {}, /the DAG has no tasks/],
  ["a function that throws", {}, () => JSON.parse("{"), /the function that builds the DAG threw SyntaxError.*thrown at .*dag-faults\.test\.ts:\d+/],
  ["a function that throws no error", {}, () => { throw "a text"; }, /no Error, a text/],
  ["a function that is async", {}, async ({ task }) => { task("a", () => 1); await null; task("b", () => 1); }, /is async/],
  ["too many tasks", {}, ({ task }) => { for (let i = 0; i < 10_001; i++) task(`t${i}`, () => 1); }, /more than 10,000 tasks/],
  ["an end before its start", { start: "2001-02-01", end: "2001-01-01" }, one, /it ends .* before it starts/],
  ["a date that is none", { start: "2001-02-30" }, one, /^MR-MODEL-012 "2001-02-30" is no date/],
  ["a zone that is none", { start: "2001-01-01", timezone: "Mars/Olympus" }, one, /^MR-MODEL-010/],
  ["an expression that is none", { schedule: "0 25 * * *" }, one, /^MR-MODEL-011.*dag "bad".*schedule/],
  ["a day that never comes", { schedule: "0 0 31 2 *" }, one, /^MR-MODEL-011/],
  ["a step of nothing", { schedule: calendar({}) }, one, /^MR-MODEL-012/],
  ["no days", { schedule: union(["@daily"], { except: [days([])] }) }, one, /^MR-MODEL-012/],
  ["a schedule that is none", { schedule: js(5) }, one, /the schedule is none/],
  ["an unknown option of the DAG", { scedule: "@daily" }, one, /no option "scedule".*write "schedule"/],
  ["no options", js(undefined), one, /options are missing/],
  ["a default for one task alone", { defaults: { after: [] } }, one, /no option "after"/],
  ["a default that is wrong", { defaults: { retries: 1.5 } }, one, /retries is 1.5.*dag "bad".*defaults/],
  ["a policy", { catchup: "sometimes" }, one, /catchup is "sometimes"/],
  ["an alert to nobody", { alerts: [{ on: "failure", to: {} }] }, one, /does not say whom/],
  ["a default that breaks the schema", { params: { type: "object", properties: { limit: { type: "integer", default: "ten" } } } }, one, /default of parameter "limit" breaks its own schema: it must be integer/],
  ["parameters that are a text", { params: z.string() }, one, /the parameters are no object/],
  ["parameters without a form in JSON", { params: z.object({ at: z.date() }) }, one, /^MR-MODEL-002/],
  ["another DAG that is not there", {}, ({ trigger }) => trigger("a", { dag: "fin" }), /it names DAG "fin", which is not there.*write "fine"/],
  ["a stage that is not there", {}, ({ stageRun }) => stageRun("a", { stage: "copy" }), /stage "copy", which is not there/],
  ["itself", {}, ({ trigger }) => trigger("a", { dag: "bad" }), /triggers itself/],
])("%s: told with its place, and the rest goes on", (_, options, build, expected) => {
  const { dags, problems } = manifestOf({ bad: dag("bad", options, build), fine });
  expect(Object.keys(dags)).toEqual(["fine"]);
  const texts = problems.map(({ code, what, where, mend }) => `${code} ${what}; ${where}; ${mend}`);
  expect(texts).toContainEqual(expect.stringMatching(expected));
  for (const problem of problems) expect(problem.where).toMatch(/"bad"/);
});

/** A task of a DAG of its own. */
function other(): never {
  let found: unknown;
  dag("other", {}, ({ task }) => {
    found = task("there", () => 1);
  });
  return found as never;
}

/** Hands a reference out of where it may be used. */
function leak(make: (keep: <T>(ref: T) => T) => unknown, use: (ref: never) => unknown): void {
  let kept: unknown;
  make((ref) => ((kept = ref), ref));
  use(kept as never);
}

test("all that is wrong with a DAG is told at once", () => {
  const { problems } = manifestOf({
    bad: dag("bad", { start: "never", defaults: { retries: -1 } }, ({ task, map }) => {
      const a = task("a", () => 1, { retries: -1 });
      task("b", { a }, () => 1, { pool: "?" });
      map("m", 5 as never, (n, { task }) => task("t", { n }, () => 1));
      fail("at last");
    }),
  });
  expect(problems.map(({ what }) => what.slice(0, 30))).toEqual(["\"never\" is no date or time", "retries is -1", "retries is -1", "\"?\" is no name for a pool", "the map is over what is neithe", "the function that builds the D"].map((text) => text.slice(0, 30)));
});

test("a DAG that nobody exports is told; one in a list cannot be found again", () => {
  expect(manifestOf({}, [fine]).problems).toMatchObject([{ code: "MR-MODEL-001", what: expect.stringContaining('dag "fine" is declared but no file of the project exports it') }]);
  expect(manifestOf({ all: [fine] }).dags).toEqual({});
  expect(manifestOf({ a: fine, b: dag("fine", {}, ({ task }) => task("u", () => 1)) }).problems).toMatchObject([{ code: "MR-MODEL-003" }]);
});

test("tables are written by stages or by tasks, and no other way", () => {
  const writes = stage("writes", { from: orders, to: daily, run: () => {} });
  const { stages, tables, topics, problems } = manifestOf({ daily, writes });
  expect(problems).toMatchObject([{ code: "MR-MODEL-001", what: 'it writes to table "shop.daily", which tasks write' }]);
  expect(tables["shop.daily"]).toMatchObject({ interval: "day", writtenBy: "tasks", partitionBy: [{ column: "day", transform: "identity" }] });
  expect([stages, Object.keys(topics)]).toEqual([{}, ["orders"]]);
  expect(tables["shop.daily"]).not.toHaveProperty("from");
  expect(manifestOf({ t: table("shop.whole", { schema: Row, writtenBy: "tasks" }) }).tables["shop.whole"]).toMatchObject({ writtenBy: "tasks", partitionBy: [] });
  expect(manifestOf({ t: table("a.b", { schema: z.object({ day: z.string() }), interval: "day" }) }).problems).toMatchObject([{ what: 'interval names "day", which is a string' }]);
  expect(manifestOf({ t: table("a.b", { schema: z.object({ day: z.iso.datetime().nullable() }), interval: js("day") }) }).problems).toMatchObject([{ what: 'interval names "day", which may be null or absent' }]);
  for (const options of [{ interval: "day", key: "n" }, { interval: "day", partitionBy: [] }, { writtenBy: "stages" }, { writtenBy: "tasks", commitEvery: "1s" }]) expect(() => table("a.b", js({ schema: Row, ...options }))).toThrow(/MR-MODEL-001/);
});

test("a DAG whose table has a problem has one too", () => {
  const broken = table("shop.broken", { schema: z.object({ day: z.string() }), interval: "day" });
  const { dags, problems } = manifestOf({ d: dag("d", {}, ({ sql: tag }) => tag("s", { into: broken, query: sql`select 1` })), e: dag("e", { schedule: onUpdate(broken) }, one as never), fine });
  expect(Object.keys(dags)).toEqual(["fine"]);
  expect(problems.map(({ code }) => code)).toEqual(["MR-MODEL-001", "MR-MODEL-004", "MR-MODEL-004"]);
});

test.each<[string, () => unknown, RegExp]>([
  ["a name", () => dag("a b", {}, one as never), /MR-MODEL-001[^]*no name for a dag/],
  ["a step", () => every("0s"), /MR-MODEL-005/],
  ["a lookback of intervals", () => cron("@daily", { lookback: "1d" }), /goes with `trigger`/],
  ["a policy for gaps", () => cron("@daily", { gap: js("jump") }), /gap is "jump"/],
  ["a timetable without code", () => timetable(js({ tickAfter: 5, tickUntil: 5 })), /tickAfter is not a function/],
  ["a timetable in a union", () => union([timetable({ tickAfter: () => undefined, tickUntil: () => undefined })]), /in a union/],
  ["updates of nothing", () => onUpdate([]), /nothing to wait for/],
  ["updates of a stage", () => onUpdate(js("orders")), /no dataset/],
])("%s is refused where it stands", (_, declare, expected) => expect(declare).toThrow(expected));
