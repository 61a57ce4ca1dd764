import { randomUUID } from "node:crypto";
import { kafkaClient } from "./kafka-client.ts";
import type { BrokerPort, KafkaPort } from "./kafka-port.ts";
import { KafkaNames } from "./names.ts";
import type { KafkaSettings } from "./settings.ts";

export interface KafkaFacts {
  brokers: number;
  /** Level of `metadata.version`: grows with the releases that the cluster was brought up to. */
  metadata: number;
  /** Level of `transaction.version`; 2 is needed. */
  transactions: number;
}

/**
 * Asks the first broker that answers, once, and tries whether topics can be made: one is, and goes again.
 *
 * @throws KafkaFault when none answers, or Kafka refuses; MillraceError `MR-CONNECT-005` without the library
 */
export async function lookAtKafka(settings: KafkaSettings): Promise<KafkaFacts> {
  const broker = await firstBroker(await kafkaClient(settings), settings.brokers);
  try {
    const [{ brokers }, features] = [await broker.metadata([]), await broker.features()];
    const trial = new KafkaNames(settings.prefix).topic(`millrace.doctor.${randomUUID()}`);
    await broker.createTopic(trial, 1, {});
    await broker.deleteTopic(trial);
    return { brokers: brokers.length, metadata: features.get("metadata.version") ?? 0, transactions: features.get("transaction.version") ?? 0 };
  } finally {
    broker.close();
  }
}

async function firstBroker(port: KafkaPort, brokers: readonly string[]): Promise<BrokerPort> {
  let last: unknown;
  for (const address of brokers) {
    const { hostname, port: number } = new URL(`kafka://${address}`);
    try {
      return await port.open(hostname.replace(/^\[|\]$/g, ""), Number(number));
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
