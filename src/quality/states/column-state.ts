import { mergeMoments, type Moments, noMoments } from "../../statistics/moments.ts";
import { type DistinctSketch, estimateDistinct, mergeSketches } from "./distinct-sketch.ts";
import { type FrequentValues, mergeFrequent, noValues } from "./frequent-values.ts";
import type { ColumnKind } from "./profiled-column.ts";
import { mergePoints, noPoints, type QuantilePoints } from "./quantile-points.ts";
import { registerCount } from "./state-sql.ts";

/*
 * What is known of a column over some rows. States are a monoid: `noState` is that of no rows, and the state of two tables
 * together is `mergeStates` of theirs, whatever the order. Counts, bounds, lengths and the sketch of distinct values come out as if
 * measured at once; so do moments but for rounding; quantiles and frequent values within the bounds that they state.
 */

export interface ColumnState {
  rows: number;
  nulls: number;
  /** Of floating point. They are no values: neither bounds nor moments nor quantiles know of them. */
  notNumbers: number;
  /** Of floating point and of times, as NaN. */
  infinities: number;
  min?: Bound;
  max?: Bound;
  /** Of the values as numbers, where they are such: see `numberSql`. */
  moments: Moments;
  points: QuantilePoints;
  /** In characters; of text alone. */
  lengths?: { min: number; max: number; sum: number };
  /** Texts of no characters. */
  empty: number;
  /** Texts that begin or end with a blank. */
  padded: number;
  /** Rows with a text of more than `longBytes`: its length and its beginning are known, and it is neither among the frequent values nor in the sample. */
  long: number;
  /** Rows of which nothing is known: a value among them needs more memory than a statement is allowed. */
  unread: number;
  distinct: DistinctSketch;
  frequent: FrequentValues;
  /** Texts chosen by their hash alone: a sample of the different values, the same whatever their order and number. */
  sample: ReadonlyMap<number, SampledText>;
  /** The kind of personal data that its values are: nothing is here of which one could be told. */
  personal?: string;
}

export interface Bound {
  text: string;
  number?: number;
}

/** The text of the least hash in a register. */
export interface SampledText {
  rest: number;
  text: string;
}

export const noState: ColumnState = {
  rows: 0,
  nulls: 0,
  notNumbers: 0,
  infinities: 0,
  moments: noMoments,
  points: noPoints,
  empty: 0,
  padded: 0,
  long: 0,
  unread: 0,
  distinct: new Uint8Array(registerCount),
  frequent: noValues,
  sample: new Map(),
};

/** The state of a column over the rows of both. */
export function mergeStates(kind: ColumnKind, a: ColumnState, b: ColumnState): ColumnState {
  const personal = a.personal ?? b.personal;
  // What is personal in one file is so in all of them.
  return personal === undefined ? mergeKnown(kind, a, b) : withheld(mergeKnown(kind, a, b), personal);
}

/** A state without anything that is a value. */
export function withheld(state: ColumnState, personal: string): ColumnState {
  const { min: _, max: __, ...rest } = state;
  return { ...rest, moments: noMoments, points: noPoints, frequent: { counts: new Map(), complete: false, missingMax: state.rows }, sample: new Map(), personal };
}

function mergeKnown(kind: ColumnKind, a: ColumnState, b: ColumnState): ColumnState {
  if (a.rows === 0) return b;
  if (b.rows === 0) return a;
  return {
    rows: a.rows + b.rows,
    nulls: a.nulls + b.nulls,
    notNumbers: a.notNumbers + b.notNumbers,
    infinities: a.infinities + b.infinities,
    min: outer(kind, a.min, b.min, -1),
    max: outer(kind, a.max, b.max, 1),
    moments: mergeMoments(a.moments, b.moments),
    points: mergePoints(a.points, b.points),
    lengths: mergeLengths(a.lengths, b.lengths),
    empty: a.empty + b.empty,
    padded: a.padded + b.padded,
    long: a.long + b.long,
    unread: a.unread + b.unread,
    distinct: mergeSketches(a.distinct, b.distinct),
    frequent: mergeFrequent(a.frequent, b.frequent),
    sample: mergeSamples(a.sample, b.sample),
  };
}

function outer(kind: ColumnKind, a: Bound | undefined, b: Bound | undefined, side: 1 | -1): Bound | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareBounds(kind, a, b) * side >= 0 ? a : b;
}

/** Below, at or above zero, as values of the kind are ordered: integers and decimals to the last digit, texts by their bytes in UTF-8. */
export function compareBounds(kind: ColumnKind, a: Bound, b: Bound): number {
  // Whole numbers that a double holds need not be read from their text, which takes a hundred times as long.
  if (kind === "integer" && Number.isSafeInteger(a.number) && Number.isSafeInteger(b.number)) return (a.number as number) - (b.number as number);
  if (kind === "integer" || kind === "decimal") return Number(digitsOf(a) > digitsOf(b)) - Number(digitsOf(a) < digitsOf(b));
  if (a.number !== undefined && b.number !== undefined && a.number !== b.number) return a.number - b.number;
  return Buffer.compare(Buffer.from(a.text), Buffer.from(b.text));
}

/** Decimals of a column have as many digits after the point. */
const digitsOf = ({ text }: Bound): bigint => BigInt(text.replace(".", ""));

function mergeLengths(a: ColumnState["lengths"], b: ColumnState["lengths"]): ColumnState["lengths"] {
  if (a === undefined || b === undefined) return a ?? b;
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), sum: a.sum + b.sum };
}

function mergeSamples(a: ColumnState["sample"], b: ColumnState["sample"]): ColumnState["sample"] {
  const merged = new Map(a);
  for (const [register, text] of b) {
    const other = merged.get(register);
    if (other === undefined || text.rest < other.rest) merged.set(register, text);
  }
  return merged;
}

/** How many different values there are, null and NaN not counted; exactly, or with a standard error of `distinctError`. */
export function distinctOf(state: ColumnState): { count: number; exact: boolean } {
  if (state.frequent.complete) return { count: state.frequent.counts.size, exact: true };
  // No more than there are values, whatever the sketch says.
  return { count: Math.min(Math.round(estimateDistinct(state.distinct)), state.rows - state.nulls - state.notNumbers), exact: false };
}
