/* White space, one set for both forms: the engine's `trim` knows the blank alone, and the two regular expressions' `\s` differ. */

/** Inside of a character class, for the engine (RE2). */
export const spaceSql = "\\p{Z}\\t\\n\\x0b\\f\\r\\x{85}\\x{feff}";
/** Inside of a character class, for JavaScript with the flag `u`. */
export const spaceJs = "\\p{Z}\\t\\n\\v\\f\\r\\u0085\\uFEFF";
/** Inside of a character class, for both. */
export const space = "\\p{Z}\\t\\n\\x0b\\f\\r\\x85\uFEFF";

const isSpace = new RegExp(`^[${spaceJs}]$`, "u");

/** The text without white space at its ends. A pattern such as ` +$` takes quadratic time in JavaScript where blanks stand inside. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace.test(text[start])) start += 1;
  while (end > start && isSpace.test(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
