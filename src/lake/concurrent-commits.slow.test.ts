import { spawn } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { batchOf, count, query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

const columns: Column[] = [
  { name: "writer", type: "integer", nullable: false },
  { name: "n", type: "integer", nullable: false },
];

test("eight writers of twenty appends each lose no row", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      const own = await reopen();
      await append(await own.table("t"), writer, 20);
      await own.close();
    }),
  );
  expect(await query(table, (from) => `select writer::int as writer, count(distinct n)::int as n, count(*)::int as rows from ${from} group by all order by all`)).toEqual(
    Array.from({ length: 8 }, (_, writer) => ({ writer, n: 20, rows: 20 })),
  );
  const snapshots = await table.snapshots();
  expect(snapshots).toHaveLength(160);
  expect(snapshots.map((snapshot) => snapshot["sequence-number"])).toEqual(Array.from({ length: 160 }, (_, i) => i + 1));
  expect((await table.positions()).map(({ offset }) => offset)).toEqual(new Array(8).fill(20));
  // Lost races leave nothing behind.
  expect(await table.removeOrphans(0)).toBe(0);
  await lake.close();
});

test("compaction and expiry go on beside appends, and change no row", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [{ column: "writer", transform: "identity" }] });
  const [first, second, keeper] = await Promise.all([reopen(), reopen(), reopen()]);
  let running = true;
  const upkeep = (async () => {
    const kept = await keeper.table("t");
    let joined = 0;
    while (running) {
      joined += (await kept.maintain({ smallFilesMax: 3, keep: 3, olderThanMs: 0 })).filesBefore;
      // With nothing to do it reads from memory alone, and would keep the others from ever running.
      await turn();
    }
    return joined;
  })();
  await Promise.all([append(await first.table("t"), 1, 30), append(await second.table("t"), 2, 30)]).finally(() => (running = false));
  expect(await upkeep).toBeGreaterThan(0);
  await table.maintain({ smallFilesMax: 1, keep: 1, olderThanMs: 0 });
  expect(await count(table)).toBe(60);
  expect(await table.files()).toHaveLength(2);
  expect((await table.positions()).map(({ offset }) => offset)).toEqual([30, 30]);
  expect((await table.currentSnapshot())?.summary).toMatchObject({ "total-records": "60", "total-data-files": "2" });
  expect(await table.snapshots()).toHaveLength(1);
  await Promise.all([lake, first, second, keeper].map((one) => one.close()));
});

test("rows are replaced beside appends and compaction, and none comes back or is lost", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [{ column: "writer", transform: "identity" }] });
  await append(table, 1, 4);
  const others = await Promise.all([reopen(), reopen()]);
  const [first, second] = await Promise.all(others.map((one) => one.table("t")));
  for (let round = 0; round < 8; round++) {
    const rows = await table.writer();
    for (let n = 0; n < 3; n++) {
      await rows.add(batchOf(columns, [{ writer: 1, n: -1 }]));
      await rows.commit();
    }
    await rows.close();
    const file = await stagedRows(table, `select 1::bigint as writer, ${round}::bigint as n`);
    const replacement = await table.replaceRows({ where: { op: "=", column: "writer", value: 1 }, files: [file], attempt: `a${round}` });
    await Promise.all([replacement.publish(), append(first, 2, 2, 2 * round), second.maintain({ smallFilesMax: 1, keep: 3, olderThanMs: 0 })]);
    expect(await query(table, (from) => `select writer::int as writer, count(*)::int as rows, max(n)::int as last from ${from} group by all order by all`)).toEqual([
      { writer: 1, rows: 1, last: round },
      { writer: 2, rows: 2 * round + 2, last: 2 * round + 1 },
    ]);
  }
  expect((await table.currentSnapshot())?.summary).toMatchObject({ "total-records": "17" });
  await table.maintain({ smallFilesMax: 1, keep: 1, olderThanMs: 0 });
  expect(await table.files()).toHaveLength(2);
  expect(await table.removeOrphans(-1)).toBe(0);
  await Promise.all([lake, ...others].map((one) => one.close()));
});

test("a hundred committers in four processes each land once: appends, merges, deletes and replacements of one table", { timeout: 300_000 }, async () => {
  const { root, lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [{ column: "writer", transform: "bucket", parameter: 3 }] });
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = (processNumber: number) => `
    const { Lake } = await import(${module("./lake.ts")});
    const { stagedRows } = await import(${module("./lake-for-tests.ts")});
    const { folderFiles } = await import(${module("../files/folder.ts")});
    const { sqliteState } = await import(${module("../state/sqlite.ts")});
    const lake = new Lake({ files: folderFiles(${JSON.stringify(`${root}/lake`)}), state: await sqliteState(${JSON.stringify(`${root}/state.sqlite`)}) });
    await Promise.all(Array.from({ length: 25 }, async (_, i) => {
      const writer = ${processNumber} * 25 + i;
      const table = await lake.table("t");
      const rows = async (n, count) => [await stagedRows(table, "select " + writer + "::bigint as writer, (range + " + n + ")::bigint as n from range(" + count + ")")];
      const where = (n) => ({ op: "and", filters: [{ op: "=", column: "writer", value: writer }, { op: ">=", column: "n", value: n }] });
      await (await table.append({ files: await rows(0, 4), attempt: "append " + writer })).publish();
      if (writer % 4 === 0) await (await table.merge({ files: await rows(3, 2), keys: ["writer", "n"], attempt: "merge " + writer })).publish();
      if (writer % 4 === 1) await (await table.deleteRows({ where: where(2), attempt: "delete " + writer })).publish();
      if (writer % 4 === 2) await (await table.replaceRows({ where: where(2), files: await rows(7, 3), attempt: "replace " + writer })).publish();
    }));
    await lake.close();`;
  const ends = Array.from({ length: 4 }, (_, n) => once(spawn(process.execPath, ["--input-type=module", "-e", code(n)], { stdio: ["ignore", "ignore", "inherit"] }), "exit"));
  expect((await Promise.all(ends)).map(([status]) => status)).toEqual([0, 0, 0, 0]);
  const found = await query(table, (from) => `select writer::int as writer, list_sort(list(n::int)) as ns from ${from} group by all order by all`);
  const expected = [[0, 1, 2, 3, 4], [0, 1], [0, 1, 7, 8, 9], [0, 1, 2, 3]];
  expect(found).toEqual(Array.from({ length: 100 }, (_, writer) => ({ writer, ns: expected[writer % 4] })));
  expect(await table.snapshots()).toHaveLength(175);
  expect(await table.removeOrphans(-1)).toBe(0);
  for (const file of await table.files()) await table.verify(file);
  await lake.close();
});

async function append(table: Table, writer: number, commits: number, first = 0): Promise<void> {
  const rows = await table.writer();
  for (let n = first; n < first + commits; n++) {
    await rows.add(batchOf(columns, [{ writer, n }]));
    await rows.commit({ advance: [{ topic: "in", partition: writer, from: n, to: n + 1 }] });
  }
  await rows.close();
}
