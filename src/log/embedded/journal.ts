import { closeSync, constants, existsSync, fdatasync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, renameSync, unlinkSync, writeFileSync, writevSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { MillraceError } from "../../errors.ts";
import { align8, decodeFixed, decodeHeader, encodeFrame, fixedBytes, type FrameHeader, partsOf } from "./frame.ts";

const dataSync = promisify(fdatasync);

/** A frame as it stands on disk. `bodyAt` is the position of its body in the segment's file. */
export interface StoredFrame {
  header: FrameHeader;
  segment: string;
  at: number;
  bodyAt: number;
  bytes: number;
}

export interface JournalOptions {
  folder: string;
  /** A segment is closed when it is larger than this. Default 64 MiB. */
  segmentBytes?: number;
  /** The first frame of each new segment: what must outlive the segments before it. */
  checkpoint: () => FrameHeader;
}

/**
 * The log's file: frames one behind the other in segments, each group of them followed by one `fdatasync`.
 * One process writes (see lock.ts); any number read.
 */
export class Journal {
  #options: JournalOptions;
  #segmentBytes: number;
  #fd = -1;
  #segment = "";
  #position = 0;
  /** Set when the disk gave an answer after which nothing in memory can be trusted. */
  #failure: MillraceError | undefined;

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? 64 * 1024 * 1024;
  }

  /**
   * Opens the folder, making it when absent, and hands every frame in order to `visit`.
   * What a crash left unfinished at the very end is set aside in a `.torn` file and cut off.
   *
   * @throws MillraceError `MR-LOG-002` when anything else is damaged; nothing is changed then
   */
  static open(options: JournalOptions, visit: (frame: StoredFrame) => void): Journal {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const journal = new Journal(options);
    const segments = segmentNames(options.folder);
    for (const name of segments.slice(0, -1)) {
      const { end, size } = scan(options.folder, name, false, visit);
      if (end !== size) throw damaged(join(options.folder, name), end);
    }
    const last = segments.at(-1);
    if (last) journal.#openLast(last, visit);
    return journal;
  }

  #openLast(name: string, visit: (frame: StoredFrame) => void): void {
    const { folder } = this.#options;
    const path = join(folder, name);
    const { end, size } = scan(folder, name, true, visit);
    this.#fd = openSync(path, constants.O_RDWR);
    this.#segment = name;
    this.#position = end;
    if (end === size) return;
    if (syncedBeyond(this.#fd, end, size)) throw damaged(path, end);
    setAside(this.#fd, path, end, size);
    ftruncateSync(this.#fd, end);
    fsyncSync(this.#fd);
  }

  get segment(): string {
    return this.#segment;
  }

  get segments(): string[] {
    return segmentNames(this.#options.folder);
  }

  /**
   * Writes the frames and waits until they are on disk. Not to be called again before it resolves.
   *
   * @throws MillraceError `MR-LOG-007`: none of the frames is written. After a failed sync every later call throws too,
   *   since the system may have dropped what it could not write; the process must start again from the disk.
   */
  async write(frames: { header: FrameHeader; parts: Uint8Array[] }[]): Promise<StoredFrame[]> {
    if (this.#failure) throw this.#failure;
    if (this.#fd < 0 || this.#position >= this.#segmentBytes) this.#roll();
    const start = this.#position;
    const buffers: Uint8Array[] = [];
    const stored: StoredFrame[] = [];
    let at = start;
    for (const { header, parts } of frames) {
      const frame = encodeFrame(header, start, parts);
      buffers.push(...frame.buffers);
      stored.push({ header, segment: this.#segment, at, bodyAt: at + frame.bodyAt, bytes: frame.bytes });
      at += frame.bytes;
    }
    try {
      writeAll(this.#fd, buffers, start);
    } catch (cause) {
      this.#cutBack(start, cause);
      throw refused(cause, join(this.#options.folder, this.#segment));
    }
    try {
      await dataSync(this.#fd);
    } catch (cause) {
      this.#failure = refused(cause, join(this.#options.folder, this.#segment));
      throw this.#failure;
    }
    this.#position = at;
    return stored;
  }

  /** Starts the next segment with a checkpoint. The segment counts only once its first frame and its name are on disk. */
  #roll(): void {
    const { folder, checkpoint } = this.#options;
    const next = `${String(Number.parseInt(this.#segment || "0", 10) + 1).padStart(12, "0")}.seg`;
    const path = join(folder, next);
    let fd = -1;
    try {
      fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
      const { buffers, bytes } = encodeFrame(checkpoint(), 0, []);
      writeAll(fd, buffers, 0);
      fsyncSync(fd);
      syncFolder(folder);
      if (this.#fd >= 0) closeSync(this.#fd);
      this.#fd = fd;
      this.#segment = next;
      this.#position = bytes;
    } catch (cause) {
      if (fd >= 0) closeSync(fd);
      if (existsSync(path)) unlinkSync(path);
      throw refused(cause, path);
    }
  }

  /** Takes back a write that failed halfway, so that the next frame follows the last whole one. */
  #cutBack(to: number, cause: unknown): void {
    try {
      ftruncateSync(this.#fd, to);
    } catch {
      this.#failure = refused(cause, join(this.#options.folder, this.#segment));
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#failure ??= refused(new Error("the log is closed"), this.#options.folder);
  }
}

/** Names of the segments in order. */
export function segmentNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{12}\.seg$/.test(name))
    .sort();
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** `writev` may write less than asked and takes at most 1,024 buffers. */
export function writeAll(fd: number, buffers: Uint8Array[], position: number): void {
  let rest = buffers;
  while (rest.length > 0) {
    const some = rest.slice(0, 1_024);
    let written = writevSync(fd, some, position);
    position += written;
    let whole = 0;
    while (whole < some.length && written >= some[whole].byteLength) written -= some[whole++].byteLength;
    rest = rest.slice(whole);
    if (written > 0) rest = [rest[0].subarray(written), ...rest.slice(1)];
  }
}

/** Hands the frames of a segment to `visit`, up to the first that is not whole. `bodies`: check the bodies too. */
export function scan(folder: string, name: string, bodies: boolean, visit: (frame: StoredFrame) => void): { end: number; size: number } {
  const fd = openSync(join(folder, name), constants.O_RDONLY);
  try {
    const { size } = fstatSync(fd);
    let at = 0;
    for (;;) {
      const frame = readFrame(fd, name, at, size, bodies);
      if (!frame) return { end: at, size };
      visit(frame);
      at += frame.bytes;
    }
  } finally {
    closeSync(fd);
  }
}

const aheadBytes = 4_096;

function readFrame(fd: number, segment: string, at: number, size: number, bodies: boolean): StoredFrame | undefined {
  const ahead = read(fd, at, Math.min(aheadBytes, size - at));
  const head = decodeFixed(ahead);
  if (!head) return undefined;
  const bodyAt = align8(fixedBytes + head.headerBytes);
  const bytes = bodyAt + head.bodyBytes;
  if (at + bytes > size) return undefined;
  const json = bodyAt <= ahead.byteLength ? ahead.subarray(fixedBytes, fixedBytes + head.headerBytes) : read(fd, at + fixedBytes, head.headerBytes);
  const header = decodeHeader(head, json);
  if (!header || (bodies && !bodyIsWhole(fd, at + bodyAt, header))) return undefined;
  return { header, segment, at, bodyAt: at + bodyAt, bytes };
}

function bodyIsWhole(fd: number, at: number, header: FrameHeader): boolean {
  for (const part of partsOf(header)) {
    if (crc32(read(fd, at, part.l)) !== part.c) return false;
    at += align8(part.l);
  }
  return true;
}

function read(fd: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, bytes));
  let done = 0;
  while (done < buffer.byteLength) {
    const got = readSync(fd, buffer, done, buffer.byteLength - done, at + done);
    if (got === 0) return buffer.subarray(0, done);
    done += got;
  }
  return buffer;
}

/** Whether a whole frame behind `end` says that `end` was on disk before it: then this is damage, not a torn write. */
function syncedBeyond(fd: number, end: number, size: number): boolean {
  const rest = read(fd, end, size - end);
  for (let at = 8; at + fixedBytes <= rest.byteLength; at += 8) {
    const head = decodeFixed(rest, at);
    if (!head) continue;
    const header = decodeHeader(head, rest.subarray(at + fixedBytes, at + fixedBytes + head.headerBytes));
    if (header && header.d > end) return true;
  }
  return false;
}

function setAside(fd: number, path: string, from: number, to: number): void {
  const temporary = `${path}.torn.new`;
  writeFileSync(temporary, read(fd, from, to - from), { flush: true, mode: 0o600 });
  renameSync(temporary, `${path}.torn`);
}

function damaged(path: string, at: number): MillraceError {
  return new MillraceError("MR-LOG-002", {
    what: `a frame of the log is damaged, and others that were acknowledged follow it`,
    where: `${path}, byte ${at}`,
    mend: "restore the file from a backup; Millrace has changed nothing",
  });
}

function refused(cause: unknown, path: string): MillraceError {
  const code = (cause as NodeJS.ErrnoException).code;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new MillraceError("MR-LOG-007", {
    what: full ? "the disk is full; nothing was written" : `the disk refused a write: ${(cause as Error).message}`,
    where: path,
    mend: full ? "free some space; writes go on by themselves" : "check the disk and the permissions of the folder, then start Millrace again",
    retryable: full,
    cause,
  });
}
