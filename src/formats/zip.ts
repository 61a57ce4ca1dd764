import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import yauzl, { type Entry } from "yauzl";
import { MillraceError } from "../errors.ts";
import { damaged, noData, pastLimit } from "./damage.ts";
import type { FileSource } from "./file-source.ts";

/** An open archive. */
export interface Zip {
  /** In the archive's order. */
  entries(): Promise<Entry[]>;
  open(entry: Entry): Promise<Readable>;
  close(): void;
}

/** Enough for an archive of daily files over centuries; their names alone take memory. */
const entriesMax = 100_000;

/** @throws MillraceError `MR-FORMAT-006` when the archive's directory cannot be read: it stands at the end, so a half-written one has none */
export async function openZip(source: FileSource): Promise<Zip> {
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(new SourceReader(source), source.size, { lazyEntries: true, autoClose: false });
    return {
      entries: () => entriesOf(zip, source.name),
      open: (entry) => zip.openReadStreamPromise(entry),
      close: () => zip.close(),
    };
  } catch (cause) {
    throw zipError(source.name, "the archive's directory", cause);
  }
}

async function entriesOf(zip: yauzl.ZipFile, name: string): Promise<Entry[]> {
  if (zip.entryCount > entriesMax) throw pastLimit(name, "", `the archive has ${zip.entryCount} members, and ${entriesMax} are the most`, "split the archive");
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) entries.push(entry);
  } catch (cause) {
    throw zipError(name, `member ${entries.length + 1}`, cause);
  }
  return entries;
}

/**
 * The members that hold data: not folders, not what some systems add for themselves, and of these such as end like the
 * largest, so that a note beside the data is left out.
 */
export function dataMembers(entries: readonly Entry[], name: string): Entry[] {
  const files = entries.filter(({ fileName, uncompressedSize }) => uncompressedSize > 0 && !/\/$|(^|\/)(__MACOSX\/|\.)/.test(fileName));
  if (files.length === 0) throw noData(name, "the archive has no members with bytes in them");
  const largest = files.reduce((a, b) => (b.uncompressedSize > a.uncompressedSize ? b : a));
  const ending = endingOf(largest.fileName);
  return files.filter(({ fileName }) => endingOf(fileName) === ending);
}

function endingOf(fileName: string): string {
  return /\.[^./]+$/.exec(fileName)?.[0].toLowerCase() ?? "";
}

/** The bytes of one member, checked against its checksum. */
export async function* memberBytes(zip: Zip, entry: Entry, name: string): AsyncGenerator<Buffer> {
  let sum = 0;
  try {
    for await (const piece of (await zip.open(entry)) as AsyncIterable<Buffer>) {
      sum = crc32(piece, sum);
      yield piece;
    }
  } catch (cause) {
    throw zipError(name, `member ${JSON.stringify(entry.fileName)}`, cause);
  }
  if (sum !== entry.crc32) throw damaged(name, `member ${JSON.stringify(entry.fileName)}`, "its checksum does not fit its bytes");
}

function zipError(name: string, at: string, cause: unknown): MillraceError {
  return cause instanceof MillraceError ? cause : damaged(name, at, (cause as Error).message, cause);
}

/** Lets the library read at places of any source. */
class SourceReader extends yauzl.RandomAccessReader {
  readonly #source: FileSource;

  constructor(source: FileSource) {
    super();
    this.#source = source;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end), { objectMode: false });
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; at += pieceBytes) yield await this.#source.read(at, Math.min(end, at + pieceBytes));
  }
}

const pieceBytes = 64 << 10;
