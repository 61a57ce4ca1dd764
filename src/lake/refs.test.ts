import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

const columns: Column[] = [{ name: "n", type: "integer", nullable: false }];
const shape = { name: "t", columns, partitionBy: [] };

let attempts = 0;
async function append(table: Table, n: number, branch?: string): Promise<bigint> {
  const files = [await stagedRows(table, `select ${n}::bigint as n`)];
  return (await (await table.append({ files, attempt: `a${attempts++}`, branch })).publish())?.["snapshot-id"] as bigint;
}
const rowsAt = async (table: Table, at: Parameters<Table["snapshotAt"]>[0]) => rowsOf(table, (await table.snapshotAt(at))["snapshot-id"]);
const rowsOf = async (table: Table, id?: bigint) => (await query(table, (from) => `select n::int as n from ${from} order by n`, id)).map(({ n }) => n);

test("rows are written to a branch, looked at there, and become the table at once", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  await append(table, 1);
  await table.createBranch("audit");
  await append(table, 2, "audit");
  await append(table, 3, "audit");
  expect([await rowsOf(table), await rowsAt(table, { ref: "audit" }), await rowsAt(table, { ref: "main" })]).toEqual([[1], [1, 2, 3], [1]]);
  await (await table.deleteRows({ where: { op: "=", column: "n", value: 2 }, attempt: "d", branch: "audit" })).publish();
  await table.fastForward("audit");
  await table.fastForward("audit");
  expect(await rowsOf(table)).toEqual([1, 3]);
  await append(table, 4);
  await append(table, 5, "audit");
  await expect(table.fastForward("audit")).rejects.toMatchObject({ code: "MR-LAKE-002" });
  await table.fastForward("main", "side").catch((error) => expect(error).toMatchObject({ code: "MR-LAKE-001" }));
  expect(await rowsOf(table)).toEqual([1, 3, 4]);
  await table.removeRef("audit");
  await expect(append(table, 6, "audit")).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await table.expire({ keep: 1, olderThanMs: 0 });
  expect([await rowsOf(table), await table.removeOrphans(-1)]).toEqual([[1, 3, 4], 0]);
  await lake.close();
});

test("a version is found by id, by time and by name; what is not there says so", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  const before = new Date();
  const first = await append(table, 1);
  const between = new Date((await table.snapshotAt({ snapshot: first }))["timestamp-ms"]);
  do await append(table, 2);
  while ((await table.currentSnapshot())?.["timestamp-ms"] === between.getTime());
  await table.createTag("end of year", { snapshot: first });
  for (const at of [{ snapshot: first }, { time: between }, { time: between.toISOString() }, { ref: "end of year" }]) expect(await rowsAt(table, at)).toEqual([1]);
  expect((await rowsAt(table, { time: new Date() })).length).toBeGreaterThan(1);
  for (const at of [{ snapshot: 7n }, { time: new Date(before.getTime() - 1000) }, { time: "never" }, { ref: "nope" }]) await expect(table.snapshotAt(at)).rejects.toMatchObject({ code: "MR-LAKE-001" });
  for (const name of ["end of year", "main", ""]) await expect(table.createTag(name)).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(table.createBranch("b", { snapshot: 7n })).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await expect(table.removeRef("main")).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(append(table, 3, "end of year")).rejects.toMatchObject({ code: "MR-LAKE-001", message: expect.stringContaining("tag") });
  await table.removeRef("nope");
  await lake.close();
});

test("expiry leaves what tags name and branches ask for, and drops those whose time is over", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  const first = await append(table, 1);
  const second = await append(table, 2);
  await table.createTag("kept", { snapshot: first });
  await table.createTag("over", { snapshot: second, maxRefAgeMs: -1 });
  await table.createBranch("long", { minSnapshotsToKeep: 2 });
  await table.createBranch("young", { maxSnapshotAgeMs: 3_600_000 });
  const long = [await append(table, 10, "long"), await append(table, 11, "long"), await append(table, 12, "long")];
  const young = [await append(table, 20, "young"), await append(table, 21, "young")];
  const third = await append(table, 3);
  await table.expire({ keep: 1, olderThanMs: 0 });
  // The branch "young" keeps the snapshots that it stands on, too.
  const ids = (await table.snapshots()).map((snapshot) => snapshot["snapshot-id"]);
  expect(new Set(ids)).toEqual(new Set([first, second, ...long.slice(1), ...young, third]));
  expect(Object.keys((await table.metadata()).refs).sort()).toEqual(["kept", "long", "main", "young"]);
  expect([await rowsAt(table, { ref: "kept" }), await rowsAt(table, { ref: "long" }), await rowsOf(table)]).toEqual([[1], [1, 2, 10, 11, 12], [1, 2, 3]]);
  for (const name of ["kept", "long", "young"]) await table.removeRef(name);
  await table.expire({ keep: 1, olderThanMs: 0 });
  expect(await table.snapshots()).toHaveLength(1);
  expect([await rowsOf(table), await table.removeOrphans(-1)]).toEqual([[1, 2, 3], 0]);
  await lake.close();
});

test("a snapshot that a reader holds stays, with its files, until it is released or its time is over", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable(shape);
  const first = await append(table, 1);
  const held = await table.hold(first);
  await (await table.deleteRows({ where: { op: "=", column: "n", value: 1 }, attempt: "d1" })).publish();
  const other = await (await reopen()).table("t");
  await other.expire({ keep: 1, olderThanMs: 0 });
  expect(await other.removeOrphans(-1)).toBe(0);
  expect(await rowsOf(table, first)).toEqual([1]);
  await held.release();
  expect((await other.expire({ keep: 1, olderThanMs: 0 })).snapshots).toBe(1);
  await expect(table.hold(first)).rejects.toMatchObject({ code: "MR-LAKE-001" });
  const current = (await table.currentSnapshot())?.["snapshot-id"] as bigint;
  await table.hold(current, -1);
  await append(table, 2);
  expect((await other.expire({ keep: 1, olderThanMs: 0 })).snapshots).toBe(1);
  await lake.close();
});

test("a reader that comes while expiry is at work is in time, or is told so", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable(shape);
  const first = await append(table, 1);
  await (await table.deleteRows({ where: { op: "=", column: "n", value: 1 }, attempt: "d1" })).publish();
  // The reader comes between what expiry drops and the files that it removes.
  let held: Promise<unknown> | undefined;
  const late = await reopen({
    state: (state) => ({
      ...state,
      get: (collection, key) => state.get(collection, key),
      list: (collection) => state.list(collection),
      put: (collection, key, value) => state.put(collection, key, value),
      delete: (collection, key) => state.delete(collection, key),
      inTurn: (names, work) => state.inTurn(names, work),
      close: () => state.close(),
      compareAndSwap: async (collection, key, expected, value) => {
        const before = await table.hold(first);
        const swapped = await state.compareAndSwap(collection, key, expected, value);
        held = Promise.resolve(before);
        return swapped;
      },
    }),
  });
  expect((await (await late.table("t")).expire({ keep: 1, olderThanMs: 0 })).files).toBe(0);
  await held;
  expect(await table.removeOrphans(-1)).toBe(0);
  expect((await table.snapshots()).map((snapshot) => snapshot["snapshot-id"])).not.toContain(first);
  await Promise.all([lake.close(), late.close()]);
});
