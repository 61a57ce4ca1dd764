import { inputName } from "../nested/value.ts";
import type { ColumnChanges } from "./step.ts";

/** Values that a step computes before others. */
export class Computed {
  readonly values: NonNullable<ColumnChanges["first"]>[number][] = [];

  /** @returns SQL that names it */
  readonly once = (sql: string): string => {
    const name = `_mr_first_${this.values.length}`;
    this.values.push({ name, sql });
    return `${inputName}."${name}"`;
  };
}
