import { join } from "node:path";
import { SqlRunner } from "../src/sql/sql-runner.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { openBenchTable } from "./harness/lake-table.ts";
import { profileTable } from "./harness/profile-table.ts";
import { seconds } from "./harness/seconds.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const rounds = 3;
const columns = { id: "long", quantity: "int", price: "double", discount: "double", day: "date", at: "timestamp", flag: "string", customer: "string", token: "string", paid: "boolean" } as const;

const rowsSql = (from: number, to: number): string => `select i::bigint as id, (hash(i, 1) % 1000)::integer as quantity, (hash(i, 2) % 10000000) / 100.0 as price, (hash(i, 3) % 50) / 100.0 as discount,
  date '2000-01-01' + (hash(i, 4) % 8000)::integer as day, timestamp '2020-01-01' + to_seconds(i) as at, ['A', 'B', 'C', null][(hash(i, 5) % 4)::integer + 1] as flag,
  'C' || lpad((hash(i, 6) % 200000)::varchar, 8, '0') as customer, md5(i::varchar) as token, hash(i, 7) % 2 = 0 as paid from range(${from}, ${to}) as t(i)`;

/** New rows cost themselves alone: states of files that were measured are there. */
export const qualityIncrement: Benchmark = {
  name: "quality.increment",
  what: "the profile of 10 M rows and 10 columns once more after 1 % of new rows",
  reach: "<= 5 % of the first run",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const bench = await openBenchTable(folder, columns);
    const runner = new SqlRunner({ statementsPerProcess: 1_000, shared: [join(folder, "lake")] });
    try {
      const [files, rowsOfFile] = small ? [2, 10_000] : [10, 1_000_000];
      for (let n = 0; n < files; n++) await bench.append(rowsSql(n * rowsOfFile, (n + 1) * rowsOfFile));
      // The process of the statements stands, as in a Millrace that is up.
      await runner.run({ sql: "select 1", resolve: async () => ({ sources: [], known: [] }) });
      const first = await seconds(() => profileTable(runner, bench.table));
      let rows = files * rowsOfFile;
      const added = rows / 100;
      const again: number[] = [];
      for (let round = 0; round < (small ? 1 : rounds); round++) {
        await bench.append(rowsSql(rows, rows + added));
        rows += added;
        again.push(await seconds(async () => {
          const { files: read, rows: profiled } = await profileTable(runner, bench.table);
          if (read.read !== 1 || profiled !== rows) throw new Error(`${read.read} files read, ${profiled} rows of ${rows}`);
        }));
        say(`first ${rounded(first)} s; after 1 % more ${rounded(again[round] * 1_000)} ms`);
      }
      return { value: median(again), unit: "s", baseline: "the first run, which reads all rows", baselineValue: first, spread: spread(again), hash: `${rows} rows` };
    } finally {
      await runner.close();
      await bench.close();
    }
  },
};
