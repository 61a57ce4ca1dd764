import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { formatsForTests, zipOf } from "./files-for-tests.ts";
import { type InferredType, mergeFields } from "./inferred-type.ts";
import { fileVersion } from "./file-source.ts";
import { type CheckedFiles, relationOver } from "./relation-sql.ts";
import { duckdbType, icebergType } from "./type-mapping.ts";

const { write, recognise, query, folder, connection } = formatsForTests();

test("files of one format with their columns in other orders are one relation; what a file lacks is null", async () => {
  const a = write("many/a.csv", "id,name\n1,x\n2,y\n");
  const b = write("many/b[1].csv", "name,id,more\nz,3,true\nw,4,false\n");
  const [first, second] = [await recognise(a), await recognise(b)];
  const fields = mergeFields(first.fields, second.fields);
  const { sql, quarantined } = await relationOver(connection(), [a, b], first.format, fields, `${folder()}/prepared`);
  expect(quarantined).toBe(0);
  expect(await query(`SELECT * FROM (${sql}) ORDER BY id`)).toEqual([
    { id: "1", name: "x", more: null },
    { id: "2", name: "y", more: null },
    { id: "3", name: "z", more: true },
    { id: "4", name: "w", more: false },
  ]);
});

test("a file with misfits is prepared, the others are read where they are, and no row is lost under any projection", async () => {
  const good = write("mixed/good.csv", "id,name\n1,x\n2,y\n");
  const bad = write("mixed/bad.csv", 'id,name\n3,z\noops,w\n4\n5,a,b\n6,"q\n');
  const { format, fields } = await recognise(good);
  const { sql, quarantineSql, quarantined } = await relationOver(connection(), [good, bad], format, fields, `${folder()}/prepared`);
  expect(quarantined).toBe(4);
  expect(await query(`SELECT count(*) AS n FROM (${sql})`)).toEqual([{ n: "3" }]);
  expect(await query(`SELECT name FROM (${sql}) ORDER BY name`)).toEqual([{ name: "x" }, { name: "y" }, { name: "z" }]);
  expect((await query(`SELECT line, raw, reason FROM (${quarantineSql}) ORDER BY line`)).map(({ line, raw, reason }) => `${line} ${raw}: ${reason}`)).toEqual([
    '3 oops,w: id: "oops" is no long',
    "4 4: the row has 1 cells of 2",
    "5 5,a,b: the row has more cells than the 2 columns",
    '6 6,"q: a quote is opened and not closed',
  ]);
});

test.each([["gzip", gzipSync], ["zstd", zstdCompressSync]] as const)("text packed with %s that was cut short is damaged, and not shorter", async (_, pack) => {
  const bytes = pack(`id,name\n${Array.from({ length: 50_000 }, (_, i) => `${i},name ${i}\n`).join("")}`);
  const whole = write("cut/whole.csv", bytes);
  const short = write("cut/short.csv", bytes.subarray(0, bytes.length - 500));
  const { format, fields } = await recognise(whole);
  const { sql } = await relationOver(connection(), [whole], format, fields, `${folder()}/prepared`);
  expect(await query(`SELECT count(*) AS n FROM (${sql})`)).toEqual([{ n: "50000" }]);
  await expect(relationOver(connection(), [short], format, fields, `${folder()}/prepared`)).rejects.toMatchObject({ code: "MR-FORMAT-006" });
});

test("a file that was found to fit is not looked at once more, until it changes or is read in another way", async () => {
  const path = write("known/a.csv", "id,name\n1,x\nnone,y\n");
  const { format, fields } = await recognise(write("known/b.csv", "id,name\n1,x\n"));
  const prepared = (name: string): string => `${folder()}/${name}`;
  const { reading } = await relationOver(connection(), [path], format, fields, prepared("first"));
  // As nobody says it: what is not looked at shows.
  const known = { path, columns: ["id", "name"], compression: "none" as const, version: await fileVersion(path) };
  const quarantined = async (name: string, checked: CheckedFiles): Promise<number> => (await relationOver(connection(), [path], format, fields, prepared(name), { checked })).quarantined;
  expect(await quarantined("same", { reading, files: [known] })).toBe(0);
  expect(await quarantined("other", { reading: "other", files: [known] })).toBe(1);
  write("known/a.csv", "id,name\nnone,x\n22,y\n");
  expect(await quarantined("changed", { reading, files: [known] })).toBe(1);
});

