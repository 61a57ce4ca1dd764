import type { ColumnState } from "../states/column-state.ts";
import { noMoments } from "../../statistics/moments.ts";
import { type Measured, stateOf } from "../states/collect-states.ts";
import { sketchText } from "../states/distinct-sketch.ts";
import { mostFrequent } from "../states/frequent-values.ts";
import type { MeasuredBasics } from "../states/measured-sketch.ts";
import type { MeasuredValue } from "../states/measured-values.ts";
import type { ColumnKind } from "../states/profiled-column.ts";
import { noPoints, quantilesAt } from "../states/quantile-points.ts";
import { hashOfNumber, hashOfText } from "./value-hash.ts";

/** Different values up to which a column of records is kept as these. */
export const valuesMax = 1_024;
/** UTF-16 units of a text that is kept. */
export const textMax = 200;

/** Values that are listed of those that are too many. */
export const frequentMax = 200;
/** Shares at which quantiles are kept. */
export const quantileSteps: readonly number[] = Array.from({ length: 201 }, (_, i) => i / 200);

/**
 * The state of a column of records as plain data again, as small as what it says: `stateOf` is its way back. Counts, bounds, moments
 * and distinct values come back as they were, quantiles as 201 points, the frequent values as the 200 most frequent.
 */
export function measuredOf(kind: ColumnKind, state: ColumnState): Measured {
  const { counts, complete } = state.frequent;
  const isSmall = complete && counts.size < valuesMax && ![...counts.keys()].some((text) => text.length > textMax);
  return isSmall ? { form: "values", values: valuesOf(kind, state) } : sketchOf(state);
}

/** What is left of what was measured of a column when nothing is to be told that is a value: counts, lengths and the sketch of distinct values. */
export function withheld(kind: ColumnKind, measured: Measured): Measured {
  const { min: _, max: __, ...state } = stateOf(kind, measured);
  return measuredOf(kind, { ...state, moments: noMoments, points: noPoints, frequent: { counts: new Map(), complete: false, missingMax: state.rows }, sample: new Map() });
}

function valuesOf(kind: ColumnKind, { frequent, nulls, notNumbers }: ColumnState): MeasuredValue[] {
  const values = Array.from(frequent.counts, ([text, count]) => measuredValue(kind, text, count));
  if (notNumbers > 0) values.push(measuredValue(kind, "nan", notNumbers));
  if (nulls > 0) values.push([null, nulls, null, 0, 0]);
  return values;
}

/** A value by its text, from which its number is read again to the last digit. */
export function measuredValue(kind: ColumnKind, text: string, count: number): MeasuredValue {
  const number = kind === "integer" || kind === "float" ? Number(text) : kind === "time" ? Date.parse(text) : Number.NaN;
  return Number.isFinite(number) ? [text, count, number, ...hashOfNumber(number)] : [text, count, null, ...hashOfText(text)];
}

function sketchOf(state: ColumnState): Measured {
  const { rows, nulls, notNumbers, infinities, min, max, moments, points, lengths, empty, padded, distinct, frequent, sample } = state;
  const { count, mean, m2, m3, m4 } = moments;
  const numbers = count === 0 ? ([null, null, null, null, null, null] as const) : ([count, 0, m2, m3, m4, quantilesAt(points, quantileSteps)] as const);
  const basics: MeasuredBasics = [
    ...([0, rows, rows - nulls, notNumbers, infinities, min ? kept(min.text) : null, max ? kept(max.text) : null, min?.number ?? null, max?.number ?? null] as const),
    ...numbers,
    ...([lengths?.min ?? null, lengths?.max ?? null, lengths?.sum ?? null, empty, padded] as const),
  ];
  const sorted = mostFrequent(frequent);
  return {
    form: "sketch",
    basics,
    // Sums of powers about the mean are the moments themselves.
    shift: count === 0 ? 0 : mean,
    registers: sketchText(distinct),
    sample: Array.from(sample, ([register, { rest, text }]) => [register, rest, kept(text)]),
    frequent: sorted.slice(0, frequentMax).map(([text, times]) => [kept(text), times]),
    unlistedMax: frequent.missingMax + (sorted[frequentMax]?.[1] ?? 0),
  };
}

/** What is kept of a text: no half of a pair is left at the end. */
export const kept = (text: string): string => (text.length <= textMax ? text : text.slice(0, textMax).toWellFormed());
