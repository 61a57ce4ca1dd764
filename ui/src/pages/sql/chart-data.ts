export type TimeKind = "instant" | "clock";
export type ChartKind = "line" | "bars" | "points";

export interface ChartData {
  /** Of the axis: numbers; seconds since 1970; or places of `labels`. */
  x: number[];
  labels: string[] | undefined;
  /** Of times: `instant` is shown in the viewer's zone, `clock` has none and stands as it is. */
  time: TimeKind | undefined;
  /** Of each place along the axis, as the result has it. */
  said: string[];
  /** `said`: the numbers as the result has them, which may be longer than what can be drawn. */
  series: { name: string; values: (number | null)[]; said: (string | null)[] }[];
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

/** What a column of times holds; undefined of other columns. */
export function timeKindOf(type: string): TimeKind | undefined {
  if (!/^(TIMESTAMP|DATE)/.test(type) || type.endsWith("[]")) return undefined;
  return type === "TIMESTAMP WITH TIME ZONE" ? "instant" : "clock";
}

const hasZone = /(Z|[+-]\d\d:?\d\d)$/;

/** Seconds since 1970; of a time without a zone as if it were of UTC, where no hour is left out or comes twice. */
function secondsOf(text: string): number | null {
  const isDay = /^\d{4,}-\d\d-\d\d$/.test(text);
  return number(Date.parse(isDay || hasZone.test(text) ? text : `${text}Z`) / 1_000);
}

/** Columns as they may be drawn: the first time or text along the axis, the first number upwards. */
export function defaultAxes(columns: readonly { name: string; type: string }[], isNumber: (type: string) => boolean): { x: number; y: number } {
  const y = columns.findIndex(({ type }, i) => isNumber(type) && (i > 0 || columns.length === 1));
  const time = columns.findIndex(({ type }) => timeKindOf(type) !== undefined);
  const x = time >= 0 ? time : columns.findIndex((_, i) => i !== y);
  return { x: Math.max(x, 0), y: y >= 0 ? y : columns.findIndex(({ type }) => isNumber(type)) };
}

interface Point {
  value: number;
  said: string;
}

/**
 * Columns of a result as a chart draws them.
 * @param by - tells the series apart; absent: there is one
 */
export function chartData(xs: readonly unknown[], xType: { isNumber: boolean; time: TimeKind | undefined }, ys: readonly unknown[], yName: string, by?: readonly unknown[]): ChartData {
  const labels: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (value: unknown): number | null => {
    if (xType.time) return value === null ? null : secondsOf(String(value));
    if (xType.isNumber) return number(value);
    const label = value === null ? "null" : String(value);
    const known = places.get(label) ?? labels.push(label) - 1;
    places.set(label, known);
    return known;
  };
  const points = new Map<string, Map<number, Point>>();
  const said = new Map<number, string>();
  let hidden = 0;
  for (let i = 0; i < xs.length; i++) {
    const y = number(ys[i]);
    const x = y === null ? null : placeOf(xs[i]);
    if (x === null || y === null) {
      hidden++;
      continue;
    }
    const name = by === undefined ? yName : by[i] === null ? "null" : String(by[i]);
    const series = points.get(name) ?? new Map<number, Point>();
    if (series.has(x)) hidden++;
    points.set(name, series.set(x, { value: y, said: String(ys[i]) }));
    said.set(x, String(xs[i]));
  }
  const drawn = [...points].slice(0, seriesMax);
  const x = [...new Set(drawn.flatMap(([, series]) => [...series.keys()]))].sort((a, b) => a - b);
  return { x, labels: xType.time || xType.isNumber ? undefined : labels, time: xType.time, said: x.map((at) => said.get(at) as string), series: drawn.map(([name, series]) => ({ name, values: x.map((at) => series.get(at)?.value ?? null), said: x.map((at) => series.get(at)?.said ?? null) })), hidden, more: points.size - drawn.length };
}
