import { excessKurtosis, skewness, standardDeviation } from "../../statistics/moments.ts";
import { type ColumnState, distinctOf } from "../states/column-state.ts";
import { distinctError } from "../states/distinct-sketch.ts";
import { mostFrequent } from "../states/frequent-values.ts";
import type { ProfiledColumn } from "../states/profiled-column.ts";
import { quantilesAt } from "../states/quantile-points.ts";
import { registerCount } from "../states/state-sql.ts";
import { histogramOf } from "./histogram.ts";
import type { ColumnProfile, Figure, FrequentProfile, NumberProfile } from "./profile.ts";
import { meaningOf } from "./text-meaning.ts";
import { textSample } from "./text-sample.ts";
import { shapesOf } from "./text-shapes.ts";

/** Values that are shown. */
const shownMax = 20;
const hundredths = Array.from({ length: 101 }, (_, i) => i / 100);

const distinctMethod = `HyperLogLog, ${registerCount} registers: standard error ${(distinctError * 100).toFixed(1)} %`;
const quantileMethod = "t-digest, its 201 quantiles: rank within 1 %";

/** What the state of a column says of it. */
export function columnProfile({ path, type, kind }: ProfiledColumn, state: ColumnState): ColumnProfile {
  const { rows, nulls, notNumbers, infinities, empty, min, max, lengths } = state;
  const texts = kind === "text" && state.personal === undefined ? textSample(state) : undefined;
  const values = rows - nulls - notNumbers;
  const distinct = state.unread > 0 ? { ...figureOf(distinctOf(state)), exact: false, method: `of what could be read: ${state.unread} values could not` } : figureOf(distinctOf(state));
  return {
    name: path.join("."),
    path,
    type,
    kind,
    rows,
    nulls,
    notNumbers,
    infinities,
    empty,
    distinct: kind === "struct" ? { value: 0, exact: false, method: "not counted: its fields are" } : distinct,
    min: min?.text ?? null,
    max: max?.text ?? null,
    numbers: numberProfile(state, distinct.value),
    lengths: lengths === undefined ? null : { min: lengths.min, max: lengths.max, mean: lengths.sum / (values - state.unread) },
    frequent: kind === "size" || kind === "struct" || state.personal !== undefined ? null : frequentProfile(state),
    shapes: texts ? shapesOf(texts) : null,
    meaning: texts ? meaningOf(path.at(-1) as string, texts) : null,
    nature: natureOf(state, distinct),
    personal: state.personal ?? null,
  };
}

const figureOf = ({ count, exact }: { count: number; exact: boolean }): Figure => ({ value: count, exact, ...(!exact && { method: distinctMethod }) });

function numberProfile({ moments, points }: ColumnState, distinct: number): NumberProfile | null {
  if (points.values.length === 0) return null;
  const deviation = standardDeviation(moments);
  return {
    count: points.weights.reduce((sum, weight) => sum + weight, 0),
    mean: finite(moments.mean),
    // Of values that differ by less than squares, or doubles, can tell it is not known.
    deviation: deviation === 0 && distinct > 1 ? null : finite(deviation),
    skewness: finite(skewness(moments)),
    kurtosis: finite(excessKurtosis(moments)),
    quantiles: { values: quantilesAt(points, hundredths), exact: points.exact, ...(!points.exact && { method: quantileMethod }) },
    histogram: histogramOf(points),
  };
}

const finite = (number: number): number | null => (Number.isFinite(number) ? number : null);

function frequentProfile({ frequent }: ColumnState): FrequentProfile {
  const { complete, missingMax } = frequent;
  const values = mostFrequent(frequent);
  return { values: values.slice(0, shownMax).map(([value, count]) => ({ value, count })), complete: complete && values.length <= shownMax, missingMax: complete ? (values[shownMax]?.[1] ?? 0) : missingMax };
}

/** A sketch that is off by three of its errors is rarer than one in three hundred. */
function natureOf({ rows, nulls, notNumbers, unread, frequent }: ColumnState, distinct: Figure): ColumnProfile["nature"] {
  const values = rows - nulls - notNumbers;
  if (rows === 0 || unread > 0) return null;
  if (nulls === rows) return "empty";
  if (frequent.complete && distinct.value === 1 && nulls === 0) return "constant";
  const isUnique = distinct.exact ? distinct.value === values : distinct.value >= values * (1 - 3 * distinctError) && [...frequent.counts.values()].every((count) => count === 1);
  return isUnique && values > 1 ? "unique" : null;
}
