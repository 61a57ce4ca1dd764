import type { FilesDriver } from "../files/driver.ts";

/**
 * Files that serve one attempt to commit alone: they go when it fails. They are written side by side, for none of them waits
 * for another, and all of them for the disk.
 */
export class AttemptFiles {
  readonly #files: FilesDriver;
  readonly #writes = new Map<string, Promise<unknown>>();

  constructor(files: FilesDriver) {
    this.#files = files;
  }

  /** Begins to write a file. Whether that went well is for `onDisk` to say. */
  put(key: string, bytes: Uint8Array): void {
    const write = this.#files.putIfAbsent(key, bytes);
    write.catch(() => undefined);
    this.#writes.set(key, write);
  }

  /** Resolves when all are on disk. When one of them failed it throws what that one did, and nothing is under way any more. */
  async onDisk(): Promise<void> {
    await Promise.allSettled(this.#writes.values());
    await Promise.all(this.#writes.values());
  }

  /** Removes all of them. Only when no snapshot names them, and none will. */
  async remove(): Promise<void> {
    await Promise.allSettled(this.#writes.values());
    for (const key of this.#writes.keys()) await this.#files.delete(key);
  }
}
