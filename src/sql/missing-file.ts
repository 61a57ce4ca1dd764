import { stat } from "node:fs/promises";
import { MillraceError } from "../errors.ts";
import type { SqlSource } from "./query-request.ts";

const asked = new Set(["MR-LAKE-004", "MR-SQL-005"]);
const statsAtOnce = 64;

/**
 * What a statement's failure really is where a file that it reads is gone: the version of the table has expired while it ran,
 * or a raw file was taken away. The engine says only that it could not open one.
 */
export async function explained(error: MillraceError, sources: readonly SqlSource[]): Promise<MillraceError> {
  if (!asked.has(error.code)) return error;
  for (const source of sources) {
    if (source.kind !== "table" && source.kind !== "files") continue;
    const paths: string[] = source.kind === "files" ? source.files.map(({ path }) => path) : source.files.flatMap((file) => [file.path, ...(file.deletes ?? []).map(({ path }) => path)]);
    if (await isAnyGone(paths)) return source.kind === "files" ? fileGone(source.dataset, error) : versionGone(source.dataset, source.snapshotId, error);
  }
  return error;
}

async function isAnyGone(paths: readonly string[]): Promise<boolean> {
  const isGone = (path: string): Promise<boolean> => stat(path).then(() => false, (error: NodeJS.ErrnoException) => error.code === "ENOENT");
  for (let i = 0; i < paths.length; i += statsAtOnce) {
    const found = await Promise.all(paths.slice(i, i + statsAtOnce).map(isGone));
    if (found.includes(true)) return true;
  }
  return false;
}

function versionGone(dataset: string | undefined, snapshot: bigint | undefined, cause: MillraceError): MillraceError {
  return new MillraceError("MR-LAKE-004", {
    what: `a file of the version that the statement reads is gone${snapshot === undefined ? "" : `: snapshot ${snapshot} has expired meanwhile, or the file was lost`}`,
    where: `table "${dataset ?? ""}"`,
    mend: "run the statement again, which then reads the table as it is now; where that fails too, restore the file from a copy",
    retryable: true,
    cause,
  });
}

function fileGone(dataset: string | undefined, cause: MillraceError): MillraceError {
  return new MillraceError("MR-FORMAT-004", { what: "a file of the table was taken away while the statement read it", where: dataset ?? "the statement", mend: "run the statement again when whoever changes the files is done", retryable: true, cause });
}
