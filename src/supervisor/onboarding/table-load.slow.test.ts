import { globSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { SourceBed } from "./source-bed-for-tests.ts";

/* What a source folder does with its files, without the scheduler: real files, real crawls, real statements, a real lake. */

const runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 1_000 });
afterAll(() => runner.close());
let bed: SourceBed;
beforeEach(async () => {
  const made = (bed = await SourceBed.make(runner));
  onTestFinished(() => made.remove());
});

const orders = (...ids: number[]): string => `id,amount\n${ids.map((id) => `${id},${id * 10}\n`).join("")}`;
const held = () => bed.sql("select _file, list(id order by id) from jira.orders group by all order by 1");

test("new files are loaded once, changed ones take the place of what they were, and nothing is read twice", async () => {
  await bed.write({ "orders/1.csv": orders(1, 2), "orders/2.csv": orders(3, 4), "users/u.json": '{"id":1,"name":{"first":"Ann"}}\n{"id":2,"name":{"first":"Bo"}}\n' });
  expect(await bed.run()).toMatchObject({ "jira.orders": { rows: 4, files: { loaded: 2, replaced: 0 } }, "jira.users": { rows: 2 } });
  expect(await bed.sql("select _file, id, amount from jira.orders order by id")).toEqual([["orders/1.csv", 1, 10], ["orders/1.csv", 2, 20], ["orders/2.csv", 3, 30], ["orders/2.csv", 4, 40]]);
  expect(await bed.sql("select id, name.first from jira.users order by id")).toEqual([[1, "Ann"], [2, "Bo"]]);
  expect(await bed.run()).toEqual({});
  await bed.write({ "orders/1.csv": orders(1, 2, 7), "orders/3.csv.gz": gzipSync(orders(5)) });
  expect(await bed.run()).toMatchObject({ "jira.orders": { rows: 4, files: { loaded: 1, replaced: 1 } } });
  expect(await held()).toEqual([["orders/1.csv", [1, 2, 7]], ["orders/2.csv", [3, 4]], ["orders/3.csv.gz", [5]]]);
  expect(await bed.run()).toEqual({});
});

test("columns come, also inside of others, types widen, and what no type holds with the rest becomes text as the files have it", async () => {
  await bed.write({ "t/1.json": '{"id":1,"v":7,"pos":{"x":1}}\n{"id":2,"v":8,"pos":{"x":2}}\n', "c/1.csv": "id,v\n1,1.50\n2,2.5\n" });
  await bed.run();
  await bed.write({ "t/2.json": '{"id":3,"v":1.5,"pos":{"x":3,"y":[1]},"more":true}\n{"id":4,"v":2.5,"pos":{"x":3,"y":[2]},"more":true}\n', "c/2.csv": "id,v\n3,abc\n4,def\n" });
  await bed.run();
  expect(await bed.sql("select id, v, pos.x, pos.y, more from jira.t order by id")).toEqual([[1, 7, 1, null, null], [2, 8, 2, null, null], [3, 1.5, 3, [1], true], [4, 2.5, 3, [2], true]]);
  // 1.50 was a number before, and is what the file says again.
  expect(await bed.sql("select id, v from jira.c order by id")).toEqual([[1, "1.50"], [2, "2.5"], [3, "abc"], [4, "def"]]);
  expect(await bed.run()).toEqual({});
});

test("rows that do not fit are in quarantine with their place, and all rows are in one of the two tables", async () => {
  await bed.write({ "orders/1.csv": orders(1, 2), "orders/2.csv": orders(...Array.from({ length: 20_000 }, (_, i) => i + 10)) });
  await bed.run();
  await appendFile(join(bed.root, "raw/orders/2.csv"), "x,1\n9,y\n");
  expect(await bed.run()).toMatchObject({ "jira.orders": { rows: 20_000, quarantined: 2, files: { replaced: 1 } } });
  expect(await bed.sql("select _file, line, raw, reason is not null from jira.orders_quarantine order by line")).toEqual([["orders/2.csv", 20_002, "x,1", true], ["orders/2.csv", 20_003, "9,y", true]]);
  expect(await bed.sql("select count(*) from jira.orders")).toEqual([[20_002]]);
  expect(await bed.run()).toEqual({});
  await bed.write({ "orders/2.csv": orders(10, 11) });
  expect(await bed.run()).toMatchObject({ "jira.orders": { rows: 2, quarantined: 0 } });
  expect(await bed.sql("select count(*) from jira.orders_quarantine")).toEqual([[0]]);
  expect(await bed.sql("select count(*) from jira.orders")).toEqual([[4]]);
});

