import { asMillraceError, MillraceError } from "../../errors.ts";

/** A DAG that cannot be, for a reason of its own. */
export function fault(what: string, where: string, mend: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-MODEL-013", { what, where, mend, cause });
}

/** What is wrong with a DAG, gathered: a user who mends one thing should not find the next only then. */
export class Faults {
  readonly list: MillraceError[] = [];

  /** The value, or `otherwise` and one fault more. */
  attempt<T>(where: string, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      this.list.push(asMillraceError(error, where));
      return otherwise;
    }
  }
}
