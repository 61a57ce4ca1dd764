import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { resultFileName } from "../../sql/result-file.ts";

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

  constructor(folder: string, clock: () => number = Date.now) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /**
   * Takes up what the process before has left, and removes what no record knows: a result is whole when its record says so.
   * @param known - by the records, the oldest first
   */
  async open(known: { id: string; file: ResultFile }[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    for (const { id, file } of known) {
      const found = await stat(file.path).catch(() => undefined);
      if (found?.size === file.bytes) this.#files.set(id, file);
    }
    for (const name of await readdir(this.#folder)) if (!this.#files.has(name)) await rm(join(this.#folder, name), { recursive: true, force: true });
    await this.sweep();
  }

  /** Where the result of a query goes. */
  folderOf(id: string): string {
    return join(this.#folder, id);
  }

  pathOf(id: string): string {
    return join(this.folderOf(id), resultFileName);
  }

  async keep(id: string, bytes: number): Promise<ResultFile> {
    const file = { path: this.pathOf(id), bytes, until: this.#clock() + keepMs };
    this.#files.set(id, file);
    await this.sweep();
    return file;
  }

  /** Undefined when there is none, or no more. */
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
      await rm(this.folderOf(id), { recursive: true, force: true });
    }
  }
}
