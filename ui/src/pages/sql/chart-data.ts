export type ChartKind = "line" | "bars" | "points";

export interface ChartData {
  /** Of the axis: numbers; seconds since 1970; or places of `labels`. */
  x: number[];
  labels: string[] | undefined;
  isTime: boolean;
  series: { name: string; values: (number | null)[] }[];
  /** Rows that share their place with a later one of the same series, and rows without a number. */
  hidden: number;
  /** Series that are left out. */
  more: number;
}

/** Lines that can be told apart without colour. */
export const seriesMax = 6;

const number = (value: unknown): number | null => {
  const read = value === null || value === "" || typeof value === "boolean" ? Number.NaN : Number(value);
  return Number.isFinite(read) ? read : null;
};

export const isTimeType = (type: string): boolean => /^(TIMESTAMP|DATE)/.test(type) && !type.endsWith("[]");

/** Columns as they may be drawn: the first time or text along the axis, the first number upwards. */
export function defaultAxes(columns: readonly { name: string; type: string }[], isNumber: (type: string) => boolean): { x: number; y: number } {
  const y = columns.findIndex(({ type }, i) => isNumber(type) && (i > 0 || columns.length === 1));
  const time = columns.findIndex(({ type }) => isTimeType(type));
  const x = time >= 0 ? time : columns.findIndex((_, i) => i !== y);
  return { x: Math.max(x, 0), y: y >= 0 ? y : columns.findIndex(({ type }) => isNumber(type)) };
}

/**
 * Columns of a result as a chart draws them.
 * @param by - tells the series apart; absent: there is one
 */
export function chartData(xs: readonly unknown[], xType: { isNumber: boolean; isTime: boolean }, ys: readonly unknown[], yName: string, by?: readonly unknown[]): ChartData {
  const labels: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (value: unknown): number | null => {
    if (xType.isTime) return value === null ? null : number(Date.parse(String(value)) / 1_000);
    if (xType.isNumber) return number(value);
    const label = value === null ? "null" : String(value);
    const known = places.get(label) ?? labels.push(label) - 1;
    places.set(label, known);
    return known;
  };
  const points = new Map<string, Map<number, number>>();
  let hidden = 0;
  for (let i = 0; i < xs.length; i++) {
    const y = number(ys[i]);
    const x = y === null ? null : placeOf(xs[i]);
    if (x === null || y === null) {
      hidden++;
      continue;
    }
    const name = by === undefined ? yName : by[i] === null ? "null" : String(by[i]);
    const series = points.get(name) ?? new Map<number, number>();
    if (series.has(x)) hidden++;
    points.set(name, series.set(x, y));
  }
  const drawn = [...points].slice(0, seriesMax);
  const x = [...new Set(drawn.flatMap(([, series]) => [...series.keys()]))].sort((a, b) => a - b);
  return { x, labels: xType.isTime || xType.isNumber ? undefined : labels, isTime: xType.isTime, series: drawn.map(([name, series]) => ({ name, values: x.map((at) => series.get(at) ?? null) })), hidden, more: points.size - drawn.length };
}
