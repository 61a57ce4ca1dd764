import { sqlText } from "../../../lake/duckdb.ts";

/*
 * American Soundex, as the National Archives describe it: the first letter and three digits for the consonants behind it.
 * Letters with one digit count once when nothing, or H or W, stands between them. Letters with accents are taken without
 * them; what is no letter from A to Z is passed over.
 */

/** Digits of the letters A to Z; `0` for vowels, which part equal digits; `-` for H and W, which do not. */
const digits = "01230120022455012623010202".replace(/^(.{7})./, "$1-").replace(/^(.{22})./, "$1-");
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Of a text; null where no letter stands in it. */
export function soundex(text: string): string | null {
  const word = text.normalize("NFD").replace(/[^A-Za-z]/gu, "").toUpperCase();
  if (word === "") return null;
  let code = word[0];
  let before = digits[letters.indexOf(word[0])];
  for (const letter of word.slice(1)) {
    const digit = digits[letters.indexOf(letter)];
    if (digit === "-") continue;
    if (digit !== "0" && digit !== before) code += digit;
    if (code.length === 4) return code;
    before = digit;
  }
  return code.padEnd(4, "0");
}

/** The same in SQL. */
export function soundexSql(text: string): string {
  const word = `upper(regexp_replace(strip_accents(${text}), '[^A-Za-z]', '', 'g'))`;
  const coded = `replace(translate(${word}, ${sqlText(letters)}, ${sqlText(digits)}), '-', '')`;
  // H and W have no digit: when one of them stands first, nothing goes before what follows.
  const ownDigit = `case when ${word}[1] in ('H', 'W') then 0 else 1 end`;
  const single = onceEach(coded);
  return `case when ${word} <> '' then rpad(left(${word}[1] || replace(substr(${single}, 1 + ${ownDigit}), '0', ''), 4), 4, '0') end`;
}

/** Of digits that stand beside themselves one. The engine's expressions know no "the same again". */
function onceEach(coded: string): string {
  return [..."0123456"].reduce((sql, digit) => `regexp_replace(${sql}, '${digit}+', '${digit}', 'g')`, coded);
}
