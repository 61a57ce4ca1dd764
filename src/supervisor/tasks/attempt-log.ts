import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { StageLog } from "../../model/definition.ts";
import { jsonLog } from "../json-log.ts";
import { logFile } from "../log-file.ts";
import type { Mask } from "../secrets/mask.ts";
import { attemptLogFile, type AttemptPlace } from "./attempt-place.ts";

const logBytesMax = 10 * 1024 * 1024;

/** The log of one attempt: a file of JSON lines, made when the first is written, and cut at 10 MiB with a word about it. */
export interface AttemptLog extends StageLog {
  /** What was written so far is in the file when it resolves. */
  written(): Promise<void>;
  /** What was written is in the file when it resolves. Nothing can be written any more. */
  close(): Promise<void>;
}

interface LineSink {
  write(line: string): void;
  written(): Promise<void>;
  close(): Promise<void>;
}

/** For a worker process: each line is with the system before the next step, so that a crash takes none along. */
export function openWorkerLog(dataFolder: string, place: AttemptPlace, mask: Mask): AttemptLog {
  return attemptLog(mask, () => syncSink(attemptLogFile(dataFolder, place)));
}

/** For the control plane: a disk that takes its time delays nobody. */
export function openCommandLog(dataFolder: string, place: AttemptPlace, mask: Mask): AttemptLog {
  return attemptLog(mask, () => {
    const file = logFile(attemptLogFile(dataFolder, place));
    return { write: file.write, written: () => new Promise((done) => file.flush(() => done())), close: () => file.close() };
  });
}

function attemptLog(mask: Mask, openSink: () => LineSink): AttemptLog {
  let sink: LineSink | undefined;
  let bytes = 0;
  let closed = false;
  const write = (text: string): void => {
    if (closed || bytes > logBytesMax) return;
    const line = mask.text(text);
    bytes += Buffer.byteLength(line);
    sink ??= opened(openSink);
    sink.write(bytes > logBytesMax ? `${JSON.stringify({ level: 40, time: Date.now(), msg: `the log of an attempt ends at ${logBytesMax / 1024 / 1024} MiB; what comes after is not kept` })}\n` : line);
  };
  return {
    ...jsonLog({}, write, "debug"),
    written: async () => sink?.written(),
    close: async () => {
      closed = true;
      await sink?.close();
    },
  };
}

/** A disk that takes no file costs the log, not the work. */
function opened(open: () => LineSink): LineSink {
  try {
    return open();
  } catch {
    return { write: () => undefined, written: async () => undefined, close: async () => undefined };
  }
}

function syncSink(path: string): LineSink {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "a", 0o600);
  let open = true;
  return {
    write: (line) => {
      try {
        if (open) writeSync(fd, line);
      } catch {
        // A full disk costs lines, not the work.
      }
    },
    written: async () => undefined,
    close: async () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/**
 * Adds lines that an attempt has written on another machine. What comes twice stands there once; what comes before its time, as
 * that of a worker which has begun at another control plane, is not added.
 *
 * @param offset - where `bytes` begin in the log there
 * @returns from where on it is to be sent
 */
export async function appendAttemptLog(dataFolder: string, place: AttemptPlace, offset: number, bytes: Uint8Array): Promise<number> {
  const path = attemptLogFile(dataFolder, place);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "a", 0o600);
  try {
    const { size } = await file.stat();
    if (size < offset && size <= logBytesMax) return size;
    const known = Math.max(0, size - offset);
    // The writer ends its log at the bound and a word about it.
    if (known < bytes.byteLength && size <= logBytesMax) await file.appendFile(bytes.subarray(known));
    return offset + bytes.byteLength;
  } finally {
    await file.close();
  }
}

export interface LogPart {
  /** Whole lines of JSON. */
  lines: string[];
  /** Where to read on, in bytes. */
  next: number;
  /** No more was there at the moment. */
  atEnd: boolean;
}

/**
 * Reads on in an attempt's log, while it is written too.
 * @param offset - in bytes: 0, or what `next` was
 * @param bytesMax - of one part; at least one line comes whatever its length
 */
export async function readAttemptLog(dataFolder: string, place: AttemptPlace, offset = 0, bytesMax = 256 * 1024): Promise<LogPart> {
  const file = await open(attemptLogFile(dataFolder, place), "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return { lines: [], next: 0, atEnd: true };
  try {
    for (let size = bytesMax; ; size *= 2) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
      const atEnd = bytesRead < size;
      if (end === 0 && !atEnd) continue;
      return { lines: buffer.toString("utf8", 0, end).split("\n").slice(0, -1), next: offset + end, atEnd };
    }
  } finally {
    await file.close();
  }
}
