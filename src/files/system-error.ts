import { basename, dirname } from "node:path";
import { MillraceError } from "../errors.ts";

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Nothing in place of what is not there; any other refusal of the system is an error. */
export function missing(path: string): (error: unknown) => undefined {
  return (error) => {
    if (isMissing(error)) return undefined;
    throw refused(error, path);
  };
}

const mends: Record<string, string> = {
  ENOSPC: "free some space on this disk; nothing that was acknowledged is lost",
  EDQUOT: "free some space or raise the quota; nothing that was acknowledged is lost",
  EACCES: "give this user the right to read and write the folder",
  EPERM: "give this user the right to read and write the folder",
  EROFS: "mount the disk for writing, or move the data folder",
  EMFILE: "raise the limit of open files (ulimit -n)",
  EXDEV: "keep the whole data folder on one file system",
};

/** An error of the system, as `MR-FILES-002`. */
export function refused(error: unknown, path: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const { code = "unknown", message } = error as NodeJS.ErrnoException;
  return new MillraceError("MR-FILES-002", {
    what: `the system refused a file: ${message}`,
    where: `${dirname(path)}, ${basename(path)}`,
    mend: mends[code] ?? "look at the disk and the folder's rights",
    retryable: code === "ENOSPC" || code === "EDQUOT" || code === "EMFILE",
    cause: error,
  });
}
