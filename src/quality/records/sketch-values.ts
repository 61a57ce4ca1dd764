import { momentsOf } from "../../statistics/moments.ts";
import type { Measured } from "../states/collect-states.ts";
import { sketchOfHashes, sketchText } from "../states/distinct-sketch.ts";
import type { CountedValue } from "../states/frequent-values.ts";
import type { MeasuredBasics } from "../states/measured-sketch.ts";
import { quantilesAt } from "../states/quantile-points.ts";
import { sampleCount } from "../states/state-sql.ts";
import { frequentMax, kept, quantileSteps } from "./measured-of.ts";
import { hashOfNumber, hashOfText } from "./value-hash.ts";

/* Columns of many different values, measured at once: no value is written as text that nobody will read. */

/**
 * @param values - that are not null; put in order
 * @param textOf - as values of the column are written
 */
export function sketchOfNumbers(values: Float64Array, rows: number, textOf: (value: number) => string): Measured {
  // NaN comes last.
  values.sort();
  const first = values.findIndex((value) => value !== -Infinity);
  let end = values.length;
  while (end > first && Number.isNaN(values[end - 1])) end--;
  const notNumbers = values.length - end;
  while (end > first && values[end - 1] === Infinity) end--;
  const finite = values.subarray(first, end);
  const moments = momentsOf(finite);
  const [least, most] = [finite[0], finite[finite.length - 1]];
  const basics: MeasuredBasics = [
    ...([0, rows, values.length, notNumbers, values.length - notNumbers - finite.length, textOf(least), textOf(most), least, most] as const),
    ...([moments.count, 0, moments.m2, moments.m3, moments.m4, quantilesAt({ values: finite, weights: new Float64Array(finite.length).fill(1), exact: true }, quantileSteps)] as const),
    ...([null, null, null, 0, 0] as const),
  ];
  const runs = [...runsOf(values.subarray(0, values.length - notNumbers))];
  return { form: "sketch", basics, shift: moments.mean, registers: sketchText(sketchOfHashes(runs.map(([value]) => (Number.isFinite(value) ? hashOfNumber(value) : hashOfText(textOf(value)))))), sample: [], ...frequentOf(runs, textOf) };
}

function* runsOf(sorted: Float64Array): Iterable<[value: number, count: number]> {
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    yield [sorted[from], to - from];
  }
}

/** Those that are there twice and more are listed, as far as there is room. */
function frequentOf<T>(counted: readonly (readonly [value: T, count: number])[], textOf: (value: T) => string): { frequent: CountedValue[]; unlistedMax: number } {
  const repeated = counted.filter(([, count]) => count > 1).sort(([, a], [, b]) => b - a);
  return { frequent: repeated.slice(0, frequentMax).map(([value, count]) => [kept(textOf(value)), count]), unlistedMax: repeated[frequentMax]?.[1] ?? 1 };
}

/** @param counts - of different texts, at least one */
export function sketchOfTexts(counts: ReadonlyMap<string, number>, rows: number): Measured {
  const texts = [...counts.keys()];
  const hashes = texts.map(hashOfText);
  const compare = texts.some((text) => /[\ud800-\uffff]/.test(text)) ? (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b)) : (a: string, b: string): number => (a < b ? -1 : 1);
  let [least, most, values, shortest, longest, characters, empty, padded] = [texts[0], texts[0], 0, Infinity, 0, 0, 0, 0];
  for (const [text, count] of counts) {
    const length = charactersOf(text);
    values += count;
    if (compare(text, least) < 0) least = text;
    if (compare(text, most) > 0) most = text;
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
    characters += length * count;
    if (length === 0) empty += count;
    if (text.startsWith(" ") || text.endsWith(" ")) padded += count;
  }
  const basics: MeasuredBasics = [0, rows, values, 0, 0, kept(least), kept(most), null, null, null, null, null, null, null, null, shortest, longest, characters, empty, padded];
  return { form: "sketch", basics, shift: 0, registers: sketchText(sketchOfHashes(hashes)), sample: sampleOf(texts, hashes), ...frequentOf([...counts], (text) => text) };
}

/** Of each of the first registers the text of the least hash. */
function sampleOf(texts: readonly string[], hashes: readonly (readonly [register: number, rest: number])[]): [register: number, rest: number, text: string][] {
  const sample = new Map<number, [number, number, string]>();
  for (const [i, [register, rest]] of hashes.entries()) if (register < sampleCount && rest < (sample.get(register)?.[1] ?? Infinity)) sample.set(register, [register, rest, texts[i]]);
  return Array.from(sample.values(), ([register, rest, text]) => [register, rest, kept(text)]);
}

/** Code points: what is outside of the first plane takes two units. */
function charactersOf(text: string): number {
  let characters = text.length;
  for (const _ of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) characters--;
  return characters;
}
