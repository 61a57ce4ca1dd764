import { createHash } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import type { StoredResult } from "../../state/run-store.ts";
import { resultText } from "./result-text.ts";

/** A longer one is stored as a file. */
const inlineBytesMax = 64 * 1024;
/** Lists that many tasks of a map read; parsed once per process. */
const listsBytesMax = 64 * 1024 * 1024;

/** Results of tasks: small ones in the row of the task, large ones as files by reference. */
export class ResultStore {
  readonly #files: Pick<FilesDriver, "putIfAbsent" | "read">;
  readonly #lists = new Map<string, { list: unknown[]; bytes: number }>();
  #listsBytes = 0;

  constructor(files: Pick<FilesDriver, "putIfAbsent" | "read">) {
    this.#files = files;
  }

  /**
   * On disk when it resolves.
   * @param key - of the file, should it become one; never used before
   * @returns undefined when there is no result
   * @throws MillraceError `MR-TASK-002`, `MR-TASK-003`
   */
  async store(value: unknown, key: string, where: string): Promise<StoredResult | undefined> {
    const json = resultText(value, where);
    if (json === undefined) return undefined;
    const items = Array.isArray(value) ? { items: value.length } : {};
    if (json.length <= inlineBytesMax && Buffer.byteLength(json) <= inlineBytesMax) return { json, ...items };
    const bytes = Buffer.from(json);
    await this.#files.putIfAbsent(key, bytes);
    return { file: key, bytes: bytes.byteLength, sha256: sha256(bytes), ...items };
  }

  /** @throws MillraceError `MR-TASK-009` */
  async load(stored: StoredResult, where: string): Promise<unknown> {
    return JSON.parse(await this.text(stored, where));
  }

  /** As JSON. */
  async text(stored: StoredResult, where: string): Promise<string> {
    if ("json" in stored) return stored.json;
    const bytes = await this.#files.read(stored.file);
    if (bytes?.byteLength === stored.bytes && sha256(bytes) === stored.sha256) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    throw new MillraceError("MR-TASK-009", {
      what: bytes ? `the stored result ${stored.file} is not the one that was written` : `the stored result ${stored.file} is missing`,
      where,
      mend: "clear the task that made it, and those behind it, to make it anew",
    });
  }

  /** One entry of a list that lies in a file; a copy, for the tasks in one process share what is parsed. */
  async item(stored: Extract<StoredResult, { file: string }>, index: number, where: string): Promise<unknown> {
    let found = this.#lists.get(stored.sha256);
    if (!found) {
      found = { list: (await this.load(stored, where)) as unknown[], bytes: stored.bytes };
      if (!this.#lists.has(stored.sha256)) this.#remember(stored.sha256, found);
    }
    return structuredClone(found.list[index]);
  }

  #remember(sha: string, entry: { list: unknown[]; bytes: number }): void {
    this.#lists.set(sha, entry);
    this.#listsBytes += entry.bytes;
    for (const [old, { bytes }] of this.#lists) {
      if (this.#listsBytes <= listsBytesMax || old === sha) return;
      this.#lists.delete(old);
      this.#listsBytes -= bytes;
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
