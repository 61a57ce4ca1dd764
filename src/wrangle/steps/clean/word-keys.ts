import { sqlText } from "../../../lake/duckdb.ts";
import { compareCells } from "../cells.ts";
import { space } from "../white-space.ts";
import { lower } from "./letter-case.ts";
import { stripAccents } from "./normalize.ts";
import { boundedSql, isLong } from "./reading-step.ts";
import { type Rewrite, rewriter, rewriteSql } from "./rewrite.ts";

/*
 * Keys of texts: those that are written differently and mean the same have one. As in OpenRefine, but for Soundex, which is
 * taken of each word.
 */

export type KeyMethod = "fingerprint" | "ngram" | "phonetic";
export const keyMethods: readonly KeyMethod[] = ["fingerprint", "ngram", "phonetic"];

const wordRules: readonly Rewrite[] = [{ find: `[${space}]+`, by: " ", all: true }, { find: "[^\\p{L}\\p{N} ]", by: "", all: true }];
const letterRules: readonly Rewrite[] = [{ find: "[^\\p{L}\\p{N}]", by: "", all: true }];

/** SQL: without case and accents. */
export const foldedSql = (value: string): string => `strip_accents(lower(nfc_normalize(${value})))`;

/** The same in TypeScript. */
export const folded = (text: string): string => stripAccents(lower(text.normalize("NFC")));

/** SQL: the words of a text, each once, in order. */
const wordsSql = (value: string, each: string): string => `list_sort(list_distinct(list_transform(list_filter(string_split(${rewriteSql(foldedSql(value), wordRules)}, ' '), lambda word: word <> ''), lambda word: ${each})))`;

function words(text: string, each: (word: string) => string = (word) => word): string[] {
  return distinctSorted(cleanWords(folded(text)).split(" ").filter((word) => word !== "").map(each));
}

const cleanWords = rewriter(wordRules);
const cleanLetters = rewriter(letterRules);
const distinctSorted = (list: readonly string[]): string[] => [...new Set(list)].sort(compareCells);

/** SQL: the key of a text; empty where there is nothing in it to make one of, null where the text is too long. */
export function keySql(value: string, method: KeyMethod): string {
  const text = boundedSql(value);
  const parts = method === "ngram" ? letterPairsSql(text) : wordsSql(text, method === "phonetic" ? soundexSql("word") : "word");
  return `case when ${text} is not null then array_to_string(${parts}, '${method === "ngram" ? "" : " "}') end`;
}

/** The same in TypeScript. */
export function keyOf(method: KeyMethod): (text: string) => string | null {
  const key = { fingerprint: (text: string) => words(text).join(" "), phonetic: (text: string) => words(text, soundex).join(" "), ngram: letterPairs }[method];
  return (text) => (isLong(text) ? null : key(text));
}

function letterPairsSql(text: string): string {
  const letters = rewriteSql(foldedSql(text), letterRules);
  return `list_sort(list_distinct(list_transform(range(1, greatest(length(${letters}), 2)), lambda i: substring(${letters}, i, 2))))`;
}

function letterPairs(text: string): string {
  const letters = [...cleanLetters(folded(text))];
  return distinctSorted(Array.from({ length: Math.max(letters.length, 2) - 1 }, (_, i) => letters.slice(i, i + 2).join(""))).join("");
}

/** Letters that sound alike have one digit; a run of these is one, also with h or w inside; vowels part runs, and go. */
const soundRules: readonly Rewrite[] = [
  { find: "^h", by: "a" },
  { find: "^w", by: "a" },
  { find: "[hw]", by: "", all: true },
  ...[["bfpv", "1"], ["cgjkqsxz", "2"], ["dt", "3"], ["l", "4"], ["mn", "5"], ["r", "6"], ["aeiouy", "0"]].map(([letters, digit]): Rewrite => ({ find: `[${letters}]+`, by: digit, all: true })),
  { find: "^[0-6]", by: "" },
  { find: "0", by: "", all: true },
  { find: "$", by: "000" },
];

/** SQL: American Soundex of a word in small letters from a to z; another word as it is. */
export const soundexSql = (word: string): string => `case when regexp_full_match(${word}, ${sqlText("[a-z]+")}) then upper(left(${word}, 1)) || left(${rewriteSql(word, soundRules)}, 3) else ${word} end`;

const sounds = rewriter(soundRules);

/** The same in TypeScript. */
export const soundex = (word: string): string => (/^[a-z]+$/.test(word) ? word[0].toUpperCase() + sounds(word).slice(0, 3) : word);
