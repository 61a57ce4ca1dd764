/* White space, one set for both forms: the engine's `trim` knows the blank alone, and the two regular expressions' `\s` differ. */

/** Inside of a character class. */
export const space = "\\p{Z}\\t\\n\\x0b\\f\\r\\x85\uFEFF";

/** All that is white space, one letter behind the other. */
export const spaceLetters = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

const isSpace = new RegExp(`^[${space}]$`, "u");

/** The text without white space at its ends. A pattern such as ` +$` takes quadratic time in JavaScript where blanks stand inside. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace.test(text[start])) start += 1;
  while (end > start && isSpace.test(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
