import fc from "fast-check";
import { expect, test } from "vitest";
import { scratchLake } from "./lake-for-tests.ts";
import { steps, TableModel } from "./table-model-for-tests.ts";

test("whatever is done to a table, it holds the rows that a plain list would, and tags what they held", { timeout: 300_000 }, async () => {
  const scratch = await scratchLake();
  let tables = 0;
  const done = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const model = await TableModel.open(scratch, `t${tables++}`);
      for (const step of sequence) {
        await model.step(step);
        expect(await model.tableRows(), JSON.stringify(step, (_key, value) => (typeof value === "bigint" ? String(value) : value))).toEqual(model.rows());
        done.set(step.do, (done.get(step.do) ?? 0) + 1);
      }
      for (const { now, then } of await model.tags()) expect(now).toEqual(then);
      const summary = (await model.table.currentSnapshot())?.summary;
      expect(Number(summary?.["total-data-files"] ?? 0)).toBe((await model.table.files()).length);
      expect(await model.table.removeOrphans(-1)).toBe(0);
      expect(await model.tableRows()).toEqual(model.rows());
    }),
    { numRuns: 60 },
  );
  // Every kind of step was taken.
  expect([...done.keys()].sort()).toEqual(["add column", "append", "branch and back", "compact", "delete", "delete positions", "drop column", "expire", "merge", "move column", "partition", "rename column", "replace", "replace partitions", "sort", "tag", "widen column"]);
  await scratch.lake.close();
});
