import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type KafkaServer, longSessions, startKafka } from "../scripts/engines/kafka.ts";
import { type S3Server, startS3 } from "../scripts/engines/s3.ts";
import { selfSigned } from "../scripts/engines/self-signed.ts";
import { ObjectCopies } from "../src/files/object-copies.ts";
import { s3Files } from "../src/files/s3.ts";
import { s3Client } from "../src/files/s3-client.ts";
import { newPrefix, read } from "../src/log/kafka/kafka-for-tests.ts";
import { openKafkaLog } from "../src/log/kafka/open-kafka-log.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { temporaryProject } from "./support/temporary-project.ts";
import { WorkerProcess } from "./support/worker-process.ts";

/*
 * Stages with a large state whose processes die, on brokers that would not notice before the test is over: whoever knows
 * says so.
 */

let kafka: KafkaServer;
let s3: S3Server;
beforeAll(async () => {
  [kafka, s3] = await Promise.all([startKafka({ properties: longSessions }), startS3(["lake"])]);
  process.env.MILLRACE_SECRET_LAKE_ID = s3.accessKeyId;
  process.env.MILLRACE_SECRET_LAKE_KEY = s3.secretAccessKey;
});
afterAll(async () => {
  for (const name of ["ID", "KEY"]) delete process.env[`MILLRACE_SECRET_LAKE_${name}`];
  await Promise.all([kafka?.stop(), s3?.stop()]);
});

const keys = 2_000;

/** A project that counts by key, and remembers much of each; orders go in by its door. */
class Tally {
  readonly prefix = newPrefix();
  readonly project: ReturnType<typeof temporaryProject>;
  readonly #workers: WorkerProcess[] = [];
  millrace!: MillraceProcess;
  posted = 0;

  private constructor(workers: boolean) {
    this.project = temporaryProject({
      "millrace.config.ts": `import { connection, defineProject, kafkaLog, s3Files, secret } from "millrace";
        const lake = connection("lake", { endpoint: ${JSON.stringify(s3.endpoint)}, accessKeyId: secret("lake-id"), secretAccessKey: secret("lake-key") });
        export default defineProject({ profile: { log: kafkaLog({ brokers: ${JSON.stringify(kafka.brokers)}, prefix: "${this.prefix}" }), files: s3Files({ at: "s3://lake/${this.prefix}", connection: lake }) },
          http: { tls: { cert: "tls/cert.pem", key: "tls/key.pem" } }, workers: { stages: ${workers ? true : "[]"} } });`,
      "pipeline.ts": `import { http, stage, topic } from "millrace";
        import { z } from "zod";
        export const orders = topic("orders", { schema: z.object({ id: z.string(), n: z.number() }), key: "id", partitions: 2 });
        export const counts = topic("counts", { schema: z.object({ id: z.string(), n: z.number(), count: z.number() }), key: "id", partitions: 2 });
        export const intake = http("intake", { to: orders });
        export const tally = stage("tally", { from: orders, to: counts, init: () => ({ count: 0, pad: "" }), runKeyed: ({ count }, { id, n }, emit) => {
          emit({ id, n, count: count + 1 });
          return { count: count + 1, pad: (id + " ").repeat(100) };
        } });`,
    });
    selfSigned(join(this.project.folder, "tls"));
  }

  static async up({ workers = false } = {}): Promise<Tally> {
    const tally = new Tally(workers);
    await tally.start();
    onTestFinished(() => tally.down());
    return tally;
  }

  async start(): Promise<void> {
    this.millrace = await MillraceProcess.start(this.project.folder, this.project.data);
    expect((await this.millrace.status()).problems).toEqual([]);
  }

  /** A worker for the stage, as on another machine. */
  async worker(): Promise<WorkerProcess> {
    const made = await this.millrace.post("/api/v1/workers/tokens", { stage: "tally" });
    const { secret } = (await made.json()) as { secret: string };
    expect(made.status).toBe(200);
    const worker = new WorkerProcess({ address: this.millrace.address, secret, caFile: join(this.project.folder, "tls", "cert.pem"), modulesFrom: this.project.folder });
    this.#workers.push(worker);
    return worker;
  }

  /** Posts a round of orders, each key once. */
  async post(): Promise<void> {
    const answer = await this.millrace.post("/ingest/intake", Array.from({ length: keys }, (_, n) => ({ id: `customer ${n}`, n })));
    expect(answer.status, await answer.clone().text()).toBe(200);
    this.posted++;
  }

  /** All that was posted has been counted. */
  async counted(): Promise<void> {
    await until(async () => {
      const tally = (await this.millrace.status()).stages.find(({ name }) => name === "tally");
      return tally?.lagRecords === 0 && tally.recordsIn >= this.posted * keys;
    });
  }

  async pids(): Promise<number[]> {
    const { stages } = await this.millrace.status();
    return stages.flatMap(({ instances }) => instances).map(({ pid }) => pid);
  }

  /** Of each key every count from 1 on, once. */
  async expectExact(): Promise<void> {
    const log = await openKafkaLog({ brokers: kafka.brokers, prefix: this.prefix });
    const byKey = Map.groupBy((await read(log, "counts")).map(({ value }) => value as { id: string; count: number }), ({ id }) => id);
    await log.close();
    expect(byKey.size).toBe(keys);
    const wanted = Array.from({ length: this.posted }, (_, i) => i + 1);
    for (const [id, counts] of byKey) expect(counts.map(({ count }) => count), id).toEqual(wanted);
  }

  async snapshots(): Promise<string[]> {
    const scratch = join(this.project.folder, "scratch");
    const files = s3Files(await s3Client({ bucket: "lake", connection: s3 }), { prefix: `${this.prefix}/`, stagingFolder: scratch, copies: new ObjectCopies(scratch) });
    const found: string[] = [];
    for await (const key of files.list("stage-state/tally/")) found.push(key);
    return found;
  }

  async down(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.millrace.stop();
    this.project.remove();
  }
}

test("a stage is killed again and again: each time another goes on with its state", { timeout: 480_000 }, async () => {
  const tally = await Tally.up();
  for (let round = 0; round < 4; round++) {
    await Promise.all([tally.post(), tally.post()]);
    if (round % 2 === 1) for (const pid of await tally.pids()) process.kill(pid, "SIGKILL");
    await tally.post();
    await tally.counted();
  }
  expect((await tally.snapshots()).length).toBeGreaterThanOrEqual(2);
  // Those that a killed process had under way go with the snapshots that follow: two for each of two tasks stay, and what is under way.
  for (let more = 0; (await tally.snapshots()).length > 6; more++) {
    expect(more).toBeLessThan(6);
    await tally.post();
    await tally.counted();
  }
  await tally.expectExact();
});

test("the whole machine is killed: the next control plane lets the dead go first", { timeout: 480_000 }, async () => {
  const tally = await Tally.up();
  await tally.post();
  await tally.counted();
  await tally.post();
  await tally.millrace.killAll();
  await tally.start();
  await tally.counted();
  await tally.expectExact();
});

test("a worker is killed with its stage, then the stage on it alone: others go on with its state", { timeout: 480_000 }, async () => {
  const tally = await Tally.up({ workers: true });
  const first = await tally.worker();
  for (let i = 0; i < 6; i++) await tally.post();
  await tally.counted();
  await expect.poll(async () => (await tally.snapshots()).length).toBeGreaterThan(0);
  await first.kill();
  await tally.worker();
  await tally.post();
  await tally.counted();
  for (const pid of await tally.pids()) process.kill(pid, "SIGKILL");
  await tally.post();
  await tally.counted();
  await tally.expectExact();
});
