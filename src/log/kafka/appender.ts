import type { AppendResult, Output } from "../driver.ts";
import type { EncodedOutputs } from "./entry-encode.ts";
import { encodeOutputs } from "./entry-encode.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { Outgoing, Transaction } from "./producer.ts";
import { IdempotentProducer, TransactionalProducer } from "./producer.ts";
import type { KnownTopic, Registry } from "./registry.ts";

/** Outputs by the partition they go to, in bytes. */
export interface EncodedSpots {
  spots: { topic: string; partition: number; outputs: number[]; encoded: EncodedOutputs }[];
  /** How many outputs there were. */
  count: number;
}

/**
 * Checks outputs and turns them into record batches.
 *
 * @throws MillraceError `MR-LOG-003` or `-004` for a topic or partition that is not there, `-011` for a record that may not be
 */
export async function encodeAll(registry: Registry, outputs: readonly Output[]): Promise<EncodedSpots> {
  const topics = new Map<string, KnownTopic>();
  for (const { topic, partition } of outputs) topics.set(topic, await registry.requirePartition(topic, partition));
  const nowMs = Date.now();
  const bySpot = Map.groupBy(outputs.keys(), (i) => `${outputs[i].topic}/${outputs[i].partition}`);
  const spots = [...bySpot.values()].map((indices) => {
    const { topic, partition } = outputs[indices[0]];
    const { name, spec, values = "json" } = topics.get(topic) as KnownTopic;
    const encoded = encodeOutputs(indices.map((i) => outputs[i]), { spec, values, nowMs });
    return { topic: name, partition, outputs: indices, encoded };
  });
  await registry.keepSchemas(spots.flatMap(({ encoded }) => encoded.schemas));
  return { spots, count: outputs.length };
}

export const outgoingOf = ({ spots }: EncodedSpots): Outgoing[] => spots.flatMap(({ topic, partition, encoded }) => encoded.batches.map((batch) => ({ topic, partition, batch })));

/** @param written - offsets of the batches that `outgoingOf` gave, in its order */
export async function offsetsOf(cluster: KafkaCluster, { spots, count }: EncodedSpots, written: readonly number[]): Promise<number[]> {
  const offsets = new Array<number>(count);
  let at = 0;
  for (const { topic, partition, outputs, encoded } of spots) {
    for (const [n, i] of outputs.entries()) {
      const first = encoded.firsts[n];
      // Nothing was written for it: it stands where the partition ends.
      offsets[i] = first ? written[at + first.batch] + first.record : (await cluster.offsets("end", [{ topic, partition }]))[0];
    }
    at += encoded.batches.length;
  }
  return offsets;
}

interface Waiting {
  encoded: EncodedSpots;
  done: (result: AppendResult) => void;
  failed: (error: unknown) => void;
}

/** Together in one go: bytes, as they are sent. */
const roundBytesMax = 32 * 1024 * 1024;

/**
 * Writes outside any group. What is asked for while a write is under way is written together by the next one. What goes to
 * one partition needs no transaction: one record batch is there as a whole or not at all.
 */
export class Appender {
  readonly #cluster: KafkaCluster;
  readonly #registry: Registry;
  readonly #plain: IdempotentProducer;
  readonly #newTransactional: () => TransactionalProducer;
  #transactional: TransactionalProducer;
  readonly #waiting: Waiting[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #writing = false;

  constructor(cluster: KafkaCluster, registry: Registry, transactionalId: string, timeoutMs: number) {
    this.#cluster = cluster;
    this.#registry = registry;
    this.#plain = new IdempotentProducer(cluster);
    this.#newTransactional = () => new TransactionalProducer(cluster, transactionalId, timeoutMs);
    this.#transactional = this.#newTransactional();
  }

  append(outputs: readonly Output[]): Promise<AppendResult> {
    // Topics may have to be looked up first: that must not change who is written before whom.
    const encoding = encodeAll(this.#registry, outputs);
    encoding.catch(() => undefined);
    const mine = this.#turn.catch(() => undefined).then(() => encoding);
    this.#turn = mine;
    return new Promise((done, failed) => {
      mine.then((encoded) => {
        this.#waiting.push({ encoded, done, failed });
        if (!this.#writing) void this.#writeAll();
      }, failed);
    });
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const round = this.#takeRound();
      await this.#write(round).catch((error: unknown) => {
        // What it has left open is ended by the one that comes after it.
        this.#transactional = this.#newTransactional();
        for (const { failed } of round) failed(error);
      });
    }
    this.#writing = false;
  }

  #takeRound(): Waiting[] {
    let bytes = 0;
    const count = this.#waiting.findIndex(({ encoded }) => (bytes += outgoingOf(encoded).reduce((sum, { batch }) => sum + batch.bytes.byteLength, 0)) > roundBytesMax);
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : Math.max(1, count));
  }

  async #write(round: Waiting[]): Promise<void> {
    const outgoing = round.flatMap(({ encoded }) => outgoingOf(encoded));
    const spots = new Set(outgoing.map(({ topic, partition }) => `${topic}/${partition}`));
    const alone = spots.size <= 1 && round.every(({ encoded }) => outgoingOf(encoded).length <= 1);
    const written = alone ? await inTurn(outgoing, (each) => this.#plain.send(each)) : await this.#transactional.run((transaction: Transaction) => transaction.send(outgoing));
    let at = 0;
    for (const { encoded, done, failed } of round) {
      const batches = outgoingOf(encoded).length;
      await offsetsOf(this.#cluster, encoded, written.slice(at, at + batches)).then((offsets) => done({ offsets }), failed);
      at += batches;
    }
  }
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
