import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type Field, typeSql, varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { cellText, cellTextSql } from "../cell-text.ts";
import type { Cell } from "../cells.ts";
import { checkFree } from "../column-names.ts";
import type { RowStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

export interface UniteOptions<K extends string> {
  /** The columns whose values are joined, in order, as people read them: a number has no `.0` behind it. No lists or structs. */
  columns: readonly K[];
  /** Stands between two values. Default "_". */
  separator?: string;
  /** `"skip"`, the default: a null is left out, with its separator, and only nulls are null. `"null"`: one null makes the whole null. */
  nulls?: "skip" | "null";
  /** Whether the old columns stay. Default false. */
  keep?: boolean;
}

/**
 * Several columns that make up one value become one column of texts.
 * @example unite("date", { columns: ["year", "month", "day"], separator: "-" })
 */
export function unite<T, const Name extends string, const K extends keyof T & string>(name: Name, options: UniteOptions<K>): Step<T, Flat<Omit<T, K> & { [N in Name]: string | null }>> {
  return { kind: "unite", column: name, ...options };
}

interface Unite {
  column: string;
  columns: string[];
  separator: string;
  nulls: "skip" | "null";
  keep: boolean;
}

export const uniteKind: RowStep<Unite> = {
  kind: "unite",
  scope: "row",
  read: (given) => ({ column: given.text("column"), columns: given.columns("columns"), separator: given.text("separator", "_"), nulls: given.oneOf("nulls", ["skip", "null"], "skip"), keep: given.flag("keep") }),
  sql: ({ column, columns, separator, nulls, keep }, input) => {
    const fields = namedFields(input.fields, columns, "unite");
    const gone = keep ? [] : fields.map(({ name }) => name);
    checkFree([...input.fields.map(({ name }) => name).filter((name) => !gone.includes(name)), column], "unite");
    const texts = fields.map(joinable);
    const joined = nulls === "null" ? texts.join(` || ${sqlText(separator)} || `) : `array_to_string(nullif(list_filter([${texts.join(", ")}], lambda each: each is not null), []), ${sqlText(separator)})`;
    return { set: [{ name: column, sql: joined, type: varchar }], drop: gone, behind: fields[0].name };
  },
  row: ({ column, columns, separator, nulls, keep }) => (row) => {
    const texts = columns.map((name) => joinableText(row[name], name));
    const there = texts.filter((text) => text !== null);
    const none = there.length === 0 || (nulls === "null" && there.length < texts.length);
    const others = keep ? row : Object.fromEntries(Object.entries(row).filter(([name]) => !columns.includes(name)));
    return { ...others, [column]: none ? null : there.join(separator) };
  },
};

function joinable({ name, type, asJson }: Field): string {
  if (asJson || type.kind !== "scalar") throw unfit(`column ${JSON.stringify(name)} holds ${asJson ? "JSON" : typeSql(type)}`, "unite", "name a field of it, or unnest it first");
  return typeSql(type) === "VARCHAR" ? columnSql(name) : cellTextSql(columnSql(name), type);
}

function joinableText(cell: Cell | undefined, column: string): string | null {
  if (typeof cell === "object" && cell !== null) throw unfit(`column ${JSON.stringify(column)} holds a list or a struct`, "unite", "name a field of it, or unnest it first");
  return cellText(cell);
}
