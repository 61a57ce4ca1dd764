import { sqlText } from "../../lake/duckdb.ts";
import { unfit } from "../nested/wrangle-error.ts";

/*
 * Patterns that the engine (RE2) and JavaScript read alike. What the two read differently is refused, so that a text that
 * matches in a table matches in a stream. Differences that were found: white space (`\s`) and word limits (`\b`), what `.`
 * stands for (here: all but a line feed), POSIX classes, `[]a]`, look-around and references to groups (RE2 has none), and
 * what a group holds that is repeated.
 */

/** A pattern for whole texts, in both forms. */
export interface Pattern {
  /** As a literal of SQL. */
  readonly sql: string;
  readonly regExp: RegExp;
  /** Groups that it takes out. */
  readonly groups: number;
}

const charactersMax = 1_000;
const repeatsMax = 1_000;
const categories = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?)$/;

/**
 * A pattern that a whole text must fit: literals, `.`, classes, `\d`, `\p{Lu}` and other general categories, groups `( )` and
 * `(?: )`, `|`, `? * + {1,3}`, also lazy ones.
 * @throws MillraceError `MR-WRANGLE-001` for one that is none, or that the two forms would read differently
 */
export function readPattern(text: string, where: string): Pattern {
  const { source, groups } = portable(text, where);
  const whole = `^(?:${source})$`;
  try {
    return { sql: sqlText(whole), regExp: new RegExp(whole, "u"), groups };
  } catch (error) {
    throw unfit(`${JSON.stringify(text)} is no pattern: ${(error as Error).message}`, where, "correct it");
  }
}

/** What is read next, and what may be. The first that fits is taken. */
const tokens = /\\[pP]\{(?<category>[^}]*)\}|\\(?<escaped>[^])|(?<class>\[\^?(?:\\[^]|[^\]\\[])+\])|(?<open>\((?:\?:)?)(?!\?)|(?<close>\))|\{(?<repeat>\d{1,4}(?:,\d{0,4})?)\}|(?<often>[*+])|(?<dot>\.)|(?<literal>[^\\[({])/uy;

function portable(text: string, where: string): { source: string; groups: number } {
  const refuse = (what: string): Error => unfit(`the pattern ${JSON.stringify(text.slice(0, 80))} has ${what}, which is not read alike everywhere`, where, "write it in another way: classes like [a-z], \\d, \\p{L}, groups, and the repeats ? * + {1,3}");
  if (text.length > charactersMax) throw unfit(`the pattern has more than ${charactersMax} characters`, where, "split it into several steps");
  const open: { captures: boolean }[] = [];
  let [source, groups, afterCapture] = ["", 0, false];
  for (let at = 0; at < text.length; at = tokens.lastIndex) {
    tokens.lastIndex = at;
    const match = tokens.exec(text);
    if (match === null) throw refuse(JSON.stringify(text.slice(at, at + 3)));
    const { category, escaped, class: inClass, open: opens, close, repeat, often, dot } = match.groups as Record<string, string | undefined>;
    if (category !== undefined && !categories.test(category)) throw refuse(match[0]);
    if (escaped !== undefined && !isPortableEscape(escaped)) throw refuse(match[0]);
    if (inClass !== undefined) for (const [, name, letter] of inClass.matchAll(/\\(?:[pP]\{([^}]*)\}|([^]))/gu)) if (name === undefined ? !isPortableEscape(letter) : !categories.test(name)) throw refuse(inClass);
    if (repeat?.split(",").some((count) => Number(count) > repeatsMax)) throw refuse(match[0]);
    if ((repeat !== undefined || often !== undefined) && afterCapture) throw refuse("a group that is taken out and repeated");
    afterCapture = false;
    if (opens !== undefined) open.push({ captures: opens === "(" });
    if (opens === "(") groups += 1;
    if (close !== undefined) {
      afterCapture = open.pop()?.captures === true;
      if (afterCapture && open.length > 0) open[open.length - 1].captures = true;
    }
    source += dot === undefined ? match[0] : "[^\\n]";
  }
  return { source, groups };
}

/** Digits, line ends and tabs, and signs that stand for themselves. */
const isPortableEscape = (letter: string): boolean => /^[dDtnrf^$\\.*+?()[\]{}|/-]$/u.test(letter);
