import { MillraceError } from "../errors.ts";
import { digestInName, digestOf, pieces } from "./data-file.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { TableStore } from "./table-store.ts";

/**
 * The path of a data file that is as it was written; a file of another engine carries no digest, and its size must do.
 * @throws MillraceError `MR-LAKE-004`
 */
export async function verifiedPath(store: TableStore, file: Pick<FileRecord, "location" | "bytes">): Promise<string> {
  const key = store.files.keyAt(file.location);
  if (key === undefined) throw damaged(store, file.location, "a data file lies outside this lake's files");
  const found = await store.files.stat(key);
  if (found === undefined) throw damaged(store, file.location, "a data file is missing");
  if (found.bytes !== Number(file.bytes)) throw damaged(store, file.location, `a data file has ${found.bytes} bytes where ${file.bytes} were written`);
  const digest = digestInName(file.location);
  if (digest !== undefined && digest !== (await digestOf(pieces(store.files, key, found.bytes)))) {
    throw damaged(store, file.location, "a data file has other bytes than were written");
  }
  return store.files.path(key);
}

export function damaged(store: TableStore, where: string, what: string): MillraceError {
  return new MillraceError("MR-LAKE-004", {
    what,
    where: `table "${store.name}", ${where}`,
    mend: "restore the file from a copy, or build the table again from its topic",
  });
}
