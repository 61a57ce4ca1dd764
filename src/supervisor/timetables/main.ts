/**
 * The process that runs a timetable of the user's: it is asked once, answers through a pipe of its own, so that nothing that
 * the user's code prints can be taken for it, and ends. It may be killed at any moment.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceError } from "../../errors.ts";
import type { TimetableCode } from "../../model/schedule.ts";
import { pinnedFolder } from "../pinned-folder.ts";
import { userError } from "../tasks/user-error.ts";
import { writeLine } from "../write-line.ts";
import { readTicks } from "./read-ticks.ts";
import { replyFd, type TicksReply, type TicksRequest } from "./ticks-request.ts";

const request = JSON.parse(process.argv[2]) as TicksRequest;
const exit: (code: number) => never = process.exit.bind(process);

function reply(answer: TicksReply): never {
  writeLine(replyFd, answer);
  // The file may have left a timer or a server behind; nothing of it is wanted.
  exit(0);
}

function failed(error: unknown): never {
  const where = `DAG "${request.dag}", timetable`;
  const told = userError(error, where, request.codeFolder);
  reply({ problem: error instanceof MillraceError ? error.toJSON() : { ...told, code: "MR-SCHED-009", mend: "mend the code at the first of these places; it is asked again within ten minutes, and at once by `millrace apply`", retryable: false } });
}

async function timetableCode(): Promise<TimetableCode> {
  const folder = await pinnedFolder(request.codeFolder, request.kept, request.dataFolder);
  const exports = (await import(pathToFileURL(join(folder, request.module)).href)) as Record<string, { timetable?: TimetableCode } | undefined>;
  const code = exports[request.export]?.timetable;
  if (code) return code;
  throw new MillraceError("MR-SCHED-009", { what: `${request.module} exports no DAG with a timetable as "${request.export}"`, where: `DAG "${request.dag}", timetable`, mend: "the project's files have changed since they were read: run `millrace apply`" });
}

process.exit = ((code?: number) => failed(new Error(`the code ended its process with process.exit(${code ?? ""})`))) as typeof process.exit;
process.on("uncaughtException", failed);
try {
  reply(readTicks(await timetableCode(), request));
} catch (error) {
  failed(error);
}
