import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { folderFiles } from "../src/files/folder.ts";
import { commitChange, newSnapshotId } from "../src/lake/commit.ts";
import { Duckdb, queryJson, sqlText } from "../src/lake/duckdb.ts";
import { FileIndex } from "../src/lake/file-index.ts";
import type { SchemaField } from "../src/lake/iceberg-type.ts";
import { Lake } from "../src/lake/lake.ts";
import type { FileRecord } from "../src/lake/manifest-file.ts";
import { parquetCopySql, writtenParquet } from "../src/lake/parquet-copy.ts";
import { commitEdit } from "../src/lake/row-change.ts";
import { encodeValue } from "../src/lake/single-value.ts";
import type { Table } from "../src/lake/table.ts";
import { TableStore } from "../src/lake/table-store.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import { seconds } from "./harness/seconds.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const rounds = 7;
const filesInManifest = 5_000;

/** A scan of a table against DuckDB reading the same files, and how long it takes to choose files among very many. */
export const lakeScan: Benchmark = {
  name: "lake.scan",
  what: "an aggregation over a table of ten columns in files of 500,000 rows; then the plan of a filtered scan of a table of 100,000 files",
  reach: "<= 1.1 x DuckDB over the same files; plan <= 300 ms",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const state = await sqliteState(join(folder, "state.db"));
    const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
    const duckdb = new Duckdb({ memoryLimit: "2GiB", threads: 2 });
    const connection = await duckdb.connect();
    try {
      const [files, rows] = small ? [4, 1_000] : [16, 500_000];
      const table = await filledTable(lake, connection, files, rows);
      const ours: number[] = [];
      const theirs: number[] = [];
      const paths = (await table.files()).map(({ path }) => path);
      for (let round = 0; round < (small ? 1 : rounds); round++) {
        // The table's way has the plan in it.
        ours.push(await seconds(async () => queryJson(connection, aggregation(await table.scanSql()), "bench")));
        theirs.push(await seconds(() => queryJson(connection, aggregation(`read_parquet([${paths.map(sqlText).join(", ")}])`), "bench")));
      }
      say(`scan ${rounded(median(ours))} s, DuckDB ${rounded(median(theirs))} s`);
      const plan = await planSeconds(lake, folder, small ? 2_000 : 100_000, say);
      return { value: median(ours), unit: "s", baseline: "DuckDB over the same files", baselineValue: median(theirs), spread: spread(ours), hash: `${files} files of ${files * rows}`, extra: plan };
    } finally {
      connection.closeSync();
      await duckdb.close();
      await lake.close();
      await state.close();
    }
  },
};

const aggregation = (rows: string): string => `select k % 100 as g, count(*) as n, sum(a) as a, avg(b) as b, min(c) as c, max(d) as d from ${rows} where k % 7 <> 0 group by all order by g`;

const field = (name: string, type: SchemaField["type"]): SchemaField => ({ id: 0, name, required: false, type });
const fields = [field("k", "long"), field("a", "double"), field("b", "double"), field("c", "string"), field("d", "timestamptz"), ...["e", "f", "g", "h", "i"].map((name) => field(name, "long"))];

async function filledTable(lake: Lake, connection: DuckDBConnection, files: number, rows: number): Promise<Table> {
  const table = await lake.openOrCreate("bench.rows", fields);
  const schema = await table.schema();
  for (let n = 0; n < files; n++) {
    const sql = `select i::bigint as k, sin(i) as a, i / 7.0 as b, 'text ' || (hash(i) % 10000) as c, timestamptz '2026-01-01' + interval (i) second as d, ${["e", "f", "g", "h", "i"].map((name, j) => `(hash(i + ${j}) % 1000000)::bigint as ${name}`).join(", ")} from range(${n * rows}, ${(n + 1) * rows}) t(i)`;
    const path = await table.stage();
    const [row] = await queryJson(connection, parquetCopySql(sql, path, schema.fields), path);
    await (await table.append({ files: [{ path, ...writtenParquet(row) }], attempt: `fill-${n}` })).publish();
  }
  return table;
}

/** Files that are only in the manifests: a plan opens none of them. */
async function planSeconds(lake: Lake, folder: string, count: number, say: (line: string) => void): Promise<Record<string, number>> {
  const state = await sqliteState(join(folder, "state.db"));
  const store = new TableStore("bench.many", folderFiles(join(folder, "lake")), state);
  try {
    const table = await lake.openOrCreate("bench.many", fields, [{ column: "k", transform: "truncate", parameter: 1_000_000 }]);
    for (let first = 0; first < count; first += filesInManifest) await commitRecords(store, first, Math.min(count, first + filesInManifest));
    const byPartition = { op: "and" as const, filters: [{ op: ">=" as const, column: "k", value: 3_000_000n }, { op: "<" as const, column: "k", value: 3_000_400n }] };
    const byStatistics = { op: "=" as const, column: "e", value: 7_700n };
    const timed = async (where: typeof byPartition | typeof byStatistics) => {
      const cold = new Lake({ files: folderFiles(join(folder, "lake")), state });
      const fresh = await cold.table(table.name);
      const first = await seconds(() => fresh.planFiles({ where }));
      const again = await seconds(() => fresh.planFiles({ where }));
      const { files } = await fresh.planFiles({ where });
      await cold.close();
      return { first, again, found: files.length };
    };
    const [partition, statistics] = [await timed(byPartition), await timed(byStatistics)];
    say(`plan of ${count} files: by partition ${rounded(partition.first * 1_000)} ms (${partition.found} found), by statistics ${rounded(statistics.first * 1_000)} ms (${statistics.found} found)`);
    return {
      planFiles: count,
      planByPartitionMs: rounded(partition.first * 1_000),
      planByPartitionWarmMs: rounded(partition.again * 1_000),
      planByStatisticsMs: rounded(statistics.first * 1_000),
      planByStatisticsWarmMs: rounded(statistics.again * 1_000),
    };
  } finally {
    await state.close();
  }
}

async function commitRecords(store: TableStore, first: number, end: number): Promise<void> {
  const index = new FileIndex(store);
  const snapshotId = newSnapshotId();
  const { pointer } = await store.load();
  await commitChange(store, {
    apply: async (base, written) => {
      const specId = base["default-spec-id"];
      const added = Array.from({ length: end - first }, (_, i) => ({ specId, file: recordOf(store.files.location(`${pointer.folder}/data/${first + i}-${randomUUID()}.parquet`), first + i) }));
      const parent = base.snapshots.find((snapshot) => snapshot["snapshot-id"] === base["current-snapshot-id"]);
      return commitEdit({ store, index }, base, written, { folder: pointer.folder, snapshotId, parent, edit: { operation: "append", removed: [], added }, summary: {}, smallManifestsMax: 1_000 });
    },
  });
}

/** A file of 100 rows, with bounds of all ten columns. */
function recordOf(location: string, n: number): FileRecord {
  const bounds = (by: number) => new Map(fields.map(({ type }, i): [number, Uint8Array] => [i + 1, encodeValue(type, type === "string" ? `text ${n + by}` : type === "double" ? n + by : BigInt(n * 100 + by))]));
  const counts = new Map(fields.map((_, i): [number, bigint] => [i + 1, 100n]));
  return {
    ...{ content: 0, location, format: "PARQUET", partition: [BigInt(Math.floor((n * 100) / 1_000_000) * 1_000_000)], records: 100n, bytes: 4_096n },
    ...{ columnBytes: counts, valueCounts: counts, nullCounts: new Map([...counts].map(([id]) => [id, 0n])), lowerBounds: bounds(0), upperBounds: bounds(99), sortOrderId: 0 },
  };
}
