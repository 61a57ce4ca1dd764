import { fstatSync } from "node:fs";
import { asMillraceError, MillraceError } from "../../errors.ts";
import { Cleaner } from "./cleaner.ts";
import { lockFolder } from "./lock.ts";
import { type LogServer, serveLog } from "./server.ts";
import { LogService } from "./service.ts";
import { serviceDesks } from "./service-desk.ts";
import { socketPath } from "./socket-path.ts";

/*
 * The log service as a process of its own.
 *
 * Settings come as JSON, in the environment variable MILLRACE_LOG or as the first line of standard input. `{"ready":true,
 * "socket":"…"}` on standard output says that it serves; `{"ready":false,"error":…}` and exit code 1 that it cannot. It
 * leaves, with the group under way finished, on SIGTERM, and when its parent has gone: when the IPC channel
 * closes, or standard input where that is a pipe. When the disk has failed it leaves with exit code 1: only a fresh start
 * from the disk can tell what is there.
 */

export interface LogServiceSettings {
  /** Data folder of the log. */
  folder: string;
  /** What tokens are signed with. */
  secret: string;
  /** Path of the socket. Default: `socketPath(folder)`. */
  socket?: string;
  segmentBytes?: number;
  /** Time between two rounds of cleaning. Default one minute. */
  cleanEveryMs?: number;
}

/** How long a predecessor may take to end: a service that is replaced is often on its way out. */
const lockWaitMs = 5_000;
/** How long leaving may take; a disk that hangs must not keep the process. */
const leaveMsMax = 10_000;

function say(level: 30 | 40 | 50, msg: string, more: object = {}): void {
  // The form of pino without pino: this process should stay small.
  process.stderr.write(`${JSON.stringify({ level, time: Date.now(), pid: process.pid, name: "log", msg, ...more })}\n`);
}

async function readSettings(onParentGone: () => void): Promise<LogServiceSettings> {
  process.on("disconnect", onParentGone);
  const given = process.env.MILLRACE_LOG;
  const settings = parseSettings(given ?? (await firstLine(process.stdin)));
  if (given === undefined || isPipe(0)) process.stdin.on("end", onParentGone).on("close", onParentGone).on("error", onParentGone).resume();
  return settings;
}

/** A pipe closes when the parent ends; a terminal or an empty file says nothing about it. */
function isPipe(fd: number): boolean {
  try {
    const found = fstatSync(fd);
    return found.isFIFO() || found.isSocket();
  } catch {
    return false;
  }
}

function firstLine(input: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const done = (): void => {
      input.off("data", add).off("end", done);
      resolve(text.split("\n", 1)[0]);
    };
    const add = (chunk: Buffer): void => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) done();
    };
    input.on("data", add).on("end", done);
  });
}

function parseSettings(text: string): LogServiceSettings {
  try {
    const settings = JSON.parse(text) as Partial<LogServiceSettings> | null;
    if (typeof settings?.folder === "string" && typeof settings.secret === "string") return settings as LogServiceSettings;
  } catch {
    // Said below, without the text: it may hold the secret.
  }
  throw new MillraceError("MR-LOG-011", { what: "the settings are not JSON with a `folder` and a `secret`", where: "the log service, MILLRACE_LOG or the first line of standard input", mend: "start it through `millrace up`" });
}

async function main(): Promise<void> {
  let running: { service: LogService; server: LogServer; cleaner: Cleaner } | undefined;
  let leaving = false;
  const leave = async (why: string, code: number): Promise<void> => {
    if (leaving) return;
    leaving = true;
    say(code === 0 ? 30 : 50, `leaving: ${why}`);
    setTimeout(() => process.exit(code || 1), leaveMsMax).unref();
    await running?.cleaner.stop();
    await running?.server.close();
    await running?.service.close();
    process.exit(code);
  };
  const onFailure = (error: MillraceError): void => void leave(error.message, 1);
  process.on("SIGTERM", () => void leave("SIGTERM", 0));
  // Ctrl-C reaches the whole process group at once, but stages still commit what they have: the parent says when to leave.
  process.on("SIGINT", () => undefined);
  const { folder, secret, socket, segmentBytes, cleanEveryMs } = await readSettings(() => void leave("the parent has gone", 0));
  await lockFolder(folder, "log", lockWaitMs);
  const service = new LogService({ folder, segmentBytes, onFailure });
  const cleaner = new Cleaner(service.core, { onError: (error) => say(50, "cleaning failed", { err: asMillraceError(error, folder).toJSON() }) });
  const path = socket ?? socketPath(folder);
  const server = await serveLog(serviceDesks(service), path, secret);
  running = { service, server, cleaner };
  cleaner.start(cleanEveryMs);
  process.stdout.write(`${JSON.stringify({ ready: true, socket: path })}\n`);
  say(30, "ready", { folder, socket: path });
}

main().catch((error: unknown) => {
  const known = asMillraceError(error, "the log service");
  say(50, known.message, { err: known.toJSON() });
  process.stdout.write(`${JSON.stringify({ ready: false, error: known.toJSON() })}\n`, () => process.exit(1));
});
