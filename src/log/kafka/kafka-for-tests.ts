import { randomUUID } from "node:crypto";
import { BatchBuilder } from "../../batch/builder.ts";
import { headersAt, keyAt, rowReader } from "../../batch/rows.ts";
import type { TopicDecl } from "../../model/manifest.ts";
import type { ValueFormat } from "../../model/value-format.ts";
import type { LogDriver } from "../driver.ts";
import { kafkaClient } from "./kafka-client.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import { KafkaLog, type KafkaLogOptions } from "./kafka-log.ts";
import type { KafkaPort } from "./kafka-port.ts";

/* Logs on a real Kafka, each under a prefix of its own, for tests. */

export interface TestKafkaLog {
  log: LogDriver;
  cluster: KafkaCluster;
  /** Cuts it off from Kafka between two lines of its own, as `kill -9` would. */
  kill(): void;
}

export const newPrefix = (): string => `${randomUUID().slice(0, 8)}.`;

export interface TestKafkaOptions extends Pick<KafkaLogOptions, "files" | "warn"> {
  /** Of what the log knows of Kafka. */
  change?: (port: KafkaPort) => KafkaPort;
  values?: ValueFormat;
}

export async function kafkaLogFor(brokers: string[], prefix: string, { change = (port) => port, values = "json", ...more }: TestKafkaOptions = {}): Promise<TestKafkaLog> {
  const cluster = new KafkaCluster(change(await kafkaClient({ brokers })), { brokers, patienceMs: 60_000 });
  return { log: new KafkaLog(cluster, { prefix, transactionMs: 15_000, formats: { default: values, topics: {} }, ...more }), cluster, kill: () => cluster.close() };
}

export async function declared(log: LogDriver, ...topics: TopicDecl[]): Promise<void> {
  for (const decl of topics) await log.ensureTopic({ name: decl.name, partitions: decl.partitions, key: decl.key, compact: decl.compact, decl });
}

export async function write(log: LogDriver, topic: TopicDecl, partition: number, records: object[]): Promise<void> {
  const builder = new BatchBuilder({ columns: topic.columns, key: topic.key, eventTime: topic.eventTime, where: "test" });
  for (const record of records) builder.append(record, 1_000);
  await log.append({ producer: "test", outputs: [{ topic: topic.name, partition, batch: builder.finish() }] });
}

export interface ReadRecord {
  partition: number;
  key: string | null;
  value: Record<string, unknown>;
  headers: Record<string, string>;
  eventTime: number;
}

/** All records of a topic, by partition and in order. */
export async function read(log: LogDriver, topic: string): Promise<ReadRecord[]> {
  const { partitionInfo } = await log.topic(topic);
  const all: ReadRecord[] = [];
  for (const { partition, end } of partitionInfo) {
    for (let offset = 0; offset < end; ) {
      const { entries } = await log.fetch({ partitions: [{ topic, partition, offset }], bytesMax: 1e8, waitMs: 0 });
      if (entries.length === 0) break;
      for (const { batch } of entries) {
        if (!batch) continue;
        const row = rowReader(batch);
        for (let i = 0; i < batch.count; i++) all.push({ partition, key: keyAt(batch, i), value: row(i), headers: Object.fromEntries(headersAt(batch, i)) as Record<string, string>, eventTime: batch.eventTime[i] });
      }
      offset = entries[entries.length - 1].next;
    }
  }
  return all;
}
