import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../random.ts";
import { Cusum } from "./cusum.ts";

const random = seededRandom(17);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
const verdicts = (values: Iterable<number>, detector = new Cusum()) => Array.from(values, (value) => detector.next(value));
const changes = (values: Iterable<number>, detector?: Cusum): number[] => verdicts(values, detector).flatMap(({ change }, i) => (change ? [i] : []));

test("the sums are those of the definition", () => {
  const warmUp = [9, 10, 11, 10, 12, 8];
  const later = [10.5, 13, 9, 14, 14, 7, 15];
  const said = verdicts([...warmUp, ...later], new Cusum({ warmUp: 6, threshold: 100 }));
  expect(said.slice(0, 6).every(({ score }) => Number.isNaN(score))).toBe(true);
  let [up, down] = [0, 0];
  for (const [i, value] of later.entries()) {
    const deviation = Math.max(-3, Math.min(3, (value - 10) / 1.482602218505602));
    up = Math.max(0, up + deviation - 0.5);
    down = Math.max(0, down - deviation - 0.5);
    expect(said[i + 6].score).toBeCloseTo(up >= down ? up : -down, 12);
  }
});

test("a step is found soon after it begins, either way, and where it began is told; then the new level is learnt", () => {
  for (const step of [2, -2]) {
    const values = Array.from({ length: 340 }, (_, i) => normal() + (i >= 200 ? step : 0));
    const detector = new Cusum();
    const said = verdicts(values, detector);
    const found = said.findIndex(({ change }) => change);
    expect(found).toBeGreaterThan(202);
    expect(found).toBeLessThan(215);
    expect(Math.abs(found - said[found].since - 200)).toBeLessThan(25);
    expect(Math.sign(said[found].score)).toBe(Math.sign(step));
    expect(Math.abs(detector.state.model!.centre - step)).toBeLessThan(0.5);
  }
});

test("single outliers, gaps and infinities are no change; a constant series changes with its value", () => {
  const values = Array.from({ length: 300 }, (_, i) => (i % 60 === 59 ? 1e6 : i % 50 === 49 ? Number.NaN : i % 45 === 44 ? Number.POSITIVE_INFINITY : normal()));
  expect(changes(values)).toEqual([]);
  expect(changes([...Array(100).fill(5), ...Array(20).fill(5.01)])).toEqual([103]);
  expect(changes([...Array(100).fill(5), ...Array(20).fill(5.01)], new Cusum({ scaleMin: 1 }))).toEqual([]);
});

test("false alarms are rare", () => {
  const alarms = Array.from({ length: 40 }, () => changes(Array.from({ length: 500 }, normal), new Cusum({ warmUp: 200 })).length);
  expect(alarms.reduce((sum, count) => sum + count, 0)).toBeLessThan(12);
});

test("one value at a time, from stored state, says what the whole series says", () => {
  const anyValue = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) }, { weight: 1, arbitrary: fc.constantFrom(50, Number.NaN, Number.POSITIVE_INFINITY, 1e300) });
  fc.assert(fc.property(fc.array(anyValue, { maxLength: 120, size: "max" }), (values) => {
    const options = { warmUp: 6, threshold: 4 };
    let stored = JSON.stringify(new Cusum(options).state);
    const one = values.map((value) => {
      const detector = Cusum.from(JSON.parse(stored));
      const verdict = detector.next(value);
      stored = JSON.stringify(detector.state);
      return verdict;
    });
    expect(one).toEqual(verdicts(values, new Cusum(options)));
  }), { numRuns: 60 });
});

test("nonsense is refused", () => {
  for (const options of [{ warmUp: 4 }, { slack: 3 }, { threshold: 0 }, { scaleMin: Number.NaN }]) expect(() => new Cusum(options)).toThrow("MR-STAT-001");
  for (const state of [undefined, { method: "cusum" }, { ...new Cusum().state, learning: ["x"] }, { ...new Cusum().state, model: { centre: 1 } }]) expect(() => Cusum.from(state as never)).toThrow("MR-STAT-004");
});
