import { namedColumns, type ReadStep } from "./read-steps.ts";
import { makesRows } from "./step.ts";

/*
 * What a chain that protects keeps to itself. The quarantine has rows as they came in, reasons show the value at hand, and the
 * report has samples: what a later step hides would stand there for all to read. It is known of a chain before any row is
 * seen, so that both forms withhold the same.
 *
 * A column is withheld that a protecting step names; and one that a step before it names which makes columns of others, for
 * what is hidden then may have come from there: `rename` gives it another name, `splitName` takes it out of a text.
 */

export class Withheld {
  readonly #steps: readonly ReadStep[];
  /** The last step that protects, or 0. */
  readonly last: number;

  constructor(steps: readonly ReadStep[]) {
    this.#steps = steps;
    this.last = steps.findLast(({ kind }) => kind.protects === true)?.number ?? 0;
  }

  /**
   * Whether a column of rows is withheld.
   * @param madeBy - the step that made the rows; 0 for those that came in
   */
  columns(madeBy: number): (column: string) => boolean {
    const between = this.#steps.filter(({ number }) => number > madeBy && number <= this.last);
    const names = new Set(between.flatMap((step) => (step.kind.protects ? namedColumns(step) : step.kind.ownCells ? [] : [...step.mentions])));
    const isAny = between.some(({ hasCode }) => hasCode);
    return (column) => isAny || names.has(column);
  }

  /** What is said in place of a step's own reason, which may show a value that is withheld; undefined where it cannot. */
  reason(step: ReadStep): string | undefined {
    if (step.number > this.last || step.kind.protects) return undefined;
    const madeBy = this.#steps.findLast(({ kind, number }) => number < step.number && makesRows(kind))?.number ?? 0;
    const columns = [...step.mentions].filter(this.columns(madeBy));
    return columns.length === 0 ? undefined : `${namedColumns(step).filter((column) => columns.includes(column)).map((column) => JSON.stringify(column)).join(" or ") || "a value"} cannot go on, and what stands there is protected`;
  }

  /** Whether a step's samples would show what is hidden. */
  samples(step: ReadStep): boolean {
    return step.number <= this.last;
  }
}
