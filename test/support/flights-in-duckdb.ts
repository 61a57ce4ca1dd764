import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { folderFiles } from "../../src/files/folder.ts";
import type { FilesDriver } from "../../src/files/driver.ts";
import { Lake } from "../../src/lake/lake.ts";
import { sqliteState } from "../../src/state/sqlite.ts";
import type { StateStore } from "../../src/state/store.ts";

const source = (file: string): string => new URL(`../data/${file}`, import.meta.resolve("vega-datasets")).pathname;

/**
 * A DuckDB with the relations that `examples/flights` should make, computed from the raw files by plain SQL and nothing of
 * ours: the schema `expected` with `clean`, `delayed_enriched`, `hourly` and `daily_routes`.
 */
export async function expectedFlights(): Promise<DuckDBConnection> {
  const db = await (await DuckDBInstance.create(":memory:", { memory_limit: "4GB" })).connect();
  const km = "2 * 6371.0088 * asin(sqrt(sin(radians(d.latitude - o.latitude) / 2) ** 2 + cos(radians(o.latitude)) * cos(radians(d.latitude)) * sin(radians(d.longitude - o.longitude) / 2) ** 2))";
  for (const sql of [
    "set timezone = 'UTC'",
    "create schema expected",
    `create view expected.clean as select date::timestamptz as date, delay, distance, origin, destination from read_parquet('${source("flights-3m.parquet")}')`,
    `create view airports as select * from read_csv('${source("airports.csv")}', header = true)`,
    `create view expected.delayed_enriched as
       select date, delay, distance, origin, destination, o.city as origin_city, o.state as origin_state, o.latitude as origin_latitude, o.longitude as origin_longitude,
              d.city as destination_city, d.state as destination_state, d.latitude as destination_latitude, d.longitude as destination_longitude, ${km} as great_circle_km
       from expected.clean join airports o on o.iata = origin join airports d on d.iata = destination where delay > 15`,
    `create view expected.hourly as
       select origin, date_trunc('hour', date) as hour, count(*) as flights, avg(delay) as mean_delay, max(delay) as max_delay, quantile_cont(delay, 0.95) as p95_delay
       from expected.clean group by all`,
    `create view expected.daily_routes as
       select timezone('America/New_York', date_trunc('day', timezone('America/New_York', date) - interval 6 hours) + interval 6 hours) as interval_start, origin, destination,
              count(*) as flights, count(*) filter (delay > 15) as delayed, sum(delay)::bigint as delay_minutes, max(delay) as worst_delay
       from expected.clean where date >= '2001-01-01 11:00:00Z' and date < '2001-07-01 10:00:00Z' group by all`,
  ]) {
    await db.run(sql);
  }
  return db;
}

/** Rows that a table lacks and rows that it should not have; repeats count. */
interface Difference {
  missing: number;
  extra: number;
}

/** Their columns as they are compared. Distances are sums of sines, which two libraries may round differently in the last bit. */
const tables = { clean: "*", hourly: "*", daily_routes: "*", delayed_enriched: "* replace (round(great_circle_km, 6) as great_circle_km)" };
type FlightsTable = keyof typeof tables;

/** The tables that stages write. */
export const streamed: FlightsTable[] = ["clean", "delayed_enriched", "hourly"];

/** Tables of `examples/flights` in a data folder, or elsewhere, held against the raw files as multisets of rows. */
export async function differencesFromDuckdb(at: string | { files: FilesDriver; state: StateStore }, names: FlightsTable[]): Promise<{ [name in FlightsTable]?: Difference }> {
  const { files, state } = typeof at === "string" ? { files: folderFiles(join(at, "lake")), state: await sqliteState(join(at, "state.db")) } : at;
  const lake = new Lake({ files, state });
  const db = await expectedFlights();
  const rows = async (sql: string) => (await db.runAndReadAll(sql)).getRowsJson();
  const difference = async (name: FlightsTable): Promise<Difference> => {
    const table = await lake.table(`flights.${name}`);
    const held = await table.holdFiles(await table.files());
    await db.run(`create view "${name}" as select * from ${await table.scanSql()}`);
    const [actual, expected] = [`select ${tables[name]} from "${name}"`, `select ${tables[name]} from expected.${name}`];
    const [[missing, extra]] = await rows(`select (select count(*) from (${expected} except all ${actual})), (select count(*) from (${actual} except all ${expected}))`);
    held.release();
    return { missing: Number(missing), extra: Number(extra) };
  };
  try {
    const found: { [name in FlightsTable]?: Difference } = {};
    for (const name of names) found[name] = await difference(name);
    return found;
  } finally {
    db.closeSync();
    await lake.close();
    await state.close();
  }
}