test("a file that breaks is told of once, keeps what was loaded of it, and is loaded when it is whole again", async () => {
  const whole = gzipSync(orders(...Array.from({ length: 50_000 }, (_, i) => i)));
  await bed.write({ "orders/1.csv": orders(1, 2), "orders/2.csv.gz": whole });
  await bed.run();
  await bed.write({ "orders/2.csv.gz": gzipSync(orders(...Array.from({ length: 50_000 }, (_, i) => i + 1))), "orders/3.csv": orders(5) });
  await bed.crawl();
  await bed.write({ "orders/2.csv.gz": whole.subarray(0, whole.length - 1_000) });
  const { "jira.orders": result } = await bed.load();
  expect(result).toMatchObject({ rows: 1, files: { loaded: 1, replaced: 0, refused: 1 }, problems: [{ file: "orders/2.csv.gz", code: "MR-FORMAT-006" }] });
  expect(await bed.sql("select count(*) from jira.orders")).toEqual([[50_003]]);
  expect(await bed.sql("select _file, line from jira.orders_quarantine")).toEqual([["orders/2.csv.gz", null]]);
  expect((await bed.crawl()).unreadable.map(({ error }) => error.code)).toEqual(["MR-FORMAT-006"]);
  expect(await bed.load()).toEqual({});
  expect(await bed.sql("select count(*) from jira.orders")).toEqual([[50_003]]);
  await bed.write({ "orders/2.csv.gz": gzipSync(orders(7)) });
  expect(await bed.run()).toMatchObject({ "jira.orders": { rows: 1, files: { replaced: 1 } } });
  expect(await held()).toEqual([["orders/1.csv", [1, 2]], ["orders/2.csv.gz", [7]], ["orders/3.csv", [5]]]);
  expect(await bed.sql("select count(*) from jira.orders_quarantine")).toEqual([[0]]);
});

test("a file that changes while it is read is left for the next run, and the others are loaded", async () => {
  await bed.write({ "orders/1.csv": orders(1, 2), "orders/2.csv": orders(3) });
  await bed.crawl();
  const [table] = await bed.tables();
  let touched = false;
  // Between the look at the files and the rows of them.
  const busy: Pick<SqlRunner, "run" | "write"> = {
    run: (request) => runner.run(request),
    write: (request) => runner.write({ ...request, columns: async () => {
      if (!touched) await appendFile(join(bed.root, "raw/orders/2.csv"), "4,40\n");
      touched = true;
      return request.columns as Exclude<typeof request.columns, (...all: never[]) => unknown>;
    } }),
  };
  expect(await bed.loadOne(table, { runner: busy })).toMatchObject({ rows: 2, files: { loaded: 1, left: 1 }, problems: [{ file: "orders/2.csv", code: "MR-FORMAT-004" }] });
  expect(await held()).toEqual([["orders/1.csv", [1, 2]]]);
  expect(await bed.run()).toMatchObject({ "jira.orders": { rows: 2, files: { loaded: 1 } } });
  expect(await held()).toEqual([["orders/1.csv", [1, 2]], ["orders/2.csv", [3, 4]]]);
});

test("rows of files that are gone stay, or go with them where that is wanted; those of another table's files go", async () => {
  await bed.write({ "orders/1.csv": orders(1), "orders/2.csv": orders(2), "orders/3.csv": orders(3), "old/x.csv": orders(9) });
  await bed.run();
  await bed.crawls.remove("orders/1.csv");
  expect(await bed.run()).toEqual({});
  expect(await held()).toHaveLength(3);
  expect(await bed.run({ tables: { orders: { vanished: "delete" } } })).toMatchObject({ "jira.orders": { files: { gone: 1 } } });
  expect(await held()).toEqual([["orders/2.csv", [2]], ["orders/3.csv", [3]]]);
  expect(await bed.run({ vanished: "delete" })).toEqual({});
});

