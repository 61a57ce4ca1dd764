/** Weights of how much each point of a series is to be believed, 0 to 1; none when all are. */
export type Belief = Float64Array | undefined;

/**
 * LOESS at one place of a series whose points stand at 0, 1, 2, …: the value of a line through the points `left` to `right`, which
 * count by the tricube of their distance (Cleveland 1979). Nothing when no point has a weight.
 *
 * @param at - may lie outside of the series
 * @param span - how many points the bandwidth is meant for; more than the series has widens it
 * @param weights - room for as many numbers as points, overwritten
 */
export function loessAt(series: Float64Array, at: number, left: number, right: number, span: number, belief: Belief, weights = new Float64Array(right - left + 1)): number | undefined {
  const n = series.length;
  const bandwidth = Math.max(at - left, right - at) + (span > n ? Math.floor((span - n) / 2) : 0);
  let [total, centre] = [0, 0];
  for (let j = left; j <= right; j++) {
    const weight = tricube(Math.abs(j - at), bandwidth) * (belief ? belief[j] : 1);
    weights[j - left] = weight;
    total += weight;
    centre += weight * j;
  }
  if (total <= 0) return undefined;
  centre /= total;
  let [level, spread, slope] = [0, 0, 0];
  for (let j = left; j <= right; j++) {
    const weight = weights[j - left] / total;
    level += weight * series[j];
    const lean = weight * (j - centre);
    spread += lean * (j - centre);
    slope += lean * series[j];
  }
  // Points that are all but at one place have no slope.
  const isLine = bandwidth > 0 && Math.sqrt(spread) > 0.001 * (n - 1);
  return isLine ? level + ((at - centre) * slope) / spread : level;
}

/** LOESS at every point of a series, by its `span` nearest points. A point without neighbours that are believed keeps its value. */
export function loess(series: Float64Array, span: number, belief: Belief): Float64Array {
  const n = series.length;
  const smooth = new Float64Array(n);
  const weights = new Float64Array(Math.min(span, n));
  for (let i = 0; i < n; i++) {
    const left = span >= n ? 0 : Math.min(n - span, Math.max(0, i - ((span - 1) >> 1)));
    const right = span >= n ? n - 1 : left + span - 1;
    smooth[i] = loessAt(series, i, left, right, span, belief, weights) ?? series[i];
  }
  return smooth;
}

/** The outermost thousandth counts nothing and the innermost wholly: rounding must not decide. */
function tricube(distance: number, bandwidth: number): number {
  if (distance > 0.999 * bandwidth) return 0;
  if (distance <= 0.001 * bandwidth) return 1;
  const share = distance / bandwidth;
  const rest = 1 - share * share * share;
  return rest * rest * rest;
}
