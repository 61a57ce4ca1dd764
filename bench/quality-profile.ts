import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { queryJson, sqlText } from "../src/lake/duckdb.ts";
import type { TableProfile } from "../src/quality/profile/profile.ts";
import { SqlRunner } from "../src/sql/sql-runner.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { openBenchTable } from "./harness/lake-table.ts";
import { cpuSecondsBelow, descendants } from "./harness/process-table.ts";
import { profileTable } from "./harness/profile-table.ts";
import { seconds } from "./harness/seconds.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const rounds = 5;
const flights = fileURLToPath(new URL("../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url));
const columns = { date: "timestamp", delay: "int", distance: "int", origin: "string", destination: "string" } as const;

/**
 * What is known of each column of a table that Millrace wrote. Cold, nobody has looked at it: all rows are read. Kept, states of its
 * data file are there, as of every file that was looked at once in whatever version: they are read and made a profile, and no row is.
 */
export const qualityProfile: Benchmark = {
  name: "quality.profile",
  what: "the profile of a table of 3,000,000 flights, never looked at (cold) and with the states of its data file there (kept): counts, bounds, moments, distributions, distinct and frequent values, shapes, meanings",
  reach: ">= 50 x faster than ydata-profiling in its minimal form, with a quarter of its memory",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const bench = await openBenchTable(folder, columns);
    try {
      const source = `read_parquet(${sqlText(flights)})`;
      await bench.append(`select * from ${source}${small ? " limit 30000" : ""}`);
      const [{ path }] = await bench.table.files();
      const [cold, kept, theirs, cpu, memory]: number[][] = [[], [], [], [], []];
      let profile: TableProfile | undefined;
      for (let round = 0; round < (small ? 1 : rounds); round++) {
        const runner = new SqlRunner({ standbyMs: 0, statementsPerProcess: 1_000, shared: [join(folder, "lake")] });
        // The process of the statements stands, as in a Millrace that is up; nor does ydata-profiling's time count its imports.
        await runner.run({ sql: "select 1", resolve: async () => ({ sources: [], known: [] }) });
        const before = cpuSeconds();
        cold.push(await seconds(async () => (profile = await profileTable(runner, bench.table))));
        cpu.push(cpuSeconds() - before);
        memory.push(mostMemory());
        const same = JSON.stringify((profile as TableProfile).columns);
        kept.push(await seconds(async () => (profile = await profileTable(runner, bench.table))));
        if (profile?.files.read !== 0 || JSON.stringify(profile.columns) !== same) throw new Error("what was kept is not what was measured");
        await runner.close();
        // As if nobody had looked at it.
        for (const states of globSync(join(folder, "lake", "*", "states"))) await rm(states, { recursive: true });
        theirs.push(await seconds(() => queryJson(bench.connection, `summarize select * from read_parquet(${sqlText(path)})`, "bench")));
        say(`round ${round + 1}: cold ${rounded(cold[round])} s, kept ${rounded(kept[round] * 1_000)} ms; SUMMARIZE ${rounded(theirs[round])} s; ${rounded((memory.at(-1) as number) / 1e6)} MB`);
      }
      const { rows, columns: found } = profile as TableProfile;
      const hash = `${rows} rows, ${found.map(({ distinct }) => (distinct.exact ? distinct.value : "many")).join(" ")}`;
      return { value: median(cold), unit: "s", baseline: "DuckDB, SUMMARIZE: bounds, mean, deviation, quartiles and distinct values alone", baselineValue: median(theirs), spread: spread(cold), hash, extra: { coldSeconds: rounded(median(cold)), keptSeconds: rounded(median(kept)), cpuSeconds: rounded(median(cpu)), memoryMB: rounded(median(memory) / 1e6), ...withYdata(path, { cold: median(cold), kept: median(kept), cpu: median(cpu), bytes: median(memory) }) } };
    } finally {
      await bench.close();
    }
  },
};

/** Of this process and of those of statements: on a machine that others use too it tells more than the clock. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + cpuSecondsBelow(process.pid);
}

/** The most that the processes of statements have had in memory, in bytes; 0 where the system does not tell. */
function mostMemory(): number {
  if (process.platform !== "linux") return 0;
  const most = descendants(process.pid).map(({ pid }) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024);
  return most.reduce((sum, bytes) => sum + bytes, 0);
}

/** Only where somebody names a Python that has ydata-profiling (`.ci/ydata.txt`): it takes minutes, and no part of Millrace needs it. */
function withYdata(path: string, ours: { cold: number; kept: number; cpu: number; bytes: number }): Record<string, number> {
  const python = process.env.MILLRACE_YDATA_PYTHON;
  if (python === undefined) return {};
  const script = fileURLToPath(new URL("harness/profile-with-ydata.py", import.meta.url));
  const said = execFileSync(python, [script, path], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim().split("\n").at(-1) as string;
  const { seconds, cpu, bytes } = JSON.parse(said) as { seconds: number; cpu: number; bytes: number };
  return { ydataSeconds: rounded(seconds), ydataColdRatio: rounded(seconds / ours.cold), ydataKeptRatio: rounded(seconds / ours.kept), ydataColdCpuRatio: rounded(cpu / ours.cpu), ydataMB: rounded(bytes / 1e6), ydataMemoryRatio: rounded(bytes / ours.bytes) };
}
