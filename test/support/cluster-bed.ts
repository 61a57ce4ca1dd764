import { expect } from "vitest";
import { type KafkaServer, startKafka } from "../../scripts/engines/kafka.ts";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { type S3Server, startS3 } from "../../scripts/engines/s3.ts";
import { FaultProxy } from "../../src/files/fault-proxy-for-tests.ts";
import { read } from "../../src/log/kafka/kafka-for-tests.ts";
import { openKafkaLog } from "../../src/log/kafka/open-kafka-log.ts";
import type { LogDriver } from "../../src/log/driver.ts";
import { MillraceProcess, until } from "./millrace-process.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { type TemporaryProject, temporaryProject } from "./temporary-project.ts";

/*
 * A project on the whole cluster profile with something between it and each of its servers. A source writes numbers without
 * an end; a stage filters some and fails at others; windows count them; a table keeps what passed; and a DAG runs each second.
 */

const pipeline = `
import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { count, dag, every, source, stage, table, topic, tumbling } from "millrace";
import { z } from "zod";
const Numbered = z.object({ n: z.int(), key: z.string(), at: z.iso.datetime() });
const ofNumbers = { schema: Numbered, key: "key", eventTime: "at", partitions: 2 } as const;
export const numbers = topic("numbers", ofNumbers);
export const passed = topic("passed", ofNumbers);
export const Minute = z.object({ key: z.string(), window_start: z.iso.datetime(), window_end: z.iso.datetime(), numbers: z.int() });
export const minutes = topic("minutes", { schema: Minute, key: "key", eventTime: "window_start", partitions: 2 });

const day = 86_400_000;
/** Each number a second behind the last; one of a hundred comes two days late. */
const timeOf = (n: number) => new Date(Date.UTC(2020, 0, 10) + n * 1_000 - (n % 100 === 51 ? 2 * day : 0)).toISOString();
export const counter = source("counter", { to: numbers, bounded: true, read: async function* ({ position }) {
  for (let n = (position as { next: number } | undefined)?.next ?? 0; !existsSync("enough"); n += 20, await wait(25)) {
    yield { records: Array.from({ length: 20 }, (_, i) => ({ n: n + i, key: "k" + ((n + i) % 7), at: timeOf(n + i) })), position: { next: n + 20 } };
  }
} });
export const sieve = stage("sieve", { from: numbers, to: passed, run: (record, emit) => {
  if (record.n % 50 === 7) throw new Error("no good");
  if (record.n % 10 !== 3) emit(record);
} });
export const perMinute = stage("per-minute", { from: numbers, to: minutes, by: "key", window: tumbling("1m"), aggregate: { numbers: count() } });
export const kept = table("faults.kept", { from: passed });
export const beat = dag("beat", { schedule: every("1s"), start: START, catchup: "all", maxActiveRuns: 4, defaults: { retries: 5, retryDelay: "1s" } }, ({ task }) => {
  task("count", () => 1);
});
`;

/** What of the project has got how far. */
export interface Progress {
  /** Numbers that left the source. */
  numbers: number;
  /** Of those, such that left the sieve. */
  passed: number;
  /** In the table. */
  kept: number;
  /** Runs of the DAG that succeeded. */
  beats: number;
}

/** What is between the project and one of its servers. */
export interface Between {
  kafka: TcpProxy;
  postgres: TcpProxy;
  /** Of requests to S3. */
  s3: FaultProxy;
  /** Of the line to S3. */
  s3Line: TcpProxy;
}

export class ClusterBed {
  readonly kafka: KafkaServer;
  readonly postgres: PostgresServer;
  readonly between: Between;
  readonly project: TemporaryProject;
  /** The log as a test sees it, with nothing between. */
  readonly log: LogDriver;
  readonly #s3: S3Server;
  #millrace: MillraceProcess | undefined;

  private constructor(parts: { kafka: KafkaServer; postgres: PostgresServer; s3: S3Server; between: Between; project: TemporaryProject; log: LogDriver }) {
    this.kafka = parts.kafka;
    this.postgres = parts.postgres;
    this.between = parts.between;
    this.project = parts.project;
    this.log = parts.log;
    this.#s3 = parts.s3;
  }

  /** Starts the servers and writes the project. */
  static async open(): Promise<ClusterBed> {
    const fronts: TcpProxy[] = [];
    const front = async (port: number): Promise<number> => {
      const proxy = await TcpProxy.before(port);
      fronts.push(proxy);
      return proxy.port;
    };
    const [kafka, postgres, s3] = await Promise.all([startKafka({ front }), startPostgres(), startS3(["lake"])]);
    const faults = await FaultProxy.before(s3.endpoint);
    const between = { kafka: fronts[0], postgres: await TcpProxy.before(postgres.port), s3: faults, s3Line: await TcpProxy.before(Number(new URL(faults.endpoint).port)) };
    process.env.MILLRACE_SECRET_LAKE_KEY = s3.secretAccessKey;
    process.env.MILLRACE_SECRET_STATE_PASSWORD = postgres.password;
    const project = temporaryProject({ "pipeline.ts": pipeline.replace("START", JSON.stringify(new Date().toISOString())), "millrace.config.ts": configOf({ kafka, postgres, s3, between }) });
    return new ClusterBed({ kafka, postgres, s3, between, project, log: await openKafkaLog({ brokers: kafka.brokers }) });
  }

