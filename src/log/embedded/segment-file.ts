import { closeSync, constants, fstatSync, fsyncSync, openSync, readdirSync, readSync, writevSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { align8, decodeFixed, decodeHeader, fixedBytes, type FrameHead, type FrameHeader, partsOf } from "./frame.ts";

/** A frame as it stands on disk. `bodyAt` is the position of its body in the segment's file. */
export interface StoredFrame {
  header: FrameHeader;
  segment: string;
  at: number;
  bodyAt: number;
  bytes: number;
}

/**
 * A segment's file: `000000000012.seg`, and `000000000012.1.seg` when it has been rewritten once. Each rewriting has a
 * name of its own, so that a reader who holds the old file open is never sent to places of the new one.
 */
export interface SegmentName {
  name: string;
  number: number;
  generation: number;
}

export function segmentName(number: number, generation = 0): string {
  return `${String(number).padStart(12, "0")}${generation > 0 ? `.${generation}` : ""}.seg`;
}

export function parseSegmentName(name: string): SegmentName | undefined {
  const match = /^(\d{12})(?:\.(\d{1,9}))?\.seg$/.exec(name);
  return match ? { name, number: Number(match[1]), generation: Number(match[2] ?? 0) } : undefined;
}

/** The segments of a folder in order; of one that was rewritten, the latest file alone. */
export function segmentNames(folder: string): SegmentName[] {
  const latest = new Map<number, SegmentName>();
  for (const name of readdirSync(folder)) {
    const segment = parseSegmentName(name);
    if (segment && segment.generation >= (latest.get(segment.number)?.generation ?? 0)) latest.set(segment.number, segment);
  }
  return [...latest.values()].sort((a, b) => a.number - b.number);
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

export function readBytes(fd: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, bytes));
  let done = 0;
  while (done < buffer.byteLength) {
    const got = readSync(fd, buffer, done, buffer.byteLength - done, at + done);
    if (got === 0) return buffer.subarray(0, done);
    done += got;
  }
  return buffer;
}

/**
 * The frames of a segment in order, up to the first that is not whole; returns where that is.
 *
 * @param bodies - check the bodies too, not only the headers
 */
export function* frames(folder: string, name: string, bodies: boolean): Generator<StoredFrame, { end: number; size: number }> {
  const segment = parseSegmentName(name) as SegmentName;
  const fd = openSync(join(folder, name), constants.O_RDONLY);
  try {
    const { size } = fstatSync(fd);
    const ahead = new ReadAhead(fd, size);
    let at = 0;
    for (;;) {
      const frame = readFrame(fd, ahead, segment, at, size, bodies);
      if (!frame) return { end: at, size };
      yield frame;
      at += frame.bytes;
    }
  } finally {
    closeSync(fd);
  }
}

/** Hands each frame of a segment to `visit`, as {@link frames} gives them. */
export function visitFrames(folder: string, name: string, bodies: boolean, visit: (frame: StoredFrame) => void): { end: number; size: number } {
  const all = frames(folder, name, bodies);
  for (;;) {
    const { done, value } = all.next();
    if (done) return value;
    visit(value);
  }
}

/**
 * Reads a file in large pieces, so that a row of small frames costs few system calls. Large bodies are stepped over.
 * One buffer serves all: memory outside the heap that comes and goes makes the collector run without end.
 */
class ReadAhead {
  readonly #fd: number;
  readonly #size: number;
  #from = 0;
  #bytes = 0;
  #buffer: Buffer = Buffer.allocUnsafeSlow(aheadBytes);

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  /** Up to `bytes` from `at`; less at the end of the file. Good until the next call. */
  read(at: number, bytes: number): Buffer {
    const end = Math.min(at + bytes, this.#size);
    if (at < this.#from || end > this.#from + this.#bytes) this.#fill(at, end);
    return this.#buffer.subarray(at - this.#from, end - this.#from);
  }

  #fill(at: number, end: number): void {
    // After a jump over a large body only its neighbour's header is wanted; after a short step, more of the same.
    const near = at - this.#from <= 2 * aheadBytes;
    const wanted = Math.min(Math.max(end - at, near ? aheadBytes : jumpBytes), this.#size - at);
    if (wanted > this.#buffer.byteLength) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    this.#from = at;
    this.#bytes = 0;
    while (this.#bytes < wanted) {
      const got = readSync(this.#fd, this.#buffer, this.#bytes, wanted - this.#bytes, at + this.#bytes);
      if (got === 0) return;
      this.#bytes += got;
    }
  }
}

const aheadBytes = 256 * 1024;
const jumpBytes = 4 * 1024;

function readFrame(fd: number, ahead: ReadAhead, { name, number }: SegmentName, at: number, size: number, bodies: boolean): StoredFrame | undefined {
  const head = decodeFixed(ahead.read(at, fixedBytes));
  if (!head) return undefined;
  const bodyAt = align8(fixedBytes + head.headerBytes);
  const bytes = bodyAt + head.bodyBytes;
  if (at + bytes > size) return undefined;
  const header = decodeHeader(head, { segment: number, at }, ahead.read(at + fixedBytes, head.headerBytes));
  if (!header || (bodies && !bodyIsWhole(fd, at + bodyAt, header, head))) return undefined;
  return { header, segment: name, at, bodyAt: at + bodyAt, bytes };
}

function bodyIsWhole(fd: number, at: number, header: FrameHeader, { bodyBytes }: FrameHead): boolean {
  const end = at + bodyBytes;
  for (const part of partsOf(header)) {
    if (crc32(readBytes(fd, at, part.l)) !== part.c) return false;
    at += align8(part.l);
  }
  return at === end;
}
