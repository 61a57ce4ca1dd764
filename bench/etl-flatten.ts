import { execFileSync } from "node:child_process";
import { createReadStream, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { digestOf } from "../src/lake/data-file.ts";
import { icebergTypeOf } from "../src/lake/duckdb-type.ts";
import { sqlText } from "../src/lake/duckdb.ts";
import { withFreshIds } from "../src/lake/iceberg-type.ts";
import { parquetCopySql } from "../src/lake/parquet-copy.ts";
import type { SqlTrees } from "../src/sql/plain-statement.ts";
import { parseTree } from "../src/sql/statement-gate.ts";
import { anyOrder, isRowByRow } from "../src/sql/row-order.ts";
import { withCallsExpanded } from "../src/sql/reshaping-calls.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const runs = 5;
const eventsFull = 2_250_000;

/** Some 450 bytes of JSON each, with structs four deep and lists of values and of structs. */
const digits = (seed: number, below: number): string => `cast(hash(i, ${seed}) % ${below} as int)`;
const eventsSql = (count: number): string => `
  select i as id, timestamp '2024-01-01' + to_seconds(i) as happened,
    {'id': ${digits(1, 100000)}, 'name': 'user ' || ${digits(2, 1000)}, 'address': {'city': 'city ' || ${digits(3, 500)}, 'zip': cast(10000 + ${digits(4, 90000)} as varchar),
      'geo': {'lat': (${digits(5, 180000)}) / 1000 - 90, 'lon': (${digits(6, 360000)}) / 1000 - 180}}} as actor,
    {'model': 'model ' || ${digits(7, 50)}, 'os': {'name': ['linux', 'android', 'ios'][${digits(8, 3)} + 1], 'version': {'major': ${digits(9, 20)}, 'minor': ${digits(10, 10)}}}, 'charging': ${digits(11, 2)} = 0} as device,
    {'kind': ['view', 'cart', 'buy'][${digits(12, 3)} + 1], 'amount': (${digits(13, 1000000)}) / 100, 'coupon': case when ${digits(14, 10)} = 0 then 'C' || ${digits(15, 100)} end,
      'tags': [['a', 'b', 'c'][${digits(16, 3)} + 1], 'tag ' || ${digits(17, 100)}],
      'items': [{'sku': 'sku ' || ${digits(18, 10000)}, 'price': (${digits(19, 10000)}) / 100, 'count': ${digits(20, 9)}}, {'sku': 'sku ' || ${digits(21, 10000)}, 'price': (${digits(22, 10000)}) / 100, 'count': ${digits(23, 9)}}]} as payload
  from range(${count}) as t(i)`;

/** The same work as somebody would write it who knows the columns. */
const byHand = `select id, happened, actor.id as "actor.id", actor.name as "actor.name", actor.address.city as "actor.address.city", actor.address.zip as "actor.address.zip",
  actor.address.geo.lat as "actor.address.geo.lat", actor.address.geo.lon as "actor.address.geo.lon", device.model as "device.model", device.os.name as "device.os.name",
  device.os.version.major as "device.os.version.major", device.os.version.minor as "device.os.version.minor", device.charging as "device.charging",
  payload.kind as "payload.kind", payload.amount as "payload.amount", payload.coupon as "payload.coupon", payload.tags as "payload.tags", payload.items as "payload.items"`;

export const etlFlatten: Benchmark = {
  name: "etl.flatten",
  what: "1 GB of nested JSON flattened to Parquet by a call in SQL: columns found, statement expanded and gated, files with field ids, statistics and digest",
  reach: "<= 1.15 x the time of DuckDB with a statement written by hand; >= 10 x faster than PySpark local[2]",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const source = join(folder, "events.json");
    const [ours, theirs] = ["ours.parquet", "theirs.parquet"].map((name) => join(folder, name));
    const count = small ? 2_000 : eventsFull;
    await inEngine((connection) => connection.run(`copy (${eventsSql(count)}) to ${sqlText(source)} (format json)`));
    say(`${count} events, ${rounded(statSync(source).size / 1e6)} MB`);
    const [seconds, baselines, cpuSeconds, cpuBaselines]: number[][] = [[], [], [], []];
    for (let run = 1; run <= (small ? 1 : runs); run++) {
      // Each goes first in turn: the second finds the file in memory in any case, but not the machine as it was.
      const both = [
        () => timed((connection) => flattenByCall(connection, source, ours), seconds, cpuSeconds),
        () => timed((connection) => flattenByHand(connection, source, theirs), baselines, cpuBaselines),
      ];
      for (const one of run % 2 === 0 ? both : both.reverse()) await one();
      say(`run ${run}: ${rounded(seconds.at(-1) as number)} s; by hand ${rounded(baselines.at(-1) as number)} s`);
    }
    const [hash, expected] = [await contentOf(ours), await contentOf(theirs)];
    if (hash !== expected) throw new Error(`ours holds ${hash}, the one made by hand ${expected}`);
    return { value: median(seconds), unit: "s", baseline: "DuckDB, one statement written by hand", baselineValue: median(baselines), spread: spread(seconds), hash, extra: { cpuRatio: rounded(median(cpuSeconds) / median(cpuBaselines)), sourceMB: rounded(statSync(source).size / 1e6), ...(await withSpark(source, join(folder, "spark"), median(seconds), median(cpuSeconds))) } };
  },
};

