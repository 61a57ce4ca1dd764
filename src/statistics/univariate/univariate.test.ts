import { expect, test } from "vitest";
import { MillraceError } from "../../errors.ts";
import { generalisedEsd } from "./generalised-esd.ts";
import { grubbs } from "./grubbs.ts";
import { iqr } from "./iqr.ts";
import { modifiedZScore } from "./modified-z-score.ts";
import { trimmedScore } from "./trimmed-score.ts";
import { zScore } from "./z-score.ts";

const oneFar = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 100);

/** Rosner's (1983) 54 values, as NIST's "Engineering Statistics Handbook", 1.3.5.17.3, shows them with the three outliers that the test finds. */
const rosner = Float64Array.of(
  -0.25, 0.68, 0.94, 1.15, 1.2, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58, 1.65, 1.69, 1.7, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.1, 2.14, 2.15, 2.23, 2.24, 2.26, 2.35, 2.37, 2.4, 2.47, 2.54, 2.62, 2.64,
  2.9, 2.92, 2.92, 2.93, 3.21, 3.26, 3.3, 3.59, 3.68, 4.3, 4.64, 5.34, 5.42, 6.01,
);

/** Tietjen and Moore's (1972) uranium values, as NIST's handbook, 1.3.5.17.1, judges them by Grubbs' test. */
const uranium = Float64Array.of(199.31, 199.53, 200.19, 200.82, 201.92, 201.95, 202.18, 245.57);

test("a far value of ten hides from three standard deviations, and from no robust method", () => {
  const z = zScore(oneFar);
  expect(z.scores[9]).toBeCloseTo(2.836, 3);
  expect(z.by.reach).toBeCloseTo(2.846, 3);
  expect(z.outliers).toHaveLength(0);
  const modified = modifiedZScore(oneFar);
  expect(modified.scores[9]).toBeCloseTo(25.5, 1);
  expect([...modified.outliers]).toEqual([9]);
  expect(iqr(oneFar).by.high).toBe(14.5);
  expect([...iqr(oneFar).outliers]).toEqual([9]);
  expect([...trimmedScore(oneFar).outliers]).toEqual([9]);
});

test("Grubbs' statistic and critical value are those of NIST's handbook", () => {
  const { by, threshold, outliers } = grubbs(uranium);
  expect(by.statistic).toBeCloseTo(2.4687, 3);
  expect(threshold).toBeCloseTo(2.1266, 3);
  expect([...outliers]).toEqual([7]);
});

test("the generalised ESD test finds Rosner's three outliers, which hide one another", () => {
  const { by, outliers } = generalisedEsd(rosner, { max: 10 });
  expect([...outliers]).toEqual([51, 52, 53]);
  const published = [[3.118, 3.158], [2.942, 3.151], [3.179, 3.143], [2.81, 3.136], [2.815, 3.128], [2.848, 3.12], [2.279, 3.111], [2.31, 3.103], [2.101, 3.094], [2.067, 3.085]];
  for (const [i, [statistic, critical]] of published.entries()) {
    expect(Math.abs(by.removals[i].statistic - statistic)).toBeLessThan(0.0015);
    expect(Math.abs(by.removals[i].critical - critical)).toBeLessThan(0.0015);
  }
});

test("more than half equal values: the mean absolute deviation is the scale, and the result says so", () => {
  const { by, outliers } = modifiedZScore(Float64Array.of(5, 5, 5, 5, 5, 5, 6, 4, 40));
  expect(by.scaleBy).toBe("mean absolute deviation");
  expect(by.scale).toBeCloseTo(1.253314 * (37 / 9), 4);
  expect([...outliers]).toEqual([8]);
});

const methods = { zScore, modifiedZScore, trimmedScore, iqr, grubbs, generalisedEsd };
for (const [name, method] of Object.entries(methods)) {
  test(`${name}: a missing value is not judged and changes nothing, an infinity is an outlier and changes nothing else`, () => {
    const clean = method(oneFar);
    const holed = method(Float64Array.of(Number.NaN, ...oneFar, Number.NEGATIVE_INFINITY));
    expect(holed.judged).toBe(11);
    expect(holed.scores[0]).toBeNaN();
    expect(holed.scores[11]).toBe(Number.NEGATIVE_INFINITY);
    expect(holed.scores.slice(1, 11)).toEqual(clean.scores);
    expect([...holed.outliers]).toEqual([...[...clean.outliers].map((i) => i + 1), 11]);
  });

  test(`${name}: equal values have no outliers, and too few values are refused`, () => {
    const equal = method(new Float64Array(20).fill(7));
    expect(equal.outliers).toHaveLength(0);
    expect(equal.scores).toEqual(new Float64Array(20));
    for (const few of [[], [1], [Number.NaN, Number.POSITIVE_INFINITY, 1]]) expect(() => method(Float64Array.from(few))).toThrow(expect.objectContaining({ code: "MR-STAT-002" }));
  });
}

test("values whose squares pass the largest number are refused, not called ordinary", () => {
  const huge = Float64Array.of(1e300, -1e300, 2e300, 0, 1, 2);
  for (const method of [zScore, grubbs, generalisedEsd, trimmedScore]) expect(() => method(huge)).toThrow("MR-STAT-001");
  expect(modifiedZScore(huge).outliers).toHaveLength(0);
});

test("generalised ESD: each removal is judged by all that is left, however far the removed ones are", () => {
  const values = Float64Array.from({ length: 2_000 }, (_, i) => Math.sin(i * i) + (i % 200 === 5 ? 10 ** (i / 200) : 0));
  const { by, outliers } = generalisedEsd(values, { max: 30 });
  expect([...outliers]).toEqual(expect.arrayContaining([405, 605, 805, 1005, 1205, 1405, 1605, 1805]));
  let left = [...values.keys()];
  for (const { index, statistic } of by.removals) {
    const { scores } = zScore(Float64Array.from(left, (i) => values[i]));
    expect(statistic).toBeCloseTo(Math.abs(scores[left.indexOf(index)]), 8);
    expect(statistic).toBeCloseTo(Math.max(...scores.map(Math.abs)), 8);
    left = left.filter((i) => i !== index);
  }
});

test("parameters out of range are refused", () => {
  for (const call of [() => grubbs(oneFar, { alpha: 0 }), () => generalisedEsd(oneFar, { alpha: 1.5 }), () => generalisedEsd(oneFar, { max: 9 }), () => generalisedEsd(oneFar, { max: 0.5 }), () => trimmedScore(oneFar, { share: 0.5 })]) {
    expect(call).toThrow(MillraceError);
    expect(call).toThrow("MR-STAT-001");
  }
});
