import { expect, test } from "vitest";
import { icebergTypeOf } from "./duckdb-type.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import { allFields } from "./iceberg-type.ts";
import { everyRow } from "./filter.ts";
import { query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

const column = (name: string, type: IcebergType): SchemaField => ({ id: 0, name, required: false, type });

async function replaceAll(table: Table, sql: string, attempt: string) {
  const file = await stagedRows(table, sql);
  return (await table.replaceRows({ where: everyRow, files: [file], attempt })).publish();
}

/** One value of each type, as DuckDB writes it, and as it reads it back. */
const values: [type: string, sql: string, json: unknown][] = [
  ["BOOLEAN", "true", true],
  ["INTEGER", "-7", -7],
  ["BIGINT", "9223372036854775807", "9223372036854775807"],
  ["FLOAT", "1.5", 1.5],
  ["DOUBLE", "-0.1", -0.1],
  ["DECIMAL(9,2)", "-1234567.89", "-1234567.89"],
  ["DECIMAL(38,10)", "1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"],
  ["DATE", "date '1969-12-31'", "1969-12-31"],
  ["TIME", "time '23:59:59.999999'", "23:59:59.999999"],
  ["TIMESTAMP", "timestamp '2001-02-03 04:05:06.000007'", "2001-02-03 04:05:06.000007"],
  ["TIMESTAMP WITH TIME ZONE", "timestamptz '2001-02-03 04:05:06.000007+00'", "2001-02-03 04:05:06.000007+00"],
  ["VARCHAR", "'ü 𝄞'", "ü 𝄞"],
  ["UUID", "uuid '00112233-4455-6677-8899-aabbccddeeff'", "00112233-4455-6677-8899-aabbccddeeff"],
  ["BLOB", "'\\x00\\xFF'::blob", "\\x00\\xFF"],
  ["STRUCT(a INTEGER, \"b c\" VARCHAR[])", "{'a': 1, 'b c': ['x', null]}", { a: 1, "b c": ["x", null] }],
  ["STRUCT(p INTEGER)[]", "[{'p': 1}, null]", [{ p: 1 }, null]],
  ["MAP(VARCHAR, STRUCT(n BIGINT))", "map {'k': {'n': 5::bigint}}", [{ key: "k", value: { n: "5" } }]],
];

test("a table holds every type, and rows without a value", async () => {
  const { lake } = await scratchLake();
  const table = await lake.openOrCreate("a.t", values.map(([type], i) => column(`c${i}`, icebergTypeOf(type))));
  const row = values.map(([type, sql], i) => `(${sql})::${type} as c${i}`).join(", ");
  const nulls = values.map(([type], i) => `null::${type} as c${i}`).join(", ");
  await replaceAll(table, `select ${row} union all by name select ${nulls}`, "1");
  const rows = await query(table, (relation) => `from ${relation} order by c0 nulls last`);
  expect(rows[0]).toEqual(Object.fromEntries(values.map(([, , json], i) => [`c${i}`, json])));
  expect(Object.values(rows[1]).every((value) => value === null)).toBe(true);
  const [{ bounds }] = await table.files();
  expect(bounds).toMatchObject({ c5: { lower: -123456789n, upper: -123456789n, nulls: 1 }, c8: { lower: 86_399_999_999n }, c12: { upper: "00112233-4455-6677-8899-aabbccddeeff" }, "c14.a": { lower: 1, upper: 1 } });
  expect(bounds["c15.element.p"]).toEqual({ nulls: expect.any(Number), bytes: expect.any(Number) });
});

test("ids of fields are the table's own, each once, and stay through changes", async () => {
  const { lake } = await scratchLake();
  const table = await lake.openOrCreate("a.t", [column("id", "int"), column("at", icebergTypeOf("STRUCT(x INTEGER, y DOUBLE)[]"))]);
  const before = [...allFields((await table.schema()).fields)].map(({ field, path }) => [path.join("."), field.id]);
  expect(before).toEqual([["id", 1], ["at", 2], ["at.element", 3], ["at.element.x", 4], ["at.element.y", 5]]);
  const { fields } = await table.changeSchema([
    { op: "add", parent: ["at", "element"], name: "z", type: "string" },
    { op: "rename", path: ["at", "element", "x"], to: "left" },
    { op: "drop", path: ["at", "element", "y"] },
    { op: "widen", path: ["id"], type: "long" },
    { op: "add", name: "y", type: icebergTypeOf("MAP(VARCHAR, INTEGER)") },
    { op: "move", path: ["y"], place: "first" },
  ]);
  expect([...allFields(fields)].map(({ field, path }) => [path.join("."), field.id])).toEqual([["y", 7], ["y.key", 8], ["y.value", 9], ["id", 1], ["at", 2], ["at.element", 3], ["at.element.left", 4], ["at.element.z", 6]]);
});

test("files from before a change inside of columns read as the schema says", async () => {
  const { lake } = await scratchLake();
  const inner = icebergTypeOf("STRUCT(x INTEGER, y VARCHAR)");
  const table = await lake.openOrCreate("a.t", [column("n", "int"), column("s", inner), column("l", icebergTypeOf("STRUCT(x INTEGER, y VARCHAR)[]")), column("m", icebergTypeOf("MAP(VARCHAR, STRUCT(x INTEGER))"))]);
  await replaceAll(table, "select 1 as n, {'x': 1, 'y': 'a'} as s, [{'x': 2, 'y': 'b'}, null] as l, map {'k': {'x': 3}} as m union all select 2, null, null, null", "1");
  const first = await table.currentSnapshot();
  await table.changeSchema([
    { op: "rename", path: ["s", "x"], to: "renamed" },
    { op: "drop", path: ["s", "y"] },
    { op: "add", parent: ["s"], name: "y", type: "double" },
    { op: "rename", path: ["l", "element", "y"], to: "x2" },
    { op: "rename", path: ["m", "value", "x"], to: "w" },
    { op: "widen", path: ["l", "element", "x"], type: "long" },
  ]);
  const rows = await query(table, (relation) => `from ${relation} order by n`);
  expect(rows).toEqual([
    { n: 1, s: { renamed: 1, y: null }, l: [{ x: "2", x2: "b" }, null], m: [{ key: "k", value: { w: 3 } }] },
    { n: 2, s: null, l: null, m: null },
  ]);
  expect(await query(table, (relation) => `select s from ${relation} order by n`, first?.["snapshot-id"])).toEqual([{ s: { x: 1, y: "a" } }, { s: null }]);
});

test.each<[change: Parameters<Table["changeSchema"]>[0][number], message: RegExp]>([
  [{ op: "drop", path: ["nope"] }, /no such field/],
  [{ op: "rename", path: ["id"], to: "S" }, /"s" and "S" differ by case/],
  [{ op: "add", name: "ID", type: "int" }, /"id" and "ID" differ by case/],
  [{ op: "add", parent: ["id"], name: "x", type: "int" }, /structs alone/],
  [{ op: "widen", path: ["id"], type: "string" }, /cannot become string/],
  [{ op: "drop", path: ["s", "x"] }, /the only one/],
  [{ op: "rename", path: ["l", "element"], to: "item" }, /keeps its place/],
  [{ op: "move", path: ["id"], place: { after: "nope" } }, /no neighbour/],
  [{ op: "drop", path: ["id"] }, /partitioned by/],
])("a change that cannot be made is refused: %j", async (change, message) => {
  const { lake } = await scratchLake();
  const fields = [column("id", "int"), column("s", icebergTypeOf("STRUCT(x INTEGER)")), column("l", icebergTypeOf("INTEGER[]"))];
  const table = await lake.openOrCreate("a.t", fields, [{ column: "id", transform: "identity" }]);
  await expect(table.changeSchema([change])).rejects.toThrow(message);
  expect((await table.metadata()).schemas.length).toBe(1);
});
