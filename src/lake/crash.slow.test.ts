import { expect, test } from "vitest";
import { type ChangeAtRisk, columns, Crash, crashAtEachStep, crashing, records } from "./crash-for-tests.ts";
import { batchOf, query, scratchLake, stagedRows } from "./lake-for-tests.ts";

/* Changes of many steps, each of which ends once before and once after every one of them: half a minute. */

test("a crash at any step of compaction and expiry changes no row", async () => {
  for (let at = 0, crashed = true; crashed; at++) {
    crashed = false;
    const { lake, reopen } = await scratchLake();
    const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
    const writer = await table.writer();
    for (const [i, record] of records.entries()) {
      await writer.add(batchOf(columns, [record]));
      await writer.commit({ advance: [{ topic: "in", partition: 0, from: i, to: i + 1 }] });
    }
    const doomed = await reopen(crashing(at, at % 2 ? "before" : "after"));
    await (await doomed.table("t")).maintain({ smallFilesMax: 1, keep: 1, olderThanMs: 0 }).catch((error) => {
      if (!(error instanceof Crash)) throw error;
      crashed = true;
    });
    await table.removeOrphans(-1);
    expect(await query(table, (from) => `select part::int as part, n::int as n from ${from} order by all`), `step ${at}`).toEqual(records);
    expect((await table.positions())[0].offset).toBe(2);
    await table.maintain({ smallFilesMax: 1, keep: 1, olderThanMs: 0 });
    expect(await table.files()).toHaveLength(1);
    expect(await table.removeOrphans(-1)).toBe(0);
    if (!crashed) expect(at).toBeGreaterThan(8);
    await Promise.all([lake.close(), doomed.close()]);
  }
});

const changes: Record<string, ChangeAtRisk> = {
"replace partitions": { make: async (table, attempt) => table.replacePartitions({ files: [await stagedRows(table, "select 1::bigint as part, 10::bigint as n union all select 5, 5")], attempt }), after: [2, 5, 10] },
  merge: { make: async (table, attempt) => table.merge({ files: [await stagedRows(table, "select 1::bigint as part, 11::bigint as n union all select 2, 2 union all select 7, 7")], keys: ["part"], attempt }), after: [2, 7, 11] },
};

test.each(Object.entries(changes))("a crash at any step of %s leaves the old rows or the new ones, and the same attempt again ends in one copy", (_name, change) => crashAtEachStep(change));
