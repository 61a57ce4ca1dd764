import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { MillraceError } from "../errors.ts";
import type { KeptFiles } from "../files/shared-files.ts";

const pack = promisify(zstdCompress);
const unpack = promisify(zstdDecompress);

/**
 * What is too large for a value of the state store: JSON in files of their own, written once and named by the state that
 * points at them. What nothing points at is removed later by `sweep`: a crash leaves only such files.
 */
export class CatalogFiles {
  readonly #files: KeptFiles;

  constructor(files: KeptFiles) {
    this.#files = files;
  }

  /** @returns the key, when it is on disk */
  async write(folder: "tables" | "known" | "reports", value: unknown): Promise<string> {
    const key = `${folder}/${randomUUID()}.json.zst`;
    await this.#files.putIfAbsent(key, await pack(Buffer.from(JSON.stringify(value))));
    return key;
  }

  /** @throws MillraceError `MR-CATALOG-002` when it is gone or damaged */
  async read<T>(key: string): Promise<T> {
    const bytes = await this.#files.read(key);
    if (bytes === undefined) throw broken(key, "it is gone");
    try {
      return JSON.parse((await unpack(bytes)).toString()) as T;
    } catch (cause) {
      throw broken(key, "it is damaged", cause);
    }
  }

  async has(key: string): Promise<boolean> {
    return (await this.#files.stat(key)) !== undefined;
  }

  /** Removes files that nothing points at and that are older than `ageMs`: younger ones may be about to be pointed at. */
  async sweep(pointedAt: ReadonlySet<string>, ageMs: number): Promise<number> {
    let removed = 0;
    for await (const key of this.#files.list("")) {
      const found = pointedAt.has(key) ? undefined : await this.#files.stat(key);
      if (found === undefined || Date.now() - found.modifiedAt < ageMs) continue;
      await this.#files.delete(key);
      removed++;
    }
    return removed;
  }
}

function broken(key: string, how: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-CATALOG-002", { what: `a file of the catalog cannot be used: ${how}`, where: `catalog/${key}`, mend: "remove it if it is still there, and crawl the folder again: what is found replaces it", cause });
}
