import { expect, test } from "vitest";
import { seededRandom } from "../../statistics/random.ts";
import { type ColumnState, noState } from "../states/column-state.ts";
import { frequentValues } from "../states/frequent-values.ts";
import { pointsOfQuantiles, pointsOfValues, quantilesAt } from "../states/quantile-points.ts";
import { type DistributionState, type DistributionVerdict, observeDistribution } from "./distribution.ts";

const source = seededRandom(11);
const random = (): number => source.uniform();
/** About normal, by the sum of four. */
const normal = (): number => (random() + random() + random() + random() - 2) * Math.sqrt(3);

/** As the engine's digest has them: 201 quantiles. */
function numbers(values: readonly number[]): ColumnState {
  const exact = pointsOfValues(values.map((value) => [value, 1]));
  return { ...noState, rows: values.length, points: pointsOfQuantiles(quantilesAt(exact, Array.from({ length: 201 }, (_, i) => i / 200)), values.length), frequent: frequentValues(new Map(), false, 3) };
}

function texts(values: readonly string[]): ColumnState {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return { ...noState, rows: values.length, frequent: frequentValues(counts, true, 0) };
}

/** Values of a version: at the week's end other ones, and slowly more over the weeks. */
const amounts = (version: number, rows: number, change = (value: number) => value): ColumnState => numbers(Array.from({ length: rows }, () => change(Math.exp(normal() + (version % 7 > 4 ? 0.3 : 0) + version / 2_000))));
const statuses = (version: number, rows: number, cancelled = 0.05): ColumnState =>
  texts(Array.from({ length: rows }, () => (random() < cancelled ? "cancelled" : random() < (version % 7 > 4 ? 0.5 : 0.7) ? "paid" : random() < 0.9 ? "new" : `other ${Math.floor(100 * random())}`)));
const ids = (version: number, rows: number): ColumnState => numbers(Array.from({ length: rows }, (_, i) => version * 10_000 + i));
const rowsOf = (): number => Math.round(400 * Math.exp(0.3 * normal()));

function watched(versions: number, column: (version: number, rows: number) => ColumnState, last?: (rows: number) => ColumnState): { verdicts: DistributionVerdict[]; state: DistributionState | undefined } {
  let state: DistributionState | undefined;
  const verdicts: DistributionVerdict[] = [];
  for (let version = 0; version < versions; version++) {
    const seen = observeDistribution(state, version === versions - 1 && last ? last(rowsOf()) : column(version, rowsOf()));
    // What is written down must come back the same.
    state = seen.state && (JSON.parse(JSON.stringify(seen.state)) as DistributionState);
    if (seen.verdict) verdicts.push(seen.verdict);
  }
  return { verdicts, state };
}

const alarms = (verdicts: readonly DistributionVerdict[]): number => verdicts.filter(({ unusual }) => unusual).length;

test("of columns as they usually are it says next to nothing: fewer than one alarm in 2,000 versions", () => {
  const versions = 500;
  const tables = 2;
  let found = 0;
  for (let table = 0; table < tables; table++) for (const column of [amounts, statuses, ids]) found += alarms(watched(versions, column).verdicts);
  expect(found / (versions * tables * 3)).toBeLessThan(1 / 2_000);
});

test("what has shifted it says: another unit, a whole deviation more, a third in another state", () => {
  const share = (column: typeof amounts | typeof statuses, last: (rows: number) => ColumnState): number => {
    const times = 10;
    return Array.from({ length: times }, () => alarms([watched(61, column, last).verdicts.at(-1) as DistributionVerdict])).reduce((sum, one) => sum + one, 0) / times;
  };
  expect(share(amounts, (rows) => amounts(60, rows, (value) => value * 100))).toBe(1);
  expect(share(amounts, (rows) => amounts(60, rows, (value) => value * Math.E ** 1.5))).toBeGreaterThan(0.9);
  expect(share(statuses, (rows) => statuses(60, rows, 0.6))).toBeGreaterThan(0.9);
});

test("what lasts is the new usual, what has too few values is not judged, and no value is remembered", () => {
  const { verdicts, state } = watched(120, (version, rows) => statuses(version, rows, version < 60 ? 0.05 : 0.9));
  expect(alarms(verdicts)).toBe(5);
  expect(JSON.stringify(state)).not.toMatch(/paid|cancelled|other/);
  expect(observeDistribution(state, texts(Array(49).fill("strange"))).verdict).toBeUndefined();
  expect(observeDistribution(undefined, noState)).toEqual({ state: undefined });
  expect(observeDistribution(undefined, texts(Array.from({ length: 5_000 }, (_, i) => `id ${i}`))).verdict).toBeUndefined();
});
