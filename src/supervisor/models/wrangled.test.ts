import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { buildManifest } from "../../model/build-manifest.ts";
import { describeModule } from "../../model/describe-module.ts";
import { flatten, type Rows } from "../../model/nested.ts";
import type { ModelDecl } from "../../model/models/model-decl.ts";
import { secret } from "../../model/secret.ts";
import { sql } from "../../model/sql-tag.ts";
import { table } from "../../model/table.ts";
import { hash, inRange, pivotLonger, required, wrangle, wrangled } from "../../wrangle/index.ts";
import { runUnitTest } from "./unit-test.ts";
import { StatementTasks } from "./statement-tasks-for-tests.ts";

const raw = table("raw.n", { schema: z.object({ n: z.int().nullable() }), writtenBy: "tasks" });
const clean = wrangled("clean.n", wrangle(raw, required("n")), { description: "Numbers.", tags: ["clean"] });
const long = wrangled("clean.long", wrangle(raw, pivotLonger(["n"])));
const read = table("marts.lost", { sql: sql`select reason from ${clean.quarantine}` });
const flat = wrangled("flat.n", wrangle(flatten(raw), required("n")));
const hourly = table("clean.hourly", {
  interval: "hour",
  sql: ({ interval }) => {
    const rows: Rows<{ n: number | null }> = sql`select n from ${raw} where n between hour(${interval.start}::timestamp) and 3`;
    return sql`select n from ${wrangle(rows, required("n"), inRange("n", { max: 2 }))}`;
  },
});
const key = secret("people-key");
const hidden = wrangled("clean.hidden", wrangle(raw, required("n"), hash("n", { key })), { unitTests: { hides: { given: [[raw, [{ n: null }]]], expect: [] } } });
const manifest = buildManifest("test", [describeModule("/project", "/project/pipeline.ts", { clean, long, read, flat, hourly, hidden })]);
let tasks: StatementTasks;
beforeAll(async () => {
  tasks = await StatementTasks.open();
  Object.assign(tasks.tables, manifest.tables);
});
afterAll(() => tasks.close());

test("one declaration is three models, of which the first is built last", () => {
  expect(manifest.problems).toEqual([]);
  expect(Object.keys(manifest.tables).filter((name) => /^clean[.](n|long|hourly)/.test(name))).toEqual(["clean.hourly", "clean.long", "clean.long_quarantine", "clean.long_report", "clean.n", "clean.n_quarantine", "clean.n_report"]);
  const { "clean.n": first, "clean.n_quarantine": beside, "clean.long": reshaped } = manifest.tables;
  expect(first.model).toMatchObject({ description: "Numbers.", tags: ["clean"], checks: [{ name: "every_row_is_accounted_for", severity: "error", reads: expect.arrayContaining(["clean.n_quarantine", "clean.n_report"]) as unknown }] });
  expect(beside.model).toMatchObject({ tags: ["clean"], checks: [] });
  expect(reshaped.model?.checks).toEqual([]);
});

test("rows in are rows out and rows in quarantine, or the version is not published", async () => {
  await tasks.append("raw.n", "select unnest([1, null, 2])::bigint as n");
  for (const name of ["clean.n_report", "clean.n_quarantine"]) await tasks.run(name);
  expect(await tasks.run("clean.n")).toEqual({ rows: 2, checks: 1 });
  expect(await tasks.rows("clean.n_quarantine")).toMatchObject([{ step: "1", rule: "required", reason: '"n" is missing', row: '{"n":null}' }]);
  expect(await tasks.rows("clean.n_report")).toMatchObject([{ step: "1", rule: "required", rows_in: "3", rows_out: "2", rejected: "1" }]);
  // Rows that come while the three are built are late and not lost.
  await tasks.append("raw.n", "select 4::bigint as n");
  expect(await tasks.run("clean.n")).toEqual({ rows: 3, checks: 1 });
  // A row too many in quarantine, while the input stands still.
  for (const name of ["clean.n_report", "clean.n_quarantine"]) await tasks.run(name);
  await tasks.append("raw.n", "select 5::bigint as n");
  await tasks.run("clean.n_report");
  tasks.model("clean.n_quarantine", "select 1::bigint as step, 'x' as rule, 'y' as reason, '{}' as row from range(2)");
  await tasks.run("clean.n_quarantine");
  await expect(tasks.run("clean.n")).rejects.toMatchObject({ code: "MR-QUALITY-001" });
});

