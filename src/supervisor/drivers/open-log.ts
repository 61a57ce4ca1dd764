import type { Logger } from "pino";
import { type Grant, signGrant } from "../../log/embedded/access.ts";
import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { directPort, socketPort } from "../../log/embedded/port.ts";
import { socketPath } from "../../log/embedded/socket-path.ts";
import type { LogDriver } from "../../log/driver.ts";
import { jsonLog } from "../json-log.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import { stageAccess } from "../../engine/stage-plan.ts";
import type { StageSettings } from "../stage-protocol.ts";
import { logFolder } from "../data-folder.ts";
import { inProcessLog } from "../in-process-log.ts";
import { LogProcess } from "../log-process.ts";
import { type LogAccess, openKafka, openStageKafka } from "./open-stage-log.ts";

/** The log as the control plane has it. */
export interface OpenLog {
  driver: LogDriver;
  /** What a stage's process needs to reach the log with no more than its rights. @param keepsState - it has state to be stored */
  access(grant: Grant, keepsState: boolean): LogAccess;
  /** For a stage in this process, which closes it. */
  inThisProcess?(settings: StageSettings): Promise<LogDriver>;
  /** Of the service, where it is ours: what a command of this machine shows that reads the log by itself. */
  readerToken?: string;
  services(): LogProcess["status"][];
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

async function onKafka(access: Extract<LogAccess, { kind: "kafka" }>, { inProcess, dataFolder, onLine, undo }: LogSurroundings): Promise<OpenLog> {
  const { snapshots: _, ...stateless } = access;
  const driver = await openKafka(access.settings);
  undo.push(() => driver.close());
  const inThisProcess = ({ plan, log }: StageSettings) => openStageKafka(log as typeof access, { plan, dataFolder, log: jsonLog({ stage: plan.stage.name }, onLine) });
  return { driver, access: (_, keepsState) => (keepsState ? access : stateless), ...(inProcess && { inThisProcess }), services: () => [] };
}

async function withinThisProcess({ dataFolder, undo }: LogSurroundings): Promise<OpenLog> {
  const { driver, service, close } = await inProcessLog(logFolder(dataFolder), everything);
  undo.push(close);
  return { driver, access: () => ({ kind: "embedded", socket: "", token: "" }), inThisProcess: async ({ plan: { stage } }) => new EmbeddedLog(directPort(service, { name: stage.name, ...stageAccess(stage) })), services: () => [] };
}

async function ofService({ dataFolder, secret, logger, onLine, undo, onGone }: LogSurroundings): Promise<OpenLog> {
  const folder = logFolder(dataFolder);
  const socket = socketPath(folder);
  const service = new LogProcess({ folder, socket, secret, onLine, onRestart: (how) => logger.warn({ how }, "the log service died and is started again") });
  await service.start();
  undo.push(() => service.stop());
  const driver = new EmbeddedLog(await socketPort({ path: socket, token: signGrant(everything, secret) }), onGone);
  undo.push(() => driver.close());
  return { driver, access: (grant) => ({ kind: "embedded", socket, token: signGrant(grant, secret) }), readerToken: signGrant(readers, secret), services: () => [service.status] };
}
