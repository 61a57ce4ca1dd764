import { closeSync, fstatSync, mkdirSync, openSync, renameSync, write } from "node:fs";
import { dirname } from "node:path";

/** What pino writes to. */
export interface LogFile {
  write(line: string): void;
  /** Calls back when what was written so far is in the file, or lost for good. */
  flush(done: (error?: Error) => void): void;
  /** Nothing may be written after it. Resolves when what was is in the file, or lost for good. */
  close(): Promise<void>;
}

const waitingMax = 4 * 1024 * 1024;
const fileBytesMax = 64 * 1024 * 1024;

/**
 * A file of log lines that never stands in anybody's way: a disk that takes nothing costs lines, which are counted, and
 * neither the process nor its memory. Beyond 64 MiB it begins anew, with the one before beside it as `<path>.1`.
 */
export function logFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let fd = openSync(path, "a", 0o600);
  let bytes = fstatSync(fd).size;
  let waiting: string[] = [];
  let length = 0;
  let lost = 0;
  let writing = false;
  const flushed: (() => void)[] = [];

  const begin = (): void => {
    if (writing) return;
    if (waiting.length === 0) {
      for (const done of flushed.splice(0)) done();
      return;
    }
    if (bytes > fileBytesMax) turnOver();
    const count = waiting.length;
    const note = lost > 0 ? `${JSON.stringify({ level: 40, time: Date.now(), linesLost: lost, msg: "log lines were lost: the disk took no more" })}\n` : "";
    const chunk = Buffer.from(note + waiting.join(""));
    waiting = [];
    length = 0;
    writing = true;
    writeWhole(fd, chunk, 0, (written) => {
      writing = false;
      bytes += written;
      lost = written === chunk.byteLength ? 0 : lost + count;
      begin();
    });
  };
  const turnOver = (): void => {
    try {
      renameSync(path, `${path}.1`);
      const next = openSync(path, "a", 0o600);
      closeSync(fd);
      fd = next;
    } catch {
      // It goes on as it is, and tries again after as much.
    }
    bytes = 0;
  };
  const flush = (done: (error?: Error) => void): void => {
    flushed.push(done);
    begin();
  };
  return {
    write: (line) => {
      if (length > waitingMax) {
        lost++;
        return;
      }
      waiting.push(line);
      length += line.length;
      begin();
    },
    flush,
    close: async () => {
      await new Promise<void>((resolve) => flush(() => resolve()));
      closeSync(fd);
    },
  };
}

/** Says how many bytes were written; fewer than all when the disk took no more. */
function writeWhole(fd: number, chunk: Buffer, from: number, done: (written: number) => void): void {
  write(fd, chunk, from, chunk.byteLength - from, null, (error, written) => {
    if (error || from + written === chunk.byteLength) done(error ? from : from + written);
    else writeWhole(fd, chunk, from + written, done);
  });
}
