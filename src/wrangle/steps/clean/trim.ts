import { sqlText } from "../../../lake/duckdb.ts";
import type { Step } from "../step.ts";
import { textStep } from "../text-step.ts";
import { space, spaceLetters, trimSpace } from "../white-space.ts";

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

/** SQL of a text without white space at its ends. */
export const trimSql = (value: string): string => `trim(${value}, ${sqlText(spaceLetters)})`;

export const trimKind = textStep({
  kind: "trim",
  read: (given) => ({ inside: given.oneOf("inside", ["keep", "collapse"], "keep") }),
  sql: (value, { inside }) => (inside === "keep" ? trimSql(value) : `regexp_replace(${trimSql(value)}, ${sqlText(`[${space}]+`)}, ' ', 'g')`),
  text: ({ inside }) => {
    const runs = new RegExp(`[${space}]+`, "gu");
    return (text) => (inside === "keep" ? trimSpace(text) : trimSpace(text).replace(runs, " "));
  },
});
