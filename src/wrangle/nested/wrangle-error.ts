import { MillraceError } from "../../errors.ts";

/** What was asked for does not fit the data's shape. */
export function unfit(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-WRANGLE-001", { what, where, mend });
}

/** The data is deeper or wider than is worked on. */
export function beyondBounds(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-WRANGLE-002", { what, where, mend });
}
