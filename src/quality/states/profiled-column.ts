import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { elementType, mapTypes, structFields } from "../../sql/type-text.ts";

/**
 * What is measured of a column follows from its kind.
 * - `text`: lengths, blanks, a sample of values. Types without an order of their own (times of day, UUIDs) are their text.
 * - `integer`, `decimal`, `float`, `time`: bounds, moments, quantiles; of a `time` in milliseconds since 1970
 * - `size`: lists, maps and bytes, by how many elements they have
 * - `struct`: nulls alone; its fields are columns of their own
 */
export type ColumnKind = "boolean" | "integer" | "decimal" | "float" | "time" | "text" | "size" | "struct";

/** A column, or a field within one, as a profile sees it. */
export interface ProfiledColumn {
  /** Names from the column inwards. */
  path: string[];
  /** As DuckDB writes it. */
  type: string;
  kind: ColumnKind;
  /** Its value in a row of its table. */
  sql: string;
}

/**
 * The columns of a table and the fields of its structs, each struct before its fields.
 * @param columnsMax - after which the rest is left out, and counted
 */
export function profiledColumns(columns: readonly { name: string; type: string }[], columnsMax: number): { columns: ProfiledColumn[]; leftOut: number } {
  const all = columns.flatMap(({ name, type }) => expanded([name], type, sqlName(name)));
  return { columns: all.slice(0, columnsMax), leftOut: Math.max(0, all.length - columnsMax) };
}

function expanded(path: string[], type: string, sql: string): ProfiledColumn[] {
  const kind = kindOf(type);
  const isItsText = kind === "text" && type !== "VARCHAR";
  const here = { path, type, kind, sql: isItsText ? `cast(${sql} as varchar)` : sql };
  const inner = structFields(type) ?? [];
  return [here, ...inner.flatMap((field) => expanded([...path, field.name], field.type, `struct_extract(${sql}, ${sqlText(field.name)})`))];
}

function kindOf(type: string): ColumnKind {
  if (elementType(type) !== undefined || mapTypes(type) !== undefined || type === "BLOB" || type === "BIT") return "size";
  if (structFields(type) !== undefined) return "struct";
  if (type === "BOOLEAN") return "boolean";
  if (/^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/.test(type)) return "integer";
  if (type.startsWith("DECIMAL")) return "decimal";
  if (type === "FLOAT" || type === "DOUBLE") return "float";
  if (type === "DATE" || type.startsWith("TIMESTAMP")) return "time";
  return "text";
}

/** The number by which a value is measured, as a double; null for what is not finite. Undefined for kinds without one. */
export function numberSql({ kind, type }: ProfiledColumn, value: string): string | undefined {
  switch (kind) {
    case "integer":
    case "decimal":
      return `cast(${value} as double)`;
    case "float":
      return `case when isfinite(${value}) then cast(${value} as double) end`;
    case "time":
      return `case when isfinite(${value}) then epoch(${value}) * 1000 end`;
    case "size":
      return `cast(${sizeFunction(type)}(${value}) as double)`;
    default:
      return undefined;
  }
}

function sizeFunction(type: string): string {
  if (type === "BIT") return "bit_length";
  return type === "BLOB" ? "octet_length" : type.startsWith("MAP(") ? "cardinality" : "len";
}

/** Whether values can be shown and counted one by one. */
export const hasValues = ({ kind }: ProfiledColumn): boolean => kind !== "size" && kind !== "struct";

/** Whether a value can be something else than finite. */
export const canBeInfinite = ({ kind }: ProfiledColumn): boolean => kind === "float" || kind === "time";
