import { join } from "node:path";
import { folderFiles } from "../src/files/folder.ts";
import { Duckdb, queryJson } from "../src/lake/duckdb.ts";
import { Lake } from "../src/lake/lake.ts";
import { parquetCopySql, writtenParquet } from "../src/lake/parquet-copy.ts";
import { SqlRunner } from "../src/sql/sql-runner.ts";
import { tableSource } from "../src/sql/table-source.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { median, quantile, rounded, spread } from "./harness/statistics.ts";

/** Between two questions: people do not ask without a pause, and the next process is made ready meanwhile. */
const pauseMs = 400;

/** A small statement over a table: through the gate, in a process of its own, against DuckDB in this process. */
export const sqlLatency: Benchmark = {
  name: "sql.latency",
  what: "an aggregation over 100,000 rows, asked with a pause between; each time another statement, so that no answer is kept",
  reach: "+ <= 15 ms in the median over a warm DuckDB in the same process",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const rounds = small ? 20 : 100;
    const state = await sqliteState(join(folder, "state.db"));
    const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
    const duckdb = new Duckdb({ memoryLimit: "1GiB", threads: 2 });
    const connection = await duckdb.connect();
    const runner = new SqlRunner();
    try {
      const table = await lake.openOrCreate("bench.rows", [{ id: 0, name: "k", required: false, type: "long" }, { id: 0, name: "v", required: false, type: "double" }]);
      const path = await table.stage();
      const [row] = await queryJson(connection, parquetCopySql("select i as k, sin(i) as v from range(100000) t(i)", path, (await table.schema()).fields), path);
      await (await table.append({ files: [{ path, ...writtenParquet(row) }], attempt: "fill" })).publish();
      const sql = (rows: string, n: number) => `select k % 10 as g, count(*) as n, sum(v) as v from ${rows} where k >= ${n} group by g order by g`;
      const resolve = async () => ({ sources: [await tableSource(table)], known: [] });
      const [ours, theirs]: number[][] = [[], []];
      let answers = 0;
      for (let n = 0; n < rounds; n++) {
        const startMs = performance.now();
        const { rows } = await runner.run({ sql: sql("bench.rows", n), resolve });
        ours.push(performance.now() - startMs);
        const scan = await table.scanSql();
        const plainMs = performance.now();
        const plain = await queryJson(connection, sql(scan, n), "bench");
        theirs.push(performance.now() - plainMs);
        if (rows.length === plain.length) answers += 1;
        await new Promise((done) => setTimeout(done, small ? 0 : pauseMs));
      }
      say(`median ${rounded(median(ours))} ms, DuckDB in the process ${rounded(median(theirs))} ms: ${rounded(median(ours) - median(theirs))} ms more`);
      return { value: median(ours), unit: "ms", baseline: "DuckDB in this process, warm", baselineValue: median(theirs), spread: spread(ours), hash: `${answers} answers`, extra: { moreMs: rounded(median(ours) - median(theirs)), p95Ms: rounded(quantile(ours, 0.95)) } };
    } finally {
      await runner.close();
      connection.closeSync();
      await duckdb.close();
      await lake.close();
      await state.close();
    }
  },
};
