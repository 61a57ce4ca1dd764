import { soundex as soundOf, soundexSql as soundOfSql } from "../../steps/clean/word-keys.ts";

/*
 * How a name sounds: American Soundex of its letters from A to Z, as if it were one word (`O'Hara`, `van Gogh`). Accents are
 * taken off first.
 */

/** Null where no letter stands in the text. */
export function soundex(text: string): string | null {
  const word = text.normalize("NFD").replace(/[^A-Za-z]/gu, "").toLowerCase();
  return word === "" ? null : soundOf(word);
}

/** The same in SQL. */
export function soundexSql(text: string): string {
  const word = `lower(regexp_replace(strip_accents(${text}), '[^A-Za-z]', '', 'g'))`;
  return `case when ${word} <> '' then ${soundOfSql(word)} end`;
}
