import type { StagePlan } from "../../engine/stage-plan.ts";
import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { socketPort } from "../../log/embedded/port.ts";
import type { LogDriver } from "../../log/driver.ts";
import type { KafkaSettings } from "../../log/kafka/settings.ts";
import type { StageLog } from "../../model/definition.ts";
import type { KafkaLogDecl, S3FilesDecl } from "../../model/profile.ts";
import { stageScratchFolder } from "../data-folder.ts";
import { openLakeFiles } from "./open-files.ts";

/** How a stage's process reaches the log: the socket of our service and what it may do there, or Kafka. */
export type LogAccess =
  | { kind: "embedded"; socket: string; token: string; /** It is on another machine: the bytes of records come with its answers. */ carried?: boolean }
  | { kind: "kafka"; settings: KafkaLogDecl; /** Where snapshots of the stage's state are stored; absent: in Kafka. */ snapshots?: S3FilesDecl };

/** Whose log it is. */
export interface LogOwner {
  plan: Pick<StagePlan, "stage">;
  dataFolder: string;
  log: Pick<StageLog, "warn">;
}

/** The log of a stage, in its own process; with what takes a newer token for it. */
export async function openStageLog(access: LogAccess, owner: LogOwner): Promise<{ log: LogDriver; renew(token: string): void }> {
  if (access.kind === "kafka") return { log: await openStageKafka(access, owner), renew: () => undefined };
  const { socket, token, carried } = access;
  const port = await socketPort({ path: socket, token, carried });
  return { log: new EmbeddedLog(port), renew: (token) => void port.renew(token).catch(() => undefined) };
}

/** Kafka tells stages apart by the name of the client. @throws MillraceError `MR-CONNECT-005` without a library that is needed, which is not among ours */
export async function openStageKafka({ settings, snapshots }: Extract<LogAccess, { kind: "kafka" }>, { plan: { stage }, dataFolder, log }: LogOwner): Promise<LogDriver> {
  const files = snapshots && (await openLakeFiles(snapshots, { dataFolder, scratch: stageScratchFolder(dataFolder, stage.name) }));
  const { openKafkaLog } = await import("../../log/kafka/open-kafka-log.ts");
  return openKafkaLog({ ...kafkaSettings(settings), client: `millrace-stage-${stage.name}` }, { files, warn: (text, fields) => log.warn(text, fields) });
}

/** The log as the control plane has it. @throws MillraceError `MR-CONNECT-005` without the library, which is not among ours */
export async function openKafka(log: KafkaLogDecl): Promise<LogDriver> {
  const { openKafkaLog } = await import("../../log/kafka/open-kafka-log.ts");
  return openKafkaLog(kafkaSettings(log));
}

/** A declaration, its secrets filled in, as the driver takes it. */
export function kafkaSettings({ brokers, prefix, replication, values, tls, sasl }: KafkaLogDecl): KafkaSettings {
  return { brokers, prefix, replicas: replication, ...(values && { formats: values }), ...(tls && { tls: Object.keys(tls).length === 0 ? true : tls }), ...(sasl && { sasl }) };
}
