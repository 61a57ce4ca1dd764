import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { duckdbType } from "../../lake/duckdb-type.ts";
import { scratchLake } from "../../lake/lake-for-tests.ts";
import { Duckdb, queryJson, sqlName, sqlText } from "../../lake/duckdb.ts";
import { parquetCopySql, writtenParquet } from "../../lake/parquet-copy.ts";
import type { Column } from "../../model/manifest.ts";
import type { QueryValue, TableSource } from "../../sql/query-request.ts";
import { valuesMaxOf } from "./state-sql.ts";
import { tableStates } from "./table-states.ts";

test("of a table of a thousand columns statements and states are bounded, and what is kept is what was measured", async () => {
  const { lake, state, root } = await scratchLake();
  const duckdb = new Duckdb({ memoryLimit: "2GiB", threads: 2 });
  const connection = await duckdb.connect();
  try {
    const columns: Column[] = Array.from({ length: 1_020 }, (_, i) => ({ name: `c${i}`, type: i % 2 === 0 ? "integer" : "string", nullable: true }));
    const table = await lake.createTable({ name: "wide.rows", columns, partitionBy: [] });
    // One column has more different values than one of so many may be kept with.
    const select = `select ${columns.map(({ name, type }, i) => (i === 4 ? `i as ${name}` : type === "integer" ? `(i % ${(i % 5) + 1})::bigint as ${name}` : `case when i % 3 > 0 then 'v${i}' end as ${name}`)).join(", ")} from range(1_000) as t(i)`;
    const path = await table.stage();
    const [written] = await queryJson(connection, parquetCopySql(select, path, (await table.schema()).fields), path);
    await (await table.append({ attempt: "a", files: [{ path, ...writtenParquet(written) }] })).publish();
    let statements = 0;
    let charactersMax = 0;
    const run = async (sql: string, [part]: readonly TableSource[]): Promise<QueryValue[][]> => {
      statements++;
      charactersMax = Math.max(charactersMax, sql.length);
      const named = part.columns.map(({ name, type }) => `${sqlName(name)}::${duckdbType(type)} as ${sqlName(name)}`).join(", ");
      return (await connection.runAndReadAll(sql.replaceAll(/\bpart0\b/g, `(select ${named} from read_parquet(${sqlText(part.files[0].path)}))`))).getRowsJson() as QueryValue[][];
    };
    const measured = await tableStates({ table, columnsMax: 10_000, personal: new Map(), run });
    expect(measured.files).toEqual({ all: 1, read: 1 });
    expect(measured.states.map(({ rows, nulls }) => [rows, nulls])).toEqual(columns.map((_, i) => [1_000, i % 2 === 0 ? 0 : 334]));
    expect(valuesMaxOf(1_020)).toBe(980);
    expect(measured.states.filter(({ frequent }) => !frequent.complete)).toEqual([measured.states[4]]);
    expect(statements).toBeLessThan(40);
    expect(charactersMax).toBeLessThan(64 * 1024);
    const kept = await tableStates({ table, columnsMax: 10_000, personal: new Map(), run: async () => Promise.reject(new Error("nothing is to be read")) });
    expect(kept).toEqual({ ...measured, files: { all: 1, read: 0 } });
  } finally {
    connection.closeSync();
    await duckdb.close();
    await lake.close();
    await state.close();
    await rm(root, { recursive: true });
  }
});
