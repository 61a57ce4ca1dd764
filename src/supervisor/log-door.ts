import { asMillraceError } from "../errors.ts";
import type { LogDriver } from "../log/driver.ts";
import { driverDesks } from "../log/driver-desk.ts";
import { serveLog } from "../log/embedded/server.ts";
import { type LogAccess, openStageKafka } from "./drivers/open-stage-log.ts";
import { jsonLog } from "./json-log.ts";

/*
 * The workers' door to a log on Kafka, as a process of its own: encoding and decoding what passes keeps a processor busy, and
 * must not hold up the control plane. Each connection shows a token that says which stage it is of; what that may not do is
 * refused here, and brokers are reached with the control plane's own passwords, which no worker ever sees.
 *
 * Settings come as the first line of standard input. `{"ready":true}` on standard output says that it serves. It leaves on
 * SIGTERM and when its parent has gone.
 */

export interface LogDoorSettings {
  /** Path of the socket. */
  socket: string;
  /** What tokens are signed with. */
  secret: string;
  /** Secrets filled in. */
  access: Extract<LogAccess, { kind: "kafka" }>;
  dataFolder: string;
}

const log = jsonLog({ name: "door" }, (line) => process.stderr.write(line));
/** How long leaving may take; brokers that are away must not keep the process. */
const leaveMsMax = 5_000;

function firstLine(input: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const add = (chunk: Buffer): void => {
      text += chunk.toString("utf8");
      if (!text.includes("\n")) return;
      input.off("data", add);
      resolve(text.slice(0, text.indexOf("\n")));
    };
    input.on("data", add);
  });
}

async function main(): Promise<void> {
  const { socket, secret, access, dataFolder } = JSON.parse(await firstLine(process.stdin)) as LogDoorSettings;
  const logs = new Set<LogDriver>();
  const open = async (stage: string): Promise<LogDriver> => {
    const opened = await openStageKafka(access, { stage, dataFolder, log });
    logs.add(opened);
    const close = opened.close.bind(opened);
    return Object.assign(opened, { close: () => close().finally(() => logs.delete(opened)) });
  };
  const server = await serveLog(driverDesks(open), socket, secret);
  let leaving = false;
  const leave = async (): Promise<void> => {
    if (leaving) return;
    leaving = true;
    setTimeout(() => process.exit(0), leaveMsMax).unref();
    await server.close();
    // Others need not wait until Kafka takes the members here for dead.
    await Promise.all([...logs].map((opened) => opened.close()));
    process.exit(0);
  };
  process.on("SIGTERM", () => void leave());
  // Ctrl-C reaches the whole process group at once, but stages still commit what they have: the parent says when to leave.
  process.on("SIGINT", () => undefined);
  process.stdin.on("end", () => void leave()).on("error", () => void leave()).resume();
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}

main().catch((error: unknown) => {
  const known = asMillraceError(error, "the workers' door to the log");
  log.error(known.message, { err: known.toJSON() });
  process.stdout.write(`${JSON.stringify({ ready: false, error: known.toJSON() })}\n`, () => process.exit(1));
});
