import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { typeText } from "../../formats/inferred-type.ts";
import { actions, crawlBed } from "../crawl-for-tests.ts";

const bed = crawlBed();
const orders = (day: number): string => `id,customer,amount\n${day}1,ann,12.5\n${day}2,bob,7.25\n`;
const people = "name,born,city\nann,1990-01-02,Bern\nbob,1985-06-07,Rome\n";
const json = (...records: object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join("");

async function columnsOf(name: string): Promise<string[]> {
  const table = await bed().tables.table(name);
  return [...(table?.columns ?? []).map((column) => `${column.name}: ${typeText(column.type)}`), ...(table?.partitionColumns ?? []).map((column) => `${column.name}: ${column.type}`)];
}

test("two similar folders under what is crawled are one table with a key for each level", async () => {
  await bed().write({ "table1/a/x.csv": orders(1), "table1/b/x.csv": orders(2), "table2/a/x.csv": orders(3), "table2/c/x.csv": orders(4) });
  expect(actions(await bed().crawl())).toEqual({ "raw.raw": "new" });
  expect(await columnsOf("raw.raw")).toEqual(["id: long", "customer: string", "amount: double", "partition_0: string", "partition_1: string"]);
  const files = (await bed().tables.table("raw.raw"))?.files ?? [];
  expect(files.map(({ partition, rows }) => [partition.partition_0, partition.partition_1, rows])).toEqual([["table1", "a", 2], ["table1", "b", 2], ["table2", "a", 2], ["table2", "c", 2]]);
});

test("folders that differ are a table each, with partitions of their own", async () => {
  await bed().write({ "orders/2024/x.csv": orders(1), "orders/2025/x.csv": orders(2), "people/all.csv": people });
  expect(actions(await bed().crawl())).toEqual({ "raw.orders": "new", "raw.people": "new" });
  expect(await columnsOf("raw.orders")).toEqual(["id: long", "customer: string", "amount: double", "partition_0: long"]);
  expect(await columnsOf("raw.people")).toEqual(["name: string", "born: date", "city: string"]);
});

test("folders named by Hive's rule give columns of these names, typed; leading zeros stay", async () => {
  await bed().write({ "sales/year=2024/month=01/day=2024-01-31/a.csv": orders(1), "sales/year=2025/month=12/day=2025-12-01/a.csv": orders(2), "sales/year=__HIVE_DEFAULT_PARTITION__/month=a%2Fb/day=/a.csv": orders(3), "people/a.csv": people });
  await bed().crawl();
  expect(await columnsOf("raw.sales")).toEqual(["id: long", "customer: string", "amount: double", "year: long", "month: string", "day: date"]);
  expect((await bed().tables.table("raw.sales"))?.files.map(({ partition }) => partition)).toEqual([{ year: "2024", month: "01", day: "2024-01-31" }, { year: "2025", month: "12", day: "2025-12-01" }, { year: null, month: "a/b", day: null }]);
});

test("dissimilar years are a table each; combined they are one, with all columns", async () => {
  await bed().write({ "year=2017/a.json": json({ id: 1, city: "Bern" }, { id: 2, city: "Rome" }), "year=2018/a.json": json({ id: 1, flow: 2.5, unit: "l" }, { id: 2, flow: 1, unit: "l" }) });
  expect(actions(await bed().crawl())).toEqual({ "raw.year_2017": "new", "raw.year_2018": "new" });
  const report = await bed().crawl({ combine: true });
  expect(actions(report)).toEqual({ "raw.raw": "new", "raw.year_2017": "deprecated", "raw.year_2018": "deprecated" });
  expect(await columnsOf("raw.raw")).toEqual(["id: long", "city: string", "flow: double", "unit: string", "year: long"]);
});

test("what is combined must be readable as one: types that conflict keep folders apart", async () => {
  await bed().write({ "a/x.json": json({ id: 1, at: { lat: 1 } }, { id: 2, at: { lat: 2 } }), "b/x.json": json({ id: 1, at: "Bern" }, { id: 2, at: "Rome" }) });
  expect(actions(await bed().crawl({ combine: true }))).toEqual({ "raw.a": "new", "raw.b": "new" });
});

test("more than five distinct schemas are no one table, however similar", async () => {
  const columns = (extra: string): string => `a,b,c,d,e,f,g,h,${extra}\n1,2,3,4,5,6,7,8,9\n2,3,4,5,6,7,8,9,10\n`;
  const tree = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}/x.csv`, columns(`x${i}`)]));
  await bed().write(tree(5));
  const report = await bed().crawl();
  expect(actions(report)).toEqual({ "raw.raw": "new" });
  expect(report.tables[0].why).toEqual(["5 folders below agree: one format (csv), least similarity 0.88 (above 0.7), 5 distinct schemas (at most 5)"]);
  await bed().write(tree(6));
  expect(Object.keys(actions(await bed().crawl())).sort()).toEqual(["raw.d0", "raw.d1", "raw.d2", "raw.d3", "raw.d4", "raw.d5", "raw.raw"]);
});

test("similarity has to be above 0.7: seven of ten columns are not enough", async () => {
  const csv = (names: string): string => `${names}\n${names.split(",").map((_, i) => i).join(",")}\n${names.split(",").map((_, i) => i + 1).join(",")}\n`;
  await bed().write({ "p/x.csv": csv("a,b,c,d,e,f,g,h,i,j"), "q/x.csv": csv("a,b,c,d,e,f,g,x,y,z") });
  expect(Object.keys(actions(await bed().crawl()))).toEqual(["raw.p", "raw.q"]);
  await bed().write({ "q/x.csv": csv("a,b,c,d,e,f,g,h,y,z") });
  expect(actions(await bed().crawl())).toMatchObject({ "raw.raw": "new" });
});

test("folders of two formats are two tables, and so are files of two formats in one folder", async () => {
  await bed().write({ "x/a.csv": orders(1), "y/a.json": json({ id: 1, customer: "ann", amount: 2.5 }, { id: 2, customer: "bob", amount: 1.5 }), "z/a.csv": orders(1), "z/b.csv": orders(2), "z/c.json": json({ id: 1 }, { id: 2 }) });
  expect(actions(await bed().crawl())).toEqual({ "raw.x": "new", "raw.y": "new", "raw.z": "new", "raw.c": "new" });
});

test("files of a folder that differ are a table each, named by the file; names that clash are told apart in the same way each time", async () => {
  await bed().write({ "Aufträge (m²).csv": orders(1), "people.csv": people, "people.json": json({ x: 1 }, { x: 2 }), "данные.csv": "alpha,beta\n1,x\n2,y\n", "old/people.csv": people, "older/flows.csv": "flow,unit\n1,l\n2,l\n" });
  const names = Object.keys(actions(await bed().crawl()));
  expect(names).toContain("raw.auftrage_m2");
  expect(names).toContain("raw.people");
  expect(names).toContain("raw.people_json");
  expect(names.some((name) => /^raw\.table_[0-9a-f]{8}$/.test(name))).toBe(true);
});

test("folders of a level are tables, whatever is in them", async () => {
  await bed().write({ "crm/orders/a.csv": orders(1), "crm/people/b.csv": people, "shop/x/c.csv": orders(3), "shop/y/d.csv": orders(4) });
  const report = await bed().crawl({ tableLevel: 2 });
  expect(actions(report)).toEqual({ "raw.crm": "new", "raw.shop": "new" });
  expect(await columnsOf("raw.crm")).toEqual(["id: long", "customer: string", "amount: double", "name: string", "born: date", "city: string", "partition_0: string"]);
});

test("kinds that conflict are text in a format of texts and a choice in another, and are told of with an example of each", async () => {
  await bed().write({ "t/a.csv": "id,code,x,y\n1,7,1,1\n2,8,1,1\n", "t/b.csv": "id,code,x,y\n1,A7,1,1\n2,B8,1,1\n", "j/a.json": json({ id: 1, code: 7, x: 1, y: 2 }, { id: 2, code: 8, x: 1, y: 2 }), "j/b.json": json({ id: 1, code: "A", x: 1, y: 2 }, { id: 2, code: "B", x: 1, y: 2 }) });
  const { tables } = await bed().crawl();
  expect(tables.map(({ name, conflicts }) => [name, conflicts])).toEqual([
    ["raw.j", [{ column: "code", taken: "choice<long | string>", found: [{ type: "long", files: 1, example: "j/a.json" }, { type: "string", files: 1, example: "j/b.json" }] }]],
    ["raw.t", [{ column: "code", taken: "string", found: [{ type: "long", files: 1, example: "t/a.csv" }, { type: "string", files: 1, example: "t/b.csv" }] }]],
  ]);
});

test("a second crawl of the same tree reads no data, and changes nothing", async () => {
  await bed().write({ "orders/a.csv": orders(1), "orders/b.csv": orders(2), "people/a.csv": people, "broken/a.parquet": "PAR1 nothing PAR1" });
  const first = await bed().crawl();
  expect(first.files).toMatchObject({ seen: 4, read: 4, unreadable: 1 });
  const before = await bed().tables.list();
  const second = await bed().crawl();
  expect(second.files).toMatchObject({ seen: 4, read: 0, readBytes: 0, unreadable: 1 });
  expect(actions(second)).toEqual({ "raw.orders": "unchanged", "raw.people": "unchanged" });
  expect(await bed().tables.list()).toEqual(before);
});

test("only what is new or has changed is read, also where its time was put back", async () => {
  await bed().write({ "orders/a.csv": orders(1), "orders/b.csv": orders(2) });
  await utimes(join(bed().raw, "orders/a.csv"), 1_000, 1_000);
  await bed().crawl();
  await bed().write({ "orders/a.csv": orders(9), "orders/c.csv": orders(3) });
  await utimes(join(bed().raw, "orders/a.csv"), 1_000, 1_000);
  const { files, tables } = await bed().crawl();
  expect(files.read).toBe(2);
  expect(tables).toMatchObject([{ name: "raw.orders", action: "updated", filesAdded: 1, filesGone: 0, rows: 6 }]);
});

test("files that cannot be read are told of by code; the rest goes on", async () => {
  const half = Buffer.from("PAR1").toString("latin1") + "x".repeat(100);
  await bed().write({ "t/a.csv": orders(1), "t/empty.csv": "", "t/half.parquet": half, "t/b.csv": orders(2), "img/p.png": Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), "_tmp/x.csv": orders(3), ".hidden": "x", "t/old.tmp": orders(4) });
  const report = await bed().crawl({ exclude: ["*.tmp"] });
  expect(actions(report)).toEqual({ "raw.t": "new" });
  expect(report.tables[0].files).toBe(2);
  expect(report.unreadable.map(({ path, error }) => [path, error.code])).toEqual([["img/p.png", "MR-FORMAT-001"], ["t/empty.csv", "MR-FORMAT-002"], ["t/half.parquet", "MR-FORMAT-006"]]);
  expect(report.leftOut.map(({ path }) => path).sort()).toEqual([".hidden", "_tmp", "t/old.tmp"]);
});

test("a folder that is not there is an error, and the tables found before stay", async () => {
  await bed().write({ "orders/a.csv": orders(1) });
  await bed().crawl();
  await expect(bed().crawl({}, { at: join(bed().raw, "gone") })).rejects.toMatchObject({ code: "MR-CRAWL-001" });
  expect((await bed().tables.list()).map(({ value }) => [value.name, value.deprecated])).toEqual([["raw.orders", undefined]]);
});

test("a dry run tells what it would do, and leaves the catalog as it is", async () => {
  await bed().write({ "orders/a.csv": orders(1) });
  const report = await bed().crawl({}, { dryRun: true });
  expect(actions(report)).toEqual({ "raw.orders": "new" });
  expect(await bed().tables.list()).toEqual([]);
  expect(await bed().crawls.list()).toMatchObject([{ dryRun: true }]);
});
