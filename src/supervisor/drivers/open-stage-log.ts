import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { socketPort } from "../../log/embedded/port.ts";
import type { LogDriver } from "../../log/driver.ts";
import type { KafkaLogDecl } from "../../model/profile.ts";

/** How a stage's process reaches the log: the socket of our service and what it may do there, or Kafka. */
export type LogAccess = { kind: "embedded"; socket: string; token: string } | { kind: "kafka"; settings: KafkaLogDecl };

/** The log of a stage, in its own process. */
export async function openStageLog(access: LogAccess, stage: string): Promise<LogDriver> {
  return access.kind === "kafka" ? openKafka(access.settings, stage) : new EmbeddedLog(await socketPort({ path: access.socket, token: access.token }));
}

/**
 * @param stage - whose log it is, so that Kafka can tell stages apart; absent: the control plane's
 * @throws MillraceError `MR-CONNECT-005` without the library, which is not among ours
 */
export async function openKafka({ brokers, prefix, replication, tls, sasl }: KafkaLogDecl, stage?: string): Promise<LogDriver> {
  const { openKafkaLog } = await import("../../log/kafka/open-kafka-log.ts");
  return openKafkaLog({ brokers, prefix, client: stage === undefined ? "millrace" : `millrace-stage-${stage}`, replicas: replication, ...(tls && { tls: Object.keys(tls).length === 0 ? true : tls }), ...(sasl && { sasl }) });
}
