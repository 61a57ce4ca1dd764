import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderFiles } from "../src/files/folder.ts";
import { Lake } from "../src/lake/lake.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { fsyncSeconds } from "./harness/fsync-time.ts";
import { rounded } from "./harness/statistics.ts";

const writersAtOnce = 8;
const processesAtOnce = 2;
const program = fileURLToPath(new URL("harness/append-files.ts", import.meta.url));

/** Writers with lakes of their own append to one table, each file a row; who loses the race for the pointer begins again by itself. */
export const lakeCommit: Benchmark = {
  name: "lake.commit",
  what: `${writersAtOnce} writers in ${processesAtOnce} processes append small files to one table, each append a snapshot; lost races are made again`,
  reach: ">= 50 commits/s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const commits = small ? 24 : 800;
    const state = await sqliteState(join(folder, "state.db"));
    const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
    try {
      const table = await lake.openOrCreate("bench.rows", [{ id: 0, name: "n", required: false, type: "long" }]);
      const before = fsyncSeconds(folder);
      const seconds = await secondsOf(folder, commits);
      const fsync = (before + fsyncSeconds(folder)) / 2;
      const rows = (await table.files()).reduce((sum, file) => sum + file.records, 0);
      const snapshots = (await table.snapshots()).length;
      say(`${rounded(commits / seconds)} commits/s; a plain write and fsync took ${rounded(fsync * 1_000)} ms`);
      if (rows !== commits || snapshots !== commits) throw new Error(`${rows} rows in ${snapshots} snapshots where ${commits} were committed`);
      // A commit writes a data file, a manifest, a list and the metadata, and swaps the pointer: five things on disk.
      const bare = 1 / (5 * fsync);
      return { value: commits / seconds, unit: "commits/s", baseline: "five writes with an fsync each, one after the other", baselineValue: bare, spread: 0, hash: `${rows} rows`, extra: { fsyncMs: rounded(fsync * 1_000) } };
    } finally {
      await lake.close();
      await state.close();
    }
  },
};

/** From when all processes are told to go until the last has committed all. */
async function secondsOf(folder: string, commits: number): Promise<number> {
  const each = commits / processesAtOnce;
  const processes = Array.from({ length: processesAtOnce }, (_, n) => fork(program, [folder, n * each, each, writersAtOnce / processesAtOnce].map(String)));
  const say = (word: string) => Promise.all(processes.map(async (process) => {
    const [said] = await Promise.race([once(process, "message"), once(process, "exit").then(() => ["nothing, and ended"])]);
    if (said !== word) throw new Error(`a writing process said ${said}`);
  }));
  const exits = Promise.all(processes.map((process) => once(process, "exit")));
  try {
    await say("ready");
    const startMs = performance.now();
    for (const process of processes) process.send("go");
    await say("done");
    return (performance.now() - startMs) / 1_000;
  } finally {
    for (const process of processes) if (process.connected) process.disconnect();
    await exits;
  }
}
