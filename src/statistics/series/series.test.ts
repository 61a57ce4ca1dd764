import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../random.ts";
import { modifiedZScore } from "../univariate/modified-z-score.ts";
import { changePoints } from "./change-points.ts";
import { fillGaps } from "./fill-gaps.ts";
import { absoluteError, advance, fitRates, forecast, startingLevel } from "./holt-winters.ts";
import { RollingMad, rollingMad } from "./rolling-mad.ts";
import { HoltWinters, holtWinters } from "./seasonal-detector.ts";
import { stl } from "./stl.ts";
import { stlOutliers } from "./stl-outliers.ts";

const { NaN: missing, POSITIVE_INFINITY: infinity } = Number;

/** Values that bring ties, gaps and infinities often. */
const anyValue = fc.oneof({ weight: 8, arbitrary: fc.double({ min: -5, max: 5, noNaN: true }) }, { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, { weight: 1, arbitrary: fc.constantFrom(1e6, missing, infinity, -infinity) });
const anySeries = fc.array(anyValue, { maxLength: 120, size: "max" }).map((values) => Float64Array.from(values));

/** A detector that forgets itself after every value but for its state as JSON. */
function restarted<S>(first: { state: S }, from: (state: S) => { next(value: number): { score: number }; state: S }, values: Float64Array): number[] {
  let stored = JSON.stringify(first.state);
  return Array.from(values, (value) => {
    const detector = from(JSON.parse(stored));
    const { score } = detector.next(value);
    stored = JSON.stringify(detector.state);
    return score;
  });
}

test("rolling MAD: one value at a time, from stored state, says what the whole series says", () => {
  const options = { window: 8, warmUp: 4, gapMax: 2, relearnAfter: 3 };
  fc.assert(fc.property(anySeries, (values) => {
    expect(restarted(new RollingMad(options), RollingMad.from, values)).toEqual([...rollingMad(values, options).scores]);
  }), { numRuns: 100 });
});

test("rolling MAD: each value is judged by the ordinary values before it, as by its definition", () => {
  fc.assert(
    fc.property(anySeries, (values) => {
      const options = { window: 8, warmUp: 4, gapMax: 1_000, relearnAfter: 1_000 };
      const { scores, outliers } = rollingMad(values, options);
      const flagged = new Set(outliers);
      for (const [i, value] of values.entries()) {
        const ordinary = values.slice(0, i).filter((before, at) => Number.isFinite(before) && !flagged.has(at)).slice(-8);
        if (ordinary.length < 4 || !Number.isFinite(value)) continue;
        const { centre, scale } = modifiedZScore(ordinary).by;
        expect(scores[i]).toBe(value === centre ? 0 : (value - centre) / scale);
      }
    }),
    { numRuns: 100 },
  );
});

const still = (count: number): number[] => Array.from({ length: count }, (_, i) => 10 + Math.sin(i * i));

test("rolling MAD: a flagged value does not hide the next one, and many in a row are the new normal", () => {
  const spikes = Float64Array.from([...still(30), 40, 40, 40, ...still(5), ...still(20).map((value) => value + 50)]);
  const { outliers } = rollingMad(spikes, { window: 20, relearnAfter: 6 });
  expect([...outliers]).toEqual([30, 31, 32, 38, 39, 40, 41, 42, 43]);
});

test("rolling MAD: a long gap begins a new warm-up, a short one does not", () => {
  const gap = (length: number): Float64Array => Float64Array.from([...still(30), ...Array(length).fill(missing), 500, ...still(5)]);
  expect([...rollingMad(gap(5), { gapMax: 5 }).outliers]).toEqual([35]);
  expect([...rollingMad(gap(6), { gapMax: 5 }).outliers]).toEqual([]);
  expect(rollingMad(gap(6), { gapMax: 5 }).judged).toBe(20);
});

test("rolling MAD: a constant series flags any change, and none of no interest", () => {
  const constant = Float64Array.from([...Array(20).fill(5), 5.01, 5]);
  expect([...rollingMad(constant).outliers]).toEqual([20]);
  expect(rollingMad(constant).scores[20]).toBe(infinity);
  expect([...rollingMad(constant, { scaleMin: 0.1 }).outliers]).toEqual([]);
});

/** Three years of months, or a few weeks of days: a trend, a season and a little noise, with what is put upon them. */
function seasonal(length: number, period: number, put: Record<number, number> = {}, seed = 5): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, (_, i) => 100 + 0.2 * i + 10 * Math.sin((2 * Math.PI * i) / period) + random.uniform() + (put[i] ?? 0));
}

