import { afterEach, expect, test, vi } from "vitest";
import { batchOf, query, scratchLake } from "../lake/lake-for-tests.ts";
import type { TableDecl } from "../model/manifest.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";

const decl = { name: "shop.totals", columns: [{ name: "n", type: "integer", nullable: false }], partitionBy: [] } satisfies Pick<TableDecl, "name" | "columns" | "partitionBy">;

afterEach(() => void vi.useRealTimers());

test("old versions of a table that was written expire, and the newest rows stay", async () => {
  const { lake, state } = await scratchLake();
  // Versions of the last ten minutes stay, whatever their number.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 3_600_000 });
  const table = await lake.createTable(decl);
  for (let n = 0; n < 30; n++) {
    const writer = await table.writer();
    await writer.add(batchOf(decl.columns, [{ n }]));
    await writer.commit();
    await writer.close();
  }
  vi.useRealTimers();
  const warnings: string[] = [];
  const keeper = new SnapshotKeeper({ lake, logger: { warn: (_, text) => warnings.push(text) } });
  await keeper.sweep();
  expect(await table.snapshots()).toHaveLength(30);
  keeper.wrote("shop.totals", "shop.not_made_yet");
  await keeper.sweep();
  expect([(await table.snapshots()).length, await query(table, (relation) => `select count(*)::integer as rows from ${relation}`), warnings]).toEqual([20, [{ rows: 30 }], []]);
  await keeper.close();
  await lake.close();
  await state.close();
});
