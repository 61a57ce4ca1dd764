import { MillraceError } from "../errors.ts";

/** An object is another one than it was. @param where - its address */
export function changedObject(where: string): MillraceError {
  return new MillraceError("MR-FORMAT-004", { what: "the object was replaced, or removed, while it was read", where, mend: "nothing, where it is loaded by runs: the next one reads it as it is then", retryable: true });
}