test("STL: the parts add up, the season is the season and the trend the trend, whatever single values do", () => {
  const values = seasonal(120, 12, { 40: 60, 77: -45 });
  const { seasonal: season, trend, remainder, belief } = stl(values, { period: 12 });
  for (const [i, value] of values.entries()) {
    expect(season[i] + trend[i] + remainder[i]).toBeCloseTo(value, 10);
    expect(Math.abs(season[i] - 10 * Math.sin((2 * Math.PI * i) / 12))).toBeLessThan(1.2);
    expect(Math.abs(trend[i] - 100.5 - 0.2 * i)).toBeLessThan(0.6);
  }
  expect([belief[40], belief[77]]).toEqual([0, 0]);
});

test("STL outliers: two are found where a season of twenty would hide them from a z-score; gaps are not judged", () => {
  const values = seasonal(120, 12, { 40: 8, 77: -7 });
  expect([...stlOutliers(values, { period: 12, threshold: 5 }).outliers]).toEqual([40, 77]);
  expect([...modifiedZScore(values).outliers]).toEqual([]);
  values[50] = missing;
  values[60] = infinity;
  const { outliers, scores, judged } = stlOutliers(values, { period: 12, threshold: 5 });
  expect([...outliers]).toEqual([40, 60, 77]);
  expect([scores[50], scores[60], judged]).toEqual([missing, infinity, 119]);
});

test("STL outliers: a constant series and one that is all season have none", () => {
  expect(stlOutliers(new Float64Array(60).fill(7), { period: 7 }).outliers).toHaveLength(0);
  expect(stlOutliers(Float64Array.from({ length: 60 }, (_, i) => 1e9 + (i % 7)), { period: 7 }).outliers).toHaveLength(0);
});

test("STL: what it cannot do is refused", () => {
  const values = seasonal(60, 12);
  for (const options of [{ period: 1 }, { period: 2.5 }, { period: 12, seasonalSpan: 4 }, { period: 12, trendSpan: 11 }]) expect(() => stl(values, options)).toThrow("MR-STAT-001");
  expect(() => stl(values.subarray(0, 23), { period: 12 })).toThrow("MR-STAT-002");
  expect(() => stl(values.with(3, missing), { period: 12 })).toThrow("MR-STAT-001");
  for (const empty of [new Float64Array(), new Float64Array(40).fill(missing)]) expect(() => stlOutliers(empty, { period: 12 })).toThrow("MR-STAT-002");
});

test("gaps are bridged by straight lines", () => {
  expect([...fillGaps(Float64Array.of(missing, 2, missing, infinity, 8, missing))]).toEqual([2, 2, 4, 6, 8, 8]);
});

test("Holt-Winters: one value at a time, from stored state, says what the whole series says", () => {
  const options = { period: 3, warmUp: 9, gapMax: 3, relearnAfter: 4, window: 6 };
  fc.assert(fc.property(anySeries, (values) => {
    expect(restarted(new HoltWinters(options), HoltWinters.from, values)).toEqual([...holtWinters(values, options).scores]);
  }), { numRuns: 30 });
});

test("Holt-Winters: the search over rates finds what the recurrences of single steps confirm", () => {
  const values = seasonal(60, 6);
  const start = startingLevel(values, 6, (some) => some.reduce((sum, value) => sum + value / some.length, 0));
  const rates = fitRates(values, start);
  let [at, error] = [start, 0];
  for (const value of values) {
    error += Math.abs(value - forecast(at));
    at = advance(at, value, rates);
  }
  expect(absoluteError(values, start, rates)).toBeCloseTo(error, 8);
  for (const other of [{ level: 0.5, trend: 0.5, season: 0.5 }, { level: 0.9, trend: 0.1, season: 0.9 }]) expect(error).toBeLessThanOrEqual(absoluteError(values, start, other));
});

