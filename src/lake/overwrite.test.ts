import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import type { Column, TableDecl } from "../model/manifest.ts";
import { batchOf, query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import { everyRow } from "./filter.ts";
import type { RowChange } from "./row-change.ts";
import type { Table } from "./table.ts";
import { tablesCollection } from "./table-store.ts";

const columns: Column[] = [
  { name: "interval_start", type: "timestamp", nullable: false },
  { name: "origin", type: "string", nullable: false },
  { name: "flights", type: "integer", nullable: true },
];
const partitionBy = [{ column: "interval_start", transform: "identity" as const }];
const shape = { name: "flights.daily", columns, partitionBy };

const micros = (day: number) => BigInt(Date.UTC(2001, 0, day)) * 1000n;

/** The rows of one day, ready to be published. */
async function dayOf(table: Table, day: number, attempt: string, origins: string[]): Promise<RowChange> {
  const values = origins.map((origin, i) => `('${origin}', ${i}::bigint)`);
  const files = values.length === 0 ? [] : [await stagedRows(table, `select make_timestamptz(${micros(day)}) as interval_start, * from (values ${values.join(", ")}) as v(origin, flights)`)];
  return table.replaceRows({ where: { op: "=", column: "interval_start", value: micros(day) }, files, attempt, summary: { "millrace.run": `run ${day}`, "millrace.release": "r1" } });
}

const publish = async (table: Table, day: number, attempt: string, origins: string[]) => (await dayOf(table, day, attempt, origins)).publish();
const rowsOf = async (table: Table, snapshotId?: bigint) =>
  (await query(table, (from) => `select day(interval_start)::int as day, origin from ${from} order by all`, snapshotId)).map(({ day, origin }) => `${day} ${origin}`);

test("an interval's rows are replaced in one snapshot, and those of others stay", async () => {
  const { lake, files } = await scratchLake();
  const table = await lake.createTable(shape);
  const first = await publish(table, 1, "a1", ["ATL", "JFK"]);
  expect(first?.summary).toMatchObject({ operation: "overwrite", "millrace.attempt": "a1", "millrace.run": "run 1", "millrace.release": "r1", "added-records": "2", "total-records": "2" });
  await publish(table, 2, "a2", ["SFO"]);
  const again = await publish(table, 1, "a3", ["ATL", "BOS", "ORD"]);
  expect(again?.summary).toMatchObject({
    "added-data-files": "1", "added-records": "3", "deleted-data-files": "1", "deleted-records": "2", "total-data-files": "2", "total-records": "4",
  });
  expect(await rowsOf(table)).toEqual(["1 ATL", "1 BOS", "1 ORD", "2 SFO"]);
  expect(await rowsOf(table, first?.["snapshot-id"])).toEqual(["1 ATL", "1 JFK"]);
  expect((await table.files()).map(({ partition, records }) => [partition.interval_start, records]).sort()).toEqual([[micros(1), 3], [micros(2), 1]]);
  for (const file of await table.files()) await table.verify(file);
  const sizes = (await table.files()).reduce((total, { bytes }) => total + bytes, 0);
  expect(again?.summary["total-files-size"]).toBe(String(sizes));

  // What only old snapshots name goes with them, and nothing else.
  expect((await table.expire({ keep: 1, olderThanMs: 0 })).snapshots).toBe(2);
  expect(await table.removeOrphans(-1)).toBe(0);
  expect(await rowsOf(table)).toEqual(["1 ATL", "1 BOS", "1 ORD", "2 SFO"]);
  let parquet = 0;
  for await (const key of files.list("flights.daily-")) if (key.endsWith(".parquet")) parquet += 1;
  expect(parquet).toBe(2);
  await lake.close();
});

test("an empty result only removes; where nothing was it still says that the attempt is done", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  expect((await publish(table, 1, "a0", []))?.summary).toMatchObject({ "millrace.attempt": "a0", "total-records": "0", "total-data-files": "0" });
  await publish(table, 1, "a1", ["ATL"]);
  await publish(table, 2, "a2", ["SFO"]);
  expect((await publish(table, 1, "a3", []))?.summary).toMatchObject({ operation: "overwrite", "deleted-records": "1", "total-records": "1" });
  expect(await rowsOf(table)).toEqual(["2 SFO"]);
  // A file without rows is none.
  const none = await stagedRows(table, "select now() as interval_start, '' as origin, 1::bigint as flights where false");
  await (await table.replaceRows({ where: { op: "=", column: "interval_start", value: micros(2) }, files: [none], attempt: "a4" })).publish();
  expect([await rowsOf(table), await table.files(), existsSync(none.path)]).toEqual([[], [], false]);
  await lake.close();
});

