import { asMillraceError, MillraceError } from "../../errors.ts";

/** A DAG that cannot be, for a reason of its own. */
export function fault(what: string, where: string, mend: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-MODEL-013", { what, where, mend, cause });
}

export function stagesWrite(table: string, where: string): MillraceError {
  return fault(`it writes table "${table}", which stages write`, where, "declare the table with `interval`, the field that holds the start of a row's data interval; or with writtenBy: \"tasks\", to be replaced whole");
}

/** What is wrong with a DAG, gathered: a user who mends one thing should not find the next only then. */
export class Faults {
  readonly list: MillraceError[] = [];
  readonly #dag: string;

  constructor(dag: string) {
    this.#dag = dag;
  }

  /** The value, or `otherwise` and one fault more. */
  attempt<T>(where: string, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      this.list.push(this.#placed(asMillraceError(error, where), where));
      return otherwise;
    }
  }

  /** What is not made for DAGs alone, such as a duration or a zone, does not know whose it is. */
  #placed(error: MillraceError, where: string): MillraceError {
    const { parts, code } = error;
    if (parts.where.includes(JSON.stringify(this.#dag))) return error;
    return new MillraceError(code, { ...parts, where: `${where}; ${parts.where}` });
  }
}