test("Holt-Winters: values out of season are found, a weekend is not, and outliers do not move the forecast", () => {
  const values = seasonal(140, 7, { 10: 30, 60: -15, 61: -15, 100: 12 });
  const { outliers, by } = holtWinters(values, { period: 7, warmUp: 28, threshold: 6 });
  expect([...outliers]).toEqual([60, 61, 100]);
  expect(Math.abs(by.centres[62] - (100.5 + 0.2 * 62 + 10 * Math.sin((2 * Math.PI * 62) / 7)))).toBeLessThan(2);
});

test("Holt-Winters: the level moves to where a week of flagged values was", () => {
  const put = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [i + 60, 200]));
  const { outliers } = holtWinters(seasonal(140, 7, put), { period: 7, warmUp: 28, threshold: 8 });
  expect([...outliers]).toEqual([60, 61, 62, 63, 64, 65, 66]);
});

test("Holt-Winters: a still series that begins to move is learnt anew, and what is remembered stays small", () => {
  const random = seededRandom(8);
  const detector = new HoltWinters({ period: 7 });
  const flagged = Array.from({ length: 600 }, (_, i) => detector.next(i < 60 ? 5 + (i % 7) : 5 + (i % 7) + random.uniform()).outlier);
  expect(flagged.slice(60, 80).every(Boolean)).toBe(true);
  expect(flagged.slice(120).filter(Boolean).length).toBeLessThan(10);
  expect(JSON.stringify(detector.state).length).toBeLessThan(4_000);
});

test("Holt-Winters: gaps go by the forecast; a long one begins a new warm-up", () => {
  const gap = (length: number): Float64Array => seasonal(140, 7, { 100: 50 }).map((value, i) => (i >= 60 && i < 60 + length ? missing : value));
  expect([...holtWinters(gap(10), { period: 7, threshold: 6 }).outliers]).toEqual([100]);
  expect(holtWinters(gap(10), { period: 7 }).judged).toBe(140 - 28 - 10);
  expect(holtWinters(gap(10), { period: 7, window: 5 }).judged).toBe(140 - 28 - 10);
  expect(holtWinters(gap(15), { period: 7, gapMax: 14 }).judged).toBe(140 - 28 - 15 - 28);
  expect([...holtWinters(Float64Array.of(...Array(30).fill(missing), ...Array(30).fill(5), 6), { period: 7 }).outliers]).toEqual([60]);
});

test("false alarms in clean series are few: at a threshold of 3.5 normal values pass it 4.7 times in 10,000", () => {
  const random = seededRandom(31);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const clean = (): Float64Array => Float64Array.from({ length: 400 }, (_, i) => 100 + 20 * Math.sin((2 * Math.PI * i) / 7) + 0.05 * i + normal());
  const noise = (): Float64Array => Float64Array.from({ length: 400 }, normal);
  const alarms = (series: Float64Array[], judge: (values: Float64Array) => { outliers: Uint32Array; judged: number }): number => {
    const all = series.map(judge);
    return (1e4 * all.reduce((sum, { outliers }) => sum + outliers.length, 0)) / all.reduce((sum, { judged }) => sum + judged, 0);
  };
  const many = (count: number, one: () => Float64Array): Float64Array[] => Array.from({ length: count }, one);
  expect(alarms(many(25, noise), (values) => rollingMad(values))).toBeLessThan(80);
  expect(alarms(many(25, clean), (values) => holtWinters(values, { period: 7 }))).toBeLessThan(60);
  expect(alarms(many(4, clean), (values) => stlOutliers(values, { period: 7 }))).toBeLessThan(30);
});

test("states of something else are refused", () => {
  for (const state of [undefined, {}, { method: "rolling-mad" }, new RollingMad().state, { ...new HoltWinters({ period: 3 }).state, learning: ["x"] }]) expect(() => HoltWinters.from(state as never)).toThrow("MR-STAT-004");
  for (const state of [null, { ...new RollingMad().state, window: [null] }, new HoltWinters({ period: 3 }).state]) expect(() => RollingMad.from(state as never)).toThrow("MR-STAT-004");
  for (const options of [{ window: 2 }, { warmUp: 60 }, { threshold: 0 }, { scaleMin: -1 }, { relearnAfter: 0 }]) expect(() => new RollingMad(options)).toThrow("MR-STAT-001");
  for (const options of [{ period: 1 }, { period: 4, warmUp: 7 }, { period: 4, rates: { level: 2, trend: 0, season: 0 } }]) expect(() => new HoltWinters(options)).toThrow("MR-STAT-001");
});

