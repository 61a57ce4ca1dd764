/*
 * Upper and lower case, letter by letter, as the engine has them: each letter becomes one letter. So "ß" becomes "ẞ" and not
 * "SS", "ŉ" stays what it is, and "Σ" becomes "σ" also at the end of a word. No language has rules of its own: "I" becomes
 * "i" in Turkish too. Letters that came to Unicode with version 16 stay as they are.
 */

const newerLower = /[\u1c89\ua7cb\ua7cc\ua7ce\ua7d2\ua7d4\ua7da\ua7dc\u{10d50}-\u{10d65}\u{16ea0}-\u{16eb8}]/u;
const newerUpper = /[\u019b\u0264\u1c8a\ua7cd\ua7cf\ua7d3\ua7d5\ua7db\u{10d70}-\u{10d85}\u{16ebb}-\u{16ed3}]/u;

/** As `lower` of the engine. */
export function lower(text: string): string {
  return letters(text, (text) => text.toLowerCase(), (letter) => (letter === "\u0130" ? "i" : newerLower.test(letter) ? letter : single(letter, letter.toLowerCase())));
}

/** As `upper` of the engine. */
export function upper(text: string): string {
  return letters(text, (text) => text.toUpperCase(), (letter) => greekWithIota(letter) ?? (letter === "ß" ? "ẞ" : newerUpper.test(letter) ? letter : single(letter, letter.toUpperCase())));
}

/** Texts of ASCII alone, most of them, are changed at once. */
function letters(text: string, change: (text: string) => string, one: (letter: string) => string): string {
  return /^[\0-\x7f]*$/.test(text) ? change(text) : Array.from(text, one).join("");
}

const single = (letter: string, changed: string): string => ([...changed].length === 1 ? changed : letter);

/** Greek vowels with an iota below have a capital that is one letter, beside the two that JavaScript makes of them. */
function greekWithIota(letter: string): string | undefined {
  const code = letter.codePointAt(0) as number;
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCodePoint(code | 8);
  return code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3 ? String.fromCodePoint(code + 9) : undefined;
}
