import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { batchOf, query, scratchLake } from "../lake/lake-for-tests.ts";
import { Lake } from "../lake/lake.ts";
import type { Table } from "../lake/table.ts";
import type { Column } from "../model/manifest.ts";
import { OrphanKeeper } from "./orphan-keeper.ts";

const columns: Column[] = [{ name: "n", type: "integer", nullable: false }];
const dayMs = 24 * 3_600_000;

afterEach(() => void vi.useRealTimers());

async function filled(lake: Lake, name: string): Promise<Table> {
  const table = await lake.createTable({ name, columns, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(columns, [{ n: 1 }]));
  await writer.commit();
  await writer.close();
  return table;
}

/** A file that a writer has left in the table's folder, so many days ago. */
async function left(table: Table, days: number): Promise<string> {
  const path = join(fileURLToPath((await table.metadata()).location), "data", `left-${days}.parquet`);
  await writeFile(path, "x");
  await utimes(path, new Date(Date.now() - days * dayMs), new Date(Date.now() - days * dayMs));
  return path;
}

test("what killed writers have left goes after three days, in every table but one that is damaged, and no row with it", async () => {
  const { lake, state, files } = await scratchLake();
  const [damaged, sound] = [await filled(lake, "shop.a"), await filled(lake, "shop.b")];
  const list = (await damaged.currentSnapshot())?.["manifest-list"] as string;
  await writeFile(fileURLToPath(list), "no list");
  const [kept, old, young] = [await left(damaged, 4), await left(sound, 4), await left(sound, 2)];
  const told: [string, object][] = [];
  const next = new Lake({ files, state });
  const keeper = new OrphanKeeper({ lake: next, logger: { warn: (fields, text) => void told.push([text, fields]) } });
  await keeper.sweep();
  const there = async (path: string): Promise<boolean> => (await files.stat(files.keyAt(path) as string)) !== undefined;
  expect(await Promise.all([kept, old, young].map(there))).toEqual([true, false, true]);
  expect(told).toEqual([["files that no version of a table names could not be removed; it is tried again in a day", expect.objectContaining({ table: "shop.a" })]]);
  expect(await query(sound, (from) => `select n::int as n from ${from}`)).toEqual([{ n: 1 }]);
  await keeper.rest();
  await next.close();
  await lake.close();
  await state.close();
});

test("it looks some minutes after the start, then once a day, and ends when it is told to", async () => {
  vi.useFakeTimers();
  let looks = 0;
  const keeper = new OrphanKeeper({ lake: { tables: async () => (looks++, []), table: () => Promise.reject(new Error("there is none")) }, logger: { warn: () => {} } });
  keeper.begin();
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(looks).toBe(1);
  await vi.advanceTimersByTimeAsync(2 * dayMs);
  expect(looks).toBe(3);
  await keeper.rest();
  await vi.advanceTimersByTimeAsync(2 * dayMs);
  expect(looks).toBe(3);
});
