import { columnNames } from "./column-names.ts";
import { decimalPoint } from "./csv/decimal-point.ts";
import type { FileFormat } from "./file-format.ts";
import { Fitter, Misfit, refuseUnknown } from "./fit.ts";
import type { InferredField } from "./inferred-type.ts";
import type { RawRow } from "./raw-row.ts";
import { isAllText } from "./read-rows.ts";

/** Fits the rows of files of one format into the fields of a table. */
export class RowFitter {
  readonly #format: FileFormat;
  readonly #fields: readonly InferredField[];
  readonly #fitter: Fitter;
  readonly #keys: ReadonlySet<string>;
  readonly #nullTexts: (ReadonlySet<string> | undefined)[];
  /** For each field the cell it comes from, for the columns last seen. */
  #columns: readonly string[] | undefined;
  #places: number[] = [];
  #stray: number[] = [];

  constructor(format: FileFormat, fields: readonly InferredField[]) {
    this.#format = format;
    this.#fields = fields;
    this.#fitter = new Fitter(isAllText(format.kind));
    this.#keys = new Set(fields.map(({ name, source }) => source ?? name));
    this.#nullTexts = fields.map(({ nullTexts }) => nullTexts && new Set(nullTexts));
  }

  /** @returns the row as a line of JSON, or why it does not fit */
  fit(row: RawRow, columns: readonly string[] | undefined): string | Misfit {
    if (row.fault !== undefined) return new Misfit(row.fault);
    try {
      return row.cells ? this.#cells(row.cells, columns ?? []) : this.#record(row.value);
    } catch (error) {
      if (error instanceof Misfit) return error;
      throw error;
    }
  }

  #cells(cells: readonly unknown[], columns: readonly string[]): string {
    const { kind } = this.#format;
    if (columns !== this.#columns || cells.length > this.#places.length + this.#stray.length) this.#match(columns, cells.length);
    if (kind === "csv" && cells.length < columns.length && this.#format.shortRows === "misfit") throw new Misfit(`the row has ${cells.length} cells of ${columns.length}`);
    for (const i of this.#stray) {
      if (cells[i] !== null && cells[i] !== undefined) throw new Misfit(i >= columns.length ? `the row has more cells than the ${columns.length} columns` : `the column ${JSON.stringify(columns[i])} is not in the schema`);
    }
    const parts = this.#fields.map(({ name, type }, i) => `${JSON.stringify(name)}:${this.#fitter.fit(this.#cell(cells[this.#places[i]], i), type, name)}`);
    return `{${parts.join(",")}}`;
  }

  #cell(cell: unknown, field: number): unknown {
    if (typeof cell !== "string") return cell;
    if (this.#nullTexts[field]?.has(cell)) return null;
    const comma = this.#format.kind === "csv" && this.#format.decimal === "," && isNumber(this.#fields[field]);
    return comma ? decimalPoint(cell) : cell;
  }

  #match(columns: readonly string[], width: number): void {
    const names = columnNames(Array.from({ length: Math.max(width, columns.length) }, (_, i) => columns[i] ?? null));
    const place = new Map(names.map((name, i) => [name, i]));
    this.#columns = columns;
    this.#places = this.#fields.map(({ name }) => place.get(name) ?? -1);
    const taken = new Set(this.#places);
    this.#stray = names.flatMap((_, i) => (taken.has(i) ? [] : [i]));
  }

  #record(value: unknown): string {
    const [first] = this.#fields;
    if (this.#format.kind === "json" && this.#format.records === "value") return `{${JSON.stringify(first.name)}:${this.#fitter.fit(value, first.type, first.name)}}`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Misfit("the record is no object");
    const record = value as Record<string, unknown>;
    refuseUnknown(record, this.#keys, "");
    const parts = this.#fields.map(({ name, source, type, nullTexts }) => {
      const key = source ?? name;
      const inner = Object.hasOwn(record, key) ? record[key] : undefined;
      return `${JSON.stringify(name)}:${this.#fitter.fit(typeof inner === "string" && nullTexts?.includes(inner) ? null : inner, type, name)}`;
    });
    return `{${parts.join(",")}}`;
  }
}

function isNumber({ type }: InferredField): boolean {
  return type.kind === "double" || type.kind === "decimal" || type.kind === "long";
}
