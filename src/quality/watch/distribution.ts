import { median } from "../../statistics/quantile.ts";
import type { ColumnState } from "../states/column-state.ts";
import { mostFrequent } from "../states/frequent-values.ts";
import { type QuantilePoints, quantilesAt, totalWeight } from "../states/quantile-points.ts";
import { hashOfText } from "../records/value-hash.ts";
import { warmUp } from "./warm-up.ts";

/*
 * Whether the values that came with a version are spread as those before. Values fall into cells: tenths of what came at first, or each
 * of the frequent values and the others together. How far a version is from the mean of those before it is the total variation, the share
 * of rows that lie in other cells. What is usual of it is learnt from the versions before. No value is remembered: of texts a hash is, of
 * numbers the tenths.
 */

/** What is remembered of a column; plain data. */
export interface DistributionState {
  cells: { edges: number[] } | { values: string[] };
  /** Of each cell, over the versions before; the newest weigh most. */
  shares: number[];
  /** How far versions were from those before them, the latest last; of those that were as usual. */
  distances: number[];
  /** Versions in a row that were not. */
  unusual: number;
}

/** How far a version is from those before it, as shares from 0 to 1. */
export interface DistributionVerdict {
  distance: number;
  /** Beyond which it is not usual. */
  bound: number;
  expected: number;
  unusual: boolean;
}

/** Fewer values say little. */
export const valuesMin = 50;
const valueCellsMax = 20;
const tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const distancesMax = 60;
/** The newest version weighs so much in what is usual. */
const newest = 0.1;
/** Robust standard deviations. */
const threshold = 6;
/** Least share of rows in other cells that anybody is told of, whatever the number of rows. */
const distanceMin = 0.1;
/** So many unusual ones in a row are the new usual. */
const relearnAfter = 5;

/**
 * Takes in the values that came with a version.
 * @returns what is remembered, and the verdict; no verdict of too few values, of what has no cells (sizes, times), and while it learns
 */
export function observeDistribution(before: DistributionState | undefined, state: ColumnState): { state: DistributionState | undefined; verdict?: DistributionVerdict } {
  const values = state.rows - state.nulls - state.notNumbers - state.infinities;
  if (values < valuesMin) return { state: before };
  const shares = before && sharesOf(before.cells, state, values);
  if (before === undefined || shares === undefined) return { state: begun(state, values) };
  const distance = shares.reduce((sum, share, i) => sum + Math.abs(share - before.shares[i]), 0) / 2;
  const [expected, bound] = usual(before.distances, before.shares.length, values);
  const verdict = before.distances.length < warmUp ? undefined : { distance, bound, expected, unusual: distance > bound };
  if (verdict?.unusual) return { verdict, state: before.unusual + 1 < relearnAfter ? { ...before, unusual: before.unusual + 1 } : { ...(begun(state, values) ?? before), distances: before.distances } };
  return { verdict, state: { ...learnt(before, shares, state, values), distances: [...before.distances, Math.round(distance * 1e4) / 1e4].slice(-distancesMax), unusual: 0 } };
}

/** Where most have come to lie in one cell, as of what grows, cells are made anew: they would tell nothing apart. */
function learnt(before: DistributionState, shares: readonly number[], state: ColumnState, values: number): DistributionState {
  const isOneCell = "edges" in before.cells && before.cells.edges.length > 1 && Math.max(...shares) > 0.8;
  return (isOneCell ? begun(state, values) : undefined) ?? { ...before, shares: before.shares.map((share, i) => share + newest * (shares[i] - share)) };
}

/** The middle distance, and the bound: far from it for one like these, further than any of them, and further than so few rows are by chance. */
function usual(distances: readonly number[], cells: number, values: number): [expected: number, bound: number] {
  if (distances.length === 0) return [0, Infinity];
  const middle = median(Float64Array.from(distances).sort());
  const deviation = 1.4826 * median(Float64Array.from(distances, (distance) => Math.abs(distance - middle)).sort());
  return [middle, Math.max(distanceMin + Math.sqrt(cells / values), middle + threshold * deviation, 1.5 * Math.max(...distances))];
}

function begun(state: ColumnState, values: number): DistributionState | undefined {
  const cells = cellsOf(state);
  const shares = cells && sharesOf(cells, state, values);
  return cells && shares && { cells, shares, distances: [], unusual: 0 };
}

function cellsOf(state: ColumnState): DistributionState["cells"] | undefined {
  const { frequent, points } = state;
  if (points.values.length > 0 && !(frequent.complete && frequent.counts.size <= valueCellsMax)) return { edges: [...new Set(quantilesAt(points, tenths))] };
  const listed = mostFrequent(frequent).filter(([, count]) => count > 4 * frequent.missingMax).slice(0, valueCellsMax);
  return listed.length === 0 ? undefined : { values: listed.map(([text]) => cellOf(text)) };
}

const cellOf = (text: string): string => hashOfText(text).join(".");

/** The last is that of what lies in none of the others. Undefined where the column holds nothing that the cells could tell apart. */
function sharesOf(cells: DistributionState["cells"], { frequent, points }: ColumnState, values: number): number[] | undefined {
  if ("edges" in cells) return points.values.length === 0 ? undefined : sharesBelow(points, cells.edges);
  const counts = new Map(Array.from(frequent.counts, ([text, count]) => [cellOf(text), count]));
  const shares = cells.values.map((cell) => (counts.get(cell) ?? 0) / values);
  return [...shares, Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0))];
}

/** Of each cell up to its edge, the edge included. */
function sharesBelow(points: QuantilePoints, edges: readonly number[]): number[] {
  const shares = new Array<number>(edges.length + 1).fill(0);
  const total = totalWeight(points);
  let cell = 0;
  for (const [i, value] of points.values.entries()) {
    while (cell < edges.length && value > edges[cell]) cell++;
    shares[cell] += points.weights[i] / total;
  }
  return shares;
}
