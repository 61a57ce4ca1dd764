import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KafkaServer, startKafka } from "../scripts/engines/kafka.ts";
import type { Batch } from "../src/batch/batch.ts";
import { SourceWriter } from "../src/engine/source-writer.ts";
import type { LogDriver } from "../src/log/driver.ts";
import { encodeJson } from "../src/log/kafka/json-encode.ts";
import { openKafkaLog } from "../src/log/kafka/open-kafka-log.ts";
import type { TopicDecl } from "../src/model/manifest.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { ContentHash } from "./harness/content-hash.ts";
import { orderBatch } from "./harness/order-batches.ts";
import { producerPerfTest } from "./harness/producer-perf-test.ts";
import { seconds } from "./harness/seconds.ts";
import { median, rounded, spread } from "./harness/statistics.ts";
import { hashTopics } from "./harness/topic-records.ts";

/** Records of a batch, as a source that has much to say makes them. */
const batchRecords = 4_096;
/** Around each value of an order in a record batch: lengths, and how far its time and offset are from the first one's. */
const frameBytes = 12;
const rounds = 7;

export const kafkaProduce: Benchmark = {
  name: "kafka.produce",
  what: `records of 178 bytes of JSON onto one partition of one broker, acks=all, in batches of ${batchRecords}; from columns to acknowledged, in turn with Kafka's own tool, which has the bytes at hand`,
  reach: "ratio >= 0.7",
  needs: "MILLRACE_KAFKA",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const kafka = await startKafka({ properties: { "log.segment.delete.delay.ms": "1000" } });
    const log = await openKafkaLog({ brokers: kafka.brokers });
    try {
      const work = workOf(small, folder);
      const turns = new Turns(kafka, log, work);
      if (!small) await turns.ours(plainly); // Compiles the code; the tool leaves out its first records itself.
      const [plain, theirs, inTransactions, theirsInTransactions, transactionMs]: number[][] = [[], [], [], [], []];
      for (let round = 1; round <= (small ? 1 : rounds); round++) {
        plain.push(await turns.ours(plainly));
        theirs.push(await turns.theirs());
        inTransactions.push(await turns.ours(asSource));
        // It commits as often as ours just did, which is a transaction for each batch.
        transactionMs.push(Math.ceil((batchRecords / (inTransactions.at(-1) as number)) * 1_000));
        theirsInTransactions.push(await turns.theirs(transactionMs.at(-1)));
        say(`round ${round}, records/s: ${rounded(plain.at(-1) as number)}, the tool ${rounded(theirs.at(-1) as number)}; in transactions ${rounded(inTransactions.at(-1) as number)}, the tool ${rounded(theirsInTransactions.at(-1) as number)}`);
      }
      return {
        ...{ value: median(plain), unit: "records/s", baseline: "kafka-producer-perf-test, warm", baselineValue: median(theirs), spread: spread(plain), hash: turns.hash },
        extra: {
          ...{ batchBytes: work.batchBytes, medianRoundRatio: rounded(median(ratios(plain, theirs))), spreadOfTool: rounded(spread(theirs)) },
          ...{ transactional: rounded(median(inTransactions)), transactionalTool: rounded(median(theirsInTransactions)), transactionMs: median(transactionMs), transactionalRatio: rounded(median(ratios(inTransactions, theirsInTransactions))) },
        },
      };
    } finally {
      await log.close();
      await kafka.stop();
    }
  },
};

const ratios = (ours: number[], theirs: number[]): number[] => ours.map((rate, i) => rate / theirs[i]);

interface Work {
  batches: Batch[];
  /** How often all of them are written in a turn. */
  times: number;
  /** The same records as lines, for the tool. */
  payloads: string;
  batchBytes: number;
}

