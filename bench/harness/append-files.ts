import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { folderFiles } from "../../src/files/folder.ts";
import { Duckdb, queryJson } from "../../src/lake/duckdb.ts";
import { Lake } from "../../src/lake/lake.ts";
import { parquetCopySql, writtenParquet } from "../../src/lake/parquet-copy.ts";
import type { StagedParquet } from "../../src/lake/row-files.ts";
import { sqliteState } from "../../src/state/sqlite.ts";

/*
 * A process of lake.commit: writers with lakes of their own, which append files of a row each to `bench.rows`. It makes the
 * files, says so, waits for a message, and says when all are committed.
 */

const [folder, first, count, writers] = [process.argv[2], ...process.argv.slice(3).map(Number)] as [string, number, number, number];
const state = await sqliteState(join(folder, "state.db"));
const lakes = Array.from({ length: writers }, () => new Lake({ files: folderFiles(join(folder, "lake")), state }));
const tables = await Promise.all(lakes.map((lake) => lake.table("bench.rows")));
const files = await stagedFiles();
process.send?.("ready");
await once(process, "message");
let next = 0;
await Promise.all(tables.map(async (table) => {
  for (let n = next++; n < count; n = next++) await (await table.append({ files: [files[n]], attempt: `commit-${first + n}` })).publish();
}));
process.send?.("done");
for (const lake of lakes) await lake.close();
await state.close();
process.disconnect();

async function stagedFiles(): Promise<StagedParquet[]> {
  const duckdb = new Duckdb();
  const { fields } = await tables[0].schema();
  const staged = join(folder, `staged-${first}`);
  mkdirSync(staged);
  try {
    return await duckdb.with(async (connection) => {
      const made: StagedParquet[] = [];
      for (let n = 0; n < count; n++) {
        const path = join(staged, `${n}.parquet`);
        const [row] = await queryJson(connection, parquetCopySql(`select ${first + n}::bigint as n`, path, fields), path);
        made.push({ path, ...writtenParquet(row) });
      }
      return made;
    });
  } finally {
    await duckdb.close();
  }
}
