import { expect, test } from "vitest";
import { deletePositions, scratchLake, stagedRows } from "../lake/lake-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";
import { tableSource } from "./table-source.ts";

test("the SQL process reads the marks too, and may open nothing else for it", async () => {
  const scratch = await scratchLake();
  const table = await scratch.lake.createTable({ name: "t", columns: [{ name: "id", type: "integer", nullable: false }], partitionBy: [] });
  for (const [attempt, from, to] of [["a1", 0, 5], ["a2", 5, 8]] as const) {
    const file = await stagedRows(table, `select range as id from range(${from}, ${to})`);
    await (await table.append({ files: [file], attempt })).publish();
  }
  await deletePositions(scratch, "t", [[(await table.files()).find(({ records }) => records === 5)?.location as string, 2]]);
  const runner = new SqlRunner({ statementsPerProcess: 1_000 });
  const source = await tableSource(table);
  const resolve = async () => ({ sources: [source], known: [] });
  for (let round = 0; round < 2; round++) {
    const { rows: found } = await runner.run({ sql: "select id from t order by id", resolve });
    expect(found.map(([id]) => Number(id))).toEqual([0, 1, 3, 4, 5, 6, 7]);
  }
  await runner.close();
  await scratch.lake.close();
});
