import type { Step } from "../step.ts";
import { textStep } from "../text-step.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { commonPattern } from "./common-pattern.ts";
import type { TextColumn } from "./reading-step.ts";
import { sqlText } from "../../../lake/duckdb.ts";

export interface ReplaceOptions {
  /** `find` is a pattern, and `$1` to `$9` in `by` are its groups (`$$` is a dollar sign). Default false. */
  pattern?: boolean;
}

/**
 * Replaces a text, or what fits a pattern, wherever it stands.
 *
 * A pattern is of the part of the language that the engine and TypeScript read alike: `.` is all but a line feed, `\s` white
 * space of every kind, `\d` and `\w` of ASCII, `\p{L}` letters; no look-around, no `\b`, no flags. In TypeScript patterns such
 * as `(a+)+b` take very long on texts that nearly fit.
 *
 * @param find - is not empty, and as a pattern does not fit the empty text
 * @example replace("distributor", " (Inc|Corp)[.]?$", "", { pattern: true })
 */
export function replace<T, const K extends TextColumn<T>>(columns: K | readonly K[], find: string, by: string, options: ReplaceOptions = {}): Step<T, T> {
  return { kind: "replace", columns: [columns].flat(), find, by, ...options };
}

interface Replace {
  /** Absent for a text as it stands. */
  pattern?: { sql: string; js: string };
  find: string;
  by: string;
}

export const replaceKind = textStep<Replace>({
  kind: "replace",
  read: (given) => {
    const [find, by] = [given.text("find"), given.text("by")];
    if (find === "") throw unfit("nothing is to be found", "replace", "give a text");
    if (!given.flag("pattern")) return { find, by };
    const { sql, js, groups } = commonPattern(find, "replace");
    const beyond = [...by.matchAll(/\$(\d)/g)].find(([, group]) => Number(group) > groups.length || group === "0");
    if (beyond !== undefined) throw unfit(`${beyond[0]} is no group of ${JSON.stringify(find)}`, "replace", `it has ${groups.length} groups, from $1 on; a dollar sign is $$`);
    if (/\$(?![\d$])/.test(by.replaceAll("$$", ""))) throw unfit(`${JSON.stringify(by)} has a $ that stands for nothing`, "replace", "write $$ for a dollar sign");
    return { find, by, pattern: { sql, js } };
  },
  sql: (value, { pattern, find, by }) => (pattern === undefined ? `replace(${value}, ${sqlText(find)}, ${sqlText(by)})` : `regexp_replace(${value}, ${sqlText(pattern.sql)}, ${sqlText(byInSql(by))}, 'g')`),
  text: ({ pattern, find, by }) => {
    if (pattern === undefined) return (text) => text.replaceAll(find, () => by);
    const found = new RegExp(pattern.js, "gu");
    // `$12` is group 1 and a 2, in a pattern of a dozen groups too.
    return (text) => text.replace(found, (...groups) => by.replace(/\$(\d|\$)/g, (_, what: string) => (what === "$" ? "$" : ((groups[Number(what)] as string | undefined) ?? ""))));
  },
});

const byInSql = (by: string): string => by.replaceAll("\\", "\\\\").replace(/\$(\d|\$)/g, (_, what: string) => (what === "$" ? "$" : `\\${what}`));
