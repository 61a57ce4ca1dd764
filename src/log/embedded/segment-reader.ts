import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Batch } from "../../batch/batch.ts";
import { decodeBatch } from "../../batch/codec.ts";
import { MillraceError } from "../../errors.ts";

export interface Place {
  segment: string;
  at: number;
  bytes: number;
  crc: number;
}

/** Gives the bytes at places of segments. */
export interface PlaceReader {
  /** @throws an error with code `ENOENT` when the places must be asked for again */
  read(places: Place[]): (Uint8Array | undefined)[];
  batches(places: Place[]): (Batch | undefined)[];
  close(): void;
}

/** Batches this close together are read with one call, the bytes between them with it. */
const gapBytesMax = 32 * 1024;
const readBytesMax = 4 * 1024 * 1024;
const openMax = 32;

/** Reads batches straight from the segments, past the service that writes them. */
export class SegmentReader implements PlaceReader {
  readonly #folder: string;
  readonly #open = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The bytes at each place, checked against their checksums, in the order of `places`. An empty place gives undefined.
   *
   * @throws MillraceError `MR-LOG-002` when they are not what was written
   * @throws the system's `ENOENT` when the segment has been rewritten since: ask the service for the places again
   */
  read(places: Place[]): (Uint8Array | undefined)[] {
    const found = new Array<Uint8Array | undefined>(places.length);
    const order = places.map((_, i) => i).filter((i) => places[i].bytes > 0);
    order.sort((a, b) => (places[a].segment === places[b].segment ? places[a].at - places[b].at : places[a].segment < places[b].segment ? -1 : 1));
    for (let from = 0; from < order.length; ) {
      let to = from + 1;
      while (to < order.length && together(places[order[from]], places[order[to - 1]], places[order[to]])) to++;
      this.#readRun(places, order.slice(from, to), found);
      from = to;
    }
    return found;
  }

  #readRun(places: Place[], run: number[], found: (Uint8Array | undefined)[]): void {
    const first = places[run[0]];
    const last = places[run[run.length - 1]];
    const bytes = this.#readBytes(first.segment, first.at, last.at + last.bytes - first.at);
    for (const i of run) {
      const { at, bytes: length, crc, segment } = places[i];
      const part = bytes.subarray(at - first.at, at - first.at + length);
      if (part.byteLength !== length || crc32(part) !== crc) throw damaged(join(this.#folder, segment), at);
      found[i] = part;
    }
  }

  batches(places: Place[]): (Batch | undefined)[] {
    return this.read(places).map((bytes) => bytes && decodeBatch(bytes));
  }

  #readBytes(segment: string, at: number, length: number): Uint8Array {
    // A buffer of its own, not a piece of the shared pool: typed arrays are laid over it and need its alignment.
    const bytes = new Uint8Array(length);
    const fd = this.#fd(segment);
    let done = 0;
    while (done < length) {
      const got = readSync(fd, bytes, done, length - done, at + done);
      if (got === 0) break;
      done += got;
    }
    return bytes;
  }

  #fd(segment: string): number {
    let fd = this.#open.get(segment);
    if (fd !== undefined) return fd;
    fd = openSync(join(this.#folder, segment), constants.O_RDONLY);
    this.#closeRemoved();
    this.#open.set(segment, fd);
    if (this.#open.size > openMax) this.#closeOldest();
    return fd;
  }

  /** A file that was removed takes its space on disk until the last reader lets go of it. */
  #closeRemoved(): void {
    for (const [segment, fd] of this.#open) {
      if (fstatSync(fd).nlink > 0) continue;
      this.#open.delete(segment);
      closeSync(fd);
    }
  }

  #closeOldest(): void {
    const [segment, fd] = this.#open.entries().next().value as [string, number];
    this.#open.delete(segment);
    closeSync(fd);
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }
}

function together(first: Place, before: Place, next: Place): boolean {
  return next.segment === first.segment && next.at - (before.at + before.bytes) <= gapBytesMax && next.at + next.bytes - first.at <= readBytesMax;
}

function damaged(path: string, at: number): MillraceError {
  return new MillraceError("MR-LOG-002", {
    what: "records on disk are not what was written: their checksum does not agree",
    where: `${path}, byte ${at}`,
    mend: "restore the file from a backup; what stands elsewhere in the log can still be read",
  });
}
