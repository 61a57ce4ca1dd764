import { type QuantilePoints, quantilesAt } from "../states/quantile-points.ts";
import type { HistogramBar } from "./profile.ts";

const barsMax = 20;

/**
 * Bars of one width from the 1st to the 99th hundredth, the first and the last reaching on to the least and the greatest value: one
 * value far out would else leave nothing of the others to see.
 */
export function histogramOf(points: QuantilePoints): HistogramBar[] {
  const [least, low, high, greatest] = quantilesAt(points, [0, 0.01, 0.99, 1]);
  const different = new Set(points.values.subarray(0, barsMax + 1)).size;
  const bars = Math.min(barsMax, different);
  const width = (high - low) / bars;
  if (!(width > 0) || !Number.isFinite(width)) return [{ from: least, to: greatest, count: countIn(points, least, greatest, true) }];
  const edges = Array.from({ length: bars + 1 }, (_, i) => (i === 0 ? least : i === bars ? greatest : low + i * width));
  return edges.slice(1).map((to, i) => ({ from: edges[i], to, count: countIn(points, edges[i], to, i === bars - 1) }));
}

function countIn({ values, weights }: QuantilePoints, from: number, to: number, closed: boolean): number {
  let count = 0;
  for (const [i, value] of values.entries()) if (value >= from && (value < to || (closed && value === to))) count += weights[i];
  return Math.round(count);
}
