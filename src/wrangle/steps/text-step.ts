import { sqlName } from "../../lake/duckdb.ts";
import { Computed } from "./computed.ts";
import { namedFields } from "./named-fields.ts";
import { type Field, type Relation, sameType, typeSql, varchar } from "../nested/nested-type.ts";
import { inputName } from "../nested/value.ts";
import { unfit } from "../nested/wrangle-error.ts";
import type { Row } from "./cells.ts";
import type { OptionReader } from "./option-reader.ts";
import type { RowStep } from "./step.ts";

/** How a step does to one text what it does, in both forms. Nulls are never given to it and stay null. */
export interface TextForm<O> {
  readonly kind: string;
  /** It is not to be computed again for the report. */
  readonly costly?: true;
  read(given: OptionReader): O;
  /** @param value - SQL that gives the text */
  sql(value: string, options: O): string;
  /** Made once, called for each text. */
  text(options: O): (value: string) => string | null;
}

/** A step that changes texts in some columns, each by itself. */
export function textStep<O>(form: TextForm<O>): RowStep<O & { columns: string[] }> {
  return {
    kind: form.kind,
    scope: "row",
    ownCells: true,
    read: (given) => ({ ...form.read(given), columns: given.columns("columns") }),
    sql: (options, input) => {
      const first = new Computed();
      const set = textColumns(input, options.columns, form.kind).map(({ name }) => {
        const sql = form.sql(columnSql(name), options);
        return { name, sql: form.costly ? first.once(sql) : sql, type: varchar };
      });
      return { first: first.values, set };
    },
    row: (options) => {
      const change = form.text(options);
      return (row) => withCells(row, options.columns, (cell) => (typeof cell === "string" ? change(cell) : (cell ?? null)));
    },
  };
}

/** A column of the input, as a step's SQL names it. */
export const columnSql = (name: string): string => `${inputName}.${sqlName(name)}`;

/** @throws MillraceError `MR-WRANGLE-001` for a column that is not there, or holds no texts */
export function textColumns(input: Relation, names: readonly string[], kind: string): Field[] {
  const fields = namedFields(input.fields, names, kind);
  const other = fields.find((field) => field.asJson || !sameType(field.type, varchar));
  if (other !== undefined) throw unfit(`column ${JSON.stringify(other.name)} holds ${other.asJson ? "JSON" : typeSql(other.type)} and no texts`, kind, "leave it out, or make it a text first");
  return fields;
}

/** The row with these cells changed; the same one where none is. */
export function withCells(row: Row, columns: readonly string[], change: (cell: Row[string], column: string) => Row[string]): Row {
  let changed: Record<string, Row[string]> | undefined;
  for (const column of columns) {
    const cell = change(row[column], column);
    if (cell !== row[column]) (changed ??= { ...row })[column] = cell;
  }
  return changed ?? row;
}
