import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { folderFiles } from "../src/files/folder.ts";
import { Lake } from "../src/lake/lake.ts";
import type { Table } from "../src/lake/table.ts";
import { Duckdb, queryJson } from "../src/lake/duckdb.ts";
import { parquetCopySql, writtenParquet } from "../src/lake/parquet-copy.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { fsyncSeconds } from "./harness/fsync-time.ts";
import { rounded } from "./harness/statistics.ts";

const writersAtOnce = 8;

/** Writers with lakes of their own append to one table, each file a row; who loses the race for the pointer begins again by itself. */
export const lakeCommit: Benchmark = {
  name: "lake.commit",
  what: `${writersAtOnce} writers append small files to one table, each append a snapshot; lost races are made again`,
  reach: ">= 50 commits/s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const commits = small ? 24 : 800;
    const state = await sqliteState(join(folder, "state.db"));
    const lakes = Array.from({ length: writersAtOnce }, () => new Lake({ files: folderFiles(join(folder, "lake")), state }));
    try {
      const first = await lakes[0].openOrCreate("bench.rows", [{ id: 0, name: "n", required: false, type: "long" }]);
      const tables = await Promise.all(lakes.map((lake) => lake.table("bench.rows")));
      const files = await stagedFiles(first, folder, commits);
      const before = fsyncSeconds(folder);
      const startMs = performance.now();
      let next = 0;
      await Promise.all(tables.map(async (table) => {
        for (let n = next++; n < commits; n = next++) await (await table.append({ files: [files[n]], attempt: `commit-${n}` })).publish();
      }));
      const seconds = (performance.now() - startMs) / 1_000;
      const fsync = (before + fsyncSeconds(folder)) / 2;
      const rows = (await first.files()).reduce((sum, file) => sum + file.records, 0);
      say(`${rounded(commits / seconds)} commits/s; a plain write and fsync took ${rounded(fsync * 1_000)} ms`);
      if (rows !== commits) throw new Error(`${rows} rows where ${commits} were committed`);
      // A commit writes a data file, a manifest, a list and the metadata, and swaps the pointer: five things on disk.
      const bare = 1 / (5 * fsync);
      return { value: commits / seconds, unit: "commits/s", baseline: "five writes with an fsync each, one after the other", baselineValue: bare, spread: 0, hash: `${rows} rows`, extra: { fsyncMs: rounded(fsync * 1_000) } };
    } finally {
      for (const lake of lakes) await lake.close();
      await state.close();
    }
  },
};

async function stagedFiles(table: Table, folder: string, count: number) {
  const duckdb = new Duckdb();
  const connection = await duckdb.connect();
  const { fields } = await table.schema();
  const staged = join(folder, "staged");
  mkdirSync(staged);
  try {
    const files = [];
    for (let n = 0; n < count; n++) {
      const path = join(staged, `${n}.parquet`);
      const [row] = await queryJson(connection, parquetCopySql(`select ${n}::bigint as n`, path, fields), path);
      files.push({ path, ...writtenParquet(row) });
    }
    return files;
  } finally {
    connection.closeSync();
    await duckdb.close();
  }
}
