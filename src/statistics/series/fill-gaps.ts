/** The series with a straight line over each gap, where a value is missing or infinite; at the ends the nearest value goes on. At least one is finite. */
export function fillGaps(series: Float64Array): Float64Array {
  const filled = series.slice();
  let last = -1;
  for (let i = 0; i <= series.length; i++) {
    if (i < series.length && !Number.isFinite(series[i])) continue;
    for (let gap = last + 1; gap < i; gap++) filled[gap] = bridge(series, last, i, gap);
    last = i;
  }
  return filled;
}

function bridge(series: Float64Array, from: number, to: number, at: number): number {
  if (from < 0) return series[to];
  if (to >= series.length) return series[from];
  return series[from] + ((series[to] - series[from]) * (at - from)) / (to - from);
}
