import type { Flat } from "../../../model/schema-types.ts";
import { sqlText } from "../../../lake/duckdb.ts";
import { varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import { type CommonPattern, commonPattern } from "./common-pattern.ts";
import { misfitSql, misfitText, type TextColumn } from "./reading-step.ts";
import { Computed } from "../computed.ts";

export interface ExtractOptions<Keep extends boolean = boolean> {
  /** Whether the column stays. Default true. */
  keep?: Keep;
  /** What becomes of a text that does not fit: the new columns are null, the default, or its row goes to the quarantine. */
  misfits?: "null" | "quarantine";
}

/** The names of a pattern's groups. */
export type GroupNames<P extends string> = P extends `${string}(?<${infer Name}>${infer Rest}` ? Name | GroupNames<Rest> : never;

/**
 * Takes what is embedded in a text out into columns: each named group of the pattern becomes one, null where it found nothing.
 *
 * @param pattern - as of `replace`; it is looked for anywhere in the text unless it begins with `^` and ends with `$`
 * @example extract("Title", "^(?<name>.+) [(](?<year>\\d{4})[)]$") // "King Kong (1933)" → name, year
 */
export function extract<T, const K extends TextColumn<T>, const P extends string, const Keep extends boolean = true>(
  column: K,
  pattern: P,
  options: ExtractOptions<Keep> = {},
): Step<T, Flat<Omit<T, GroupNames<P> | (Keep extends true ? never : K)> & { [N in GroupNames<P>]: string | null }>> {
  return { kind: "extract", column, pattern, ...options };
}

interface Extract {
  column: string;
  pattern: CommonPattern;
  /** Columns, each with its group's number. */
  names: { name: string; group: number }[];
  keep: boolean;
  misfits: "null" | "quarantine";
}

const misfit = "does not fit the pattern";

export const extractKind: RowStep<Extract> = {
  kind: "extract",
  scope: "row",
  read: (given) => {
    const pattern = commonPattern(given.text("pattern"), "extract", true);
    const names = pattern.groups.flatMap((name, i) => (name === undefined ? [] : [{ name, group: i + 1 }]));
    const distinct = new Set(names.map(({ name }) => name.toLowerCase()));
    if (names.length === 0 || distinct.size < names.length) throw unfit("the pattern's groups do not name columns, each once", "extract", "name groups: (?<year>\\d{4})");
    return { column: given.text("column"), pattern, names, keep: given.flag("keep", true), misfits: given.oneOf("misfits", ["null", "quarantine"], "null") };
  },
  sql: ({ column, pattern, names, keep, misfits }, input) => {
    const [{ name }] = textColumns(input, [column], "extract");
    const value = columnSql(name);
    const first = new Computed();
    const set = names.map(({ name, group }) => ({ name, type: varchar, sql: first.once(`nullif(regexp_extract(${value}, ${sqlText(pattern.sql)}, ${group}), '')`) }));
    const drop = keep || names.some((each) => each.name === name) ? [] : [name];
    return { first: first.values, set, drop, ...(misfits === "quarantine" && { reject: `case when ${value} is not null and not regexp_matches(${value}, ${sqlText(pattern.sql)}) then ${misfitSql(name, misfit, value)} end` }) };
  },
  row: ({ column, pattern, names, keep, misfits }) => {
    const find = new RegExp(pattern.js, "u");
    return (row) => {
      const cell = row[column] ?? null;
      const found = typeof cell === "string" ? find.exec(cell) : null;
      if (typeof cell === "string" && found === null && misfits === "quarantine") return new Rejection(misfitText(column, misfit, cell));
      const changed = { ...row };
      if (!keep) delete changed[column];
      for (const { name, group } of names) changed[name] = found?.[group] || null;
      return changed;
    };
  },
};
