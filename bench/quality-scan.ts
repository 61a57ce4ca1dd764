import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { folderFiles } from "../src/files/folder.ts";
import { Duckdb, queryJson, sqlText } from "../src/lake/duckdb.ts";
import type { SchemaField } from "../src/lake/iceberg-type.ts";
import { Lake } from "../src/lake/lake.ts";
import { parquetCopySql, writtenParquet } from "../src/lake/parquet-copy.ts";
import type { Table } from "../src/lake/table.ts";
import type { Check } from "../src/model/quality/check-definition.ts";
import { accepted, notNull, range, textLength } from "../src/model/quality/column-checks.ts";
import { aggregate, freshness, volume } from "../src/model/quality/dataset-checks.ts";
import { rowCondition } from "../src/model/quality/statement-checks.ts";
import { sql } from "../src/model/sql-tag.ts";
import type { CheckResult } from "../src/quality/checks/check-result.ts";
import { SqlRunner } from "../src/sql/sql-runner.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { judgeTable } from "./harness/judge-table.ts";
import { seconds } from "./harness/seconds.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const rounds = 5;
const name = "bench.rows";
const field = (column: string, type: SchemaField["type"]): SchemaField => ({ id: 0, name: column, required: false, type });
const numbers = ["a", "b", "c", "d", "e", "f"];
const fields = [field("k", "long"), ...numbers.map((column) => field(column, "double")), field("s", "string"), field("t", "string"), field("at", "timestamptz")];

/** A hundred that each need the rows: bounds that some values are beyond, and conditions. */
const hundred: Check[] = [
  ...numbers.flatMap((column, c) => Array.from({ length: 13 }, (_, n) => range(column, { min: 10 + n, max: 990 - n - c }, { name: `${column}_${n}` }))),
  ...Array.from({ length: 10 }, (_, n) => rowCondition(`less_${n}`, sql`a <= b + ${n}`)),
  ...Array.from({ length: 6 }, (_, n) => accepted("s", Array.from({ length: 10 + n }, (_, i) => `s${i}`), { name: `s_${n}` })),
  ...Array.from({ length: 6 }, (_, n) => textLength("t", { min: 2, max: 4 + (n % 3) }, { name: `t_${n}` })),
];
/** What people would write. */
const byHand = [
  ...numbers.flatMap((column, c) => Array.from({ length: 13 }, (_, n) => `count_if(${column} < ${10 + n} or ${column} > ${990 - n - c})`)),
  ...Array.from({ length: 10 }, (_, n) => `count_if(a > b + ${n})`),
  ...Array.from({ length: 6 }, (_, n) => `count_if(s not in (${Array.from({ length: 10 + n }, (_, i) => `'s${i}'`).join(", ")}))`),
  ...Array.from({ length: 6 }, (_, n) => `count_if(length(t) not between 2 and ${4 + (n % 3)})`),
];
/** What the manifests know. */
const fromMetadata: Check[] = [...fields.map((each) => notNull(each.name)), range("k", { min: 0 }), ...numbers.map((column) => range(column, { min: 0, max: 1_000 })), ...numbers.map((column) => aggregate("max", column, { max: 1_000 })), volume({ min: 1 }), freshness({ within: "36500d", column: "at" })];

/** Checks of a table in one scan, against the statement that somebody who knows the engine would write for them. */
export const qualityScan: Benchmark = {
  name: "quality.scan",
  what: "100 checks on a table of 10 M rows and 10 columns; and 25 that its manifests answer",
  reach: "<= 1.3 x the best statement by hand; from metadata alone <= 50 ms",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const state = await sqliteState(join(folder, "state.db"));
    const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
    const duckdb = new Duckdb({ memoryLimit: "2GiB", threads: 2 });
    const runner = new SqlRunner({ statementsPerProcess: 1_000, shared: [join(folder, "lake")] });
    const connection = await duckdb.connect();
    try {
      const [files, rows] = small ? [2, 5_000] : [20, 500_000];
      const table = await filled(lake, connection, files, rows);
      const paths = (await table.files()).map(({ path }) => sqlText(path)).join(", ");
      const [ours, theirs, known]: number[][] = [[], [], []];
      let failures: number[] = [];
      for (let round = 0; round < (small ? 1 : rounds); round++) {
        let results: CheckResult[] = [];
        ours.push(await seconds(async () => (results = await judgeTable(lake, runner, name, hundred))));
        let counts: number[] = [];
        theirs.push(await seconds(async () => (counts = Object.values((await queryJson(connection, `select ${byHand.join(", ")} from read_parquet([${paths}])`, "bench"))[0]).map(Number))));
        failures = results.map((result) => result.failures ?? Number.NaN);
        if (JSON.stringify(failures) !== JSON.stringify(counts)) throw new Error(`counted ${failures.join(" ")}; by hand ${counts.join(" ")}`);
        known.push(await seconds(async () => (results = await judgeTable(lake, runner, name, fromMetadata))));
        if (results.some(({ tier, state: is }) => tier !== 0 || is !== "passed")) throw new Error("rows were read for what the manifests know");
        say(`round ${round + 1}: ${rounded(ours[round])} s, by hand ${rounded(theirs[round])} s, from metadata ${rounded(known[round] * 1_000)} ms`);
      }
      return { value: median(ours), unit: "s", baseline: "one statement of count_if by hand, in DuckDB itself", baselineValue: median(theirs), spread: spread(ours), hash: `${files * rows} rows, ${failures.reduce((sum, count) => sum + count, 0)} failures`, extra: { metadataMs: rounded(median(known) * 1_000), metadataChecks: fromMetadata.length } };
    } finally {
      await runner.close();
      connection.closeSync();
      await duckdb.close();
      await lake.close();
      await state.close();
    }
  },
};

async function filled(lake: Lake, connection: DuckDBConnection, files: number, rows: number): Promise<Table> {
  const table = await lake.openOrCreate(name, fields);
  const schema = await table.schema();
  for (let n = 0; n < files; n++) {
    const values = numbers.map((column, j) => `(hash(i, ${j}) % 100000) / 100.0 as ${column}`).join(", ");
    const select = `select i::bigint as k, ${values}, 's' || hash(i, 7) % 20 as s, (hash(i, 8) % 100000)::varchar as t, timestamptz '2026-01-01' + interval (i) second as at from range(${n * rows}, ${(n + 1) * rows}) t(i)`;
    const path = await table.stage();
    const [row] = await queryJson(connection, parquetCopySql(select, path, schema.fields), path);
    await (await table.append({ files: [{ path, ...writtenParquet(row) }], attempt: `fill-${n}` })).publish();
  }
  return table;
}
