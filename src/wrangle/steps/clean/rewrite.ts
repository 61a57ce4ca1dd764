import { sqlText } from "../../../lake/duckdb.ts";

/*
 * Texts rewritten by rules that both forms of a step read alike: each rule is a pattern of the part of the language that RE2
 * and JavaScript (flag `u`) share. No `\s`, `\w`, `.` or look-around; white space is `[${space}]`.
 */

/** One after the other: what is found is replaced, once or everywhere; or the text is kept where all of it fits, and else is empty. */
export type Rewrite = { find: string; by: string; all?: true } | { keep: string };

/** SQL of what the rules make of a text. */
export function rewriteSql(value: string, rules: readonly Rewrite[]): string {
  return rules.reduce((sql, rule) => {
    if ("keep" in rule) return `regexp_extract(${sql}, ${sqlText(whole(rule.keep))})`;
    return `regexp_replace(${sql}, ${sqlText(rule.find)}, ${sqlText(rule.by)}${rule.all ? ", 'g'" : ""})`;
  }, value);
}

/** What the rules make of a text, as a function. */
export function rewriter(rules: readonly Rewrite[]): (text: string) => string {
  const steps = rules.map((rule): ((text: string) => string) => {
    if ("keep" in rule) {
      const pattern = new RegExp(whole(rule.keep), "u");
      return (text) => (pattern.test(text) ? text : "");
    }
    const pattern = new RegExp(rule.find, rule.all ? "gu" : "u");
    const by = byInJs(rule.by);
    return (text) => text.replace(pattern, by);
  });
  return (text) => steps.reduce((changed, step) => step(changed), text);
}

const whole = (pattern: string): string => `^(?:${pattern})$`;

/** `\1` and `\\` of RE2 as JavaScript has them. There are less than ten groups. */
const byInJs = (by: string): string => by.replaceAll("$", "$$$$").replace(/\\(\d|\\)/g, (_, what: string) => (what === "\\" ? "\\" : what === "0" ? "$&" : `$${what}`));
