import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { carryState, stateRows, verifyState } from "./carry-state.ts";
import type { Database } from "./database.ts";
import { entrySchema } from "./entries.ts";
import { runSchema } from "./run-schema.ts";
import { sqliteState } from "./sqlite.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { all, run } from "./work.ts";

async function database(path = join(tmpdir(), `millrace-carry-${randomUUID()}`, "state.db")): Promise<Database & { path: string }> {
  const opened = await SqliteDatabase.open(path, [entrySchema, runSchema]);
  onTestFinished(() => opened.close());
  return Object.assign(opened, { path });
}

/** Entries with versions, one that was removed; runs of two DAGs; what shards share. */
async function filled(): Promise<Database> {
  const from = await database();
  const state = await sqliteState(from.path);
  await from.write("fill", [], function* () {
    for (let n = 0; n < 1_200; n++) yield* run("insert into entry values ('many', ?, ?, ?)", `k${n}`, n + 1, JSON.stringify({ n }));
  });
  await state.put("tables", "gone", 1);
  await state.delete("tables", "gone");
  await state.close();
  await from.write("runs", [], function* () {
    for (const [seq, dag] of [[3, "a"], [9, "b"]] as const) {
      yield* run("insert into run (seq, id, dag, kind, state, release, intervalStart, intervalEnd, runAfter, createdAt, clears, params) values (?, ?, ?, 'manual', 'success', 'r', 0, 0, 0, 0, 0, ?)", seq, `run-${seq}`, dag, '{"x":"ü\\u0000"}');
      yield* run("insert into attempt values (?, 't', 0, 1, ?, 'success', 'token', 7, null, 0, 0, 0, null, 1)", seq, `attempt-${seq}`);
    }
    yield* run("insert into ledger values (0, 'orders', '[]')");
    yield* run("update shard set fence = 40");
  });
  return from;
}

test("rows go into shards, all of them, and again nothing", async () => {
  const [from, to] = [await filled(), await database()];
  await carryState(from, to, 4);
  const found = await verifyState(from, to, 4);
  expect(found.map(({ table, rows }) => [table, rows])).toEqual([["entry", 1_200], ["floor", 1], ["run", 2], ["attempt", 2], ["ledger", 1]]);
  expect(await to.read("runs", () => all("select seq, dag, shard from run order by seq"))).toEqual([{ seq: 3, dag: "a", shard: expect.any(Number) }, { seq: 9, dag: "b", shard: expect.any(Number) }]);
  expect(await to.read("ledger", () => all("select shard from ledger order by shard"))).toEqual([0, 1, 2, 3].map((shard) => ({ shard })));
  expect(await to.read("fences", () => all("select fence from shard"))).toEqual([{ fence: 40 }]);
  await carryState(from, to, 4);
  expect(await verifyState(from, to, 4)).toEqual(found);
});

test("it goes on where it was ended; a row that differs is found", async () => {
  const [from, to] = [await filled(), await database()];
  let carried = 0;
  await expect(carryState(from, to, 1, (_, rows) => {
    if ((carried += rows) >= 1_000) throw new Error("stopped");
  })).rejects.toThrow("stopped");
  expect(await stateRows(to)).toEqual([{ table: "entry", rows: 1_000 }]);
  await expect(verifyState(from, to, 1)).rejects.toMatchObject({ code: "MR-MIGRATE-002" });
  let rest = 0;
  await carryState(from, to, 1, (_, rows) => void (rest += rows));
  expect(rest).toBe(200 + 1 + 2 + 2 + 1);
  await verifyState(from, to, 1);
  await to.write("damage", [], () => run("update entry set value = '0' where key = 'k7'"));
  await expect(verifyState(from, to, 1)).rejects.toMatchObject({ code: "MR-MIGRATE-002", parts: { where: "state, entry" } });
});
