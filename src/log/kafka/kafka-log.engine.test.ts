import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import { type LogUnderTest, logConformance } from "../conformance.ts";
import { openKafkaLog } from "./open-kafka-log.ts";

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka();
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
    close: () => log.close(),
  };
}

logConformance("kafka", open);