const readJson = (source: string, more = ""): string => `read_json(${sqlText(source)}, format = 'newline_delimited'${more})`;

async function flattenByCall(connection: DuckDBConnection, source: string, target: string): Promise<void> {
  const found = await connection.run(`select * from ${readJson(source)} limit 0`);
  const known = found.columnTypes().map((type, i) => `${sqlText(found.columnName(i))}: ${sqlText(String(type))}`);
  await connection.run(`create view events as select * from ${readJson(source, `, columns = {${known.join(", ")}}`)}`);
  const textOf = async (sql: string, value: string): Promise<string> => {
    const statement = await connection.prepare(sql);
    statement.bindVarchar(1, value);
    return String((await (await statement.run()).getRows())[0][0]);
  };
  const trees: SqlTrees = { parse: async (sql) => parseTree(await textOf("select json_serialize_sql($1::varchar)", sql), true), print: (tree) => textOf("select json_deserialize_sql($1::json)", tree) };
  const sql = "select * from flatten(events)";
  const tree = await trees.parse(sql);
  if (isRowByRow(tree)) await connection.run(anyOrder);
  const statement = await withCallsExpanded({ sql, tree }, trees, connection);
  const columns = await connection.prepare(statement.sql);
  const fields = Array.from({ length: columns.columnCount }, (_, i) => ({ id: 0, name: columns.columnName(i), required: false, type: icebergTypeOf(String(columns.columnType(i))) }));
  await connection.run(parquetCopySql(statement.sql, target, withFreshIds(fields, 1)));
  await digestOf(createReadStream(target, { highWaterMark: 1 << 20 }));
}

async function flattenByHand(connection: DuckDBConnection, source: string, target: string): Promise<void> {
  await connection.run(`copy (${byHand} from ${readJson(source)}) to ${sqlText(target)} (format parquet, compression zstd)`);
}

/** Notes the seconds by the clock, and those of all cores: on a machine that others use too the second tell more. */
async function timed(work: (connection: DuckDBConnection) => Promise<void>, seconds: number[], cpuSeconds: number[]): Promise<void> {
  const [startMs, before] = [performance.now(), process.cpuUsage()];
  await inEngine(work);
  const { user, system } = process.cpuUsage(before);
  seconds.push((performance.now() - startMs) / 1_000);
  cpuSeconds.push((user + system) / 1e6);
}

async function inEngine<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Rows, and a digest of them that does not depend on their order. */
function contentOf(path: string): Promise<string> {
  return inEngine(async (connection) => {
    const [[rows, digest]] = await (await connection.run(`select count(*), bit_xor(hash(t)) from read_parquet(${sqlText(path)}) as t`)).getRows();
    return `${rows}-${digest}`;
  });
}

/** Only where somebody names a Python that has PySpark: it takes minutes, and no part of Millrace needs it. */
async function withSpark(source: string, target: string, ourSeconds: number, ourCpuSeconds: number): Promise<Record<string, number>> {
  const python = process.env.MILLRACE_SPARK_PYTHON;
  if (python === undefined) return {};
  const script = fileURLToPath(new URL("harness/flatten-with-spark.py", import.meta.url));
  const said = execFileSync(python, [script, source, target], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim().split("\n").at(-1) as string;
  const { job, whole, cpu } = JSON.parse(said) as { job: number; whole: number; cpu: number | null };
  await rm(target, { recursive: true, force: true });
  // Spark pays for its start each time that somebody runs such a job; the job alone is what a warm cluster would take.
  const seconds = { sparkSeconds: rounded(whole), sparkRatio: rounded(whole / ourSeconds), sparkJobSeconds: rounded(job), sparkJobRatio: rounded(job / ourSeconds) };
  return cpu === null ? seconds : { ...seconds, sparkCpuRatio: rounded(cpu / ourCpuSeconds) };
}
