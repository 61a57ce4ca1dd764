import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { socketPort } from "../../log/embedded/port.ts";
import type { LogDriver } from "../../log/driver.ts";
import type { KafkaSettings } from "../../log/kafka/settings.ts";
import type { KafkaLogDecl } from "../../model/profile.ts";
import { clientName } from "./client-name.ts";

/** How a stage's process reaches the log: the socket of our service and what it may do there, or Kafka. */
export type LogAccess = { kind: "embedded"; socket: string; token: string; /** It is on another machine: the bytes of records come with its answers. */ carried?: boolean } | { kind: "kafka"; settings: KafkaLogDecl };

/** The log of a stage, in its own process; with what takes a newer token for it. */
export async function openStageLog(access: LogAccess, stage: string): Promise<{ log: LogDriver; renew(token: string): void }> {
  if (access.kind === "kafka") return { log: await openKafka(access.settings, stage), renew: () => undefined };
  const { socket, token, carried } = access;
  const port = await socketPort({ path: socket, token, carried });
  return { log: new EmbeddedLog(port), renew: (token) => void port.renew(token).catch(() => undefined) };
}

/**
 * @param stage - whose log it is, so that Kafka can tell stages apart; absent: the control plane's
 * @throws MillraceError `MR-CONNECT-005` without the library, which is not among ours
 */
export async function openKafka(log: KafkaLogDecl, stage?: string): Promise<LogDriver> {
  const { openKafkaLog } = await import("../../log/kafka/open-kafka-log.ts");
  return openKafkaLog({ ...kafkaSettings(log), client: clientName(stage) });
}

/** A declaration, its secrets filled in, as the driver takes it. */
export function kafkaSettings({ brokers, prefix, replication, tls, sasl }: KafkaLogDecl): KafkaSettings {
  return { brokers, prefix, replicas: replication, ...(tls && { tls: Object.keys(tls).length === 0 ? true : tls }), ...(sasl && { sasl }) };
}
