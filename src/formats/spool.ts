import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { constants, createZstdCompress, type ZstdCompress } from "node:zlib";

const pieceLength = 256 << 10;

/*
 * Files that serve the statement which made them, in a folder that goes with its process: nothing of them has to be on the disk.
 */

/** Lines of JSON into one packed file, which appears under its name when it is whole. */
export class Spool {
  readonly #path: string;
  readonly #temporary: string;
  readonly #packer: ZstdCompress;
  readonly #written: Promise<void>;
  readonly #file: WriteStream;
  #lines: string[] = [];
  #length = 0;

  constructor(path: string) {
    this.#path = path;
    this.#temporary = temporaryOf(path);
    this.#packer = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    this.#file = createWriteStream(this.#temporary);
    const file = this.#packer.pipe(this.#file);
    this.#packer.on("error", (error) => file.destroy(error));
    this.#written = finished(file);
    // Whoever writes next, or closes, gets the error; until then nobody may wait for it.
    this.#written.catch(() => {});
  }

  /** So many were written to the file. */
  get bytes(): number {
    return this.#file.bytesWritten;
  }

  async write(line: string): Promise<void> {
    this.#lines.push(line, "\n");
    this.#length += line.length + 1;
    if (this.#length >= pieceLength) await this.#flush();
  }

  async #flush(): Promise<void> {
    const piece = this.#lines.join("");
    this.#lines = [];
    this.#length = 0;
    if (!this.#packer.write(piece)) await Promise.race([once(this.#packer, "drain"), this.#written]);
  }

  async close(): Promise<void> {
    await this.#flush();
    this.#packer.end();
    await this.#written;
    await rename(this.#temporary, this.#path);
  }

  /** Gives up, and removes what was written. */
  async abort(): Promise<void> {
    this.#packer.destroy();
    await rm(this.#temporary, { force: true });
  }
}

/** A small file, whole or not there. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = temporaryOf(path);
  await writeFile(temporary, text);
  await rename(temporary, path);
}

/** Two processes may write the same file at once: each its own, and the later one takes the place. */
function temporaryOf(path: string): string {
  return `${path}.${randomUUID()}.new`;
}