test("an attempt that has published finds itself done, and its second files go", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  const first = await publish(table, 1, "a1", ["ATL"]);
  await publish(table, 2, "a2", ["SFO"]);
  const again = await dayOf(table, 1, "a1", ["ATL"]);
  expect(await again.prepare()).toBeUndefined();
  const asked: number[] = [];
  const found = await again.publish(async (swaps) => asked.push(swaps.length) > 0);
  expect([found?.["snapshot-id"], asked]).toEqual([first?.["snapshot-id"], [0]]);
  expect(await table.snapshots()).toHaveLength(2);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});

test("eight writers of different intervals all land, by their own swaps and by another's", async () => {
  const { lake, state, reopen } = await scratchLake();
  const table = await lake.createTable(shape);
  const makes: (undefined | Parameters<RowChange["publish"]>[0])[] = [
    undefined,
    async ([swap]) => (swap && (await state.compareAndSwap(swap.collection, swap.key, swap.expected, swap.value)) ? true : "stale"),
  ];
  for (const [round, make] of makes.entries()) {
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        // Half of them in one process, half each in its own.
        const own = writer < 4 ? lake : await reopen();
        const of = await own.table(shape.name);
        for (const origin of ["first", "second"]) await (await dayOf(of, writer + 1, `${round} ${writer} ${origin}`, [`${round} ${origin}`])).publish(make);
        if (own !== lake) await own.close();
      }),
    );
    expect(await rowsOf(table)).toEqual(Array.from({ length: 8 }, (_, writer) => `${writer + 1} ${round} second`));
  }
  const snapshots = await table.snapshots();
  expect(snapshots).toHaveLength(32);
  expect(snapshots.at(-1)?.summary).toMatchObject({ "total-records": "8", "total-data-files": "8" });
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});

test("what is prepared and not published changes nothing; refused, it leaves nothing", async () => {
  const { lake, state } = await scratchLake();
  const table = await lake.createTable(shape);
  await publish(table, 1, "a1", ["old"]);
  const next = await dayOf(table, 1, "a2", ["new"]);
  const prepared = await next.prepare();
  expect(prepared?.swap).toMatchObject({ collection: tablesCollection, key: shape.name, expected: 2 });
  expect(JSON.parse(JSON.stringify(prepared?.swap))).toEqual(prepared?.swap);
  expect(await rowsOf(table)).toEqual(["1 old"]);

  // Another commit is first: this one is dropped, and made anew on top of it.
  await publish(table, 2, "a3", ["other"]);
  expect(await prepared?.publish()).toBe("stale");
  const anew = await next.prepare();
  const { collection, key, expected, value } = anew?.swap ?? (prepared as NonNullable<typeof prepared>).swap;
  expect(await state.compareAndSwap(collection, key, expected, value)).toBe(expected + 1);
  await anew?.published();
  expect(await rowsOf(table)).toEqual(["1 new", "2 other"]);

  const refused = await dayOf(table, 1, "a4", ["never"]);
  expect(await refused.publish(async () => false)).toBeUndefined();
  expect(await table.removeOrphans(-1)).toBe(0);
  expect(await rowsOf(table)).toEqual(["1 new", "2 other"]);
  await lake.close();
});

test("a swap whose answer was lost is found made, under later commits too; one that failed leaves garbage and old rows", async () => {
  const { lake, state, reopen } = await scratchLake();
  const table = await lake.createTable(shape);
  const other = await reopen();
  const swapOf = async ([swap]: Parameters<NonNullable<Parameters<RowChange["publish"]>[0]>>[0]) => state.compareAndSwap(swap.collection, swap.key, swap.expected, swap.value);
  const lost = async (swaps: Parameters<typeof swapOf>[0]) => {
    await swapOf(swaps);
    await publish(await other.table(shape.name), 2, "between", ["SFO"]);
    throw new Error("the connection was lost");
  };
  const found = await (await dayOf(table, 1, "a1", ["ATL"])).publish(lost);
  expect(found?.summary["millrace.attempt"]).toBe("a1");
  expect(await rowsOf(table)).toEqual(["1 ATL", "2 SFO"]);
  const failed = await dayOf(table, 1, "a2", ["JFK"]);
  await expect(failed.publish(() => Promise.reject(new Error("the scheduler has ended")))).rejects.toThrow("has ended");
  expect(await rowsOf(table)).toEqual(["1 ATL", "2 SFO"]);
  expect(await table.removeOrphans()).toBe(0);
  // The data file, the manifest, the list, the metadata.
  expect(await table.removeOrphans(-1)).toBe(4);
  expect(await rowsOf(table)).toEqual(["1 ATL", "2 SFO"]);
  await Promise.all([lake.close(), other.close()]);
});

