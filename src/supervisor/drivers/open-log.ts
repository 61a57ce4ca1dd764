import type { Logger } from "pino";
import { type Grant, signGrant } from "../../log/embedded/access.ts";
import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { directPort, socketPort } from "../../log/embedded/port.ts";
import type { LogServiceSettings } from "../../log/embedded/main.ts";
import { socketPath } from "../../log/embedded/socket-path.ts";
import type { LogDriver } from "../../log/driver.ts";
import { stageAccess } from "../../engine/stage-plan.ts";
import { entryFile } from "../../model/child-process.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import type { ServiceStatus } from "../../server/control-plane.ts";
import { doorFolder, logFolder } from "../data-folder.ts";
import { inProcessLog } from "../in-process-log.ts";
import { jsonLog } from "../json-log.ts";
import type { LogDoorSettings } from "../log-door.ts";
import { ServiceProcess } from "../service-process.ts";
import type { StageSettings } from "../stage-protocol.ts";
import { type LogAccess, openKafka, openStageKafka } from "./open-stage-log.ts";

/** The log as the control plane has it. */
export interface OpenLog {
  driver: LogDriver;
  /** What a stage's process needs to reach the log with no more than its rights. @param keepsState - it has state to be stored */
  access(grant: Grant, keepsState: boolean): LogAccess;
  /** The way for connections from other machines; absent where the log is served inside of this process alone. */
  carried?: CarriedLog;
  /** For a stage in this process, which closes it. */
  inThisProcess?(settings: StageSettings): Promise<LogDriver>;
  /** Of the service, where it is ours: what a command of this machine shows that reads the log by itself. */
  readerToken?: string;
  services(): ServiceStatus[];
}

/** The log as processes on other machines reach it: by connections that are passed on to a socket here, with the bytes of records in the answers. */
export interface CarriedLog {
  /** Where connections are passed on to, once somebody answers there. */
  socket(): Promise<string>;
  /** What a process shows there. */
  token(grant: Grant): string;
}

export interface LogSurroundings {
  dataFolder: string;
  /** What grants are signed with. */
  secret: string;
  /** All in this process. */
  inProcess: boolean;
  logger: Logger;
  onLine: (line: string) => void;
  /** Takes what ends the log, to be called in reverse. */
  undo: (() => Promise<void> | void)[];
  /** The log has been away for too long: nothing goes any more. */
  onGone: (error: Error) => void;
}

const everything: Grant = { name: "control", reads: ["*"], writes: ["*"], admin: true };
/** Commands that read the log by themselves; whoever may open the file with its token may do all the rest too. */
const readers: Grant = { name: "commands", reads: ["*"], writes: [] };

/**
 * @param profile - with secrets filled in. On Kafka the states of stages are stored beside the lake where that is a bucket; a
 *   folder is one machine's, and stages go to others
 */
export async function openLog({ log, files }: ProfileDecl, surroundings: LogSurroundings): Promise<OpenLog> {
  if (log) return onKafka({ kind: "kafka", settings: log, ...(files && { snapshots: files }) }, surroundings);
  return surroundings.inProcess ? withinThisProcess(surroundings) : ofService(surroundings);
}

type KafkaAccess = Extract<LogAccess, { kind: "kafka" }>;

async function onKafka(access: KafkaAccess, surroundings: LogSurroundings): Promise<OpenLog> {
  const { inProcess, dataFolder, onLine, undo } = surroundings;
  const { snapshots: _, ...stateless } = access;
  const driver = await openKafka(access.settings);
  undo.push(() => driver.close());
  const inThisProcess = ({ plan, log }: StageSettings) => openStageKafka(log as KafkaAccess, { stage: plan.stage.name, dataFolder, log: jsonLog({ stage: plan.stage.name }, onLine) });
  const { carried, status } = doorTo(access, surroundings);
  return { driver, access: (_, keepsState) => (keepsState ? access : stateless), carried, ...(inProcess && { inThisProcess }), services: status };
}

/** Brokers do not know our identities: a process between looks what each may do. It is started when the first worker needs it. */
function doorTo(access: KafkaAccess, { dataFolder, secret, logger, onLine, undo }: LogSurroundings): { carried: CarriedLog; status(): ServiceStatus[] } {
  const socket = socketPath(doorFolder(dataFolder));
  const settings = { socket, secret, access, dataFolder } satisfies LogDoorSettings;
  const door = new ServiceProcess({ name: "door", entry: entryFile(import.meta.url, "../log-door"), settings, where: `Kafka at ${access.settings.brokers.join(", ")}`, onLine, onRestart: (how) => logger.warn({ how }, "the workers' door to the log died and is started again") });
  let isWanted = false;
  undo.push(() => door.stop());
  const open = async (): Promise<string> => {
    isWanted = true;
    await door.serving();
    return socket;
  };
  return { carried: { token: (grant) => signGrant(grant, secret), socket: open }, status: () => (isWanted ? [door.status] : []) };
}

async function withinThisProcess({ dataFolder, undo }: LogSurroundings): Promise<OpenLog> {
  const { driver, service, close } = await inProcessLog(logFolder(dataFolder), everything);
  undo.push(close);
  return { driver, access: () => ({ kind: "embedded", socket: "", token: "" }), inThisProcess: async ({ plan: { stage } }) => new EmbeddedLog(directPort(service, { name: stage.name, ...stageAccess(stage) })), services: () => [] };
}

async function ofService({ dataFolder, secret, logger, onLine, undo, onGone }: LogSurroundings): Promise<OpenLog> {
  const folder = logFolder(dataFolder);
  const socket = socketPath(folder);
  const service = new ServiceProcess({ name: "log", entry: entryFile(import.meta.url, "../../log/embedded/main"), settings: { folder, socket, secret } satisfies LogServiceSettings, where: folder, onLine, onRestart: (how) => logger.warn({ how }, "the log service died and is started again") });
  await service.serving();
  undo.push(() => service.stop());
  const driver = new EmbeddedLog(await socketPort({ path: socket, token: signGrant(everything, secret) }), onGone);
  undo.push(() => driver.close());
  return { driver, access: (grant) => ({ kind: "embedded", socket, token: signGrant(grant, secret) }), carried: { socket: async () => socket, token: (grant) => signGrant(grant, secret) }, readerToken: signGrant(readers, secret), services: () => [service.status] };
}
