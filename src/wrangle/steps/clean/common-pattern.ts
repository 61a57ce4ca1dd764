import { unfit } from "../../nested/wrangle-error.ts";
import { space } from "../white-space.ts";
import { unlikeRepeat } from "./repeated-groups.ts";

/** A pattern that users write, in the part of the language that RE2 and JavaScript read alike. */
export interface CommonPattern {
  /** For the engine. */
  sql: string;
  /** For `new RegExp(…, "u")`. */
  js: string;
  /** Names of its groups, in order; undefined for one without a name. */
  groups: (string | undefined)[];
}

const patternMax = 2_000;

/**
 * Reads a pattern. `.` is all but a line feed; `\s` white space of every kind; `\d`, `\w` of ASCII. There is no look-around,
 * no `\b`, no reference to groups.
 *
 * @param mayBeEmpty - whether it may fit the empty text: of patterns that are looked for again and again, the two go on differently then
 * @throws MillraceError `MR-WRANGLE-001` for a pattern that is none of these
 */
export function commonPattern(source: string, where: string, mayBeEmpty = false): CommonPattern {
  const wrong = (what: string, mend: string): Error => unfit(`pattern ${JSON.stringify(source)} ${what}`, where, mend);
  if (source === "" || source.length > patternMax) throw wrong(`has ${source.length} characters`, `write 1 to ${patternMax}`);
  const unlike = unlikeRepeat(source);
  if (unlike !== undefined) throw wrong(unlike, "write (?:…) in the place of the inner (…), or fewer repeats");
  const read = translate(source, wrong);
  try {
    const fitsEmpty = new RegExp(read.js, "u").test("");
    if (fitsEmpty && !mayBeEmpty) throw wrong("fits the empty text", "let it fit something: + in the place of *");
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong("cannot be read", error.message);
    throw error;
  }
  return read;
}

function translate(source: string, wrong: (what: string, mend: string) => Error): CommonPattern {
  const groups: (string | undefined)[] = [];
  let [sql, js] = ["", ""];
  let inClass = false;
  for (let i = 0; i < source.length; ) {
    const rest = source.slice(i);
    const [piece, inSql, inJs] = nextPiece(rest, inClass, wrong);
    if (piece === "[" && !inClass) inClass = true;
    else if (piece === "]") inClass = false;
    else if (!inClass && piece.startsWith("(") && piece !== "(?:") groups.push(/<(.+)>/.exec(piece)?.[1]);
    sql += inSql;
    js += inJs;
    i += piece.length;
  }
  return { sql, js, groups };
}

/** The piece that comes next, and what it is in the engine and in JavaScript. */
function nextPiece(rest: string, inClass: boolean, wrong: (what: string, mend: string) => Error): [piece: string, sql: string, js: string] {
  if (rest.startsWith("\\")) return escapePiece(rest, inClass, wrong);
  const [letter] = rest;
  if (inClass) {
    if (letter === "[") throw wrong("has [ inside of [ ]", "write \\[");
    return [letter, letter, letter];
  }
  if (rest.startsWith("[^]") || rest.startsWith("[]")) throw wrong("has an empty class", "name what is in it");
  if (letter === ".") return [letter, "[^\\n]", "[^\\n]"];
  if (!rest.startsWith("(?")) return [letter, letter, letter];
  const [named, name] = /^\(\?<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest) ?? [];
  if (named !== undefined) return [named, `(?P<${name}>`, named];
  if (rest.startsWith("(?:")) return ["(?:", "(?:", "(?:"];
  throw wrong("has look-around or flags in it", "use (…), (?:…) and (?<name>…) alone");
}

const plainEscapes = /^\\(?:[dDwWnrtf]|[\^$\\.*+?()[\]{}|/]|p\{[A-Z][a-z]?\}|P\{[A-Z][a-z]?\})/u;

function escapePiece(rest: string, inClass: boolean, wrong: (what: string, mend: string) => Error): [piece: string, sql: string, js: string] {
  const [plain] = plainEscapes.exec(rest) ?? [];
  if (plain !== undefined) return [plain, plain, plain];
  if (rest.startsWith("\\-") && inClass) return ["\\-", "\\-", "\\-"];
  if (rest.startsWith("\\s")) return inClass ? ["\\s", space, space] : ["\\s", `[${space}]`, `[${space}]`];
  if (rest.startsWith("\\S") && !inClass) return ["\\S", `[^${space}]`, `[^${space}]`];
  const [point, code] = /^\\u\{([0-9a-fA-F]{1,6})\}/.exec(rest) ?? [];
  if (point !== undefined) return [point, `\\x{${code}}`, point];
  throw wrong(`has ${rest.slice(0, 2)} in it, which the engine and TypeScript do not read alike`, "use \\d \\w \\s \\n \\t \\p{L} \\u{e9} and signs behind a backslash");
}