test("a table can be replaced whole", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [] });
  const whole = async (attempt: string, rows: string) => {
    const files = [await stagedRows(table, `select now() as interval_start, origin, 1::bigint as flights from (values ${rows}) as v(origin)`)];
    return (await table.replaceRows({ where: everyRow, files, attempt })).publish();
  };
  const writer = await table.writer();
  await writer.add(batchOf(columns, [{ interval_start: "2001-01-01T00:00:00.000Z", origin: "a row of a stage", flights: 1 }]));
  await writer.commit({ advance: [{ topic: "in", partition: 0, from: 0, to: 1 }] });
  await whole("a1", "('ATL'), ('JFK')");
  await whole("a2", "('BOS')");
  expect((await query(table, (from) => `select origin from ${from}`)).map(({ origin }) => origin)).toEqual(["BOS"]);
  expect(await table.positions()).toEqual([{ topic: "in", partition: 0, offset: 1 }]);
  expect((await table.currentSnapshot())?.summary["replace-partitions"]).toBeUndefined();
  await (await table.replaceRows({ where: everyRow, files: [], attempt: "a3" })).publish();
  expect(await table.files()).toEqual([]);
  await lake.close();
});

test("rows of another interval are refused, and a column that is not there", async () => {
  const { lake } = await scratchLake();
  const where = { op: "=" as const, column: "interval_start", value: micros(1) };
  const table = await lake.createTable(shape);
  const refusal = (column: string, value: unknown) => table.replaceRows({ where: { op: "=", column, value: value as bigint }, files: [], attempt: "a" }).then(async (change) => change.publish());
  await expect(refusal("nothing", 1n)).rejects.toMatchObject({ code: "MR-LAKE-006", message: expect.stringContaining('"nothing"') });
  await expect(refusal("interval_start", "yesterday")).rejects.toMatchObject({ code: "MR-LAKE-006", message: expect.stringContaining('"yesterday"') });
  for (const sql of [
    `select make_timestamptz(${micros(2)}) as interval_start, 'x' as origin, 1::bigint as flights`,
    `select make_timestamptz(${micros(1)} + range) as interval_start, 'x' as origin, 1::bigint as flights from range(2)`,
    "select null::timestamptz as interval_start, 'x' as origin, 1::bigint as flights",
  ]) {
    const file = await stagedRows(table, sql);
    await expect(table.replaceRows({ where, files: [file], attempt: "a" })).rejects.toMatchObject({ code: "MR-LAKE-003" });
  }
  expect(await table.snapshots()).toEqual([]);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});

test("however the table is partitioned, an interval is replaced; files that hold others too are written anew without it", async () => {
  const { lake } = await scratchLake();
  for (const [i, partitionBy] of ([[], [{ column: "interval_start", transform: "month" }], [{ column: "origin", transform: "bucket", parameter: 2 }], [{ column: "interval_start", transform: "day" }, { column: "origin", transform: "identity" }]] as TableDecl["partitionBy"][]).entries()) {
    const table = await lake.createTable({ ...shape, name: `t${i}`, partitionBy });
    const writer = await table.writer();
    const at = (day: number) => `2001-01-0${day}T00:00:00.000Z`;
    await writer.add(batchOf(columns, [1, 2, 3].flatMap((day) => ["ATL", "JFK"].map((origin) => ({ interval_start: at(day), origin, flights: 1 })))));
    await writer.commit();
    await writer.close();
    const done = await publish(table, 2, "a1", ["BOS", "JFK", "SFO"]);
    expect(await rowsOf(table), JSON.stringify(partitionBy)).toEqual(["1 ATL", "1 JFK", "2 BOS", "2 JFK", "2 SFO", "3 ATL", "3 JFK"]);
    expect(done?.summary).toMatchObject({ "total-records": "7", "millrace.attempt": "a1" });
    // The days of files of their own were not read, and not written anew.
    if (i === 3) expect(done?.summary).toMatchObject({ "deleted-data-files": "2", "added-data-files": "3" });
    expect(await table.removeOrphans(-1)).toBe(0);
    for (const file of await table.files()) await table.verify(file);
  }
  await lake.close();
});

