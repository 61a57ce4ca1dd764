import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Batch, Vector } from "../src/batch/batch.ts";
import type { LogDriver, Member } from "../src/log/driver.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { startLogService } from "./harness/log-service.ts";
import { cpuSecondsBelow } from "./harness/process-table.ts";
import { median, rounded, spread } from "./harness/statistics.ts";
import { fillWithOrders, topicEnd } from "./harness/topic-records.ts";

const topic = "orders";
const runs = 3;

export const logRead: Benchmark = {
  name: "log.read",
  what: "a group of one member reads a topic of ten columns from the log service, decodes every column and commits its position",
  reach: ">= 5 M records/s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const records = small ? 20_000 : 10_000_000;
    const service = await startLogService(folder);
    try {
      const { log } = service;
      await log.ensureTopic({ name: topic, partitions: 1, key: "customer" });
      say(`writing ${records} records`);
      await fillWithOrders(log, topic, records);
      const rates: number[] = [];
      const baselines: number[] = [];
      const cores: number[] = [];
      let hash = "";
      for (let run = 1; run <= (small ? 1 : runs); run++) {
        const read = await readAll(log, `readers-${run}`);
        if (read.records !== records || (hash !== "" && hash !== read.hash)) throw new Error(`run ${run} read ${read.records} records, ${read.hash}`);
        hash = read.hash;
        rates.push(records / read.seconds);
        cores.push(records / read.cpuSeconds);
        baselines.push(records / readRaw(join(folder, "log")));
        say(`run ${run}: ${rounded(rates.at(-1) as number)} records/s, ${rounded(cores.at(-1) as number)} per core; raw ${rounded(baselines.at(-1) as number)}`);
      }
      return { value: median(rates), unit: "records/s", baseline: "the same files read raw, 1 MiB at a time", baselineValue: median(baselines), spread: spread(rates), hash, extra: { perCore: rounded(median(cores)) } };
    } finally {
      await service.close();
    }
  },
};

interface ReadResult {
  records: number;
  hash: string;
  seconds: number;
  cpuSeconds: number;
}

async function readAll(log: LogDriver, group: string): Promise<ReadResult> {
  const end = await topicEnd(log, topic);
  const member = await join1(log, group);
  const touched = new Touched();
  const cpuBefore = usedSeconds();
  const startMs = performance.now();
  const ask = (offset: number) => log.fetch({ partitions: [{ topic, partition: 0, offset }], bytesMax: 1024 * 1024, waitMs: 1_000 });
  let next = ask(0);
  for (let offset = 0; offset < end; ) {
    const { entries } = await next;
    offset = entries.at(-1)?.next ?? offset;
    if (offset < end) next = ask(offset); // Fetched while the entries at hand are worked on, as stages do.
    for (const { batch } of entries) if (batch) touched.add(batch);
    await member.commit({ tasks: [0], positions: [{ topic, partition: 0, offset }], outputs: [] });
  }
  const seconds = (performance.now() - startMs) / 1000;
  const cpuSeconds = usedSeconds() - cpuBefore;
  await member.leave();
  return { records: touched.records, hash: touched.text, seconds, cpuSeconds };
}

/** Joins the group and waits for its one task. */
async function join1(log: LogDriver, group: string): Promise<Member> {
  const assigned = Promise.withResolvers<void>();
  const member = await log.join({ group, member: `${group}-1`, topics: [topic], onAssigned: () => assigned.resolve(), onRevoked: async () => undefined, onLost: assigned.reject });
  await assigned.promise;
  return member;
}

function usedSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + cpuSecondsBelow(process.pid);
}

/** Looks at every value of every column, and keeps a sum of each, so that nothing can be left undecoded. */
class Touched {
  records = 0;
  #sums = new Map<string, number>();

  add(batch: Batch): void {
    this.records += batch.count;
    for (const { name, vector } of batch.columns) this.#sums.set(name, (this.#sums.get(name) ?? 0) + sumOf(vector, batch.count));
    this.#sums.set("event time", (this.#sums.get("event time") ?? 0) + sumOf({ kind: "f64", values: batch.eventTime }, batch.count));
  }

  get text(): string {
    return [...this.#sums].map(([name, sum]) => `${name}:${sum.toPrecision(9)}`).join(" ");
  }
}

function sumOf(vector: Vector, count: number): number {
  if (vector.kind !== "str") return sumNumbers(vector.values, count);
  const { values } = vector.dictionary;
  let sum = values.length + values[vector.codes[0]].length;
  for (let i = 0; i < count; i++) sum += vector.codes[i];
  return sum;
}

function sumNumbers(values: Int32Array | Float64Array | Uint8Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  return sum;
}

/** @returns the seconds that it took */
function readRaw(folder: string): number {
  const buffer = new Uint8Array(1024 * 1024);
  const startMs = performance.now();
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".seg"))) {
    const fd = openSync(join(folder, name), "r");
    while (readSync(fd, buffer) > 0);
    closeSync(fd);
  }
  return (performance.now() - startMs) / 1000;
}
