import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { MillraceError } from "../errors.ts";
import type { StagedParquet } from "../lake/row-files.ts";
import type { WriteMessage, WrittenFile } from "./messages.ts";
import type { WriteRequest } from "./write-request.ts";

const fileBytesMaxDefault = 512 * 1024 * 1024;

/** What the process that writes is told. @throws MillraceError `MR-LAKE-003` for a constant that is no column */
export function writeTarget({ columns, constants = {}, folder, fileBytesMax = fileBytesMaxDefault }: WriteRequest): WriteMessage {
  const known = typeof columns === "function" ? undefined : columns;
  for (const name of Object.keys(constants)) {
    if (known === undefined || known.some((column) => column.name === name)) continue;
    throw new MillraceError("MR-LAKE-003", { what: `column "${name}" is to be filled, and the table does not have it`, where: `column "${name}"`, mend: "declare it in the table" });
  }
  return { columns: known, constants: Object.entries(constants).map(([name, value]) => ({ name, value: String(value) })), folder, fileBytesMax };
}

/** @throws MillraceError `MR-FILES-002` */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((cause: NodeJS.ErrnoException) => {
    throw new MillraceError("MR-FILES-002", { what: `a folder for the rows cannot be made (${cause.code})`, where: path, mend: "look at the disk's space and the folder's rights", retryable: cause.code === "ENOSPC", cause });
  });
}

/** @throws MillraceError `MR-INTERNAL-001` for a name that leads out of the folder: the process may be in other hands */
export function stagedParquet(folder: string, { name, records, bytes, sha256, statistics }: WrittenFile): StagedParquet {
  if (name !== basename(name) || !/^[\w-]+\.parquet$/.test(name) || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new MillraceError("MR-INTERNAL-001", { what: "the SQL process named a file that it cannot have written", where: "the SQL process", mend: "report this with the statement" });
  }
  return { path: join(folder, name), records, bytes, sha256, statistics: new Map(statistics.map(([column, values]) => [column, new Map(values)])) };
}
