import { expect, test } from "vitest";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import { query, scratchLake, stagedRows } from "./lake-for-tests.ts";

const column = (name: string, type: IcebergType): SchemaField => ({ id: 0, name, required: false, type });

/* A column called like a word of the merge's own statements must not be mistaken for it. */
test.each(["v", "row", "batch", "found", "n", "file"])("rows are told apart by all of their columns, one of them called %s", async (name) => {
  const { lake } = await scratchLake();
  const table = await lake.openOrCreate("a.t", [column("id", "string"), column(name, "long")]);
  const put = async (values: string, attempt: string) => (await table.merge({ keys: ["id"], attempt, files: [await stagedRows(table, `select id, v::bigint as "${name}" from (values ${values}) as t(id, v)`)] })).publish();
  await put("('a', 1), ('b', null), ('c', 3), (null, 4)", "1");
  const snapshot = await put("('a', 1), ('b', 2), ('c', null), (null, 5), ('d', 6)", "2");
  expect(snapshot?.summary).toMatchObject({ "millrace.rows-inserted": "1", "millrace.rows-updated": "3", "millrace.rows-unchanged": "1" });
  expect(await query(table, (rows) => `select id, "${name}" as v from ${rows} order by id nulls last`)).toEqual([
    { id: "a", v: "1" },
    { id: "b", v: "2" },
    { id: "c", v: null },
    { id: "d", v: "6" },
    { id: null, v: "5" },
  ]);
});
