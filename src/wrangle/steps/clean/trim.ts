import { sqlText } from "../../../lake/duckdb.ts";
import type { Step } from "../step.ts";
import { textStep } from "../text-step.ts";
import { spaceJs, spaceSql } from "../white-space.ts";

export interface TrimOptions {
  /** White space inside of the text: `"keep"`, the default, or `"collapse"`, one blank for each run of it. */
  inside?: "keep" | "collapse";
}

/**
 * Takes white space of every kind from both ends of texts: tabs, line breaks, no-break and ideographic spaces, byte order marks.
 * @example trim(["title", "director"], { inside: "collapse" })
 */
export function trim<T, const K extends keyof T & string>(columns: K | readonly K[], options: TrimOptions = {}): Step<T, T> {
  return { kind: "trim", columns: [columns].flat(), ...options };
}

export const trimKind = textStep({
  kind: "trim",
  read: (given) => ({ inside: given.oneOf("inside", ["keep", "collapse"], "keep") }),
  sql: (value, { inside }) => {
    const ends = `regexp_replace(${value}, ${sqlText(`^[${spaceSql}]+|[${spaceSql}]+$`)}, '', 'g')`;
    return inside === "keep" ? ends : `regexp_replace(${ends}, ${sqlText(`[${spaceSql}]+`)}, ' ', 'g')`;
  },
  text: ({ inside }) => {
    const ends = new RegExp(`^[${spaceJs}]+|[${spaceJs}]+$`, "gu");
    const runs = new RegExp(`[${spaceJs}]+`, "gu");
    return (text) => (inside === "keep" ? text.replace(ends, "") : text.replace(ends, "").replace(runs, " "));
  },
});