test("rows from before a change of the partitioning are replaced as well", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [] });
  const writer = await table.writer();
  const at = (day: number) => `2001-01-0${day}T00:00:00.000Z`;
  await writer.add(batchOf(columns, [1, 2].map((day) => ({ interval_start: at(day), origin: "old", flights: 1 }))));
  await writer.commit();
  await writer.close();
  await lake.createTable(shape);
  await publish(table, 3, "a1", ["new"]);
  await publish(table, 3, "a2", ["newer"]);
  expect(await rowsOf(table)).toEqual(["1 old", "2 old", "3 newer"]);
  await publish(table, 2, "a3", ["x"]);
  expect(await rowsOf(table)).toEqual(["1 old", "2 x", "3 newer"]);
  // Of a partition that was written under both specs, too.
  const file = await stagedRows(table, `select make_timestamptz(${micros(1)}) as interval_start, 'only' as origin, 1::bigint as flights`);
  await (await table.replacePartitions({ files: [file], attempt: "a4" })).publish();
  expect(await rowsOf(table)).toEqual(["1 only", "2 x", "3 newer"]);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});

test("partitions that new rows fall into are replaced, the others stay", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [{ column: "interval_start", transform: "day" }, { column: "origin", transform: "truncate", parameter: 1 }] });
  const rows = (values: [number, string][]) => stagedRows(table, `select make_timestamptz(${micros(1)} + 86400000000 * day + 5) as interval_start, origin, 1::bigint as flights from (values ${values.map(([day, origin]) => `(${day}, '${origin}')`).join(", ")}) v(day, origin)`);
  await (await table.append({ files: [await rows([[0, "ATL"], [0, "JFK"], [1, "ATL"], [1, "ORD"]])], attempt: "a1" })).publish();
  expect(await table.files()).toHaveLength(4);
  const done = await (await table.replacePartitions({ files: [await rows([[0, "ABQ"], [2, "ATL"]])], attempt: "a2" })).publish();
  expect(await rowsOf(table)).toEqual(["1 ABQ", "1 JFK", "2 ATL", "2 ORD", "3 ATL"]);
  expect(done?.summary).toMatchObject({ operation: "overwrite", "replace-partitions": "true", "deleted-data-files": "1", "added-data-files": "2" });
  await (await table.replacePartitions({ files: [], attempt: "a3" })).publish();
  expect(await rowsOf(table)).toHaveLength(5);
  await lake.close();
});

test("rows are deleted by a filter: whole files by what is known of them, others row by row", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  for (const day of [1, 2, 3]) await publish(table, day, `a${day}`, ["ATL", "JFK", "ORD"]);
  const dropped = await (await table.deleteRows({ where: { op: "<", column: "interval_start", value: "2001-01-02" }, attempt: "d1" })).publish();
  expect(dropped?.summary).toMatchObject({ operation: "delete", "deleted-data-files": "1", "total-records": "6" });
  const some = await (await table.deleteRows({ where: { op: "and", filters: [{ op: "=", column: "interval_start", value: micros(2) }, { op: "not", filter: { op: "in", column: "origin", values: ["JFK"] } }] }, attempt: "d2" })).publish();
  expect(some?.summary).toMatchObject({ operation: "overwrite", "deleted-data-files": "1", "added-data-files": "1", "total-records": "4" });
  expect(await rowsOf(table)).toEqual(["2 JFK", "3 ATL", "3 JFK", "3 ORD"]);
  // Bounds do not rule this file out; a look at its rows does, and it stays.
  const none = await (await table.deleteRows({ where: { op: "=", column: "origin", value: "BOS" }, attempt: "d3" })).publish();
  expect(none?.summary).toMatchObject({ operation: "delete", "total-data-files": "2", "total-records": "4" });
  expect(none?.summary["deleted-data-files"]).toBeUndefined();
  await (await table.deleteRows({ where: everyRow, attempt: "d4" })).publish();
  expect([await rowsOf(table), await table.files()]).toEqual([[], []]);
  await lake.close();
});

