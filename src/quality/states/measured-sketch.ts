import type { Moments } from "../../statistics/moments.ts";
import { noMoments } from "../../statistics/moments.ts";
import { type Bound, type ColumnState, noState } from "./column-state.ts";
import { sketchOfText } from "./distinct-sketch.ts";
import { type CountedValue, frequentValues } from "./frequent-values.ts";
import { pointsOfQuantiles } from "./quantile-points.ts";

/** The figures of a column in the order in which `sketchesSql` gives them; a struct ends after the third. */
export type MeasuredBasics = [
  place: number, rows: number, values: number, notNumbers: number, infinities: number, min: string | null, max: string | null,
  least: number | null, greatest: number | null, numbers: number | null, s1: number | null, s2: number | null, s3: number | null, s4: number | null, quantiles: number[] | null,
  lengthMin: number | null, lengthMax: number | null, lengthSum: number | null, empty: number | null, padded: number | null,
];

/** A column of many different values, as figures and sketches. */
export interface MeasuredSketch {
  form: "sketch";
  basics: MeasuredBasics;
  /** What the sums of powers are taken from. */
  shift: number;
  /** Of the sketch of distinct values: see `sketchText`. */
  registers: string;
  sample: [register: number, rest: number, text: string][];
  frequent: CountedValue[];
  /** Rows that a value has at most which is not among the frequent ones. */
  unlistedMax: number;
  /** Rows with texts of more than `longBytes`, of which only length and beginning were measured. Absent: none. */
  long?: number;
  /** Rows of which nothing could be measured; those known to be null are not among them. Absent: none. */
  unread?: number;
  /** The kind of personal data that its values are, which were left out. */
  personal?: string;
}

export function stateOfSketch({ basics, shift, registers, sample, frequent, unlistedMax, long = 0, unread = 0, personal }: MeasuredSketch): ColumnState {
  const [, rows, values, notNumbers = 0, infinities = 0, min, max, least, greatest, numbers, , , , , quantiles, lengthMin, lengthMax, lengthSum, empty, padded] = basics;
  const counts = new Map<string, number>();
  // Texts that agree in what is kept of them are one here.
  for (const [text, count] of frequent) counts.set(text, (counts.get(text) ?? 0) + count);
  return {
    rows,
    nulls: rows - values,
    notNumbers,
    infinities,
    ...(typeof min === "string" && { min: boundOf(min, least) }),
    ...(typeof max === "string" && { max: boundOf(max, greatest) }),
    moments: momentsOf(basics, shift) ?? noMoments,
    points: quantiles ? pointsOfQuantiles(quantiles, numbers ?? 0) : noState.points,
    ...(typeof lengthMin === "number" && { lengths: { min: lengthMin, max: lengthMax ?? 0, sum: lengthSum ?? 0 } }),
    empty: empty ?? 0,
    padded: padded ?? 0,
    long,
    unread,
    distinct: sketchOfText(registers),
    frequent: values === 0 ? noState.frequent : frequentValues(counts, false, unlistedMax),
    sample: new Map(sample.map(([register, rest, text]) => [register, { rest, text }])),
    ...(personal !== undefined && { personal }),
  };
}

const boundOf = (text: string, number: number | null): Bound => ({ text, ...(number !== null && { number }) });

/** Standard deviations that a shift may lie from the mean: beyond, too little is left of the digits. */
const shiftMax = 100;

/**
 * Moments about the mean from sums of powers about a shift (the binomial theorem). NaN where a sum was beyond all doubles.
 * @returns undefined where the shift lies too far from the values to tell
 */
export function momentsOf([, , , , , , , least, greatest, numbers, s1, s2, s3, s4]: MeasuredBasics, shift: number): Moments | undefined {
  if (!numbers) return noMoments;
  const [count, delta] = [numbers, (s1 ?? Number.NaN) / numbers];
  const mean = shift + delta;
  if (least === greatest) return { ...noMoments, count, mean: least ?? Number.NaN };
  const m2 = (s2 ?? Number.NaN) - count * delta ** 2;
  if (delta ** 2 > shiftMax ** 2 * (m2 / count)) return undefined;
  const m3 = (s3 ?? Number.NaN) - 3 * delta * m2 - count * delta ** 3;
  const m4 = (s4 ?? Number.NaN) - 4 * delta * (s3 ?? Number.NaN) + 6 * delta ** 2 * (m2 + count * delta ** 2) - 3 * count * delta ** 4;
  return { count, mean, m2, m3, m4 };
}
