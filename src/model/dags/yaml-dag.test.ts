import { expect, test } from "vitest";
import { z } from "zod";
import { table } from "../../index.ts";
import { buildManifest } from "../build-manifest.ts";
import { describeModule } from "../describe-module.ts";
import type { Manifest } from "../manifest.ts";
import { filledSettings } from "./templates.ts";
import { describeYamlDag } from "./yaml-dag.ts";

const Row = z.object({ day: z.iso.datetime(), n: z.int() });
const tables = { daily: table("shop.daily", { schema: Row, interval: "day" }), fed: table("shop.fed", { schema: Row }) };
const manifestOf = (text: string, file = "nightly.dag.yaml"): Manifest => buildManifest("test", [describeModule("/project", "/project/pipeline.ts", tables), describeYamlDag("/project", `/project/${file}`, text)]);

const nightly = `
schedule: { cron: "0 6 * * *", timezone: Europe/Zurich }
start: 2001-01-01
catchup: all
defaults: { retries: 2, retryDelay: 30s }
params: { type: object, properties: { limit: { type: integer, default: 10 }, name: { type: string, default: "o'hara" } } }
alerts: [{ on: failure, to: { webhook: "https://example.com/x" } }]
tasks:
  tell:
    http: { url: "https://example.com/{{ params.name }}?at={{ interval.start }}", body: { limit: "{{ params.limit }}", text: "{{ params.limit }} rows" } }
    after: [write]
    trigger: all_done
  write:
    sql: select {{ interval.start }} as day, count(*) as n from topics.orders where name = {{ params.name }} limit {{params.limit}}
    into: shop.daily
    after: fetch
    retries: 0
  fetch:
    shell: curl -fsS "$URL" -o data.json
    env: { URL: "https://example.com" }
    timeout: 10m
  copy:
    shell: [cp, data.json, "{{ interval.start }}.json"]
    after: [fetch]
`;
const facts = { id: "r1", logicalDate: null, interval: { start: "2001-01-01T05:00:00.000Z", end: "2001-01-02T05:00:00.000Z" }, params: { limit: 10, name: "o'hara / 1" } };

