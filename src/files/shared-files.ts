import type { FilesDriver } from "./driver.ts";

/** Files by key that never change once they are there. */
export type KeptFiles = Pick<FilesDriver, "putIfAbsent" | "read" | "stat" | "list" | "delete">;

/** Those of a store whose keys begin with `folder`, which ends with a slash, under the rest of their keys. */
export function filesIn(files: KeptFiles, folder: string): KeptFiles {
  return {
    putIfAbsent: (key, bytes) => files.putIfAbsent(folder + key, bytes),
    read: (key, start, end) => files.read(folder + key, start, end),
    stat: (key) => files.stat(folder + key),
    async *list(prefix) {
      for await (const key of files.list(folder + prefix)) yield key.slice(folder.length);
    },
    delete: (key) => files.delete(folder + key),
  };
}

/**
 * Files that each control plane of a project finds: in the project's bucket, with a folder of this machine before it, in which
 * other processes of this machine write and read. Without a bucket it is the folder alone.
 */
export class SharedFiles implements KeptFiles {
  readonly #folder: KeptFiles;
  readonly #bucket: KeptFiles | undefined;

  constructor(folder: KeptFiles, bucket: KeptFiles | undefined) {
    this.#folder = folder;
    this.#bucket = bucket;
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean> {
    const isFirst = await this.#folder.putIfAbsent(key, bytes);
    return this.#bucket ? this.#bucket.putIfAbsent(key, bytes) : isFirst;
  }

  async read(key: string, start?: number, end?: number): Promise<Uint8Array | undefined> {
    await this.bring(key);
    return this.#folder.read(key, start, end);
  }

  async stat(key: string): ReturnType<KeptFiles["stat"]> {
    return (await this.#folder.stat(key)) ?? this.#bucket?.stat(key);
  }

  /** What stands in the folder alone is another process's, which has not published it. */
  list(prefix: string): AsyncIterable<string> {
    return (this.#bucket ?? this.#folder).list(prefix);
  }

  async delete(key: string): Promise<void> {
    await this.#folder.delete(key);
    await this.#bucket?.delete(key);
  }

  /** Puts what a process of this machine has written into the folder where all find it. Of what is not there nothing is put. */
  async publish(key: string): Promise<void> {
    if (!this.#bucket || (await this.#bucket.stat(key))) return;
    const bytes = await this.#folder.read(key);
    if (bytes) await this.#bucket.putIfAbsent(key, bytes);
  }

  /** Puts it into the folder, for processes of this machine. Of what is nowhere nothing is put. */
  async bring(key: string): Promise<void> {
    if (!this.#bucket || (await this.#folder.stat(key))) return;
    const bytes = await this.#bucket.read(key);
    if (bytes) await this.#folder.putIfAbsent(key, bytes);
  }
}
