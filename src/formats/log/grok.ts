import { invalidFormat } from "../damage.ts";
import { grokPatterns } from "./grok-patterns.ts";

/** A grok pattern as a regular expression. */
export interface Grok {
  regex: RegExp;
  /** The names of its captures, in their order; `timestamp` among them is turned into ISO where it is of a known form. */
  columns: string[];
}

const depthMax = 20;
const lengthMax = 20_000;

/**
 * Reads a grok pattern: regular expression in which `%{NAME}` stands for a named pattern and `%{NAME:column}` captures it.
 * The whole line has to match.
 *
 * @param extra - patterns beside the built-in ones, by name
 * @throws MillraceError `MR-FORMAT-007` when a name is not known or the pattern is no regular expression
 */
export function compileGrok(pattern: string, where: string, extra: Readonly<Record<string, string>> = {}): Grok {
  const columns: string[] = [];
  const source = expand(pattern, { columns, extra, where }, 0);
  try {
    return { regex: new RegExp(`^${source}$`, "u"), columns };
  } catch (cause) {
    throw invalidFormat(where, `the pattern is no regular expression: ${(cause as Error).message.slice(0, 300)}`, "correct the pattern");
  }
}

interface Expansion {
  columns: string[];
  extra: Readonly<Record<string, string>>;
  where: string;
}

function expand(pattern: string, into: Expansion, depth: number): string {
  if (depth > depthMax || pattern.length > lengthMax) throw invalidFormat(into.where, "a pattern contains itself, or is too long", "correct the pattern");
  return pattern.replace(/%\{(\w+)(?::([\w.@-]+))?(?::\w+)?\}/g, (_, name: string, column: string | undefined) => {
    const inner = Object.hasOwn(into.extra, name) ? into.extra[name] : Object.hasOwn(grokPatterns, name) ? grokPatterns[name] : undefined;
    if (inner === undefined) throw invalidFormat(into.where, `the pattern ${JSON.stringify(name)} is not known`, `known are ${Object.keys(grokPatterns).join(", ")}`);
    if (column === undefined) return `(?:${expand(inner, into, depth + 1)})`;
    // Groups are numbered: column names may have characters that names of groups may not.
    into.columns.push(column);
    return `(${uncaptured(expand(inner, { ...into, columns: [] }, depth + 1))})`;
  });
}

/** Captures inside of a capture would move the numbers of those after it. */
function uncaptured(source: string): string {
  return source.replace(/\\[\s\S]|\((?!\?)/g, (token) => (token === "(" ? "(?:" : token));
}
