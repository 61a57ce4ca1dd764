import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import type { Column } from "../model/manifest.ts";
import { sqliteState } from "../state/sqlite.ts";
import { SqlRunner } from "./sql-runner.ts";
import { tableNow, tableSource } from "./table-source.ts";
import { batchOf, datasetsOf, resolveFrom, scratchFolder } from "./sql-for-tests.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "day", type: "date", nullable: false },
  { name: "name", type: "string", nullable: true },
  { name: "at", type: "timestamp", nullable: false },
];

test("a table of the lake is read as it stands, through changes of its schema, and damage is found", async () => {
  const { folder, remove } = await scratchFolder();
  const state = await sqliteState(join(folder, "state.db"));
  const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
  const runner = new SqlRunner({ statementsPerProcess: 1_000 });
  const resolve = resolveFrom(datasetsOf({}, { tables: () => lake.tables(), openTable: async (name) => tableSource(await tableNow(lake, name)) }));
  const query = async (sql: string): Promise<unknown> => (await runner.run({ sql, resolve })).rows;
  const partitionBy = [{ column: "day", transform: "day" as const }];
  const append = async (declared: Column[], records: object[]): Promise<void> => {
    const writer = await (await lake.createTable({ name: "sales.daily", columns: declared, partitionBy })).writer();
    await writer.add(batchOf(declared, records));
    await writer.commit();
    await writer.close();
  };
  try {
    await lake.createTable({ name: "sales.daily", columns, partitionBy });
    expect(await query("select * from sales.daily")).toEqual([]);
    await append(columns, [
      { id: 1, day: "2001-01-01", name: "ä", at: "2001-01-01T00:00:00.250Z" },
      { id: 2, day: "2001-01-02", name: null, at: "2001-01-02T00:00:00.000Z" },
    ]);
    const wider: Column[] = [...columns, { name: "extra", type: "number", nullable: true }];
    await append(wider, [{ id: 3, day: "2001-01-02", name: "c", at: "2001-01-02T12:00:00.000Z", extra: 0.5 }]);
    expect(await query("select * from sales.daily order by id")).toEqual([
      [1, "2001-01-01", "ä", "2001-01-01T00:00:00.250Z", null],
      [2, "2001-01-02", null, "2001-01-02T00:00:00Z", null],
      [3, "2001-01-02", "c", "2001-01-02T12:00:00Z", 0.5],
    ]);
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".parquet"));
    expect(files.length).toBe(3);
    const path = join(folder, files[0]);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(path, bytes);
    await expect(query("select count(*) from sales.daily")).rejects.toMatchObject({ code: "MR-LAKE-004" });
  } finally {
    await runner.close();
    await lake.close();
    await state.close();
    await remove();
  }
});

test("of a wide table the columns that a statement uses are opened, all where it may use any, and those of views upon it", async () => {
  const { folder, remove } = await scratchFolder();
  const state = await sqliteState(join(folder, "state.db"));
  const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
  const runner = new SqlRunner({ statementsPerProcess: 20, shared: [join(folder, "lake")] });
  const names = Array.from({ length: 120 }, (_, i) => `C${i}`);
  const wide: Column[] = names.map((name) => ({ name, type: "integer", nullable: false }));
  const last = { kind: "view", sql: "select C119 as last from sales.wide" } as const;
  const resolve = resolveFrom(datasetsOf({}, { tables: async () => ["sales.wide", "sales.last"], openTable: async (name) => (name === "sales.last" ? last : tableSource(await tableNow(lake, name))) }));
  const query = async (sql: string): Promise<unknown> => (await runner.run({ sql, resolve })).rows;
  try {
    const writer = await (await lake.createTable({ name: "sales.wide", columns: wide, partitionBy: [] })).writer();
    await writer.add(batchOf(wide, [1, 2].map((row) => Object.fromEntries(names.map((name, i) => [name, row * i])))));
    await writer.commit();
    await writer.close();
    expect(await query("select sum(c7) from sales.wide where C119 > 200")).toEqual([[14]]);
    expect(await query("select count(*) from sales.wide")).toEqual([[2]]);
    expect(await query("select w.c3 from sales.wide as w order by all")).toEqual([[3], [6]]);
    expect(((await query("select * from sales.wide limit 1")) as unknown[][])[0]).toHaveLength(120);
    expect(await query("select max(last), max(C1) from sales.wide, sales.last")).toEqual([[238, 2]]);
    await expect(query("select c120 from sales.wide")).rejects.toMatchObject({ code: "MR-SQL-003" });
  } finally {
    await runner.close();
    await lake.close();
    await state.close();
    await remove();
  }
});
