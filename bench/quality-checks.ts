import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DuckDBConnection } from "@duckdb/node-api";
import { folderFiles } from "../src/files/folder.ts";
import { Duckdb, queryJson, sqlText } from "../src/lake/duckdb.ts";
import { Lake } from "../src/lake/lake.ts";
import { parquetCopySql, writtenParquet } from "../src/lake/parquet-copy.ts";
import { resultFields } from "../src/lake/result-schema.ts";
import type { Check } from "../src/model/quality/check-definition.ts";
import { accepted, notNull, pattern, range, textLength } from "../src/model/quality/column-checks.ts";
import { aggregate, hasColumns, unique, volume } from "../src/model/quality/dataset-checks.ts";
import type { CheckResult } from "../src/quality/checks/check-result.ts";
import { SqlRunner } from "../src/sql/sql-runner.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { judgeTable } from "./harness/judge-table.ts";
import { seconds } from "./harness/seconds.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const rounds = 5;
const name = "bench.flights";
const flights = fileURLToPath(new URL("../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url));
const airports = ["ATL", "DFW", "ORD", "LAX", "PHX", "DEN", "DTW", "IAH", "SFO", "STL", "LAS", "MSP", "CLT", "EWR", "PHL", "SEA", "BOS", "SLC", "PIT", "CVG"];
const codes = ["origin", "destination"];

/** What harness/expect-with-gx.py expects, in its order. */
const thirty: Check[] = [
  ...["date", "delay", "distance", "origin", "destination"].map((column) => notNull(column)),
  range("delay", { min: -2_000, max: 3_000 }),
  range("delay", { min: -30, max: 300 }, { name: "delay_usual" }),
  range("distance", { min: 0, max: 10_000 }),
  range("distance", { min: 50, max: 2_500 }, { name: "distance_usual" }),
  range("date", { min: "2001-01-01T00:00:00Z", max: "2001-12-31T00:00:00Z" }),
  ...codes.map((column) => pattern(column, /^[A-Z]{3}$/)),
  ...codes.map((column) => textLength(column, { min: 3, max: 3 })),
  ...codes.map((column) => accepted(column, airports)),
  ...codes.map((column) => aggregate("distinct", column, { min: 10, max: 1_000 })),
  aggregate("avg", "delay", { min: -5, max: 30 }),
  aggregate("median", "delay", { min: -10, max: 10 }),
  aggregate("stddev", "delay", { min: 1, max: 100 }),
  aggregate("min", "delay", { min: -2_000, max: 0 }),
  aggregate("max", "delay", { min: 0, max: 3_000 }),
  aggregate("sum", "delay", { min: 0, max: 1e9 }),
  aggregate("avg", "distance", { min: 100, max: 2_000 }),
  aggregate("median", "distance", { min: 100, max: 2_000 }),
  aggregate("max", "distance", { min: 0, max: 10_000 }),
  volume({ min: 1, max: 10_000_000 }),
  hasColumns({ date: "timestamp", delay: "integer", distance: "integer", origin: "string", destination: "string" }),
  unique(["date", "origin", "destination", "distance"]),
];

/** The checks of a table of flights, against Great Expectations where `MILLRACE_GX` names a Python that has it, else against a query for each. */
export const qualityChecks: Benchmark = {
  name: "quality.checks",
  what: "30 checks on 3,000,000 flights, from the table's pointer to the results",
  reach: ">= 50 x faster than Great Expectations (.ci/quality.txt)",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const state = await sqliteState(join(folder, "state.db"));
    const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
    const duckdb = new Duckdb({ memoryLimit: "2GiB", threads: 2 });
    const runner = new SqlRunner({ statementsPerProcess: 1_000, shared: [join(folder, "lake")] });
    const connection = await duckdb.connect();
    try {
      await fill(lake, connection, small ? 20_000 : 3_000_000);
      const ours: number[] = [];
      const apart: number[] = [];
      let results: CheckResult[] = [];
      for (let round = 0; round < (small ? 1 : rounds); round++) {
        ours.push(await seconds(async () => (results = await judgeTable(lake, runner, name, thirty))));
        apart.push(await seconds(async () => {
          for (const check of thirty) await judgeTable(lake, runner, name, [check]);
        }));
        say(`round ${round + 1}: ${rounded(ours[round])} s, one by one ${rounded(apart[round])} s`);
      }
      const broken = results.filter(({ state: is }) => is !== "passed").map(({ name: check }) => check);
      const theirs = small ? undefined : withGreatExpectations();
      if (theirs && theirs.broken !== broken.length) throw new Error(`${broken.join(", ")} do not hold here, ${theirs.broken} there`);
      const baseline = theirs ? { baseline: "Great Expectations in memory, reading not counted", baselineValue: theirs.seconds } : { baseline: "each check by itself", baselineValue: median(apart) };
      return { value: median(ours), unit: "s", ...baseline, spread: spread(ours), hash: `${broken.length} of 30 do not hold`, extra: theirs ? { gxWithReading: rounded(theirs.withReading), gxMemoryMb: rounded(theirs.memoryMb) } : {} };
    } finally {
      await runner.close();
      connection.closeSync();
      await duckdb.close();
      await lake.close();
      await state.close();
    }
  },
};

async function fill(lake: Lake, connection: DuckDBConnection, rows: number): Promise<void> {
  const select = `select date::timestamptz as date, delay, distance, origin, destination from read_parquet(${sqlText(flights)}) limit ${rows}`;
  const described = await queryJson(connection, `describe ${select}`, "bench");
  const table = await lake.openOrCreate(name, resultFields(name, described.map((column) => ({ name: String(column.column_name), type: String(column.column_type) }))));
  const path = await table.stage();
  const [row] = await queryJson(connection, parquetCopySql(select, path, (await table.schema()).fields), path);
  await (await table.append({ files: [{ path, ...writtenParquet(row) }], attempt: "fill" })).publish();
}

interface GxOutcome {
  seconds: number;
  withReading: number;
  broken: number;
  memoryMb: number;
}

function withGreatExpectations(): GxOutcome | undefined {
  const python = process.env.MILLRACE_GX;
  if (python === undefined) return undefined;
  const script = fileURLToPath(new URL("harness/expect-with-gx.py", import.meta.url));
  return JSON.parse(execFileSync(python, [script, flights], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim().split("\n").at(-1) as string) as GxOutcome;
}
