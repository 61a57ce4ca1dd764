import { sqlText } from "../../../lake/duckdb.ts";
import { namedFields } from "../named-fields.ts";
import type { Field, NestedType, Relation } from "../../nested/nested-type.ts";
import type { Cell, Row } from "../cells.ts";
import { Computed } from "../computed.ts";
import type { OptionReader } from "../option-reader.ts";
import { type ColumnChanges, Rejection, type RowStep } from "../step.ts";
import { columnSql } from "../text-step.ts";
import { cellToProtect, keyFor, noSql, protectedTextSql, readKey } from "./keys.ts";
import { hmacSql, type SqlPurpose } from "./sql-keys.ts";

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
  /** The same in SQL. Absent: the engine has no functions for it, and it runs in memory alone. */
  readonly sql?: KeyedSql<O>;
  /** Why a row is rejected whose text cannot be. It never repeats the text. */
  reason(column: string): string;
}

interface KeyedSql<O> {
  readonly purpose: SqlPurpose;
  /** Of a column what it becomes: null for a text that cannot be protected. Made once, called for each column. */
  cells(hmac: (text: string) => string, input: Relation, options: O, first: Computed): (text: string, field: Field) => { sql: string; type: NestedType };
}

/** A step that changes cells in some columns, each by itself, with a key. */
export function keyedStep<O>(form: KeyedForm<O>): RowStep<O & { columns: string[]; key: string }> {
  return {
    kind: form.kind,
    scope: "row",
    ownCells: true,
    protects: true,
    ...(form.sql === undefined && { inMemory: true }),
    secret: ({ key }) => key,
    read: (given) => ({ ...form.read(given), columns: given.columns("columns"), key: readKey(given) }),
    sql: form.sql === undefined ? noSql(form.kind) : (options, input) => changes(form, form.sql as KeyedSql<O>, options, input),
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

function changes<O>({ kind, reason }: KeyedForm<O>, { purpose, cells }: KeyedSql<O>, options: O & { columns: string[]; key: string }, input: Relation): ColumnChanges {
  const first = new Computed();
  const cell = cells(hmacSql(options.key, purpose, first), input, options, first);
  const set = namedFields(input.fields, options.columns, kind).map((field) => {
    const { sql, type } = cell(first.once(protectedTextSql(field, kind)), field);
    return { name: field.name, sql: first.once(sql), type };
  });
  const rejects = set.map(({ name, sql }) => `when ${columnSql(name)} is not null and ${sql} is null then ${sqlText(reason(name))}`);
  return { first: first.values, set, reject: `case ${rejects.join(" ")} end` };
}
