import type { FetchedPartition, Spot } from "./kafka-port.ts";
import { fault, isPassing, KafkaFault } from "./kafka-port.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { FetchedBatch } from "./record-batch.ts";
import { batchesIn, headersOf, readRecords } from "./record-batch.ts";

/** The batches in order, and whether a reader sees them: by Kafka's list of the transactions here that were given up. */
export function* visible({ records, aborted }: FetchedPartition): Generator<{ batch: FetchedBatch; isSeen: boolean }> {
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const givenUp = new Set<bigint>();
  for (const batch of batchesIn(records)) {
    while (waiting.length > 0 && waiting[0].firstOffset < batch.next) givenUp.add((waiting.shift() as { producer: bigint }).producer);
    if (batch.ends === "abort") givenUp.delete(batch.producer);
    yield { batch, isSeen: batch.ends === undefined && !(batch.transactional && givenUp.has(batch.producer)) };
  }
}

/** A stretch of a partition, from an offset (inclusive) up to another (exclusive). */
export interface Range extends Spot {
  from: number;
  to: number;
}

/** A record of the log's own topics. */
export interface OwnRecord extends Spot {
  offset: number;
  key: string;
  /** Absent: the record removes what was written under its key. */
  value?: Uint8Array;
  headers: [string, string][];
}

const bytesMax = 16 * 1024 * 1024;
const waitMs = 500;

/** The committed records of several stretches, in order within each partition, read together. */
export async function* recordsOf(cluster: KafkaCluster, ranges: readonly Range[]): AsyncGenerator<OwnRecord> {
  let left = ranges.filter(({ from, to }) => from < to).map((range) => ({ ...range }));
  while (left.length > 0) {
    const fetched = await cluster.fetchPatiently({ spots: left.map(({ topic, partition, from }) => ({ topic, partition, offset: from })), bytesMax, waitMs });
    for (const found of fetched) {
      const range = left.find(({ topic, partition }) => topic === found.topic && partition === found.partition);
      if (!range) continue;
      if (found.fault !== 0 && !isPassing(found.fault)) throw new KafkaFault(found.fault, `topic "${found.topic}", partition ${found.partition}: Kafka's error ${found.fault}`);
      for (const { batch, isSeen } of visible(found)) {
        if (isSeen) yield* recordsIn(found, batch, range);
        range.from = Math.max(range.from, batch.next);
      }
    }
    left = left.filter(({ from, to }) => from < to);
  }
}

function* recordsIn({ topic, partition }: Spot, batch: FetchedBatch, { from, to }: Range): Generator<OwnRecord> {
  if (batch.compression !== 0) throw new KafkaFault(fault.invalidRecord, `topic "${topic}" is the log's own, and yet compressed`);
  const parts = readRecords(batch, batch.records);
  for (let i = 0; i < parts.count; i++) {
    const offset = batch.baseOffset + parts.deltas[i];
    if (offset < from || offset >= to) continue;
    const [keyAt, valueAt] = [parts.keys[i * 2], parts.values[i * 2]];
    const key = keyAt < 0 ? "" : Buffer.from(parts.bytes.subarray(keyAt, parts.keys[i * 2 + 1])).toString("utf8");
    yield { topic, partition, offset, key, value: valueAt < 0 ? undefined : parts.bytes.subarray(valueAt, parts.values[i * 2 + 1]), headers: headersOf(parts, i) };
  }
}
