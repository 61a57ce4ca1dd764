import { expect, test } from "vitest";
import { everyRow } from "./filter.ts";
import { query, reader, scratchLake } from "./lake-for-tests.ts";
import type { PlannedReshape } from "./reshape.ts";
import { reshaped } from "./reshape.ts";
import type { StagedParquet } from "./row-files.ts";
import type { SchemaChange } from "./schema-change.ts";
import { copyToParquet } from "./staged-rows.ts";
import { currentSchema } from "./table-metadata.ts";
import type { Table } from "./table.ts";

async function tableOfOne() {
  const { lake } = await scratchLake();
  const table = await lake.openOrCreate("t", [{ id: 1, name: "x", required: false, type: "long" }, { id: 2, name: "k", required: false, type: "string" }], []);
  await (await table.append({ files: [await staged(table, "select 1::bigint as x, 'k' as k", (await table.schema()).fields)], attempt: "first" })).publish();
  return { lake, table };
}

async function staged(table: Table, sql: string, fields: PlannedReshape["fields"]): Promise<StagedParquet> {
  const connection = await reader.connect();
  const path = await table.stage();
  try {
    return { path, ...(await copyToParquet(connection, sql, path, fields)) };
  } finally {
    connection.closeSync();
  }
}

/** Column `x` becomes text, and rows are split by it; column `k` goes. */
async function textInItsPlace(table: Table): Promise<PlannedReshape> {
  const columns: SchemaChange[] = [{ op: "rename", path: ["x"], to: "x~" }, { op: "add", name: "x", type: "string" }, { op: "drop", path: ["x~"] }, { op: "drop", path: ["k"] }];
  const reshape = { columns, partitionBy: [{ column: "x", transform: "identity" as const }] };
  return { ...reshape, fields: currentSchema(reshaped(table.name, await table.metadata(), reshape)).fields };
}

const rowsOf = (table: Table) => query(table, (from) => `from ${from}`);

test("columns change with the rows that need it, and not before", async () => {
  const { lake, table } = await tableOfOne();
  const reshape = await textInItsPlace(table);
  const change = await table.replaceRows({ files: [await staged(table, "select 'one' as x", reshape.fields)], where: everyRow, reshape, attempt: "second" });
  const prepared = await change.prepare();
  expect((await table.at(prepared?.metadata as never).schema()).fields.map(({ name }) => name)).toEqual(["x"]);
  await prepared?.drop();
  expect(await rowsOf(table)).toEqual([{ x: "1", k: "k" }]);
  await change.publish();
  expect(await rowsOf(table)).toEqual([{ x: "one" }]);
  expect((await table.files()).map(({ partition }) => partition)).toEqual([{ x: "one" }]);
  const [first] = await table.snapshots();
  expect(await query(table, (from) => `from ${from}`, first["snapshot-id"])).toEqual([{ x: "1", k: "k" }]);
  await lake.close();
});

test("rows whose columns another has taken meanwhile are not published, and leave nothing behind", async () => {
  const { lake, table } = await tableOfOne();
  const reshape = await textInItsPlace(table);
  const change = await table.replaceRows({ files: [await staged(table, "select 'one' as x", reshape.fields)], where: everyRow, reshape, attempt: "second" });
  await table.changeSchema([{ op: "add", name: "theirs", type: "long" }]);
  await expect(change.publish()).rejects.toMatchObject({ code: "MR-LAKE-002", retryable: true });
  expect(await rowsOf(table)).toEqual([{ x: "1", k: "k", theirs: null }]);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});
