import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { readProject } from "../../supervisor/definitions/read-project.ts";
import { runCliProcess } from "../testing.ts";
import { readDbtProject } from "./project/read-project.ts";
import { Report } from "./report.ts";
import { projectFiles } from "./write/project-files.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "millrace-import-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;

/** A dbt project with these files beside its dbt_project.yml. */
function dbtProject(files: Record<string, string>): string {
  const folder = join(root, `dbt-${made++}`);
  for (const [path, text] of Object.entries({ "dbt_project.yml": "name: shop\nvars: { days: 3, kinds: [a, b] }\n", ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

interface Imported {
  files: Map<string, string>;
  report: string[];
}

async function imported(files: Record<string, string>): Promise<Imported> {
  const report = new Report();
  const project = await readDbtProject(dbtProject(files), {}, report);
  const { files: written } = projectFiles(project, join(root, "into"), report);
  return { files: written, report: report.entries().map(({ kind, file, line, what }) => `${kind} ${file}:${line} ${what}`) };
}

/** The statement of the model `m`, of which the text is given. */
async function statement(sql: string, more: Record<string, string> = {}): Promise<string> {
  const { files, report } = await imported({ "models/m.sql": sql, "models/other.sql": "select 1 as a", ...more });
  expect(report.filter((line) => line.startsWith("not-understood"))).toEqual([]);
  const text = files.get("models/m.ts") as string;
  return text.slice(text.indexOf("sql: ") + 5, text.lastIndexOf(",\n"));
}

test.each([
  ["select * from {{ ref('other') }}", "sql`\nselect * from ${other}\n`"],
  ["select '{{ var('days') }} d' as \"{{ 'x' }}\", {{ var('days') }}", "sql`\nselect ${sql.text(`${vars.days} d`)} as \"x\", ${sql.raw(String(vars.days))}\n`"],
  ["select `a\\b` from x -- {{ var('days') }}", "sql`\nselect \\`a\\\\b\\` from x --  vars.days\n`"],
  ["{% for k in var('kinds') %}{{ k }}_n{{ ',' if not loop.last }}{% endfor %}", "sql`\n${sql.join(vars.kinds.map((k, i, all) => sql`${sql.raw(k)}_n${sql.raw((i !== all.length - 1 ? \",\" : \"\"))}`), sql``)}\n`"],
  ["select '{% for k in ['a'] %}{{ k }}-{% endfor %}'", "sql`\nselect ${sql.text(([\"a\"].map((k) => `${k}-`).join(\"\")))}\n`"],
  ["select 1 {% if target.name == 'prod' %}+ 1{% endif %}", "sql`\nselect 1 ${target.name === \"prod\" ? sql`+ 1` : sql``}\n`"],
  ["select '{{ env_var('REGION', 'eu') }}'", "sql`\nselect ${sql.text((process.env.REGION ?? \"eu\"))}\n`"],
  ["{{ config(materialized='incremental') }}select 1{% if is_incremental() %} where a > (select max(a) from {{ this }}){% endif %}", "({ self, incremental }) => sql`\nselect 1${incremental ? sql` where a > (select max(a) from ${self})` : sql``}\n`"],
  ["select 1{% if is_incremental() %} where false{% endif %}", "sql`\nselect 1\n`"],
  ["select {{ plus('a', 2) }}", "sql`\nselect ${plus(\"a\", 2)}\n`"],
  ["{# why #}\nselect 1 {# here #}", "sql`\nselect 1 /* here */\n`"],
])("%s", async (template, code) => {
  expect(await statement(template, { "macros/m.sql": "{% macro plus(column, by=1) %}({{ column }} + {{ by }}){% endmacro %}" })).toBe(code);
});

test("what is not understood is told with its line, and stands in the model, which fails when it is built", async () => {
  const { files, report } = await imported({
    "models/m.sql": "select 1\n{% set cols = adapter.get_columns_in_relation(this) %}\nfrom {{ dbt_date.days() }}, {{ ref('gone') }} {{ bad() }}",
    "models/broken.sql": "select {{ 1",
    "models/p.py": "def model(dbt, session): ...",
    "macros/bad.sql": "{% macro bad() %}{{ run_query('x') }}{% endmacro %}",
  });
  expect(report).toEqual([
    'not-understood models/broken.sql:1 broken: "{{" is not closed by "}}"',
    "not-understood models/m.sql:2 m: adapter.get_columns_in_relation() is not understood",
    'not-understood models/m.sql:3 m: there is no macro dbt_date.days(): read its package into the project first, with `dbt deps`',
    'not-understood models/m.sql:3 m: there is no model, seed or snapshot "gone"',
    "not-understood models/m.sql:3 m: macro bad() was not understood (macros/bad.sql:1: run_query() is not understood)",
    "not-understood models/p.py:1 a model in Python: write it as a task of a DAG",
    "left-out macros/bad.sql:1 macro bad: run_query() is not understood",
  ]);
  expect(files.get("models/m.ts")).toContain("sql: unfinished([");
  expect(files.get("models/m.ts")).toContain("from /* not understood, models/m.sql:3: dbt_date.days() */, /* not understood, models/m.sql:3: ref('gone') */ /* not understood, models/m.sql:3: bad() */");
  expect(files.get("models/broken.ts")).toContain("/* select  1 */");
});

test("settings come from the project, its folders, YAML and the file, the nearest first", async () => {
  const { files } = await imported({
    "dbt_project.yml": "name: shop\nmodels:\n  shop:\n    +tags: [all]\n    +materialized: view\n    marts:\n      +schema: marts\n      +materialized: \"{{ 'table' if target.name == 'dev' else 'view' }}\"\n",
    "profiles.yml": "default:\n  outputs:\n    dev: { type: duckdb, schema: base }\n",
    "models/marts/m.sql": "{{ config(tags='own', alias='named') }}select 1",
    "models/marts/m.yml": "models:\n  - name: m\n    description: '{{ doc(\"text\") }}'\n    config: { materialized: ephemeral }\n    columns: [{ name: a, description: an a }]\n",
    "models/docs.md": "{% docs text %}Said in another file.{% enddocs %}",
  });
  expect(files.get("models/marts/m.ts")).toBe('import { sql, table } from "millrace";\n\nexport const m = table("main_marts.named", {\n  description: "Said in another file.",\n  tags: ["all","own"],\n  materialize: "ephemeral",\n  sql: sql`\nselect 1\n`,\n  columns: {\n    a: "an a",\n  },\n});\n'.replaceAll('["all","own"]', '["all", "own"]'));
});

test("how rows are kept is said as dbt keeps them", async () => {
  const config: Record<string, string> = {
    "materialized='incremental', unique_key='id'": 'materialize: replaceKeys({ key: "id" }),\n  onSchemaChange: "ignore"',
    "materialized='incremental', unique_key=['a', 'b'], incremental_strategy='merge', on_schema_change='sync_all_columns'": 'materialize: merge({ key: ["a", "b"] }),\n  onSchemaChange: "sync"',
    "materialized='incremental', incremental_strategy='microbatch', event_time='at', batch_size='hour', begin='2026-01-01'": 'interval: "batch_start",\n  schedule: "@hourly",\n  start: "2026-01-01",\n  onSchemaChange: "ignore"',
    "materialized='table'": "",
  };
  for (const [given, options] of Object.entries(config)) {
    const { files } = await imported({ "models/m.sql": `{{ config(${given}) }}\nselect 1 from {{ ref('e') }}`, "models/e.sql": "{{ config(event_time='at') }}select 1 as at" });
    const text = files.get("models/m.ts") as string;
    expect(text.slice(text.indexOf("{\n") + 2, text.indexOf("sql: ")).trim().replace(/,$/, "")).toBe(options);
    if (given.includes("microbatch")) expect(text).toContain('sql`(select * from ${e} where ${sql.id("at")} >= ${interval.start} and ${sql.id("at")} < ${interval.end})`');
  }
});

test.each([
  ["dbt_utils.accepted_range: { min_value: 0, max_value: 100 }", 'range("amount", { min: 0, max: 100 })'],
  ["dbt_utils.accepted_range: { min_value: 0, inclusive: false, config: { severity: warn, where: \"kind <> 'x'\" } }", 'range("amount", { above: 0 }, { severity: "warn", where: sql`kind <> \'x\'` })'],
  ["dbt_utils.accepted_range: { max_value: \"'2030-01-01'\" }", 'range("amount", { max: "2030-01-01" })'],
  ["dbt_utils.accepted_range: { min_value: \"other_column\" }", 'check("dbt_utils_accepted_range_amount", sql`select * from ${rows} where amount < other_column`)'],
  ["dbt_utils.not_null_proportion: { at_least: 0.95 }", 'notNull("amount", { tolerance: "5%" })'],
  ["dbt_utils.expression_is_true: { expression: \"<= `most`\", name: few }", 'rowCondition("few", sql`amount <= \\`most\\``)'],
])("%s is a check of ours", async (given, code) => {
  const { files, report } = await imported({ "models/m.sql": "select 1 as amount", "models/m.yml": `models: [{ name: m, columns: [{ name: amount, data_tests: [{ ${given} }] }] }]` });
  expect(report).toEqual([]);
  expect(files.get("models/m.ts")).toContain(`checks: [${code}]`);
});

test("a share that cannot be is told, and is no check", async () => {
  const { files, report } = await imported({ "models/m.sql": "select 1 as a", "models/m.yml": "models: [{ name: m, columns: [{ name: a, data_tests: [{ dbt_utils.not_null_proportion: { at_least: 0, at_most: 0.5 } }] }] }]" });
  expect(report).toEqual([expect.stringContaining("at_most below 1 asks for nulls")]);
  expect(files.get("models/m.ts")).not.toContain("checks");
});

test("the whole of a project becomes one without problems that TypeScript accepts", async () => {
  const into = join(root, "shop");
  const { code, stdout, stderr } = await runCliProcess(["import", "dbt", join(repository, "test/fixtures/dbt-shop"), "--into", into, "--json"]);
  expect(code, stderr).toBe(0);
  const { report } = JSON.parse(stdout) as { report: { kind: string; file: string }[] };
  expect(report.map(({ kind, file }) => [kind, file])).toEqual([["left-out", "analyses/best.sql"], ["left-out", "models/marts/schema.yml"]]);
  mkdirSync(join(into, "node_modules"));
  symlinkSync(repository, join(into, "node_modules/millrace"));
  symlinkSync(join(repository, "node_modules/@types"), join(into, "node_modules/@types"));
  const { manifest } = await readProject(into);
  expect(manifest.problems).toEqual([]);
  expect(manifest.tables["main_people.dim_customers"].model).toMatchObject({ tags: ["nightly", "daily", "people"], description: "One row for each customer, with all that is known." });
  // A check that reads a table which is built from its own stands there.
  expect(manifest.tables["main.order_totals"].model?.checks.map(({ name }) => name)).toContain("relationship_stg_orders_order_id");
  await promisify(execFile)(process.execPath, [join(repository, "node_modules/typescript/bin/tsc"), "--noEmit", "--customConditions", "millrace:source"], { cwd: into }).catch((error: { stdout: string }) => expect(error.stdout).toBe(""));
});

test("nothing is written where something is, where nothing can be read, and on a dry run", async () => {
  const full = join(root, "full");
  mkdirSync(full);
  writeFileSync(join(full, "mine.txt"), "");
  const project = dbtProject({ "models/m.sql": "select 1" });
  const run = (...args: string[]) => runCliProcess(["import", "dbt", ...args]);
  expect((await run(project, "--into", full)).stderr).toContain("MR-CLI-001: the folder is not empty");
  expect((await run(root, "--into", join(root, "new"))).stderr).toContain("MR-CLI-004: the folder holds no dbt project");
  expect((await run(dbtProject({ "models/m.yml": "models: [" }), "--into", join(root, "new"))).stderr).toContain("models/m.yml:");
  expect((await run(project, "--into", join(root, "new"), "--dry-run")).stdout).toContain("Would import shop");
  expect(existsSync(join(root, "new"))).toBe(false);
  expect(readdirSync(full)).toEqual(["mine.txt"]);
  expect((await run(project, "--into", join(root, "new"))).code).toBe(0);
  expect(readFileSync(join(root, "new/dbt-import.md"), "utf8")).toContain("Everything was understood.");
  expect(readdirSync(root).filter((name) => name.startsWith(".new"))).toEqual([]);
});
