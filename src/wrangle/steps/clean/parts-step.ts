import { sqlText } from "../../../lake/duckdb.ts";
import { varchar } from "../../nested/nested-type.ts";
import { Rejection, type RowStep } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import { space } from "../white-space.ts";
import { boundedSql, isLong, misfitSql, misfitText } from "./reading-step.ts";
import { Computed } from "../computed.ts";
import { type Rewrite, rewriter, rewriteSql } from "./rewrite.ts";

export interface PartsOptions<Prefix extends string = string> {
  /** Stands before the names of the new columns. Default: nothing does. */
  prefix?: Prefix;
  /** What becomes of a text that cannot be split: the new columns are null, the default, or its row goes to the quarantine. */
  misfits?: "null" | "quarantine";
}

export interface Parts {
  column: string;
  prefix: string;
  misfits: "null" | "quarantine";
}

/**
 * A step that splits a text into columns by rules of thumb.
 * @param names - of the parts, in the order in which the rules write them
 * @param rules - for a text without white space at its ends, runs of it as one blank, and without `|`: they give the parts with `|` between them
 */
export function partsStep(kind: string, names: readonly string[], rules: readonly Rewrite[], misfit: string): RowStep<Parts> {
  const all: Rewrite[] = [
    { find: `^[${space}]+|[${space}]+$`, by: "", all: true },
    { find: `[${space}]+`, by: " ", all: true },
    { find: "[|]", by: "?", all: true },
    ...rules,
    { keep: `[^|]*(?:[|][^|]*){${names.length - 1}}` },
  ];
  return {
    kind,
    scope: "row",
    read: (given) => ({ column: given.text("column"), prefix: given.text("prefix", ""), misfits: given.oneOf("misfits", ["null", "quarantine"], "null") }),
    sql: ({ column, prefix, misfits }, input) => {
      const [{ name }] = textColumns(input, [column], kind);
      const value = columnSql(name);
      const first = new Computed();
      const parts = first.once(rewriteSql(boundedSql(value), all));
      const set = names.map((part, i) => ({ name: prefix + part, sql: `nullif(split_part(${parts}, ${sqlText("|")}, ${i + 1}), '')`, type: varchar }));
      return { first: first.values, set, ...(misfits === "quarantine" && { reject: `case when ${value} is not null and coalesce(${parts}, '') = '' then ${misfitSql(name, misfit, value)} end` }) };
    },
    row: ({ column, prefix, misfits }) => {
      const rewrite = rewriter(all);
      return (row) => {
        const text = row[column] ?? null;
        const parts = typeof text === "string" && !isLong(text) ? rewrite(text) : "";
        if (typeof text === "string" && parts === "" && misfits === "quarantine") return new Rejection(misfitText(column, misfit, text));
        const found = parts.split("|");
        return { ...row, ...Object.fromEntries(names.map((part, i) => [prefix + part, found[i] || null])) };
      };
    },
  };
}
