import { type Duplex, pipeline, Readable } from "node:stream";
import * as zlib from "node:zlib";
import { MillraceError } from "../errors.ts";
import { damaged, pastLimit } from "./damage.ts";
import type { FormatLimits, Packing } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import { dataMembers, memberBytes, openZip } from "./zip.ts";

const pieceBytes = 256 << 10;
/** So much may come out of any file, however small. */
const ratioFreeBytes = 16 << 20;

/** The bytes of a file, unpacked, in pieces; of an archive those of its members, one after the other. */
export async function* unpack(source: FileSource, packing: Packing, limits: FormatLimits): AsyncGenerator<Buffer> {
  if (packing.compression !== "zip") yield* unpackOne(source, packing.compression, limits);
  else for await (const member of unpackMembers(source, limits)) yield* member;
}

/** The members of an archive apart from each other; any other file is one member. */
export async function* unpackMembers(source: FileSource, limits: FormatLimits): AsyncGenerator<AsyncIterable<Buffer>> {
  const zip = await openZip(source);
  try {
    const measure = new Measure(source, limits);
    for (const entry of dataMembers(await zip.entries(), source.name)) {
      yield measured(memberBytes(zip, entry, source.name), measure);
    }
  } finally {
    zip.close();
  }
}

async function* unpackOne(source: FileSource, compression: "none" | "gzip" | "zstd", limits: FormatLimits): AsyncGenerator<Buffer> {
  if (compression === "none") return yield* pieces(source);
  const measure = new Measure(source, limits);
  yield* measured(through(source, compression === "gzip" ? zlib.createGunzip() : zlib.createZstdDecompress()), measure);
}

async function* pieces(source: FileSource): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.size; at += pieceBytes) yield await source.read(at, at + pieceBytes);
}

async function* through(source: FileSource, unpacker: Duplex): AsyncGenerator<Buffer> {
  const input = Readable.from(pieces(source));
  // Errors of either end come out of the loop below.
  pipeline(input, unpacker, () => {});
  let out = 0;
  try {
    for await (const piece of unpacker as AsyncIterable<Buffer>) {
      out += piece.length;
      yield piece;
    }
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : damaged(source.name, `after byte ${out} of what it unpacks to`, (cause as Error).message, cause);
  } finally {
    unpacker.destroy();
    input.destroy();
  }
}

/** Counts what comes out of a packed file, and stops a bomb. */
class Measure {
  readonly #source: FileSource;
  readonly #limits: FormatLimits;
  #bytes = 0;

  constructor(source: FileSource, limits: FormatLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const { unpackedBytesMax, unpackRatioMax } = this.#limits;
    const byRatio = ratioFreeBytes + this.#source.size * unpackRatioMax;
    if (this.#bytes <= Math.min(unpackedBytesMax, byRatio)) return;
    throw pastLimit(this.#source.name, "", `${this.#source.size} bytes unpack to more than ${Math.min(unpackedBytesMax, byRatio)}`, "unpack the file by other means, if it is meant to be so; such files are made to fill memory and disks");
  }
}

async function* measured(bytes: AsyncIterable<Buffer>, measure: Measure): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    measure.add(piece.length);
    yield piece;
  }
}
