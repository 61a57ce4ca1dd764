import type { FileSource } from "./file-source.ts";

const blockBytes = 1 << 20;
const blocksKept = 17;

export interface FarFile {
  name: string;
  version: string;
  /** In bytes. */
  size: number;
  /** Bytes `start` (inclusive) to `end` (exclusive), within the size, of this version and no other. Not called twice at once. */
  fetch(start: number, end: number): Promise<Uint8Array>;
}

/**
 * A file that is far away, read in blocks of a megabyte, the last of which are kept: its readers ask for small pieces, and each
 * way takes its time.
 */
export class BlockSource implements FileSource {
  readonly name: string;
  readonly version: string;
  readonly size: number;
  readonly #file: FarFile;
  /** By number, the longest unused first. */
  readonly #blocks = new Map<number, Buffer>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: FarFile) {
    this.name = file.name;
    this.version = file.version;
    this.size = file.size;
    this.#file = file;
  }

  read(start: number, end: number): Promise<Buffer> {
    const read = this.#turn.then(() => this.#read(start, Math.min(end, this.size)));
    this.#turn = read.catch(() => undefined);
    return read;
  }

  async #read(start: number, end: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let at = start; at < end; ) {
      const block = Math.floor(at / blockBytes);
      const from = at - block * blockBytes;
      const piece = (await this.#block(block)).subarray(from, Math.min(blockBytes, end - block * blockBytes));
      pieces.push(piece);
      at += piece.length;
    }
    return Buffer.concat(pieces);
  }

  async #block(number: number): Promise<Buffer> {
    const found = this.#blocks.get(number) ?? Buffer.from(await this.#file.fetch(number * blockBytes, Math.min(this.size, (number + 1) * blockBytes)));
    this.#blocks.delete(number);
    this.#blocks.set(number, found);
    if (this.#blocks.size > blocksKept) this.#blocks.delete(this.#blocks.keys().next().value as number);
    return found;
  }

  /** Every way asks for this version. */
  async checkUnchanged(): Promise<void> {}

  /** Its blocks go; a read behind it fetches anew. */
  async close(): Promise<void> {
    this.#blocks.clear();
  }
}
