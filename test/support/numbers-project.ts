import { expect } from "vitest";
import { Duckdb } from "../../src/lake/duckdb.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { read } from "../../src/log/kafka/kafka-for-tests.ts";
import type { LogDriver } from "../../src/log/driver.ts";
import type { ShardedRuns } from "../../src/state/shards.ts";
import type { StateStore } from "../../src/state/store.ts";
import { until } from "./millrace-process.ts";

/*
 * A project of which every number can be accounted for. A source writes them until it is told that it is enough; a stage
 * filters some and fails at others; windows count them, but for those that are late; a table keeps what passed, and a model
 * sums that up now and then; and a DAG runs every two seconds.
 */

const tickMs = 2_000;
const sumsMs = 5_000;

/** @param start - of the DAG */
export const numbersPipeline = (start: Date): string => `
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { count, dag, every, source, sql, stage, table, topic, tumbling } from "millrace";
import { z } from "zod";
const Numbered = z.object({ n: z.int(), key: z.string(), at: z.iso.datetime() });
const ofNumbers = { schema: Numbered, key: "key", eventTime: "at", partitions: 2 } as const;
export const numbers = topic("numbers", ofNumbers);
export const passed = topic("passed", ofNumbers);
export const Minute = z.object({ key: z.string(), window_start: z.iso.datetime(), window_end: z.iso.datetime(), numbers: z.int() });
export const minutes = topic("minutes", { schema: Minute, key: "key", eventTime: "window_start", partitions: 2 });

const day = 86_400_000;
// Each number is a second behind the last; one of a hundred comes two days late.
const timeOf = (n: number) => new Date(Date.UTC(2020, 0, 10) + n * 1_000 - (n % 100 === 51 ? 2 * day : 0)).toISOString();
export const counter = source("counter", { to: numbers, bounded: true, read: async function* ({ position }) {
  for (let n = (position as { next: number } | undefined)?.next ?? 0; !existsSync("enough"); n += 20, await wait(100)) {
    yield { records: Array.from({ length: 20 }, (_, i) => ({ n: n + i, key: "k" + ((n + i) % 7), at: timeOf(n + i) })), position: { next: n + 20 } };
  }
} });
export const sieve = stage("sieve", { from: numbers, to: passed, run: (record, emit) => {
  if (record.n % 50 === 7) throw new Error("no good");
  if (record.n % 10 !== 3) emit(record);
} });
export const perMinute = stage("per-minute", { from: numbers, to: minutes, by: "key", window: tumbling("1m"), aggregate: { numbers: count() } });
export const kept = table("faults.kept", { from: passed });
export const sums = table("faults.sums", { dag: "sums", schedule: every("${sumsMs}ms"), start: "${start.toISOString()}", catchup: "latest", sql: sql\`select key, count(*) as numbers from \${kept} group by key\` });
export const beat = dag("beat", { schedule: every("${tickMs}ms"), start: "${start.toISOString()}", catchup: "all", defaults: { retries: 5, retryDelay: "1s" } }, ({ task }) => {
  task("count", () => 1);
});
`;

/** How far each part of the project has got; each grows as long as its part lives. */
export interface Progress {
  numbers: number;
  passed: number;
  /** Closed windows. */
  minutes: number;
  /** In the table. */
  kept: number;
  /** Runs that succeeded: of the DAG, and of the model. */
  beats: number;
  sums: number;
}

/** The project's servers as a test sees them, with nothing between. */
export interface Witness {
  log: LogDriver;
  lake: Lake;
  state: StateStore;
  runs: ShardedRuns;
}

async function progress({ log, lake, runs }: Witness): Promise<Progress> {
  const end = async (topic: string): Promise<number> => (await log.topic(topic).catch(() => undefined))?.partitionInfo.reduce((sum, { end }) => sum + end, 0) ?? 0;
  const table = await lake.table("faults.kept").catch(() => undefined);
  const succeeded = async (dag: string): Promise<number> => (await runs.history.runs({ dag, states: ["success"], limit: 1_000 })).length;
  return { numbers: await end("numbers"), passed: await end("passed"), minutes: await end("minutes"), kept: Number((await table?.currentSnapshot())?.summary["total-records"] ?? 0), beats: await succeeded("beat"), sums: await succeeded("sums") };
}

/** How long each part took to get on, in milliseconds. */
export type Back = Record<keyof Progress, number>;

/** Resolves once each part has got further than it had soon after this was called, with how long that took since the call. */
export async function goesOn(witness: Witness): Promise<Back> {
  const startMs = performance.now();
  const before = await progress(witness);
  const parts = Object.keys(before) as (keyof Progress)[];
  const back: Partial<Back> = {};
  await until(async () => {
    const now = await progress(witness);
    for (const part of parts) if (now[part] > before[part]) back[part] ??= Math.round(performance.now() - startMs);
    return parts.every((part) => back[part] !== undefined);
  });
  return back as Back;
}

/** Once the source has ended: waits until all is through, and holds what came out against what went in. */
export async function expectConserved({ log, lake, runs }: Witness): Promise<void> {
  const numbersIn = async (topic: string): Promise<number[]> => sorted((await read(log, topic)).map(({ value }) => value.n as number));
  const sent = await numbersIn("numbers");
  const good = sent.filter((n) => n % 50 !== 7 && n % 10 !== 3);
  const bad = sent.filter((n) => n % 50 === 7);
  expect(sent).toEqual(sent.map((_, i) => i));
  await until(async () => (await numbersIn("passed")).length >= good.length && (await numbersIn("sieve.dlq")).length >= bad.length);
  expect(await numbersIn("passed")).toEqual(good);
  expect(await numbersIn("sieve.dlq")).toEqual(bad);

  const table = await lake.table("faults.kept");
  await until(async () => Number((await table.currentSnapshot())?.summary["total-records"]) >= good.length);
  expect(sorted(await numbersKept(lake))).toEqual(good);

  const counted = async (): Promise<number> => (await read(log, "minutes")).reduce((sum, { value }) => sum + (value.numbers as number), 0);
  const late = (): Promise<number[]> => numbersIn("per-minute.late");
  // The last windows close when nothing has come for a while.
  await until(async () => (await counted()) + (await late()).length >= sent.length);
  expect((await counted()) + (await late()).length).toBe(sent.length);
  expect(await late()).toEqual([...new Set(await late())].filter((n) => n % 100 === 51));

  const all = await runs.history.runs({ dag: "beat", limit: 1_000 });
  const ticks = sorted(all.map(({ intervalStart }) => intervalStart));
  expect(ticks).toEqual(ticks.map((_, i) => ticks[0] + i * tickMs));
  expect(all.filter(({ state }) => !["success", "running", "queued"].includes(state))).toEqual([]);
}

async function numbersKept(lake: Lake): Promise<number[]> {
  const table = await lake.table("faults.kept");
  const duckdb = new Duckdb();
  const held = await table.holdFiles(await table.files());
  try {
    const rows = await duckdb.with(async (db) => (await db.runAndReadAll(`select n::int from (select * from ${await table.scanSql()})`)).getRowsJS());
    return rows.map(([n]) => n as number);
  } finally {
    await duckdb.close();
    held.release();
  }
}

const sorted = (numbers: number[]): number[] => numbers.toSorted((a, b) => a - b);
