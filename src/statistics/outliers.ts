import { requireParameter } from "./refuse.ts";

/**
 * What a detector says of values or rows. The same for every method: `by` says which, and what it judged by.
 *
 * What is missing (NaN; give a null as NaN) is never judged and never counts. An infinity is an outlier by definition, has an infinite score, and never
 * counts either.
 */
export interface Outliers<By extends { method: string }> {
  /** One for each value or row, in their order; NaN for what was not judged. */
  scores: Float64Array;
  /** A score beyond it is an outlier. */
  threshold: number;
  /** `both`: |score| > threshold is an outlier; `above`: score > threshold. */
  side: "both" | "above";
  /** Indices of the outliers, ascending. */
  outliers: Uint32Array;
  /** How many were judged: all but the missing. */
  judged: number;
  /** Whether the scores are those of the method's definition; otherwise they come of a search, a sample or a sketch. */
  exact: boolean;
  by: By;
}

/** Holds scores against their threshold. */
export function judge<By extends { method: string }>(scores: Float64Array, threshold: number, side: "both" | "above", by: By, exact = true): Outliers<By> {
  const outliers: number[] = [];
  let judged = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i];
    if (Number.isNaN(score)) continue;
    judged++;
    if ((side === "both" ? Math.abs(score) : score) > threshold) outliers.push(i);
  }
  return { scores, threshold, side, outliers: Uint32Array.from(outliers), judged, exact, by };
}

/**
 * How many scales each value lies from the centre. A scale of 0 says that the values by which it was found are all the centre: any other value is then
 * infinitely far.
 *
 * @throws MillraceError `MR-STAT-001` when the values are so large (from some 1e150 on) that their scale is no number
 */
export function standardised(values: Float64Array, centre: number, scale: number): Float64Array {
  requireParameter(Number.isFinite(scale), "the scale of the values", "squares of the values are beyond the largest number", "divide the values by a constant first");
  return values.map((value) => standardise(value, centre, scale));
}

/** Differences below this have squares with few digits, or none. */
const squaredMin = 1e-150;

/**
 * The same by a scale that comes of squares, as a standard deviation does.
 *
 * @throws MillraceError `MR-STAT-001` also when the values differ by so little (less than 1e-150) that their scale is no number either
 */
export function standardisedBySquares(values: Float64Array, centre: number, scale: number): Float64Array {
  const furthest = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value - centre)) : most), 0);
  requireParameter(furthest === 0 || furthest >= squaredMin, "the scale of the values", "squares of their differences are below the smallest number", "multiply the values by a constant first");
  return standardised(values, centre, scale);
}

/** The same of one value: NaN of NaN, an infinity of an infinity. */
export function standardise(value: number, centre: number, scale: number): number {
  return value === centre ? 0 : (value - centre) / scale;
}