/** What a division costs, by the definition. */
function costOf(values: number[], changes: number[], sigma: number, penalty: number): number {
  return [0, ...changes].reduce((sum, from, i) => {
    const part = values.slice(from, changes[i]);
    const mean = part.reduce((all, value) => all + value, 0) / part.length;
    return sum + part.reduce((all, value) => all + ((value - mean) / sigma) ** 2, 0);
  }, penalty * changes.length);
}

/** Every way to divide so many values. */
function divisions(length: number, minimum: number): number[][] {
  return Array.from({ length: 2 ** (length - 1) }, (_, mask) => Array.from({ length: length - 1 }, (_, i) => i + 1).filter((at) => mask & (1 << (at - 1)))).filter((changes) => [...changes, length].every((to, i) => to - (changes[i - 1] ?? 0) >= minimum));
}

test("change points: no other division costs less, with any minimum", () => {
  const levels = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 })), { minLength: 1, maxLength: 4 });
  const property = fc.property(levels, fc.integer({ min: 1, max: 3 }), fc.double({ min: 0.5, max: 12, noNaN: true }), (parts, minimum, penalty) => {
    const values = parts.flatMap(([level, noise]) => noise.map((value) => 2 * level + value)).slice(0, 12);
    fc.pre(values.length >= 3);
    const found = [...changePoints(Float64Array.from(values), { sigma: 0.4, penalty, minimum }).changes];
    const least = Math.min(...divisions(values.length, minimum).map((changes) => costOf(values, changes, 0.4, penalty)));
    expect(divisions(values.length, minimum)).toContainEqual(found);
    expect(costOf(values, found, 0.4, penalty)).toBeCloseTo(least, 6);
  });
  fc.assert(property, { numRuns: 60 });
});

test("change points: two steps in noise and no step in none; gaps keep their place", () => {
  const random = seededRandom(2);
  const steps = Float64Array.from({ length: 120 }, (_, i) => (i < 50 ? 0 : i < 80 ? 3 : 1) + random.uniform());
  const { changes, levels, exact } = changePoints(steps);
  expect([[...changes], exact]).toEqual([[50, 80], true]);
  for (const [i, level] of [0.5, 3.5, 1.5].entries()) expect(Math.abs(levels[i] - level)).toBeLessThan(0.2);
  expect([...changePoints(Float64Array.of(missing, infinity, ...steps)).changes]).toEqual([52, 82]);
  expect(changePoints(new Float64Array(50).fill(3)).changes).toHaveLength(0);
  expect(changePoints(steps.subarray(0, 50)).changes).toHaveLength(0);
  for (const few of [[], [1], [1, 2, missing]]) expect(() => changePoints(Float64Array.from(few))).toThrow("MR-STAT-002");
  for (const options of [{ penalty: 0 }, { minimum: 0 }, { sigma: missing }]) expect(() => changePoints(steps, options)).toThrow("MR-STAT-001");
});

test("change points: a value far out spoils nothing that comes after it", () => {
  const random = seededRandom(2);
  const steps = Float64Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : i < 150 ? 3 : 1) + random.uniform());
  const { changes } = changePoints(steps.with(20, 1e12), { minimum: 1 });
  expect([...changes]).toEqual([20, 21, 100, 150]);
});

test("change points: a long series is looked at in a grid, and the result says so", () => {
  const random = seededRandom(4);
  const long = Float64Array.from({ length: 12_000 }, (_, i) => (i < 7_000 ? 0 : 2) + random.uniform());
  const { changes, exact, grid } = changePoints(long);
  expect([exact, grid, changes.length]).toEqual([false, 3, 1]);
  expect(Math.abs(changes[0] - 7_000)).toBeLessThan(3);
});