test("choices and mappings shape the rows, and another mapping loads all files again", async () => {
  await bed.write({ "t/1.json": '{"id":1,"price":"7","user":{"name":"ann"}}\n{"id":2,"price":8,"user":{"name":"bo"}}\n', "t/2.json": '{"id":3,"price":9.5,"user":{"name":"cid"}}\n{"id":4,"price":"1","user":{"name":"dan"}}\n' });
  const choices = { price: { cast: "double" } } as const;
  await bed.run({ tables: { t: { choices, mapping: [{ from: "id", to: "key" }, { from: "user.name", to: "name" }, { from: "price", to: "price" }] } } });
  expect(await bed.sql("select key, name, price, _file from jira.t order by key")).toEqual([[1, "ann", 7, "t/1.json"], [2, "bo", 8, "t/1.json"], [3, "cid", 9.5, "t/2.json"], [4, "dan", 1, "t/2.json"]]);
  const other = { tables: { t: { choices, mapping: [{ from: "id", to: "key" }, { from: "price", to: "cost" }] } } } as const;
  expect(await bed.run(other)).toMatchObject({ "jira.t": { rows: 4, files: { replaced: 2 } } });
  expect(await bed.sql("select key, name, price, cost from jira.t order by key")).toEqual([[1, null, null, 7], [2, null, null, 8], [3, null, null, 9.5], [4, null, null, 1]]);
  expect(await bed.run(other)).toEqual({});
});

test("what has no one type is JSON, as a column and inside of one", async () => {
  await bed.write({ "t/1.json": '{"id":1,"v":"7","in":{"w":[1]}}\n{"id":2,"v":8,"in":{"w":"x"}}\n{"id":3,"v":null,"in":null}\n' });
  await bed.run();
  expect(await bed.sql("select id, v, \"in\".w from jira.t order by id")).toEqual([[1, '"7"', "[1]"], [2, "8", '"x"'], [3, null, null]]);
});

test("of two loads at once one is first, and the other one is to look again", async () => {
  await bed.write({ "orders/1.csv": orders(1, 2) });
  await bed.crawl();
  const [table] = await bed.tables();
  const ends = await Promise.allSettled([bed.loadOne(table), bed.loadOne(table)]);
  const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.code] : []));
  expect(errors).toEqual(["MR-LAKE-002"]);
  expect(await held()).toEqual([["orders/1.csv", [1, 2]]]);
  expect(await bed.run()).toEqual({});
});

test("a load that begins when another one has published since it was planned is to look again, and doubles nothing", async () => {
  await bed.write({ "orders/1.csv": orders(1, 2) });
  await bed.crawl();
  const [planned] = await bed.tables();
  await bed.loadOne(planned);
  await expect(bed.loadOne(planned)).rejects.toMatchObject({ code: "MR-LAKE-002" });
  await bed.write({ "orders/2.csv": orders(3) });
  await bed.crawl();
  const [again] = await bed.tables();
  await bed.loadOne(again);
  await expect(bed.loadOne(again)).rejects.toMatchObject({ code: "MR-LAKE-002" });
  expect(await held()).toEqual([["orders/1.csv", [1, 2]], ["orders/2.csv", [3]]]);
  expect(await bed.run()).toEqual({});
});

test("a table of somebody else's that has come since the plan is left alone", async () => {
  await bed.write({ "orders/1.csv": orders(1, 2) });
  await bed.crawl();
  const [planned] = await bed.tables();
  const theirs = await bed.lake.openOrCreate("jira.orders", [{ id: 1, name: "id", required: false, type: "long" }]);
  await (await theirs.append({ files: [], attempt: "somebody" })).publish();
  await expect(bed.loadOne(planned)).rejects.toMatchObject({ code: "MR-CRAWL-004" });
  expect(await bed.sql("select count(*) from jira.orders")).toEqual([[0]]);
  expect((await theirs.snapshots()).map(({ summary }) => summary["millrace.attempt"])).toEqual(["somebody"]);
});

test("a bookmark stays for as long as a snapshot names it, and no longer; a table of somebody else's is left alone", async () => {
  for (const id of [1, 2, 3]) {
    await bed.write({ [`orders/${id}.csv`]: orders(id) });
    await bed.run();
  }
  const table = await bed.lake.table("jira.orders");
  const bookmarks = () => globSync("lake/**/bookmark-*", { cwd: bed.root }).length;
  expect(bookmarks()).toBe(3);
  await table.expire({ keep: 1, olderThanMs: 0 });
  await table.removeOrphans(0);
  expect(bookmarks()).toBe(1);
  expect(await bed.run()).toEqual({});
  await bed.lake.openOrCreate("jira.mine", [{ id: 1, name: "n", required: false, type: "long" }]);
  const mine = await bed.lake.table("jira.mine");
  await (await mine.append({ files: [], attempt: "somebody" })).publish();
  await bed.write({ "mine/1.csv": orders(1) });
  await expect(bed.run()).rejects.toMatchObject({ code: "MR-CRAWL-004" });
});