  get millrace(): MillraceProcess {
    if (!this.#millrace) throw new Error("nothing has been brought up");
    return this.#millrace;
  }

  /** Brings the project up, also after a crash, and waits until each part of it gets on. */
  async start(): Promise<void> {
    this.#millrace = await MillraceProcess.start(this.project.folder, this.project.data);
    await this.goesOn();
  }

  async down(): Promise<void> {
    await this.#millrace?.stop();
    await this.log.close();
    for (const proxy of Object.values(this.between)) proxy.stop();
    await Promise.all([this.kafka.stop(), this.postgres.stop(), this.#s3.stop()]);
    for (const name of ["LAKE_KEY", "STATE_PASSWORD"]) delete process.env[`MILLRACE_SECRET_${name}`];
    this.project.remove();
  }

  async progress(): Promise<Progress> {
    const { runs } = (await (await this.millrace.request("/api/v1/runs?dag=beat&state=success&limit=1000")).json()) as { runs: unknown[] };
    const [[kept]] = (await this.millrace.sql("select count(*)::int from faults.kept")).rows as [[number]];
    return { numbers: await this.#end("numbers"), passed: await this.#end("passed"), kept, beats: runs.length };
  }

  /** Resolves, with how long it took, once each part has got further than it had when this was called. */
  async goesOn(): Promise<number> {
    const startMs = performance.now();
    let before: Progress | undefined;
    await until(async () => {
      const now = await this.progress().catch(() => undefined);
      before ??= now;
      return now !== undefined && before !== undefined && isBeyond(now, before);
    });
    return performance.now() - startMs;
  }

  /** Lets the source end, waits until all is through, and holds what came out against what went in. */
  async expectConserved(): Promise<void> {
    this.project.write("enough", "");
    await until(async () => (await this.millrace.status().catch(() => undefined))?.stages.every(({ state, lagRecords }) => state === "drained" || lagRecords === 0) === true);
    const n = async (topic: string): Promise<number[]> => sorted((await read(this.log, topic)).map(({ value }) => value.n as number));
    const sent = await n("numbers");
    expect(sent).toEqual(sent.map((_, i) => i));
    const good = sent.filter((each) => each % 50 !== 7 && each % 10 !== 3);
    expect(await n("passed")).toEqual(good);
    expect(await n("sieve.dlq")).toEqual(sent.filter((each) => each % 50 === 7));
    await until(async () => (await this.#rows("select count(*)::int from faults.kept"))[0][0] === good.length);
    expect(sorted((await this.#rows("select n::int from faults.kept")).map(([each]) => each as number))).toEqual(good);
    // The last windows close when no more has come for a while.
    const counted = async (): Promise<number> => (await read(this.log, "minutes")).reduce((sum, { value }) => sum + (value.numbers as number), 0);
    const late = await n("per-minute.late");
    await until(async () => (await counted()) + late.length >= sent.length);
    expect((await counted()) + late.length).toBe(sent.length);
    expect(new Set(late).size).toBe(late.length);
    expect(late.every((each) => each % 100 === 51)).toBe(true);
    await this.#expectEachTickOnce();
  }

  async #expectEachTickOnce(): Promise<void> {
    const { runs } = (await (await this.millrace.request("/api/v1/runs?dag=beat&limit=1000")).json()) as { runs: { state: string; logicalDate: string }[] };
    const ticks = sorted(runs.map(({ logicalDate }) => Date.parse(logicalDate)));
    expect(ticks).toEqual(ticks.map((_, i) => ticks[0] + i * 1_000));
    expect(runs.filter(({ state }) => !["success", "running", "queued"].includes(state))).toEqual([]);
  }

  async #rows(sql: string): Promise<unknown[][]> {
    return (await this.millrace.sql(sql)).rows;
  }

  /** Where a topic ends: grows with what is written to it. */
  async #end(topic: string): Promise<number> {
    return (await this.log.topic(topic)).partitionInfo.reduce((sum, { end }) => sum + end, 0);
  }
}

/** Connections to Kafka of stages; the others are the control plane's. A request begins with its size, what it asks for, its version and its number; then its client's name. */
export const isOfStage = (hello: Buffer): boolean => hello.toString("latin1", 14, 28) === "millrace-stage";

const sorted = (numbers: number[]): number[] => numbers.toSorted((a, b) => a - b);
const isBeyond = (now: Progress, before: Progress): boolean => Object.entries(now).every(([name, count]) => count > before[name as keyof Progress]);

const configOf = ({ kafka, postgres, s3, between }: { kafka: KafkaServer; postgres: PostgresServer; s3: S3Server; between: Between }): string => `
import { connection, defineProject, kafkaLog, postgresState, s3Files, secret } from "millrace";
const store = connection("store", { endpoint: "http://127.0.0.1:${between.s3Line.port}", accessKeyId: "${s3.accessKeyId}", secretAccessKey: secret("lake-key") });
const state = connection("state", { host: "127.0.0.1", port: ${between.postgres.port}, user: "${postgres.user}", database: "postgres", password: secret("state-password") });
export default defineProject({ name: "faults", profile: {
  log: kafkaLog({ brokers: ${JSON.stringify(kafka.fronts)} }),
  state: postgresState({ connection: state }),
  files: s3Files({ at: "s3://lake/faults", connection: store }),
} });
`;