test("a Parquet file that lacks a column has nulls there, alone and among others", async () => {
  const path = (name: string): string => `${folder()}/lack-${name}.parquet`;
  for (const [name, select] of Object.entries({ whole: "1 as n, 'x' as s", lacks: "2 as n" })) await query(`COPY (SELECT ${select}) TO '${path(name)}' (FORMAT parquet)`);
  const { format, fields } = await recognise(path("whole"));
  const read = async (...names: string[]): Promise<unknown[]> => query(`SELECT n::INT AS n, s FROM (${(await relationOver(connection(), names.map(path), format, fields, `${folder()}/prepared`)).sql}) ORDER BY n`);
  expect(await read("whole", "lacks")).toEqual([{ n: 1, s: "x" }, { n: 2, s: null }]);
  expect(await read("lacks")).toEqual([{ n: 2, s: null }]);
});

test("a Parquet file that lacks a field inside of a column has nulls there", async () => {
  const path = (name: string): string => `${folder()}/inner-${name}.parquet`;
  for (const [name, select] of Object.entries({ whole: "1 as n, {a: 1, b: 'x'} as s", lacks: "2 as n, {a: 2} as s" })) await query(`COPY (SELECT ${select}) TO '${path(name)}' (FORMAT parquet)`);
  const { format, fields } = await recognise(path("whole"));
  const read = async (...names: string[]): Promise<unknown[]> => query(`SELECT n::INT AS n, s.a::INT AS a, s.b AS b FROM (${(await relationOver(connection(), names.map(path), format, fields, `${folder()}/prepared`)).sql}) ORDER BY n`);
  expect(await read("whole", "lacks")).toEqual([{ n: 1, a: 1, b: "x" }, { n: 2, a: 2, b: null }]);
  expect(await read("lacks")).toEqual([{ n: 2, a: 2, b: null }]);
});

test("Parquet files that are stored alike are read by the first one's columns, others by name", async () => {
  const path = (name: string): string => `${folder()}/${name}.parquet`;
  const made = { a: "1::bigint as n, 'x' as s", b: "2::bigint as n, 'y' as s", c: "'z' as s, 3::integer as n" };
  for (const [name, select] of Object.entries(made)) await query(`COPY (SELECT ${select}) TO '${path(name)}' (FORMAT parquet)`);
  const { format, fields } = await recognise(path("a"));
  const read = async (...names: string[]): Promise<[boolean, unknown]> => {
    const { sql } = await relationOver(connection(), names.map(path), format, fields, `${folder()}/prepared`);
    return [sql.includes("union_by_name = true"), (await query(`SELECT s FROM (${sql}) ORDER BY n`)).map(({ s }) => s)];
  };
  expect(await read("a", "b")).toEqual([false, ["x", "y"]]);
  expect(await read("a", "c")).toEqual([true, ["x", "z"]]);
});

test("every member of an archive has its own header", async () => {
  const path = write("members.zip", zipOf({ "a.csv": "id,v\n1,2\n3,4\n", "b.csv": "v,id\n6,5\n" }));
  const { format, fields } = await recognise(path);
  const { sql } = await relationOver(connection(), [path], format, fields, `${folder()}/prepared`);
  expect(await query(sql)).toEqual([{ id: "1", v: "2" }, { id: "3", v: "4" }, { id: "5", v: "6" }]);
});

test("keys that differ in case alone stay apart, as columns and inside of one", async () => {
  const path = write("case.jsonl", '{"a":1,"A":"x","in":{"k":1,"K":2}}\n{"a":2,"A":"y","in":{"k":3,"K":4}}\n');
  const { format, fields } = await recognise(path);
  expect(fields.map(({ name, source }) => [name, source])).toEqual([["a", undefined], ["A_2", "A"], ["in", undefined]]);
  const { sql } = await relationOver(connection(), [path], format, fields, `${folder()}/prepared`);
  expect(await query(sql)).toEqual([{ a: "1", A_2: "x", in: '{"k":1,"K":2}' }, { a: "2", A_2: "y", in: '{"k":3,"K":4}' }]);
});

test("what has no one type is JSON in DuckDB and text in Iceberg", () => {
  const choice: InferredType = { kind: "choice", count: 2, members: [{ kind: "long", count: 1 }, { kind: "string", count: 1 }] };
  const list: InferredType = { kind: "list", element: { kind: "decimal", precision: 9, scale: 2, count: 1 }, count: 1 };
  const struct: InferredType = { kind: "struct", count: 2, fields: [{ name: "v", type: choice }, { name: "l", type: list }] };
  expect(duckdbType(struct)).toBe('STRUCT("v" JSON, "l" DECIMAL(9,2)[])');
  expect(icebergType(struct)).toEqual({ type: "struct", fields: [{ name: "v", type: "string" }, { name: "l", type: { type: "list", element: "decimal(9, 2)" } }] });
});
