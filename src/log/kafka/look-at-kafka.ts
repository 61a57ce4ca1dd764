import { randomUUID } from "node:crypto";
import { kafkaClient } from "./kafka-client.ts";
import { type BrokerPort, fault, KafkaFault, type KafkaPort } from "./kafka-port.ts";
import { KafkaNames } from "./names.ts";
import { asMillrace } from "./producer.ts";
import type { KafkaSettings } from "./settings.ts";

export interface KafkaFacts {
  brokers: number;
  /** Level of `metadata.version`: grows with the releases that the cluster was brought up to. */
  metadata: number;
  /** Level of `transaction.version`; 2 is needed. */
  transactions: number;
  /** The shortest silence after which a broker may be told to take a member of a group for dead. Undefined: it does not say. */
  sessionMsMin?: number;
}

/**
 * Asks the first broker that answers, once, and tries whether topics can be made: one is, and goes again.
 *
 * @throws KafkaFault when none answers; MillraceError when Kafka or its certificate is refused, or refuses, and `MR-CONNECT-005`
 *   without the library
 */
export async function lookAtKafka(settings: KafkaSettings): Promise<KafkaFacts> {
  const port = await kafkaClient(settings);
  try {
    return await look(await firstBroker(port, settings.brokers), settings);
  } catch (error) {
    throw error instanceof KafkaFault && error.code === fault.unreachable ? error : asMillrace(error, `Kafka at ${settings.brokers.join(", ")}`);
  }
}

async function look(broker: BrokerPort, { prefix }: KafkaSettings): Promise<KafkaFacts> {
  try {
    const { brokers } = await broker.metadata([]);
    const features = await broker.features();
    const trial = new KafkaNames(prefix).topic(`millrace.doctor.${randomUUID()}`);
    await broker.createTopic(trial, 1, {});
    await broker.deleteTopic(trial);
    return { brokers: brokers.length, metadata: features.get("metadata.version") ?? 0, transactions: features.get("transaction.version") ?? 0, sessionMsMin: await sessionMsMin(broker, brokers.map(({ id }) => id)) };
  } finally {
    broker.close();
  }
}

/** Each broker speaks of itself alone, and this one is one of them. */
async function sessionMsMin(broker: BrokerPort, ids: readonly number[]): Promise<number | undefined> {
  for (const id of ids) {
    const value = await broker.setting(id, "group.consumer.min.session.timeout.ms");
    if (value !== undefined) return Number(value);
  }
  return undefined;
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
