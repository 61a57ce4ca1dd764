import { sqlText } from "../../../lake/duckdb.ts";
import type { Step } from "../step.ts";
import { textStep } from "../text-step.ts";
import { lower, upper } from "./letter-case.ts";
import type { TextColumn } from "./reading-step.ts";

/** `title`: Each Word Begins With A Capital. `sentence`: Only the first letter of a sentence does. All other letters are small in both. */
export type LetterCase = "lower" | "upper" | "title" | "sentence";
const cases: readonly LetterCase[] = ["lower", "upper", "title", "sentence"];

/**
 * Changes the case of letters, each letter by itself and alike in all languages: "ß" becomes "ẞ", "I" becomes "i" in Turkish
 * too, "MCDONALD" becomes "Mcdonald". A word is a run of letters, marks, digits and apostrophes; a sentence ends with `.`, `!`
 * or `?`.
 *
 * @example changeCase("title", "title") // "THE GODFATHER" → "The Godfather"
 */
export function changeCase<T, const K extends TextColumn<T>>(columns: K | readonly K[], to: LetterCase): Step<T, T> {
  return { kind: "changeCase", columns: [columns].flat(), to };
}

/** What begins with a capital, and all that stands between. */
const pieces = { title: "[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}'’]*|[^\\p{L}\\p{N}]+", sentence: "[\\p{L}\\p{N}][^.!?]*|[^\\p{L}\\p{N}]+" };

export const changeCaseKind = textStep<{ to: LetterCase }>({
  kind: "changeCase",
  read: (given) => ({ to: given.oneOf("to", cases) }),
  sql: (value, { to }) => {
    if (to === "lower" || to === "upper") return `${to}(${value})`;
    const capital = "upper(left(piece, 1)) || substring(piece, 2)";
    return `case when ${value} is not null then array_to_string(list_transform(regexp_extract_all(lower(${value}), ${sqlText(pieces[to])}), lambda piece: ${capital}), '') end`;
  },
  text: ({ to }) => {
    if (to === "lower" || to === "upper") return to === "lower" ? lower : upper;
    const piece = new RegExp(pieces[to], "gu");
    return (text) => lower(text).replace(piece, (each) => each.replace(/^./su, upper));
  },
});
