import { createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { constants, createZstdCompress, type ZstdCompress } from "node:zlib";

const pieceLength = 256 << 10;

/** Lines of JSON into one packed file, which appears under its name when it is whole and on the disk. */
export class Spool {
  readonly #path: string;
  readonly #packer: ZstdCompress;
  readonly #written: Promise<void>;
  #lines: string[] = [];
  #length = 0;

  constructor(path: string) {
    this.#path = path;
    this.#packer = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    const file = this.#packer.pipe(createWriteStream(`${path}.new`, { flush: true }));
    this.#packer.on("error", (error) => file.destroy(error));
    this.#written = finished(file);
    // Whoever writes next, or closes, gets the error; until then nobody may wait for it.
    this.#written.catch(() => {});
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
    await rename(`${this.#path}.new`, this.#path);
  }

  /** Gives up; what was written is left to the next attempt to replace. */
  abort(): void {
    this.#packer.destroy();
  }
}

/** A small file, whole and on the disk, or not there. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const handle = await open(`${path}.new`, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
}
