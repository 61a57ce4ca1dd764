import { expect, test } from "vitest";
import { buildManifest } from "../build-manifest.ts";
import { describeModule } from "../describe-module.ts";
import { notNull } from "../quality/column-checks.ts";
import { unique } from "../quality/dataset-checks.ts";
import { table } from "../table.ts";
import { day } from "../partition.ts";
import { onUpdate } from "../schedule.ts";
import { sql } from "../sql-tag.ts";
import { sourceFolder, type SourceFolderOptions } from "./source-folder.ts";

const settings = (options: SourceFolderOptions, name = "jira") => sourceFolder(name, options).parts?.tasks.map(({ settings }) => settings as Record<string, unknown>) ?? [];
const fault = (work: () => unknown): string => {
  try {
    work();
    return "";
  } catch (error) {
    return (error as Error).message.split("\n")[0];
  }
};

test("a source folder is a DAG: a crawl, what is new, and a load for each table that has something", () => {
  const { parts, faults } = sourceFolder("jira", { at: "raw/jira", every: "1h", alerts: [] });
  expect(faults).toEqual([]);
  expect(parts).toMatchObject({ name: "jira", maxActiveRuns: 1, overlap: "skip", schedule: { kind: "every" }, maps: [{ name: "tables", over: { task: "changes" } }] });
  expect(parts?.tasks.map(({ name, kind, after, map, retries }) => [name, kind, after, map, retries])).toEqual([
    ["crawl", "crawl", [], undefined, 2],
    ["changes", "changes", ["crawl"], undefined, 2],
    ["tables.load", "load", [], "tables", 2],
  ]);
  expect(parts?.tasks[0].settings).toMatchObject({ at: "raw/jira", into: "jira_raw", policy: { newColumns: "add" } });
  expect(parts?.tasks[1].settings).toEqual({ raw: "jira_raw", processed: "jira", at: "raw/jira", vanished: "keep", tables: {} });
});

test.each([["raw/*", "raw", 2], ["raw/*/", "raw", 2], ["/mnt/raw/*/*", "/mnt/raw", 3], ["raw/", "raw", undefined], ["raw", "raw", undefined]])("folders behind a star are tables: %s", (at, folder, level) => {
  const [crawl, changes] = settings({ at });
  expect([crawl.at, crawl.tableLevel, changes.at]).toEqual([folder, level, folder]);
});

test("what is said of a table shapes its rows, which go on naming their file", () => {
  const [, { tables }] = settings({ at: "raw", raw: "in", tables: { a: { choices: { n: { cast: "long" } } }, b: { mapping: [{ from: "x.y", to: "z" }], misfits: "null", vanished: "delete", partitionBy: [day("t")] } } });
  expect(tables).toEqual({
    a: { rows: "resolve_choice(\"in\".\"a\", {'n': {'cast': 'long'}})" },
    b: { rows: "apply_mapping(\"in\".\"b\", [{'from': 'x.y', 'to': 'z'}, {'from': '_file', 'to': '_file'}], \"misfits\" := 'null')", vanished: "delete", partitionBy: [{ column: "t", transform: "day" }] },
  });
});

test("its tables are those that models read and schedules wait for, and nobody else writes", () => {
  const jira = sourceFolder("jira", { at: "raw" });
  expect(jira.table("issues")).toBe(jira.table("issues"));
  const open = table("marts.open", { schedule: onUpdate(jira.table("issues")), sql: sql`select * from ${jira.table("issues")} anti join ${jira.quarantine("issues")} using (_file)` });
  const { tables, dags, problems } = buildManifest("p", [describeModule("/p", "/p/pipeline.ts", { jira, open })]);
  expect(problems).toEqual([]);
  expect(tables["jira.issues"]).toMatchObject({ columns: [], writtenBy: "tasks", loadedBy: "jira" });
  expect(tables["marts.open"].model?.reads).toEqual(["jira.issues", "jira.issues_quarantine"]);
  expect(Object.keys(dags).sort()).toEqual(["jira", tables["marts.open"].model?.dag]);
  const lost = buildManifest("p", [describeModule("/p", "/p/pipeline.ts", { open })]);
  expect(lost.problems.map(({ code }) => code)).toContain("MR-MODEL-004");
});

test("a table of which something is asked is part of the project, also where nobody reads it", () => {
  const jira = sourceFolder("jira", { at: "raw", tables: { issues: { checks: [unique("key"), notNull("status")] }, users: {} } });
  const { tables, problems } = buildManifest("p", [describeModule("/p", "/p/pipeline.ts", { jira })]);
  expect(problems).toEqual([]);
  expect(Object.keys(tables)).toEqual(["jira.issues"]);
  expect(tables["jira.issues"].checks?.map(({ name }) => name)).toEqual(["unique_key", "not_null_status"]);
});

test("what cannot be is refused by name", () => {
  expect(fault(() => settings({ at: "" }))).toContain("it does not say where");
  expect(fault(() => settings({ at: "raw/*.csv" }))).toContain('"raw/*.csv" is no folder');
  expect(fault(() => settings({ at: "raw", raw: "x", processed: "X" }))).toContain("one database");
  expect(fault(() => settings({ at: "raw", processed: "a b" }))).toContain("no name for a database");
  expect(fault(() => settings({ at: "raw", every: "1h", schedule: "@daily" }))).toContain("both `every` and `schedule`");
  expect(fault(() => settings({ at: "raw", vanished: "drop" as "keep" }))).toContain("vanished");
  expect(fault(() => settings({ at: "raw", tables: { a: { misfits: "null" } } }))).toContain("neither `choices` nor `mapping`");
  expect(sourceFolder("jira", { at: "raw", nonsense: 1 } as SourceFolderOptions).faults[0].message).toContain("nonsense");
});
