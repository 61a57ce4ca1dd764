import { expect, onTestFinished, test } from "vitest";
import { QueryEngine } from "./query-engine.ts";
import { rehearse } from "./rehearsal.ts";
import { scratchFolder } from "./sql-for-tests.ts";

test("a rehearsal goes through to its last row, and leaves the engine locked", async () => {
  const scratch = await scratchFolder();
  const engine = await QueryEngine.open();
  onTestFinished(async () => {
    engine.close();
    await scratch.remove();
  });
  const rows = await rehearse(engine, scratch.folder);
  expect(rows.map((row) => row.slice(0, 3))).toEqual([["0", 293, 299_446], ["1", 293, 299_739], ["2", 293, 300_032]]);
  await expect(engine.connection.run("set threads = 1")).rejects.toThrow(/locked/);
});
