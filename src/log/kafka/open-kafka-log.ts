import type { LogDriver } from "../driver.ts";
import { kafkaClient } from "./kafka-client.ts";
import { KafkaCluster } from "./kafka-cluster.ts";
import { KafkaLog, type KafkaLogOptions } from "./kafka-log.ts";
import type { KafkaSettings } from "./settings.ts";

/**
 * Opens the log on Kafka. Brokers are looked for when something is first asked of it.
 *
 * @throws MillraceError `MR-CONNECT-005` when the library for Kafka is not installed
 */
export async function openKafkaLog(settings: KafkaSettings, { files, warn }: Pick<KafkaLogOptions, "files" | "warn"> = {}): Promise<LogDriver> {
  const { brokers, prefix, patienceMs = 60_000, transactionMs = 15_000, formats } = settings;
  const cluster = new KafkaCluster(await kafkaClient(settings), { brokers, patienceMs });
  return new KafkaLog(cluster, { prefix, transactionMs, formats, files, warn });
}