test("a file becomes the same declaration as code does", () => {
  const { dags, problems } = manifestOf(nightly);
  expect(problems).toEqual([]);
  const { nightly: dag } = dags;
  expect(dag).toMatchObject({
    ...{ name: "nightly", schedule: { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Zurich", gap: "shift", fold: "second" }, timezone: "Europe/Zurich", start: "2000-12-31T23:00:00.000Z", catchup: { policy: "all" } },
    ...{ declaredAt: "nightly.dag.yaml:2:1", params: { properties: { limit: { default: 10 } } } },
  });
  expect(dag).not.toHaveProperty("module");
  expect(dag.tasks.map(({ name, after }) => [name, after])).toEqual([["fetch", []], ["write", ["fetch"]], ["tell", ["write"]], ["copy", ["fetch"]]]);
  const [fetch, write, tell, copy] = dag.tasks;
  expect(fetch).toMatchObject({ kind: "shell", code: false, retries: 2, retryDelayMs: 30_000, timeoutMs: 600_000, settings: { command: 'curl -fsS "$URL" -o data.json', env: { URL: "https://example.com" } }, declaredAt: "nightly.dag.yaml:18:3" });
  expect(fetch).not.toHaveProperty("template");
  expect(write).toMatchObject({ kind: "sql", template: true, retries: 0, into: "shop.daily", updates: ["shop.daily"] });
  expect(tell).toMatchObject({ kind: "http", template: true, trigger: "all_done" });
  expect(filledSettings(write, facts)).toEqual({ sql: "select TIMESTAMPTZ '2001-01-01T05:00:00.000Z' as day, count(*) as n from topics.orders where name = 'o''hara / 1' limit 10" });
  expect(filledSettings(tell, facts)).toEqual({ url: "https://example.com/o'hara%20%2F%201?at=2001-01-01T05%3A00%3A00.000Z", body: { limit: 10, text: "10 rows" } });
  expect(filledSettings(copy, facts)).toEqual({ command: ["cp", "data.json", "2001-01-01T05:00:00.000Z.json"] });
  expect(filledSettings(fetch, facts)).toBe(fetch.settings);
  expect(() => filledSettings(tell, { ...facts, params: {} })).toThrow(/no parameter for \{\{ params\.name \}\}/);
});

test("a value that holds a place stays a value", () => {
  const [, write] = manifestOf(nightly).dags.nightly.tasks;
  expect(filledSettings(write, { ...facts, params: { limit: 1, name: "{{ run.id }}' or 1 = 1 --" } })).toMatchObject({ sql: expect.stringContaining("name = '{{ run.id }}'' or 1 = 1 --' limit 1") });
});

const shell = "tasks:\n  a: { shell: echo }\n";

test.each<[string, string, RegExp]>([
  ["no YAML", "tasks: [", /no YAML.*nightly\.dag\.yaml:1:/],
  ["a key twice", "name: a\nname: b\n", /no YAML.*unique.*nightly\.dag\.yaml:2:1/],
  ["a list", "- a\n", /holds no DAG/],
  ["nothing", "", /holds no DAG/],
  ["no tasks", "schedule: '@daily'\n", /there are no tasks/],
  ["empty tasks", "tasks: {}\n", /the DAG has no tasks/],
  ["a circle", "tasks:\n  a: { shell: x, after: [c] }\n  b: { shell: x, after: [a] }\n  c: { shell: x, after: [b] }\n", /circle: a → c → b → a.*task "a" of DAG "nightly", nightly\.dag\.yaml:2:3/],
  ["itself before it", "tasks:\n  a: { shell: x, after: a }\n", /circle: a → a/],
  ["an unknown task", "tasks:\n  fetch: { shell: x }\n  b: { shell: x, after: [fetsh] }\n", /comes after "fetsh", which is not there.*:3:3.*write "fetch"/],
  ["two kinds", "tasks:\n  a: { shell: x, sql: select 1 }\n", /shell and sql at once/],
  ["no kind", "tasks:\n  a: { run: x }\n", /has no work.*shell, sql, http/],
  ["an unknown option", "tasks:\n  a: { shell: x, retrys: 1 }\n", /no option "retrys".*task "a" of DAG "nightly".*:2:3/],
  ["an unknown option of the DAG", `scedule: "@daily"\n${shell}`, /no option "scedule"/],
  ["a rule", "tasks:\n  a: { shell: x, trigger: all_sucess }\n", /no trigger rule/],
  ["an expression", `schedule: "0 25 * * *"\n${shell}`, /^MR-MODEL-011/],
  ["a schedule", `schedule: { daily: true }\n${shell}`, /the schedule is none/],
  ["a name", `name: a b\n${shell}`, /^MR-MODEL-001.*no name for a dag/],
  ["a place that nothing fills", "tasks:\n  a: { sql: \"select {{ secret }}\" }\n", /nothing fills the place \{\{ secret \}\}/],
  ["a place in quotes", "tasks:\n  a: { sql: \"select '{{ params.name }}'\" }\n", /inside of quotes/],
  ["a place in the shell's words", "tasks:\n  a: { shell: \"rm -r {{ params.folder }}\" }\n", /the shell would read as its own words/],
  ["a table that stages write", "tasks:\n  a: { sql: select 1, into: shop.fed }\n", /writes table "shop\.fed", which stages write/],
  ["a table that is not there", "tasks:\n  a: { sql: select 1, into: shop.none }\n", /MR-MODEL-004.*"shop\.none"/],
  ["a dataset that is not there", `schedule: { onUpdate: [nowhere] }\n${shell}`, /MR-MODEL-004.*"nowhere"/],
  ["aliases without end", `a: &a [x,x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f"].map((name, i) => `${name}: &${name} [${Array(10).fill(`*${"abcde"[i]}`).join(",")}]\n`).join("")}${shell}`, /cannot be read: Excessive alias count/],
])("%s is told with its place", (_, text, expected) => {
  const { dags, problems } = manifestOf(text);
  expect(dags).toEqual({});
  expect(problems.map(({ code, what, where, mend }) => `${code} ${what}; ${where}; ${mend}`)).toEqual([expect.stringMatching(expected)]);
  expect(problems[0].file).toBe("nightly.dag.yaml");
});

test("setups and teardowns go by name", () => {
  const { dags, problems } = manifestOf("tasks:\n  down: { shell: x, teardownOf: up }\n  work: { shell: x, after: up }\n  up: { shell: x }\n");
  expect(problems).toEqual([]);
  expect(dags.nightly.tasks).toMatchObject([{ name: "up", setup: true }, { name: "down", after: ["up"], teardownOf: ["up"], trigger: "all_done_setup_success" }, { name: "work", after: ["up"] }]);
});

test("a schedule by updates, and a name of its own", () => {
  const { dags, problems } = manifestOf(`name: other\nschedule: { onUpdate: [shop.daily], when: any }\n${shell}`);
  expect(problems).toEqual([]);
  expect(dags.other.schedule).toEqual({ kind: "onUpdate", datasets: ["shop.daily"], when: "any" });
});
