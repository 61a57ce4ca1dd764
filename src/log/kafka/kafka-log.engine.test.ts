import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import { type LogUnderTest, logConformance } from "../conformance.ts";
import { kafkaClient } from "./kafka-client.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import { openKafkaLog } from "./open-kafka-log.ts";

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = process.env.DEV_BROKERS ? ({ brokers: process.env.DEV_BROKERS.split(","), stop: async () => undefined } as KafkaServer) : await startKafka();
}, 120_000);
afterAll(() => kafka?.stop());

async function open(): Promise<LogUnderTest> {
  // One Kafka for all checks: each has a prefix of its own.
  const settings = { brokers: kafka.brokers, prefix: `${randomUUID().slice(0, 8)}.` };
  let log = await openKafkaLog(settings);
  return {
    log,
    reopen: async () => {
      await log.close();
      log = await openKafkaLog(settings);
      return log;
    },
    expire: async (topic, partition, offset) => {
      const cluster = new KafkaCluster(await kafkaClient(settings), { ...settings, patienceMs: 10_000 });
      await cluster.deleteBefore({ topic: `${settings.prefix}${topic}`, partition }, offset);
      cluster.close();
    },
    close: () => log.close(),
  };
}

logConformance("kafka", open);
