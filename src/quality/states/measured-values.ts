import type { Moments } from "../../statistics/moments.ts";
import { type Bound, type ColumnState, compareBounds, noState } from "./column-state.ts";
import { sketchOfHashes } from "./distinct-sketch.ts";
import { frequentValues } from "./frequent-values.ts";
import type { ColumnKind } from "./profiled-column.ts";
import { pointsOfValues } from "./quantile-points.ts";
import { sampleCount } from "./state-sql.ts";

/** A value as `valuesSql` gives it: its text, how many rows have it, its number where it is finite, and its hash in two parts. */
export type MeasuredValue = [text: string | null, count: number, number: number | null, register: number, rest: number];

/** A column as all its different values: everything follows from them, and exactly. */
export interface MeasuredValues {
  form: "values";
  values: MeasuredValue[];
}

/** What a value is beside null. */
interface Value {
  text: string;
  count: number;
  number?: number;
  hash: [register: number, rest: number];
}

export function stateOfValues(kind: ColumnKind, { values: measured }: MeasuredValues): ColumnState {
  const all = measured.flatMap(([text, count, number, register, rest]): Value[] => (text === null ? [] : [{ text, count, ...(number !== null && { number }), hash: [register, rest] }]));
  const values = all.filter(({ text }) => !(kind === "float" && text === "nan"));
  const hasNumbers = kind === "integer" || kind === "decimal" || kind === "float" || kind === "time";
  const finite = hasNumbers ? values.filter(({ number }) => number !== undefined) : values;
  const bounds = finite.map(({ text, number }): Bound => ({ text, ...(number !== undefined && { number }) }));
  const numbers = finite.flatMap(({ number, count }): [number, number][] => (number === undefined ? [] : [[number, count]]));
  return {
    rows: measured.reduce((sum, [, count]) => sum + count, 0),
    nulls: measured.find(([text]) => text === null)?.[1] ?? 0,
    notNumbers: countOf(all) - countOf(values),
    infinities: countOf(values) - countOf(finite),
    min: bounds.reduce<Bound | undefined>((least, bound) => (least === undefined || compareBounds(kind, bound, least) < 0 ? bound : least), undefined),
    max: bounds.reduce<Bound | undefined>((most, bound) => (most === undefined || compareBounds(kind, bound, most) > 0 ? bound : most), undefined),
    moments: momentsOf(numbers),
    points: pointsOfValues(numbers),
    ...(kind === "text" ? textMeasures(values) : { empty: 0, padded: 0, sample: noState.sample }),
    long: 0,
    unread: 0,
    distinct: sketchOfHashes(values.map(({ hash }) => hash)),
    frequent: frequentValues(new Map(values.map(({ text, count }) => [text, count])), true, 0),
  };
}

/** The mean first, then the deviations from it: what is exact here is rounded once. */
function momentsOf(numbers: readonly [value: number, count: number][]): Moments {
  const sum = (of: (value: number) => number): number => numbers.reduce((total, [value, count]) => total + count * of(value), 0);
  const count = sum(() => 1);
  const mean = count === 0 ? 0 : sum((value) => value) / count;
  const power = (exponent: number): number => (numbers.length < 2 ? 0 : sum((value) => (value - mean) ** exponent));
  return { count, mean, m2: power(2), m3: power(3), m4: power(4) };
}

const countOf = (values: readonly Value[]): number => values.reduce((sum, { count }) => sum + count, 0);

function textMeasures(values: readonly Value[]): Pick<ColumnState, "lengths" | "empty" | "padded" | "sample"> {
  const lengths = values.map(({ text, count }) => ({ length: charactersOf(text), count }));
  const sampled = values.filter(({ hash }) => hash[0] < sampleCount).sort((a, b) => b.hash[1] - a.hash[1]);
  return {
    ...(values.length > 0 && { lengths: { min: least(lengths.map(({ length }) => length)), max: -least(lengths.map(({ length }) => -length)), sum: lengths.reduce((sum, { length, count }) => sum + length * count, 0) } }),
    empty: countOf(values.filter(({ text }) => text === "")),
    padded: countOf(values.filter(({ text }) => text.startsWith(" ") || text.endsWith(" "))),
    // The least hash of a register comes last, and stays.
    sample: new Map(sampled.map(({ text, hash: [register, rest] }) => [register, { rest, text }])),
  };
}

const least = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b));

/** As DuckDB's `length` counts them: code points. */
function charactersOf(text: string): number {
  let characters = 0;
  for (const _ of text) characters += 1;
  return characters;
}
