import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderFiles } from "../files/folder.ts";
import { everyRow } from "../lake/filter.ts";
import { stagedRows } from "../lake/lake-for-tests.ts";
import { Lake } from "../lake/lake.ts";
import type { Table } from "../lake/table.ts";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { HeldVersions } from "./held-versions.ts";
import type { QueryRequest } from "./query-request.ts";
import { datasetsOf, resolveFrom, scratchFolder } from "./sql-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";
import { tableNow, tableSource } from "./table-source.ts";

/* Versions that expire while somebody reads them. */

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let state: StateStore;
let lake: Lake;
let table: Table;
let runner: SqlRunner;

beforeAll(async () => {
  scratch = await scratchFolder();
  state = await sqliteState(join(scratch.folder, "state.db"));
  lake = new Lake({ files: folderFiles(join(scratch.folder, "lake")), state });
  table = await lake.openOrCreate("a.b", [{ id: 1, name: "n", required: false, type: "long" }]);
  runner = new SqlRunner({ statementsPerProcess: 1_000 });
});
afterAll(async () => {
  await runner.close();
  await lake.close();
  await state.close();
  await scratch.remove();
});

let attempts = 0;
const become = async (n: number): Promise<void> => {
  const files = [await stagedRows(table, `select ${n}::bigint as n`)];
  await (await table.replaceRows({ where: everyRow, files, attempt: `a${attempts++}` })).publish();
};
const expire = () => table.expire({ keep: 1, olderThanMs: -1_000_000 });
const resolve = resolveFrom(datasetsOf({}, { tables: () => lake.tables(), openTable: async (name) => tableSource(await tableNow(lake, name)) }));

test("a statement whose version has expired says so, and reads the table as it is when it is run again", async () => {
  await become(1);
  let isFirst = true;
  const late: QueryRequest["resolve"] = async (references) => {
    const resolution = await resolve(references);
    if (isFirst) {
      isFirst = false;
      await become(2);
      await expire();
    }
    return resolution;
  };
  const query = () => runner.run({ sql: "select n from a.b", resolve: late });
  await expect(query()).rejects.toMatchObject({ code: "MR-LAKE-004", parts: { what: expect.stringMatching(/snapshot \d+ has expired/), where: 'table "a.b"', retryable: true } });
  expect((await query()).rows).toEqual([[2]]);
});

test("what a long statement reads stays until it has ended", async () => {
  await become(3);
  const source = await tableSource(await tableNow(lake, "a.b"));
  const held = new HeldVersions(0, 60_000);
  held.add([source]);
  await expect.poll(() => state.list("table-readers")).toHaveLength(1);
  await become(4);
  await expire();
  expect((await runner.run({ sql: "select n from a.b", resolve: async () => ({ sources: [{ ...source, dataset: "a.b" }], known: [] }) })).rows).toEqual([[3]]);
  held.release();
  await expect.poll(() => state.list("table-readers")).toHaveLength(0);
  await become(5);
  await expire();
  await expect(runner.run({ sql: "select n from a.b", resolve: async () => ({ sources: [{ ...source, dataset: "a.b" }], known: [] }) })).rejects.toMatchObject({ code: "MR-LAKE-004" });
});

test("a statement that has ended in time notes nothing, also what it comes to read later", async () => {
  const source = await tableSource(await tableNow(lake, "a.b"));
  let asked = 0;
  const counted = { ...source, hold: (forMs: number) => (asked++, (source.hold as NonNullable<typeof source.hold>)(forMs)) };
  const quick = new HeldVersions(60_000, 60_000);
  quick.add([counted]);
  quick.release();
  expect(asked).toBe(0);
  const long = new HeldVersions(0, 60_000);
  long.add([counted]);
  await expect.poll(() => asked).toBe(1);
  long.add([counted]);
  expect(asked).toBe(2);
  long.release();
  await expect.poll(async () => (await state.list<{ list: string }>("table-readers")).length).toBe(0);
});
