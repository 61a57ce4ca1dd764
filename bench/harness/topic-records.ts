import type { LaneMark, LogDriver } from "../../src/log/driver.ts";
import { ContentHash } from "./content-hash.ts";
import { orderBatch } from "./order-batches.ts";

/** Records of a batch, as a source that has much to say makes them. */
const batchRecords = 4_096;
const producer = "bench";

/** Writes orders 0 to `records`, and says at the end that no more come: windows close. */
export async function fillWithOrders(log: LogDriver, topic: string, records: number): Promise<string> {
  const hash = new ContentHash();
  for (let first = 0; first < records; first += batchRecords) {
    const batch = orderBatch(first, Math.min(batchRecords, records - first));
    hash.add(batch);
    const mark: LaneMark = { lane: `${producer}/0`, watermark: batch.eventTime[batch.count - 1], status: "active" };
    await log.append({ producer, outputs: [{ topic, partition: 0, batch, mark }] });
  }
  await log.append({ producer, outputs: [{ topic, partition: 0, mark: { lane: `${producer}/0`, watermark: Number.MAX_SAFE_INTEGER, status: "end" } }] });
  return hash.text;
}

/** One past the last offset of the topic's only partition. */
export async function topicEnd(log: LogDriver, topic: string): Promise<number> {
  return (await log.topic(topic)).partitionInfo[0].end;
}

/** Reads all that stands in the topics. */
export async function hashTopics(log: LogDriver, topics: string[]): Promise<string> {
  const hash = new ContentHash();
  for (const topic of topics) {
    const end = await topicEnd(log, topic);
    for (let offset = 0; offset < end; ) {
      const { entries } = await log.fetch({ partitions: [{ topic, partition: 0, offset }], bytesMax: 4 * 1024 * 1024, waitMs: 1_000 });
      for (const { batch, next } of entries) {
        if (batch) hash.add(batch);
        offset = next;
      }
    }
  }
  return hash.text;
}