test("a step with a key is a model of which the manifest names the secret; no other statement has it", async () => {
  const { "clean.hidden": model, "clean.hidden_report": report } = manifest.tables;
  expect(model.model?.sql).toContain(`'key': {'secret': 'people-key'}`);
  expect([model.model?.secrets, report.model?.secrets]).toEqual([["people-key"], ["people-key"]]);
  expect(Object.values(manifest.dags).flatMap(({ tasks }) => tasks.filter(({ secrets }) => secrets).map(({ name, secrets }) => [name, secrets]))).toEqual([["clean.hidden_quarantine", ["people-key"]], ["clean.hidden_report", ["people-key"]], ["clean.hidden", ["people-key"]]]);
  const secrets = { "people-key": "correct horse battery staple" };
  await tasks.append("raw.n", "select 7::bigint as n");
  for (const name of ["clean.hidden_report", "clean.hidden_quarantine", "clean.hidden"]) await tasks.run(name, { secrets });
  const inMemory = wrangle(raw, required("n"), hash("n", { key })).withSecrets((name) => secrets[name as "people-key"]).apply([{ n: 7 }]);
  expect(await tasks.rows("clean.hidden")).toContainEqual(inMemory.rows[0]);
  const asked = (text: string) => tasks.models.runner.run({ sql: text, secrets, resolve: tasks.data.resolver({ declared: manifest }) });
  await expect(asked('select * from "_mr"."keys"')).rejects.toMatchObject({ code: "MR-SQL-003" });
  const taken = "select * from wrangle((select 'a' as a), [{'kind': 'hash', 'columns': ['a'], 'key': {'secret': 'people-key'}}])";
  await expect(tasks.models.runner.run({ sql: taken, resolve: tasks.data.resolver({ declared: manifest }) })).rejects.toMatchObject({ code: "MR-SECRET-002" });
  const { failures } = await runUnitTest({ manifest, lake: tasks.data.lake, runner: tasks.models.runner, signal: new AbortController().signal }, "clean.hidden", model.model as ModelDecl, (model.model as ModelDecl).unitTests[0]);
  expect(failures).toBe(0);
});

test("a view has no steps with keys", () => {
  const view = table("clean.view", { materialize: "view", sql: sql`select * from ${wrangle(raw, hash("n", { key }))}` });
  expect(buildManifest("test", [describeModule("/project", "/project/pipeline.ts", { raw, view })]).problems).toMatchObject([{ what: expect.stringContaining("a step with a key") }]);
});

test("rows that were reshaped are wrangled as a table is, and counted", async () => {
  for (const name of ["flat.n_report", "flat.n_quarantine"]) await tasks.run(name);
  expect(await tasks.run("flat.n")).toEqual({ rows: 5, checks: 1 });
});

test("an interval is wrangled by the statement of its model", async () => {
  expect(await tasks.run("clean.hourly", { hours: [2, 3] })).toMatchObject({ rows: 1 });
  expect(await tasks.rows("clean.hourly")).toMatchObject([{ n: "2" }]);
});

test("names and options that cannot be are refused", () => {
  expect(() => wrangled("n", wrangle(raw, required("n")))).toThrow(/MR-MODEL-001/);
  expect(() => wrangled("a.n", raw as never)).toThrow(/no wrangling/);
  expect(() => wrangled("a.n", wrangle(raw), { sql: sql`select 1` } as never)).toThrow(/sql/);
});
