import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import type { HistoryDecl } from "../model/models/model-decl.ts";
import { historyColumns, historySql } from "./history-sql.ts";

/** A history that is merged into a table of DuckDB as the lake merges it, by `version_id`. */
class Bed {
  readonly #decl: HistoryDecl;
  readonly #db: DuckDBConnection;
  #columns: string[] = [];

  private constructor(decl: HistoryDecl, db: DuckDBConnection) {
    this.#decl = decl;
    this.#db = db;
  }

  static async open(decl: Partial<HistoryDecl>): Promise<Bed> {
    const db = await (await DuckDBInstance.create(":memory:")).connect();
    await db.run("set timezone = 'UTC'");
    return new Bed({ kind: "history", key: ["id"], deleted: "keep", ...decl }, db);
  }

  /** @param day - of January 2026, on which the rows are looked at */
  async look(source: string, columns: string[], day: number): Promise<void> {
    const isFirst = this.#columns.length === 0;
    const added = columns.filter((name) => !this.#columns.includes(name));
    const sql = () => historySql({ decl: this.#decl, source, columns, now: `timestamptz '2026-01-${String(day).padStart(2, "0")} 00:00:00Z'`, ...(!isFirst && { held: { table: "kept", columns: this.#columns } }) });
    if (isFirst) await this.#db.run(`create table kept as ${sql()}`);
    else {
      for (const name of added) await this.#db.run(`alter table kept add column "${name}" varchar`);
      this.#columns.push(...added);
      await this.#db.run(`create or replace temp table batch as ${sql()}`);
      expect((await this.rows("select version_id from batch group by all having count(*) > 1")).length).toBe(0);
      await this.#db.run("delete from kept where version_id in (select version_id from batch)");
      await this.#db.run("insert into kept by name select * from batch");
    }
    if (isFirst) this.#columns = [...columns];
  }

  async rows(sql: string): Promise<unknown[][]> {
    return (await this.#db.runAndReadAll(sql)).getRowsJson();
  }

  versions(columns = "id, v"): Promise<unknown[][]> {
    return this.rows(`select ${columns}, day(valid_from), day(valid_to), is_deleted from kept order by id nulls last, valid_from`);
  }
}

const given = (...rows: string[]) => `select * from (values ${rows.join(", ")}) as t(id, v)`;

test("each change of a row is a version, and looking again changes nothing", async () => {
  const bed = await Bed.open({});
  await bed.look(given("(1, 'a')", "(2, 'x')", "(null, 'n')"), ["id", "v"], 1);
  await bed.look(given("(1, 'b')", "(2, 'x')", "(null, 'm')", "(3, null)"), ["id", "v"], 2);
  for (let n = 0; n < 2; n++) await bed.look(given("(1, 'b')", "(2, null)", "(null, 'm')", "(3, null)"), ["id", "v"], 3);
  expect(await bed.versions()).toEqual([
    [1, "a", "1", "2", false],
    [1, "b", "2", null, false],
    [2, "x", "1", "3", false],
    [2, null, "3", null, false],
    [3, null, "2", null, false],
    [null, "n", "1", "2", false],
    [null, "m", "2", null, false],
  ]);
});

test("rows that are gone end, or are marked, and may come back", async () => {
  const end = await Bed.open({ deleted: "end" });
  const mark = await Bed.open({ deleted: "mark" });
  const keep = await Bed.open({});
  for (const bed of [end, mark, keep]) {
    await bed.look(given("(1, 'a')", "(2, 'x')"), ["id", "v"], 1);
    await bed.look(given("(2, 'x')"), ["id", "v"], 2);
    await bed.look(given("(2, 'x')"), ["id", "v"], 3);
    await bed.look(given("(1, 'a')", "(2, 'x')"), ["id", "v"], 4);
  }
  expect(await end.versions()).toEqual([[1, "a", "1", "2", false], [1, "a", "4", null, false], [2, "x", "1", null, false]]);
  expect(await mark.versions()).toEqual([[1, "a", "1", "2", false], [1, "a", "2", "4", true], [1, "a", "4", null, false], [2, "x", "1", null, false]]);
  expect(await keep.versions()).toEqual([[1, "a", "1", null, false], [2, "x", "1", null, false]]);
});

test("a time of change tells versions apart, and one that is back after its end is another", async () => {
  const bed = await Bed.open({ updatedAt: "at", deleted: "end" });
  const rows = (...each: string[]) => `select id, v, timestamp '2025-12-01' + interval (d) day as at from (values ${each.join(", ")}) as t(id, v, d)`;
  await bed.look(rows("(1, 'a', 0)"), ["id", "v", "at"], 1);
  await bed.look(rows("(1, 'not looked at', 0)"), ["id", "v", "at"], 2);
  await bed.look(rows("(1, 'b', 4)"), ["id", "v", "at"], 3);
  await bed.look("select 1 as id, 'x' as v, now() as at where false", ["id", "v", "at"], 5);
  await bed.look(rows("(1, 'b', 4)"), ["id", "v", "at"], 7);
  expect(await bed.rows("select v, strftime(valid_from, '%m-%d'), strftime(valid_to, '%m-%d') from kept order by valid_from")).toEqual([
    ["a", "12-01", "12-05"],
    ["b", "12-05", "01-05"],
    ["b", "01-07", null],
  ]);
});

test("columns come and go, and what was kept keeps its values", async () => {
  const bed = await Bed.open({ deleted: "mark" });
  await bed.look("select 1 as id, 'a' as v, 'old' as w", ["id", "v", "w"], 1);
  await bed.look("select 1 as id, 'b' as v, 'new' as z", ["id", "v", "z"], 2);
  await bed.look("select 1 as id, 'b' as v, 'newer' as z", ["id", "v", "z"], 3);
  expect(await bed.versions("id, v, w, z")).toEqual([
    [1, "a", "old", null, "1", "2", false],
    [1, "b", null, "new", "2", "3", false],
    [1, "b", null, "newer", "3", null, false],
  ]);
  expect(historyColumns.map(({ name }) => name)).toEqual(["version_id", "valid_from", "valid_to", "is_deleted"]);
});

test("keys that look alike are not one, and an unknown time of change comes before all others", async () => {
  const bed = await Bed.open({ key: ["id", "part"], updatedAt: "at" });
  const rows = (...each: string[]) => `select id, part, v, day::timestamp as at from (values ${each.join(", ")}) as t(id, part, v, day)`;
  await bed.look(rows("('x', 'y|z', 'a', '2025-12-01')", "('n', null, 'c', null)"), ["id", "part", "v", "at"], 1);
  await bed.look(rows("('x', 'y|z', 'a', '2025-12-01')", "('x|y', 'z', 'b', '2025-12-01')", "('n', null, 'd', '2025-12-02')"), ["id", "part", "v", "at"], 2);
  expect(await bed.rows("select v, strftime(valid_from, '%m-%d'), strftime(valid_to, '%m-%d') from kept order by v")).toEqual([
    ["a", "12-01", null],
    ["b", "12-01", null],
    ["c", null, "12-02"],
    ["d", "12-02", null],
  ]);
});
