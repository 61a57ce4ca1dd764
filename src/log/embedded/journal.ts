import { closeSync, constants, existsSync, fdatasync, fdatasyncSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { MillraceError } from "../../errors.ts";
import { decodeFixed, decodeHeader, encodeFrame, fixedBytes, type FrameHeader } from "./frame.ts";
import { damaged, readSealed, removeSegment, saveIndex, segmentOfIndex, visitWhole } from "./sealed-segment.ts";
import { frames, parseSegmentName, readBytes, type SegmentName, segmentName, segmentNames, type StoredFrame, syncFolder, visitFrames, writeAll } from "./segment-file.ts";
import { SegmentIndex } from "./segment-index.ts";

const dataSync = promisify(fdatasync);
const quickMs = 2;

export interface JournalOptions {
  folder: string;
  /** A segment is closed when it is larger than this. Default 64 MiB. */
  segmentBytes?: number;
  /** The first frame of each new segment: what must outlive the segments before it. */
  checkpoint: () => FrameHeader;
  /** Called once when the disk gave an answer after which this process may acknowledge nothing more: it should end. */
  onFailure?: (error: MillraceError) => void;
  /** Brings a file's data to disk. Default: `fdatasync`. */
  sync?: (fd: number) => Promise<void>;
}

/** Told what stands in the log when it is opened. */
export interface JournalVisitor {
  sealed: (segment: string, index: SegmentIndex) => void;
  frame: (frame: StoredFrame) => void;
}

/**
 * The log's file: frames one behind the other in segments, each group of them followed by one `fdatasync`.
 * One process writes (see lock.ts); any number read.
 */
export class Journal {
  #options: JournalOptions;
  #segmentBytes: number;
  #fd = -1;
  /** Number of the segment being written; 0 before the first. */
  #number = 0;
  #segment = "";
  #position = 0;
  /** What the segment being written says so far. */
  #index = new SegmentIndex();
  /** What a sync has taken lately, in milliseconds; a disk is slow until it has shown otherwise. */
  #syncMs = 2 * quickMs;
  /** Set when the disk gave an answer after which nothing in memory can be trusted. */
  #failure: MillraceError | undefined;

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? 64 * 1024 * 1024;
  }

  /**
   * Opens the folder, making it when absent, and hands to `visit`, in order, each segment that will not be written any
   * more and each frame of the one that will.
   * What a crash left unfinished at the very end is set aside in a `.torn` file and cut off.
   *
   * @throws MillraceError `MR-LOG-002` when anything else is damaged; nothing is changed then
   */
  static open(options: JournalOptions, visit: JournalVisitor): Journal {
    const { folder } = options;
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder));
    const journal = new Journal(options);
    const segments = segmentNames(folder);
    requireNoGap(folder, segments);
    const last = segments.at(-1);
    // What a sealed segment says of groups and writers is in the checkpoint of the next, once that is whole.
    const sealed = segments.slice(0, last && beginsWhole(folder, last.name) ? -1 : -2);
    sealed.forEach(({ name, number }, i) => {
      const index = readSealed(folder, name);
      if (i === 0 && number > 1 && !index.startsWithCheckpoint) throw damaged(join(folder, name), 0);
      visit.sealed(name, index);
    });
    const before = segments.at(-2);
    if (before && sealed.length === segments.length - 2) visitWhole(folder, before.name, checkpointFirst(before, folder, segments, visit.frame));
    if (last) journal.#openLast(last, segments.length === 1 && last.number > 1, checkpointFirst(last, folder, segments, visit.frame));
    removeLeftovers(folder, segments);
    return journal;
  }

  #openLast({ name, number }: SegmentName, onlyOne: boolean, visit: JournalVisitor["frame"]): void {
    const { folder } = this.#options;
    const path = join(folder, name);
    let lastGroup = 0;
    const { end, size } = visitFrames(folder, name, true, (frame) => {
      lastGroup = Math.max(lastGroup, (frame.header as { d?: number }).d ?? 0);
      this.#index.add(frame);
      visit(frame);
    });
    const fd = openSync(path, constants.O_RDWR);
    try {
      if (end < size && (syncedBeyond(fd, number, end, size) || (end === 0 && onlyOne))) throw damaged(path, end);
      if (end < size) cutOff(fd, path, end, size);
      this.#number = number;
      if (end === 0) return this.#startOver(fd, path);
      // The last group may stand in the system's memory alone: its writer may have been killed before the sync, or the
      // sync may have failed and left the pages looking clean. Readers must not see what a power cut could take back.
      if (lastGroup < end) writeAll(fd, [readBytes(fd, lastGroup, end - lastGroup)], lastGroup);
      fsyncSync(fd);
    } catch (error) {
      closeSync(fd);
      throw error instanceof MillraceError ? error : refusedForGood(error, path);
    }
    this.#fd = fd;
    this.#segment = name;
    this.#position = end;
  }

  /** A crash came before the segment's first frame was whole: it never counted, and is begun again when it is needed. */
  #startOver(fd: number, path: string): void {
    closeSync(fd);
    unlinkSync(path);
    syncFolder(this.#options.folder);
    this.#number--;
  }

  get folder(): string {
    return this.#options.folder;
  }

  /** The segment being written; empty before the first write. */
  get segment(): string {
    return this.#segment;
  }

  /** Segments that will not be written any more, in order. */
  get sealed(): SegmentName[] {
    return segmentNames(this.#options.folder).filter(({ number }) => number < this.#number);
  }

  /**
   * Writes the frames and waits until they are on disk. Not to be called again before it resolves.
   *
   * @throws MillraceError `MR-LOG-007`: none of the frames is written. After a failed sync every later call throws too,
   *   since the system may have dropped what it could not write; the process must start again from the disk.
   */
  async write(group: { header: FrameHeader; parts: Uint8Array[] }[]): Promise<StoredFrame[]> {
    if (this.#failure) throw this.#failure;
    if (this.#fd < 0 || this.#position >= this.#segmentBytes) this.#roll();
    const start = this.#position;
    const buffers: Uint8Array[] = [];
    const stored: StoredFrame[] = [];
    let at = start;
    for (const { header, parts } of group) {
      const frame = encodeFrame(header, { segment: this.#number, at }, start, parts);
      for (const buffer of frame.buffers) buffers.push(buffer);
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
      await this.#sync();
    } catch (cause) {
      throw this.#fail(refusedForGood(cause, join(this.#options.folder, this.#segment)));
    }
    this.#position = at;
    for (const frame of stored) this.#index.add(frame);
    return stored;
  }

  /**
   * A quick disk is waited for on the spot: handing so short a wait to another thread and back costs more than it, and
   * what comes meanwhile gathers in the sockets as well as it would here. A slow one must not hold up the readers.
   */
  async #sync(): Promise<void> {
    const { sync } = this.#options;
    const startMs = performance.now();
    if (sync) await sync(this.#fd);
    else if (this.#syncMs < quickMs) fdatasyncSync(this.#fd);
    else await dataSync(this.#fd);
    this.#syncMs = 0.8 * this.#syncMs + 0.2 * (performance.now() - startMs);
  }

  /** Starts the next segment with a checkpoint. The segment counts only once its first frame and its name are on disk. */
  #roll(): void {
    const { folder, checkpoint } = this.#options;
    const next = segmentName(this.#number + 1);
    const path = join(folder, next);
    let fd = -1;
    try {
      // A write that failed and was cut back may still have its bytes on disk; a sealed segment must end cleanly.
      if (this.#fd >= 0) fsyncSync(this.#fd);
      fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
      const header = checkpoint();
      const { buffers, bytes, bodyAt } = encodeFrame(header, { segment: this.#number + 1, at: 0 }, 0, []);
      writeAll(fd, buffers, 0);
      fsyncSync(fd);
      syncFolder(folder);
      if (this.#fd >= 0) this.#seal();
      this.#index.add({ header, segment: next, at: 0, bodyAt, bytes });
      this.#fd = fd;
      this.#number++;
      this.#segment = next;
      this.#position = bytes;
    } catch (cause) {
      if (fd >= 0) closeSync(fd);
      if (existsSync(path)) unlinkSync(path);
      throw refused(cause, path);
    }
  }

  #seal(): void {
    closeSync(this.#fd);
    saveIndex(this.#options.folder, this.#segment, this.#index);
    this.#index = new SegmentIndex();
  }

  /** Takes back a write that failed halfway, so that the next frame follows the last whole one. */
  #cutBack(to: number, cause: unknown): void {
    try {
      ftruncateSync(this.#fd, to);
    } catch {
      this.#fail(refusedForGood(cause, join(this.#options.folder, this.#segment)));
    }
  }

  #fail(error: MillraceError): MillraceError {
    this.#failure = error;
    this.#options.onFailure?.(error);
    return error;
  }

  /** Ends the segment with a frame that says all before it is on disk: from then on a bad byte there is damage. */
  close(): void {
    if (this.#fd >= 0 && !this.#failure) this.#writeMark();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#failure ??= refusedForGood(new Error("the log is closed"), this.#options.folder);
  }

  #writeMark(): void {
    try {
      const { buffers } = encodeFrame({ k: "mark" }, { segment: this.#number, at: this.#position }, this.#position, []);
      writeAll(this.#fd, buffers, this.#position);
      fdatasyncSync(this.#fd);
    } catch {
      // The mark is a help, not a need: without it the last group counts as perhaps torn. A part of it is cut off on opening.
    }
  }
}

/** Whether the segment's first frame is: a crash may have come before. */
function beginsWhole(folder: string, name: string): boolean {
  const all = frames(folder, name, true);
  const { done } = all.next();
  all.return({ end: 0, size: 0 });
  return !done;
}

/** The oldest segment there is begins with a checkpoint, unless it is the very first. */
function checkpointFirst({ name, number }: SegmentName, folder: string, segments: SegmentName[], visit: JournalVisitor["frame"]): JournalVisitor["frame"] {
  if (number === 1 || number !== segments[0].number) return visit;
  return (frame) => {
    if (frame.at === 0 && frame.header.k !== "checkpoint") throw damaged(join(folder, name), 0);
    visit(frame);
  };
}

/** Segments go from the oldest on only: one missing between two others was taken by someone else. */
function requireNoGap(folder: string, segments: SegmentName[]): void {
  segments.forEach(({ number }, i) => {
    if (i === 0 || number === segments[i - 1].number + 1) return;
    throw new MillraceError("MR-LOG-002", {
      what: `segment ${segmentName(segments[i - 1].number + 1)} of the log is missing`,
      where: folder,
      mend: "restore the file from a backup; Millrace has changed nothing",
    });
  });
}

/** Files of a rewriting that a crash cut short: the new one without its name, or the old one beside the new. */
function removeLeftovers(folder: string, segments: SegmentName[]): void {
  const kept = new Set(segments.map(({ name }) => name));
  for (const name of readdirSync(folder)) {
    const old = parseSegmentName(name);
    const about = segmentOfIndex(name);
    if (old && old.number <= (segments.at(-1)?.number ?? 0) && !kept.has(name)) removeSegment(folder, name);
    else if (/\.seg\.new$|\.torn\.new$/.test(name) || (about !== undefined && !kept.has(about))) rmSync(join(folder, name), { force: true });
  }
}

/** Whether a whole frame behind `end` says that `end` was on disk before it: then this is damage, not a torn write. */
function syncedBeyond(fd: number, segment: number, end: number, size: number): boolean {
  const rest = readBytes(fd, end, size - end);
  for (let at = 8; at + fixedBytes <= rest.byteLength; at += 8) {
    const head = decodeFixed(rest, at);
    if (!head) continue;
    const header = decodeHeader(head, { segment, at: end + at }, rest.subarray(at + fixedBytes, at + fixedBytes + head.headerBytes));
    if (header && header.d > end) return true;
  }
  return false;
}

function cutOff(fd: number, path: string, from: number, to: number): void {
  let aside = `${path}.torn`;
  for (let n = 1; existsSync(aside); n++) aside = `${path}.${n}.torn`;
  const temporary = `${path}.torn.new`;
  writeFileSync(temporary, readBytes(fd, from, to - from), { flush: true, mode: 0o600 });
  renameSync(temporary, aside);
  syncFolder(dirname(path));
  ftruncateSync(fd, from);
}

const fullCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** A write that did not happen: the next may succeed. */
function refused(cause: unknown, path: string): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const full = fullCodes.has((cause as NodeJS.ErrnoException).code ?? "");
  return new MillraceError("MR-LOG-007", {
    what: full ? "the disk is full; nothing was written" : `the disk refused a write: ${(cause as Error).message}`,
    where: path,
    mend: full ? "free some space; writes go on by themselves" : "check the disk and the permissions of the folder",
    retryable: true,
    cause,
  });
}

/** A write of which nobody knows how much of it happened. Never retryable: only a fresh look at the disk can tell. */
function refusedForGood(cause: unknown, path: string): MillraceError {
  return new MillraceError("MR-LOG-007", {
    what: `the disk failed: ${(cause as Error).message}`,
    where: path,
    mend: "check the disk and the permissions of the folder, then start Millrace again",
    cause,
  });
}
