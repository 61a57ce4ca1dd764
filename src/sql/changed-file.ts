import { MillraceError } from "../errors.ts";

/** A file is not in the version that is wanted. */
export function changedFile(where: string): MillraceError {
  return new MillraceError("MR-FORMAT-004", { what: "the file changed while its table was loaded", where, mend: "nothing: it is loaded by the next run", retryable: true });
}
