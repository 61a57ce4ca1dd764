import { sqlText } from "../../../lake/duckdb.ts";
import { varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import { editDistance } from "./edit-distance.ts";
import { boundedSql, isLong, misfitSql, misfitText, type TextColumn } from "./reading-step.ts";
import { Computed } from "../computed.ts";
import { folded, foldedSql } from "./word-keys.ts";

export interface CorrectOptions {
  /** Changes at most: letters put in, taken out, replaced, or neighbours that change places. 1 to 5, default 2; never more than one for each three letters. */
  distance?: number;
  /** What becomes of a text that is near to no word, or equally near to several: it stays, the default, becomes null, or its row goes to the quarantine. */
  misfits?: "keep" | "null" | "quarantine";
}

/**
 * Corrects misspellings by a dictionary: a text becomes the nearest word. Case and accents do not count, and become the word's.
 *
 * @param words - 1 to 2,000, of at most 200 letters
 * @example correct("city", ["Oslo", "Bergen", "Trondheim"]) // "trondhiem" → "Trondheim"
 */
export function correct<T, const K extends TextColumn<T>>(columns: K | readonly K[], words: readonly string[], options: CorrectOptions = {}): Step<T, T> {
  return { kind: "correct", columns: [columns].flat(), words, ...options };
}

interface Correct {
  columns: string[];
  words: string[];
  /** The same without case and accents. */
  plain: string[];
  distance: number;
  misfits: "keep" | "null" | "quarantine";
}

const wordsMax = 2_000;
const misfit = "is near to no word, or to several";

export const correctKind: RowStep<Correct> = {
  kind: "correct",
  scope: "row",
  ownCells: true,
  read: (given) => {
    const words = given.texts("words");
    const plain = words.map(folded);
    const twice = words.find((_, i) => plain.indexOf(plain[i]) < i);
    if (twice !== undefined) throw unfit(`${JSON.stringify(twice)} stands in the dictionary twice, but for case and accents`, "correct", "leave one out");
    if (words.length === 0 || words.length > wordsMax || words.some(isLong)) throw unfit(`the dictionary has ${words.length} words`, "correct", `give 1 to ${wordsMax} words of at most 200 letters`);
    return { columns: given.columns("columns"), words, plain, distance: given.number("distance", { min: 1, max: 5, whole: true, fallback: 2 }), misfits: given.oneOf("misfits", ["keep", "null", "quarantine"], "keep") };
  },
  sql: ({ columns, words, plain, distance, misfits }, input) => {
    const first = new Computed();
    const list = (texts: readonly string[]): string => `[${texts.map(sqlText).join(", ")}]`;
    const values = textColumns(input, columns, "correct").map(({ name }) => {
      const value = columnSql(name);
      const text = first.once(foldedSql(boundedSql(value)));
      const distances = first.once(`case when ${text} is not null then list_transform(${list(plain)}, lambda word: damerau_levenshtein(${text}, word)) end`);
      const least = first.once(`list_min(${distances})`);
      const isNear = `${least} <= least(${distance}, length(${text}) // 3) and list_position(list_reverse(${distances}), ${least}) + list_position(${distances}, ${least}) = ${words.length + 1}`;
      const word = first.once(`case when ${least} = 0 or (${isNear}) then ${list(words)}[list_position(${distances}, ${least})] end`);
      return { name, value, word };
    });
    const rejects = values.map(({ name, value, word }) => `when ${value} is not null and ${word} is null then ${misfitSql(name, misfit, value)}`);
    return {
      first: first.values,
      set: values.map(({ name, value, word }) => ({ name, type: varchar, sql: misfits === "keep" ? `coalesce(${word}, ${value})` : word })),
      ...(misfits === "quarantine" && { reject: `case ${rejects.join(" ")} end` }),
    };
  },
  row: ({ columns, words, plain, distance, misfits }) => {
    const nearestTo = (text: string): string | null => {
      const own = folded(text);
      const distances = plain.map((word) => editDistance(own, word));
      const least = Math.min(...distances);
      const place = distances.indexOf(least);
      const isNear = least <= Math.min(distance, Math.floor([...own].length / 3)) && distances.lastIndexOf(least) === place;
      return least === 0 || isNear ? words[place] : null;
    };
    return (row) => {
      const changed = { ...row };
      for (const column of columns) {
        const text = row[column];
        if (typeof text !== "string") continue;
        const word = isLong(text) ? null : nearestTo(text);
        if (word === null && misfits === "quarantine") return new Rejection(misfitText(column, misfit, text));
        changed[column] = word ?? (misfits === "keep" ? text : null);
      }
      return changed;
    };
  },
};
