import { MillraceError } from "../errors.ts";
import type { HeldFiles } from "../files/driver.ts";
import { digestInName, digestOfFile } from "./data-file.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { TableStore } from "./table-store.ts";

/** Files at their paths, for as long as they are needed. */
export class HeldPaths {
  readonly #store: TableStore;
  readonly #paths = new Map<string, string>();
  readonly #held: HeldFiles[] = [];

  constructor(store: TableStore) {
    this.#store = store;
  }

  /**
   * The path of a data file that is as it was written: once a file, for its digest takes a look at all of it.
   * @throws MillraceError `MR-LAKE-004`
   */
  async verified(file: Pick<FileRecord, "location" | "bytes">): Promise<string> {
    const known = this.#paths.get(file.location);
    if (known !== undefined) return known;
    const { path, held } = await verifiedFile(this.#store, file);
    this.#paths.set(file.location, path);
    this.#held.push(held);
    return path;
  }

  /** The path of a data file that was written just now. */
  async written(file: Pick<FileRecord, "location" | "bytes">): Promise<string> {
    const { files } = this.#store;
    const key = files.keyAt(file.location) as string;
    this.#held.push(await files.hold([{ key, bytes: Number(file.bytes) }]));
    return files.path(key);
  }

  release(): void {
    this.#paths.clear();
    for (const held of this.#held.splice(0)) held.release();
  }
}

/**
 * A data file that is as it was written; a file of another engine carries no digest, and its size must do.
 * @throws MillraceError `MR-LAKE-004`
 */
export async function verifiedFile(store: TableStore, file: Pick<FileRecord, "location" | "bytes">): Promise<{ path: string; held: HeldFiles }> {
  const key = store.files.keyAt(file.location);
  if (key === undefined) throw damaged(store, file.location, "a data file lies outside this lake's files");
  const found = await store.files.stat(key);
  if (found === undefined) throw damaged(store, file.location, "a data file is missing");
  if (found.bytes !== Number(file.bytes)) throw damaged(store, file.location, `a data file has ${found.bytes} bytes where ${file.bytes} were written`);
  const held = await store.files.hold([{ key, bytes: found.bytes }]);
  const path = store.files.path(key);
  const digest = digestInName(file.location);
  if (digest === undefined || digest === (await digestOfFile(path))) return { path, held };
  held.release();
  throw damaged(store, file.location, "a data file has other bytes than were written");
}

export function damaged(store: TableStore, where: string, what: string): MillraceError {
  return new MillraceError("MR-LAKE-004", {
    what,
    where: `table "${store.name}", ${where}`,
    mend: "restore the file from a copy, or build the table again from its topic",
  });
}
