import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differencesFromDuckdb, streamed } from "./support/flights-in-duckdb.ts";
import { killedRun } from "./support/killed-run.ts";
import { type MillraceProcess, until } from "./support/millrace-process.ts";

/*
 * The main job on all 3,000,000 flights, with processes killed at random while it runs; the tables it leaves must hold
 * what plain DuckDB makes of the same files, row for row, repeats included.
 */

const project = new URL("../examples/flights", import.meta.url).pathname;
/** A hundred are in the benchmark `kills`. */
const kills = 6;
const same = { missing: 0, extra: 0 };
let data = "";
let millrace: MillraceProcess;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "millrace-flights-"));
});

afterAll(async () => {
  await millrace?.stop();
  await rm(data, { recursive: true, force: true });
});

test("the flights arrive complete and once, whatever is killed on the way", { timeout: 300_000 }, async () => {
  const onStart = (started: MillraceProcess): void => void (millrace = started);
  const run = await killedRun({ project, data, kills, dags: false, onStart });
  const killed = run.killed.map(({ whom }) => whom);
  expect(killed).toHaveLength(kills);
  expect(new Set(killed).size, killed.join(", ")).toBeGreaterThan(2);
  const { stages, tables } = await millrace.status();
  expect(Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))).toEqual({ "flights.clean": 3_000_000, "flights.delayed_enriched": 599_055, "flights.hourly": 424_259, "flights.daily_routes": 0 });
  expect(stages.filter(({ deadLetters, lateRecords }) => deadLetters + lateRecords > 0)).toEqual([]);
  expect(await differencesFromDuckdb(data, streamed)).toEqual({ clean: same, delayed_enriched: same, hourly: same });
});

test("one flight goes the same way, and an unknown airport goes to the dead letters", async () => {
  const flight = { date: "2001-07-02T10:15:00Z", delay: 42, distance: 500, origin: "ORD", destination: "DFW" };
  expect((await millrace.post("/ingest/flights-intake", flight)).status).toBe(200);
  expect((await millrace.post("/ingest/flights-intake", { ...flight, origin: "XYZ" })).status).toBe(200);
  await until(async () => (await millrace.sql("select count(*) from flights.clean where date >= '2001-07-02'")).rows[0][0] === 2);
  await until(async () => (await millrace.sql("select count(*) from flights.delayed_enriched where date >= '2001-07-02' and origin_city = 'Chicago'")).rows[0][0] === 1);
  await until(async () => (await millrace.status()).stages.find(({ name }) => name === "enrich-delayed")?.deadLetters === 1);
  const letters = (await (await millrace.request("/api/v1/dlq/enrich-delayed/records")).json()) as { records: { value: object; headers: [string, string][] }[] };
  expect(letters.records[0].value).toMatchObject({ origin: "XYZ", delay: 42 });
  expect(Object.fromEntries(letters.records[0].headers)).toMatchObject({ "mr.dlq.errorMessage": "unknown airport XYZ", "mr.dlq.stage": "enrich-delayed", "mr.dlq.topic": "flights.delayed" });
});
