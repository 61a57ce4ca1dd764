import { Duckdb, queryJson } from "../../lake/duckdb.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import { measureColumns, type Measured, stateOf } from "./collect-states.ts";
import { valuesMax } from "./state-sql.ts";
import type { ColumnState } from "./column-state.ts";
import { type ProfiledColumn, profiledColumns } from "./profiled-column.ts";

const duckdb = new Duckdb({ memoryLimit: "1GiB", threads: 2 });

/** Some tables as they are measured: each by itself. */
export interface MeasuredTables {
  columns: ProfiledColumn[];
  /** By table, by column. */
  measured: Measured[][];
  states: ColumnState[][];
  /** Runs a statement over them; they are called `part0` and so on. */
  run(sql: string): Promise<QueryValue[][]>;
}

/** @param selects - the rows of each table, all with the same columns */
export async function measuredTables(...selects: string[]): Promise<MeasuredTables> {
  const connection = await duckdb.connect();
  for (const [i, select] of selects.entries()) await connection.run(`create temporary table part${i} as ${select}`);
  const run = async (sql: string): Promise<QueryValue[][]> => (await connection.runAndReadAll(sql)).getRowsJson() as QueryValue[][];
  const described = await queryJson(connection, "describe part0", "a test");
  const { columns } = profiledColumns(described.map(({ column_name, column_type }) => ({ name: String(column_name), type: String(column_type) })), 1_000);
  const [[rows]] = await run(`select ${selects.map((_, i) => `(select count(*) from part${i})`).join(" + ")}`);
  const measured = await measureColumns(run, columns, { parts: selects.map((_, i) => `part${i}`), rows: Number(rows), columnar: true, valuesMax });
  return { columns, measured, states: measured.map((part) => columns.map(({ kind }, i) => stateOf(kind, JSON.parse(JSON.stringify(part[i])) as Measured))), run };
}
