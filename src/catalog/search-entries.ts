import { nearest } from "../model/names.ts";
import type { CatalogEntry } from "./catalog-entry.ts";

export interface SearchHit {
  entry: CatalogEntry;
  /** Higher is better; of no meaning but in comparison. */
  score: number;
  /** Where the words were found: `name`, `column amount`, `tag`, `owner`, `description`. */
  found: string[];
  /** What a word was taken for, where nothing has it as it was written. */
  corrected?: Record<string, string>;
}

interface Place {
  where: string;
  text: string;
  weight: number;
}

/**
 * Entries that have every word of a text, in their name, columns, tags, owner or descriptions; the best first. A word that
 * nothing has is taken for the nearest one that something has.
 */
export function searchEntries(entries: readonly CatalogEntry[], text: string): SearchHit[] {
  const words = wordsOf(text);
  const indexed = entries.map((entry) => ({ entry, places: placesOf(entry) }));
  const corrected = corrections(words, indexed.flatMap(({ places }) => places));
  const meant = words.map((word) => corrected[word] ?? word);
  const hits = indexed.flatMap(({ entry, places }) => hitOf(entry, places, meant) ?? []);
  const told = Object.keys(corrected).length > 0 ? { corrected } : {};
  return hits.map((hit) => ({ ...hit, ...told })).sort((a, b) => b.score - a.score || (a.entry.name < b.entry.name ? -1 : 1));
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function placesOf({ name, description, owner, tags, columns }: CatalogEntry): Place[] {
  return [
    { where: "name", text: name, weight: 10 },
    ...tags.map(({ value }) => ({ where: `tag ${value}`, text: value, weight: 5 })),
    ...(owner ? [{ where: "owner", text: owner.value, weight: 4 }] : []),
    ...(description ? [{ where: "description", text: description.value, weight: 3 }] : []),
    ...columns.flatMap((column) => [
      { where: `column ${column.name}`, text: column.name, weight: 4 },
      ...(column.description ? [{ where: `column ${column.name}`, text: column.description.value, weight: 2 }] : []),
      ...column.tags.map(({ value }) => ({ where: `column ${column.name}`, text: value, weight: 3 })),
      ...(column.personal ? [{ where: `column ${column.name}`, text: column.personal.value.kind, weight: 2 }] : []),
    ]),
  ].map((place) => ({ ...place, text: place.text.toLowerCase() }));
}

function hitOf(entry: CatalogEntry, places: readonly Place[], words: readonly string[]): Omit<SearchHit, "corrected"> | undefined {
  let score = 0;
  const found = new Set<string>();
  for (const word of words) {
    const best = places.map((place) => ({ place, score: place.weight * closeness(place.text, word) })).reduce((a, b) => (b.score > a.score ? b : a));
    if (best.score === 0) return undefined;
    score += best.score;
    found.add(best.place.where);
  }
  return { entry, score, found: [...found] };
}

/** The whole text, one of its words, the beginning of one, a part of one. */
function closeness(text: string, word: string): number {
  if (text === word) return 4;
  const words = wordsOf(text);
  if (words.includes(word)) return 3;
  if (words.some((each) => each.startsWith(word))) return 2;
  return text.includes(word) ? 1 : 0;
}

function corrections(words: readonly string[], places: readonly Place[]): Record<string, string> {
  const strange = words.filter((word) => word.length > 2 && !places.some(({ text }) => text.includes(word)));
  if (strange.length === 0) return {};
  const vocabulary = new Set(places.flatMap(({ text }) => wordsOf(text)));
  return Object.fromEntries(strange.flatMap((word) => {
    const near = nearest(word, vocabulary);
    return near === undefined ? [] : [[word, near]];
  }));
}
