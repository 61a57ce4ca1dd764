import { requireCount, requireParameter } from "../refuse.ts";

/** How many values fell between edges: bin i holds edges[i] < value <= edges[i + 1], the first bin its lower edge too. */
export interface Histogram {
  /** Ascending, one more than counts; the first may be -Infinity and the last Infinity. */
  edges: ArrayLike<number>;
  counts: ArrayLike<number>;
}

export function requireHistogram({ edges, counts }: Histogram, method: string): void {
  requireParameter(edges.length === counts.length + 1 && areAscending(edges), `${method}, histogram`, `${edges.length} edges about ${counts.length} bins`, "give ascending edges, one more than counts");
  requireParameter(Array.from(counts).every((count) => count >= 0 && Number.isFinite(count)), `${method}, histogram`, "a count below 0 or no number", "give counts, 0 or more");
  requireCount(histogramCount({ edges, counts }), 1, method);
}

export function histogramCount({ counts }: Histogram): number {
  return Array.from(counts).reduce((sum, count) => sum + count, 0);
}

/** The share of a histogram's values up to `x`, those of a bin spread evenly. Nothing says where those of a bin without end are: they count at its upper edge. */
export function shareUpTo({ edges, counts }: Histogram, x: number): number {
  let [below, total] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    total += counts[i];
    below += counts[i] * shareOfBin(edges[i], edges[i + 1], x);
  }
  return below / total;
}

function shareOfBin(low: number, high: number, x: number): number {
  if (x >= high) return 1;
  return x <= low || !Number.isFinite(high - low) ? 0 : (x - low) / (high - low);
}

/** The bin that holds the value, which is not beyond the ends. */
export function binOf(edges: ArrayLike<number>, value: number): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (edges[middle] < value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function areAscending(numbers: ArrayLike<number>): boolean {
  return Array.from(numbers).every((number, i) => !Number.isNaN(number) && (i === 0 || number > numbers[i - 1]));
}
