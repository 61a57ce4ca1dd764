import type { Cell, Row } from "../cells.ts";
import type { OptionReader } from "../option-reader.ts";
import { Rejection, type RowStep } from "../step.ts";
import { cellToProtect, keyFor, noSql, readKey } from "./keys.ts";

/** How a step does to one text what it does, with a key. */
export interface KeyedForm<O> {
  readonly kind: string;
  /** What the key is for: steps that undo one another share it. Default: the kind. */
  readonly purpose?: string;
  /** Bytes that the key must have. */
  readonly keyBytes: number;
  read(given: OptionReader): O;
  /** Made once, called for each text. `undefined`: the text cannot be protected. */
  text(key: Buffer, options: O): (value: string, row: Row) => Cell | undefined;
  /** Why a row is rejected whose text cannot be. It never repeats the text. */
  reason(column: string): string;
}

/** A step that changes cells in some columns, each by itself, with a key. */
export function keyedStep<O>(form: KeyedForm<O>): RowStep<O & { columns: string[]; key: string }> {
  return {
    kind: form.kind,
    scope: "row",
    protects: true,
    inMemory: true,
    read: (given) => ({ ...form.read(given), columns: given.columns("columns"), key: readKey(given) }),
    sql: noSql(form.kind),
    row: (options) => {
      const change = form.text(keyFor(options.key, form.purpose ?? form.kind, form.keyBytes), options);
      return (row) => {
        const changed: Record<string, Row[string]> = { ...row };
        for (const column of options.columns) {
          const text = cellToProtect(row[column]);
          const cell = text === null ? null : text === undefined ? undefined : change(text, row);
          if (cell === undefined) return new Rejection(form.reason(column));
          changed[column] = cell;
        }
        return changed;
      };
    },
  };
}
