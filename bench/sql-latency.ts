import { readFileSync } from "node:fs";
import { folderFiles } from "../src/files/folder.ts";
import { Duckdb, queryJson } from "../src/lake/duckdb.ts";
import { Lake } from "../src/lake/lake.ts";
import { parquetCopySql, writtenParquet } from "../src/lake/parquet-copy.ts";
import type { Table } from "../src/lake/table.ts";
import { SqlRunner } from "../src/sql/sql-runner.ts";
import { tableSource } from "../src/sql/table-source.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import { controlFile, lakeFolder, stateFile, tokenFile } from "../src/supervisor/data-folder.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { median, quantile, rounded, spread } from "./harness/statistics.ts";
import { isBuilt, upInProcess } from "./harness/up-process.ts";

/** Between two questions: people do not ask without a pause, and the next process is made ready meanwhile. */
const pauseMs = 1_000;

/** A statement that no other is like, so that no answer is kept. */
const statement = (rows: string, n: number): string => `select k % 10 as g, count(*) as n, sum(v) as v from ${rows} where k >= ${n} group by g order by g`;

type Ask = (n: number) => Promise<number>;

/** A small statement over a table: asked of a Millrace that is up, through the gate and in a process of its own, against DuckDB in this process. */
export const sqlLatency: Benchmark = {
  name: "sql.latency",
  what: "an aggregation over 100,000 rows by POST /api/v1/sql, asked with a pause between; each time another statement. Without REST, of a runner in this process: runnerMs",
  reach: "+ <= 15 ms in the median over a warm DuckDB in the same process",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const rounds = small ? 10 : 50;
    const state = await sqliteState(stateFile(folder));
    const lake = new Lake({ files: folderFiles(lakeFolder(folder)), state });
    const duckdb = new Duckdb({ memoryLimit: "1GiB", threads: 2 });
    try {
      const table = await filled(lake, duckdb);
      const connection = await duckdb.connect();
      const scan = await table.scanSql();
      const plain: Ask = async (n) => (await queryJson(connection, statement(scan, n), "bench")).length;
      const asked = await overRest(folder, (rest) => compare(rest, plain, rounds, small));
      const ran = await inRunner(table, (run) => compare(run, plain, rounds, small));
      connection.closeSync();
      say(`median ${rounded(median(asked.ours))} ms, DuckDB in the process ${rounded(median(asked.theirs))} ms: ${rounded(asked.moreMs)} ms more; without REST ${rounded(ran.moreMs)} ms more`);
      const extra = { moreMs: rounded(asked.moreMs), p95Ms: rounded(quantile(asked.ours, 0.95)), runnerMs: rounded(median(ran.ours)), runnerMoreMs: rounded(ran.moreMs) };
      return { value: median(asked.ours), unit: "ms", baseline: "DuckDB in this process, warm", baselineValue: median(asked.theirs), spread: spread(asked.ours), hash: `${asked.same + ran.same} answers`, extra };
    } finally {
      await duckdb.close();
      await lake.close();
      await state.close();
    }
  },
};

async function filled(lake: Lake, duckdb: Duckdb): Promise<Table> {
  const table = await lake.openOrCreate("bench.rows", [{ id: 0, name: "k", required: false, type: "long" }, { id: 0, name: "v", required: false, type: "double" }]);
  const path = await table.stage();
  const { fields } = await table.schema();
  const [row] = await duckdb.with((connection) => queryJson(connection, parquetCopySql("select i as k, sin(i) as v from range(100000) t(i)", path, fields), path));
  await (await table.append({ files: [{ path, ...writtenParquet(row) }], attempt: "fill" })).publish();
  return table;
}

interface Compared {
  ours: number[];
  theirs: number[];
  moreMs: number;
  /** Answers that were alike. */
  same: number;
}

/** Turn by turn, so that both meet the same machine. */
async function compare(ask: Ask, plain: Ask, rounds: number, small: boolean): Promise<Compared> {
  const [ours, theirs]: number[][] = [[], []];
  let same = 0;
  for (let n = 0; n < rounds; n++) {
    const [startMs, rows] = [performance.now(), await ask(n)];
    ours.push(performance.now() - startMs);
    const [plainMs, plainRows] = [performance.now(), await plain(n)];
    theirs.push(performance.now() - plainMs);
    if (rows === plainRows) same += 1;
    await new Promise((done) => setTimeout(done, small ? 0 : pauseMs));
  }
  return { ours, theirs, moreMs: median(ours) - median(theirs), same };
}

async function overRest<T>(dataFolder: string, use: (ask: Ask) => Promise<T>): Promise<T> {
  const up = await upInProcess("dags", dataFolder, isBuilt() ? "built" : "source", false);
  try {
    const { url } = JSON.parse(readFileSync(controlFile(dataFolder), "utf8")) as { url: string };
    const headers = { authorization: `Bearer ${readFileSync(tokenFile(dataFolder), "utf8").trim()}`, "content-type": "application/json" };
    return await use(async (n) => {
      const response = await fetch(new URL("/api/v1/sql", url), { method: "POST", headers, body: JSON.stringify({ sql: statement("bench.rows", n) }) });
      const answer = (await response.json()) as { rows?: unknown[] };
      if (answer.rows === undefined) throw new Error(`the statement failed: ${JSON.stringify(answer)}`);
      return answer.rows.length;
    });
  } finally {
    await up.close();
  }
}

async function inRunner<T>(table: Table, use: (ask: Ask) => Promise<T>): Promise<T> {
  const runner = new SqlRunner();
  try {
    return await use(async (n) => (await runner.run({ sql: statement("bench.rows", n), resolve: async () => ({ sources: [await tableSource(table)], known: [] }) })).rows.length);
  } finally {
    await runner.close();
  }
}
