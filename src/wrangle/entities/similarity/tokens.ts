import { sqlText } from "../../../lake/duckdb.ts";
import { space } from "../../steps/white-space.ts";

const spaces = new RegExp(`[${space}]+`, "u");

/** The words of a text, each once: what stands between white space. */
export function tokens(text: string): Set<string> {
  return new Set(text.split(spaces).filter((word) => word !== ""));
}

/** The words that both have, of all that one of them has: 0 to 1. Two texts without words have nothing in common. */
export function tokenOverlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const word of a) if (b.has(word)) both++;
  const all = a.size + b.size - both;
  return all === 0 ? 0 : both / all;
}

export function tokensSql(text: string): string {
  return `list_distinct(list_filter(string_split_regex(${text}, ${sqlText(`[${space}]+`)}), lambda word: word <> ''))`;
}

/** @param a - SQL of a list of words, each once */
export function tokenOverlapSql(a: string, b: string): string {
  const both = `len(list_intersect(${a}, ${b}))`;
  return `coalesce(${both} / nullif(len(${a}) + len(${b}) - ${both}, 0), 0)`;
}