/** The batches are made once, and written again and again: so does the tool with the lines of its file. */
function workOf(small: boolean, folder: string): Work {
  const batches = Array.from({ length: small ? 2 : 16 }, (_, n): Batch => ({ ...orderBatch(n * batchRecords, batchRecords), keys: undefined }));
  const payloads = join(folder, "payloads");
  writeFileSync(payloads, batches.flatMap((batch) => linesOf(batch)).map((line) => `${line}\n`).join(""));
  return { batches, times: small ? 1 : 16, payloads, batchBytes: encodeJson(batches[0]).bytes.byteLength + batchRecords * frameBytes };
}

function linesOf(batch: Batch): string[] {
  const { bytes, ends } = encodeJson(batch);
  const text = Buffer.from(bytes);
  return Array.from(ends, (end, i) => text.toString("utf8", i === 0 ? 0 : ends[i - 1], end));
}

/** Writes all of it to a topic. @returns seconds */
type Writing = (log: LogDriver, topic: TopicDecl, work: Work) => Promise<number>;

/** Each turn writes to a topic of its own, which is gone afterwards. */
class Turns {
  readonly #kafka: KafkaServer;
  readonly #log: LogDriver;
  readonly #work: Work;
  readonly #records: number;
  #turn = 0;
  /** Of what each turn of ours has written. */
  hash = "";

  constructor(kafka: KafkaServer, log: LogDriver, work: Work) {
    this.#kafka = kafka;
    this.#log = log;
    this.#work = work;
    this.#records = work.batches.length * work.times * batchRecords;
  }

  /** @returns records/s */
  ours(write: Writing): Promise<number> {
    return this.#inTopic(async (topic) => {
      const taken = await write(this.#log, topic, this.#work);
      await this.#check(topic.name);
      return this.#records / taken;
    });
  }

  /** @returns records/s */
  theirs(transactionMs?: number): Promise<number> {
    const { payloads, batchBytes } = this.#work;
    return this.#inTopic(({ name: topic }) => producerPerfTest({ brokers: this.#kafka.brokers, topic, payloads, records: this.#records, warm: this.#records / 2, batchBytes, transactionMs }));
  }

  async #inTopic(turn: (topic: TopicDecl) => Promise<number>): Promise<number> {
    const columns = this.#work.batches[0].columns.map(({ name, type }) => ({ name, type, nullable: false }));
    const topic: TopicDecl = { name: `turn-${++this.#turn}`, columns, schema: { type: "object" }, partitions: 1 };
    await this.#log.ensureTopic(topic);
    const rate = await turn(topic);
    await this.#log.deleteTopic(topic.name);
    return rate;
  }

  async #check(topic: string): Promise<void> {
    const found = await hashTopics(this.#log, [topic]);
    this.hash ||= hashOf(this.#work);
    if (found !== this.hash) throw new Error(`${this.hash} was written, ${found} is there`);
  }
}

function hashOf({ batches, times }: Work): string {
  const hash = new ContentHash();
  for (let n = 0; n < times; n++) for (const batch of batches) hash.add(batch);
  return hash.text;
}

/** As what is posted is written: each batch once, without a transaction. */
function plainly(log: LogDriver, { name: topic }: TopicDecl, { batches, times }: Work): Promise<number> {
  return seconds(async () => {
    let before: Promise<unknown> = Promise.resolve();
    for (let n = 0; n < times; n++) {
      for (const batch of batches) {
        const written = log.append({ producer: "bench", outputs: [{ topic, partition: 0, batch }] });
        await before;
        before = written;
      }
    }
    await before;
  });
}

/** As a source writes: each batch with the bookmark behind it, in a transaction. */
async function asSource(log: LogDriver, topic: TopicDecl, { batches, times }: Work): Promise<number> {
  const writer = await SourceWriter.open({ stage: `source-${topic.name}`, member: "bench", log, topic }, () => undefined);
  const taken = await seconds(async () => {
    for (let n = 0; n < times; n++) for (const batch of batches) await writer.writeBatch(batch, n);
    await writer.settle();
  });
  await writer.leave();
  return taken;
}