test("many partitions are written at once, each row into its own", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [{ column: "flights", transform: "bucket", parameter: 700 }, { column: "interval_start", transform: "year" }] });
  await table.changeSortOrder([{ column: "origin", direction: "desc" }]);
  const file = await stagedRows(table, `select make_timestamptz(range * 400000000000 - 1000000000000000) as interval_start, 'o' || range as origin, range // 5 as flights from range(5000)`);
  await (await table.append({ files: [file], attempt: "a" })).publish();
  const [row] = await query(table, (from) => `select count(*)::int as n, count(distinct origin)::int as origins, sum(flights)::int as total from ${from}`);
  expect(row).toEqual({ n: 5000, origins: 5000, total: 5 * ((999 * 1000) / 2) });
  const found = await table.files();
  expect(found.length).toBeGreaterThan(700);
  // What a manifest says of a partition is what a reader finds its rows by.
  const pruned = await table.planFiles({ where: { op: "=", column: "flights", value: 77 } });
  expect(pruned.files.length).toBeLessThan(12);
  expect(pruned.files.reduce((total, { records }) => total + records, 0)).toBeGreaterThanOrEqual(5);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});

test("rows are sorted in their files as the table says, and the metadata says so", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [] });
  await table.changeSortOrder([{ column: "flights", nulls: "last" }, { column: "origin", direction: "desc" }]);
  const file = await stagedRows(table, `select make_timestamptz(${micros(1)}) as interval_start, 'o' || range as origin, nullif((range * 7919) % 50, 3) as flights from range(500)`);
  await (await table.append({ files: [file], attempt: "a" })).publish();
  await (await table.deleteRows({ where: { op: "=", column: "origin", value: "o7" }, attempt: "d" })).publish();
  const read = await query(table, (from) => `select origin, flights from ${from}`);
  expect(read).toHaveLength(499);
  expect(read).toEqual(await query(table, (from) => `select origin, flights from ${from} order by flights nulls last, origin desc`));
  const metadata = await table.metadata();
  expect(metadata["sort-orders"]).toContainEqual({ "order-id": 1, fields: [{ transform: "identity", "source-id": 3, direction: "asc", "null-order": "nulls-last" }, { transform: "identity", "source-id": 2, direction: "desc", "null-order": "nulls-last" }] });
  expect(metadata["default-sort-order-id"]).toBe(1);
  await table.changeSortOrder([]);
  expect((await table.metadata())["default-sort-order-id"]).toBe(0);
  await expect(table.changeSortOrder([{ column: "nope" }])).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await lake.close();
});

test("manifests do not pile up with the intervals, and only those near an interval are read to replace it", async () => {
  const { lake, files, reopen } = await scratchLake();
  const table = await lake.createTable(shape);
  const day = (n: number) => BigInt(Date.UTC(2001, 0, 1) + n * 86_400_000) * 1000n;
  const write = async (of: Table, n: number, attempt: string) => {
    const file = await stagedRows(of, `select make_timestamptz(${day(n)}) as interval_start, 'o' as origin, ${n}::bigint as flights`);
    return (await of.replaceRows({ where: { op: "=", column: "interval_start", value: day(n) }, files: [file], attempt })).publish();
  };
  for (let n = 0; n < 130; n++) await write(table, n, `a${n}`);
  const before = (await table.currentSnapshot())?.["snapshot-id"];
  const reads: string[] = [];
  const counted = await reopen({ files: (driver) => ({ ...driver, read: (key, start, end) => (reads.push(key), driver.read(key, start, end)) }) });
  await write(await counted.table(shape.name), 3, "again");
  const manifestReads = reads.filter((key) => key.endsWith("-m0.avro"));
  expect(new Set(manifestReads).size).toBeLessThanOrEqual(2);
  const [row] = await query(table, (from) => `select count(*)::int as n, count(distinct interval_start)::int as days, sum(flights)::int as total from ${from}`);
  expect(row).toEqual({ n: 130, days: 130, total: (130 * 129) / 2 });
  expect((await query(table, (from) => `select count(*)::int as n from ${from}`, before))[0].n).toBe(130);
  await table.expire({ keep: 1, olderThanMs: 0 });
  expect(await table.removeOrphans(-1)).toBe(0);
  let manifests = 0;
  for await (const key of files.list("flights.daily-")) if (key.endsWith("-m0.avro")) manifests += 1;
  expect(manifests).toBeLessThan(105);
  expect((await query(table, (from) => `select count(*)::int as n from ${from}`))[0].n).toBe(130);
  await Promise.all([lake.close(), counted.close()]);
});
