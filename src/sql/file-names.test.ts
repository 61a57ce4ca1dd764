import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import { deletePositions, query, scratchLake, stagedRows } from "../lake/lake-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";
import { tableSource } from "./table-source.ts";

const names = ["a*", "ab", "c[d]", "cd", "e?", "ef", "**", "{g,h}"];

test("a file's name means that file, whatever it would mean as a pattern", async () => {
  const scratch = await scratchLake();
  const files = folderFiles(join(scratch.root, "la[k]e"));
  const lake = new Lake({ files, state: scratch.state });
  const table = await lake.openOrCreate("t", [{ id: 1, name: "name", required: false, type: "string" }, { id: 2, name: "n", required: false, type: "long" }], [{ column: "name", transform: "identity" }]);
  const append = async (attempt: string, n: (i: number) => number) => (await table.append({ files: [await stagedRows(table, names.map((name, i) => `select '${name}' as name, ${n(i)}::bigint as n`).join(" union all "))], attempt })).publish();
  await append("gone", () => 100);
  const gone = await table.files();
  await append("stays", (i) => i);
  await deletePositions({ ...scratch, files }, "t", gone.map(({ location }) => [location, 0]));
  // Another file fits each pattern, and is none that could be read.
  for (const { path, deletes } of await table.files()) {
    for (const one of [path, ...deletes.map((file) => file.path)]) {
      const other = one.replace("la[k]e", "lake");
      await mkdir(dirname(other), { recursive: true });
      await writeFile(other, "no Parquet");
    }
  }
  const expected = names.map((name, i) => [name, i]).sort(([a], [b]) => (a < b ? -1 : 1));
  const sql = "select name, n::int as n from t order by name";
  expect((await query(table, (from) => sql.replace(" t ", ` ${from} `))).map(({ name, n }) => [name, n])).toEqual(expected);
  const runner = new SqlRunner({ statementsPerProcess: 1_000 });
  const source = await tableSource(table);
  expect((await runner.run({ sql, resolve: async () => ({ sources: [source], known: [] }) })).rows).toEqual(expected);
  await runner.close();
  await lake.close();
});
