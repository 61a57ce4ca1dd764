import { MillraceError } from "../../errors.ts";
import { duckdbType } from "../../lake/duckdb-type.ts";
import { sqlName } from "../../lake/duckdb.ts";
import type { ResultColumn } from "../../lake/result-schema.ts";
import type { ColumnType, Manifest } from "../../model/manifest.ts";
import { filledStatement, hasPlaces } from "../../model/dags/templates.ts";
import type { ModelDecl, UnitTestDecl } from "../../model/models/model-decl.ts";
import type { QueryRequest, SqlSource } from "../../sql/query-request.ts";
import { resolveDatasets } from "../../sql/resolve-datasets.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import { type ProjectData, viewsOf } from "../project-data.ts";
import { standInSecrets } from "./stand-in-secrets.ts";
import { columnsOfRows, fixtureSql } from "./fixture-sql.ts";

export interface UnitTestParts {
  manifest: Pick<Manifest, "tables" | "topics">;
  lake: ProjectData["lake"];
  runner: SqlRunner;
  signal: AbortSignal;
}

export interface UnitTestOutcome {
  /** Rows that are missing, and rows that are too many. */
  failures: number;
  sample: Record<string, unknown>[];
}

const sampleMax = 10;

/** As topics and declared tables give their columns to SQL. */
const sqlTypes: Record<ColumnType, string> = { string: "VARCHAR", boolean: "BOOLEAN", integer: "BIGINT", number: "DOUBLE", timestamp: "TIMESTAMP WITH TIME ZONE", date: "DATE", json: "VARCHAR" };

/**
 * Runs a model's statement on rows that are given, and on nothing else, and compares what comes of it with what is expected,
 * as multisets, in the columns that the expected rows name.
 */
export async function runUnitTest(parts: UnitTestParts, name: string, model: ModelDecl, test: UnitTestDecl): Promise<UnitTestOutcome> {
  const where = `table "${name}", unit test "${test.name}"`;
  const sql = statementOf(model, test, where);
  const secrets = standInSecrets(model);
  const resolve = await givenRows(parts, model, test, where);
  const { rows: described } = await parts.runner.run({ sql: `describe ${sql}`, resolve, secrets, signal: parts.signal });
  const result = described.map(([column, type]): ResultColumn => ({ name: String(column), type: String(type) }));
  const named = new Set(test.expect.flatMap((row) => Object.keys(row)));
  const compared = test.expect.length === 0 ? result : result.filter((column) => named.has(column.name));
  const expected = fixtureSql(test.expect, named.size === compared.length ? compared : result, where);
  const columns = compared.map((column) => sqlName(column.name)).join(", ");
  const both = `with actual as (select ${columns} from (${sql}\n)), expected as (${expected})
    select 'missing' as side, * from (from expected except all from actual) union all select 'extra' as side, * from (from actual except all from expected)`;
  const found = await parts.runner.run({ sql: both, resolve, secrets, signal: parts.signal });
  return { failures: found.rowCount, sample: found.rows.slice(0, sampleMax).map((row) => Object.fromEntries(found.columns.map((column, i) => [column.name, row[i]]))) };
}

function statementOf({ sql }: ModelDecl, { interval }: UnitTestDecl, where: string): string {
  if (!hasPlaces(sql)) return sql;
  if (interval === undefined) throw new MillraceError("MR-MODEL-013", { what: "the statement is about a data interval, and the test has none", where, mend: 'give the test one: interval: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" }' });
  return filledStatement(sql, { id: "unit-test", logicalDate: interval.start, interval, params: {} }, where);
}

/** Every dataset that is read is what the test gives for it, or has no rows. Views that it does not name are what they are. */
async function givenRows({ manifest, lake }: UnitTestParts, model: ModelDecl, { given }: UnitTestDecl, where: string): Promise<QueryRequest["resolve"]> {
  const fixtures = new Map(given.map(({ dataset, rows }) => [dataset, rows]));
  const views = viewsOf(manifest.tables);
  const open = async (dataset: string): Promise<SqlSource> => {
    const rows = fixtures.get(dataset);
    if (rows === undefined && Object.hasOwn(views, dataset)) return { kind: "view", sql: views[dataset] };
    const columns = (await knownColumns(manifest, lake, dataset)) ?? columnsOfRows(rows ?? []);
    if (columns.length > 0) return { kind: "view", sql: fixtureSql(rows ?? [], columns, where) };
    throw new MillraceError("MR-MODEL-004", { what: `it reads "${dataset}", whose columns are not known yet`, where, mend: `give rows for it: given: [[${dataset}, [{ … }]]]` });
  };
  const topics = Object.keys(manifest.topics);
  const tables = [...new Set([...Object.keys(manifest.tables), ...(await lake.tables()), ...model.reads.filter((read) => !read.startsWith("topics."))])];
  return (references) => resolveDatasets(references, { tables: async () => tables, topics: async () => topics, openTable: open, openTopic: async (topic) => open(`topics.${topic}`) });
}

async function knownColumns({ tables, topics }: UnitTestParts["manifest"], lake: ProjectData["lake"], dataset: string): Promise<ResultColumn[] | undefined> {
  const declared = dataset.startsWith("topics.") ? topics[dataset.slice("topics.".length)]?.columns : tables[dataset]?.columns;
  if (declared !== undefined && declared.length > 0) return declared.map(({ name, type }) => ({ name, type: sqlTypes[type] }));
  const table = await lake.table(dataset).catch(() => undefined);
  return (await table?.schema())?.fields.map(({ name, type }) => ({ name, type: duckdbType(type) }));
}
