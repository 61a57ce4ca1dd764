import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type Field, scalar, typeSql } from "../../nested/nested-type.ts";
import { beyondBounds, unfit } from "../../nested/wrangle-error.ts";
import { type Cell, cellsKey, type Row } from "../cells.ts";
import type { OptionReader, Scalar } from "../option-reader.ts";
import { groupIndexes } from "../row-order.ts";
import type { RowStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";
import { type Flagged, type FlagOption, imputedColumns, imputedRow, readFlag } from "./flag.ts";
import { type Statistic, statisticOf } from "./impute.ts";

/** Values that were learned once, as data: what is missing in a group, and what everywhere else. */
export interface Learned<By extends string = string, V extends Scalar = Scalar> {
  /** The columns whose values name a group. Default: none. */
  by?: readonly By[];
  /** A row for each group: its values of `by`, and `value`. At most 1,000. */
  values?: readonly { readonly [column: string]: Scalar }[];
  /** For groups that are not among them. Default: they stay null. */
  otherwise?: V;
}

/** With a value for all groups that are not named, none stays null. */
type Imputed<T, K, L, Flag extends string> = Flat<(L extends { otherwise: string | number | boolean } ? { [C in keyof T]: C extends K ? NonNullable<T[C]> : T[C] } : T) & Flagged<Flag>>;

const groupsMax = 1_000;

/**
 * What is missing becomes a value that is known beforehand: a constant, or one for each group. It looks at no other row,
 * so that it runs on a stream.
 *
 * The values of groups can come of `learn`, or of a statement: `wrangle(rows, summarise("city", { value: { median: "rent" } }))`.
 * @example imputeFrom("rent", { otherwise: 0 })
 * @example imputeFrom("rent", learn(rows, "rent", { with: "median", by: ["city"] }), { flag: "rent_imputed" })
 */
export function imputeFrom<T, const K extends keyof T & string, const L extends Learned<keyof T & string>, const Flag extends string = never>(column: K, learned: L, options: FlagOption<Flag> = {}): Step<T, Imputed<T, K, L, Flag>> {
  const { by, values, otherwise }: Learned = learned;
  return { kind: "imputeFrom", column, by, values, otherwise, ...options };
}

/** Learns from rows what `impute` would take, as data to be kept: for each group, and for groups that were not seen. */
export function learn<T extends object, const By extends keyof T & string = never>(rows: readonly T[], column: keyof T & string, options: { with: Statistic; by?: readonly By[] }): Learned<By> {
  const cells = rows as unknown as readonly Row[];
  const by = options.by ?? [];
  const learnt = (indexes: Iterable<number>): Scalar => statisticOf([...indexes].map((i) => cells[i][column] ?? null), options.with) as Scalar;
  const values = by.length === 0 ? [] : groupIndexes(cells, by).map((group) => ({ ...Object.fromEntries(by.map((name) => [name, (cells[group[0]][name] ?? null) as Scalar])), value: learnt(group) }));
  return { by, values: values.filter(({ value }) => value !== null), otherwise: learnt(cells.keys()) };
}

interface ImputeFrom {
  column: string;
  by: string[];
  values: { keys: Scalar[]; value: Exclude<Scalar, null> }[];
  otherwise: Scalar;
  flag?: string;
}

export const imputeFromKind: RowStep<ImputeFrom> = {
  kind: "imputeFrom",
  scope: "row",
  read: (given) => {
    const by = given.texts("by", []);
    return { column: given.text("column"), by, values: given.has("values") ? readGroups(given, by) : [], otherwise: given.scalar("otherwise", null), flag: readFlag(given) };
  },
  sql: ({ column, by, values, otherwise, flag }, input) => {
    const [field] = namedFields(input.fields, [column], "imputeFrom");
    const keys = namedFields(input.fields, by, "imputeFrom");
    const type = typeOfAll(field, [...values.map(({ value }) => value), otherwise]);
    const groups = values.map((group) => `when ${keys.map((key, i) => `${columnSql(key.name)} is not distinct from ${literalSql(group.keys[i], key.type, key)}`).join(" and ")} then ${literalSql(group.value, type, field)}`);
    const known = groups.length === 0 ? literalSql(otherwise, type, field) : `case ${groups.join(" ")} else ${literalSql(otherwise, type, field)} end`;
    return imputedColumns(input, [{ name: field.name, sql: `coalesce(cast(${columnSql(field.name)} as ${typeSql(type)}), ${known})`, type }], flag);
  },
  row: ({ column, by, values, otherwise, flag }) => {
    const known = new Map(values.map(({ keys, value }) => [cellsKey(keys), value]));
    return (row) => imputedRow(row, column, known.get(cellsKey(by.map((name): Cell => row[name] ?? null))) ?? otherwise, flag);
  },
};

function readGroups(given: OptionReader, by: readonly string[]): ImputeFrom["values"] {
  const list = given.list("values");
  if (list.length > groupsMax) throw beyondBounds(`values are given for ${list.length} groups, of at most ${groupsMax}`, "imputeFrom", "keep the values in a table, and join it");
  if (list.length > 0 && by.length === 0) throw unfit("values are given for groups, and no column says which", "imputeFrom", "name the columns in by");
  return list.map((group) => {
    const { value, ...keys } = (typeof group === "object" && group !== null ? group : {}) as Record<string, Scalar>;
    if (value === undefined || value === null || by.some((name) => keys[name] === undefined)) throw unfit(`${JSON.stringify(group)} is no group with its value`, "imputeFrom", `write {${by.map((name) => `'${name}': …`).join(", ")}, 'value': …}`);
    return { keys: by.map((name) => keys[name]), value };
  });
}

/** Whole numbers get room for a fraction where one is imputed. */
function typeOfAll({ type }: Field, values: readonly Scalar[]): Field["type"] {
  const isWhole = /^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(typeSql(type));
  return isWhole && values.some((value) => typeof value === "number" && !Number.isSafeInteger(value)) ? scalar("DOUBLE") : type;
}

function literalSql(value: Scalar, type: Field["type"], { name, asJson }: Field): string {
  const sql = typeSql(type);
  const isNumber = /^(TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|DECIMAL.*)$/.test(sql);
  const fits = value === null || (isNumber ? typeof value === "number" && Number.isFinite(value) : sql === "BOOLEAN" ? typeof value === "boolean" : typeof value === "string");
  if (asJson || type.kind !== "scalar" || !fits) throw unfit(`${JSON.stringify(value)} is no value for column ${JSON.stringify(name)}, which holds ${sql}`, "imputeFrom", "give a value of the column's type");
  return value === null ? `cast(null as ${sql})` : `cast(${sqlText(String(value))} as ${sql})`;
}
