import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { mkdirSync } from "node:fs";

const keepMs = 24 * 3_600_000;
const bytesMax = 4 * 1024 ** 3;

/** A result on disk. */
export interface ResultFile {
  path: string;
  bytes: number;
  /** Milliseconds since 1970. */
  until: number;
}

/** The results that are kept, each in a folder of its own: for a day, and while there is room. */
export class ResultFiles {
  readonly #folder: string;
  readonly #clock: () => number;
  /** By query, the oldest first. */
  readonly #files = new Map<string, ResultFile>();
  /** Results on their way, whose folders must stay. */
  readonly #arriving = new Set<string>();

  constructor(folder: string, clock: () => number = Date.now) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Removes what is left from before. Results do not outlive the process: nothing on disk says whether one is whole. */
  async open(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    for (const name of await readdir(this.#folder)) if (!this.#arriving.has(name)) await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  /** Where the result of a query goes; nothing is there yet. */
  folderFor(id: string): string {
    mkdirSync(this.#folder, { recursive: true });
    this.#arriving.add(id);
    return join(this.#folder, id);
  }

  failed(id: string): void {
    this.#arriving.delete(id);
  }

  async keep(id: string, path: string, bytes: number): Promise<ResultFile> {
    const file = { path, bytes, until: this.#clock() + keepMs };
    this.#arriving.delete(id);
    this.#files.set(id, file);
    await this.sweep();
    return file;
  }

  get(id: string): ResultFile | undefined {
    const file = this.#files.get(id);
    return file && file.until > this.#clock() ? file : undefined;
  }

  /** Removes what is too old, then the oldest until the rest has room. The newest stays whatever its size. */
  async sweep(): Promise<void> {
    let bytes = [...this.#files.values()].reduce((total, file) => total + file.bytes, 0);
    for (const [id, file] of [...this.#files]) {
      if (file.until > this.#clock() && (bytes <= bytesMax || this.#files.size === 1)) continue;
      bytes -= file.bytes;
      this.#files.delete(id);
      await rm(join(this.#folder, id), { recursive: true, force: true });
    }
  }
}
