import { expect, test } from "vitest";
import type { Matrix } from "../matrix.ts";
import { matrixOf } from "../matrix.ts";
import { fromOne, publishedSet } from "../published-for-tests.ts";
import { seededRandom } from "../random.ts";
import { knnDistance } from "./knn-distance.ts";
import { lof } from "./lof.ts";

/** By the definitions of the paper and nothing else: every row is held against every other one. */
function byDefinition(matrix: Matrix, k: number): { kDistance: number[]; lof: number[] } {
  const rows = [...Array(matrix.rows).keys()];
  const row = (i: number): Float64Array => matrix.values.subarray(i * matrix.columns, (i + 1) * matrix.columns);
  const distance = (a: number, b: number): number => Math.sqrt(row(a).reduce((sum, value, column) => sum + (value - row(b)[column]) ** 2, 0));
  const kDistance = rows.map((a) => rows.filter((b) => b !== a).map((b) => distance(a, b)).sort((x, y) => x - y)[k - 1]);
  const hood = rows.map((a) => rows.filter((b) => b !== a && distance(a, b) <= kDistance[a]));
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const density = rows.map((a) => 1 / (mean(hood[a].map((b) => Math.max(kDistance[b], distance(a, b)))) + 1e-10));
  return { kDistance, lof: rows.map((a) => mean(hood[a].map((b) => density[b])) / density[a]) };
}

const random = seededRandom(11);
const sets: Record<string, { matrix: Matrix; k: number }> = {
  "a hundred points of three columns": { matrix: matrixOf(Float64Array.from({ length: 300 }, () => random.uniform()), 3), k: 5 },
  "a grid, where many are as near as the k-th": { matrix: matrixOf(Float64Array.from({ length: 288 }, (_, i) => (i % 2 === 0 ? (i >> 1) % 12 : Math.floor((i >> 1) / 12))), 2), k: 6 },
  "copies, some more than k": { matrix: matrixOf(Float64Array.from({ length: 240 }, () => random.below(4) * random.below(4)), 2), k: 7 },
  "one column of few values": { matrix: matrixOf(Float64Array.from({ length: 90 }, (_, i) => (i < 60 ? 1 : random.below(6))), 1), k: 4 },
  "all rows but one equal": { matrix: matrixOf(Float64Array.from({ length: 42 }, (_, i) => (i < 40 ? 3 : 9)), 2), k: 3 },
  "as few rows as can be": { matrix: matrixOf(Float64Array.of(1, 2, 4, 8), 1), k: 3 },
};
for (const [name, { matrix, k }] of Object.entries(sets)) {
  test(`LOF and k-NN distance are those of the definition: ${name}`, () => {
    const truth = byDefinition(matrix, k);
    const [near, factors] = [knnDistance(matrix, { k, scale: "none" }), lof(matrix, { k, scale: "none" })];
    for (let row = 0; row < matrix.rows; row++) {
      expect(near.scores[row]).toBeCloseTo(truth.kDistance[row], 12);
      expect(Math.abs(factors.scores[row] / truth.lof[row] - 1)).toBeLessThan(1e-6);
    }
  });
}

test("a point beside a dense group is an outlier to LOF, where its distance is that of the sparse group's points", () => {
  const dense = Array.from({ length: 100 }, () => [random.uniform() * 0.01, random.uniform() * 0.01]);
  const sparse = Array.from({ length: 100 }, () => [5 + random.uniform() * 4, 5 + random.uniform() * 4]);
  const matrix = matrixOf(Float64Array.from([...dense, ...sparse, [0.25, 0.25]].flat()), 2);
  const { outliers, by, scores } = lof(matrix, { k: 10, scale: "none", contamination: 0.004 });
  expect([...outliers]).toEqual([200]);
  expect(scores[200]).toBeGreaterThan(5);
  expect(by.explained).toHaveLength(1);
  expect(by.explained[0].row).toBe(200);
  expect([...by.explained[0].neighbours].every((row) => row < 100)).toBe(true);
  expect(knnDistance(matrix, { k: 10, scale: "none" }).outliers).not.toContain(200);
});

test("scaled columns: the unit of a column changes nothing", () => {
  const stars = publishedSet("starsCYG", 2);
  const inMillionths = matrixOf(stars.values.map((value, i) => (i % 2 === 0 ? value * 1e6 : value)), 2);
  const [before, after] = [knnDistance(stars, { k: 6 }), knnDistance(inMillionths, { k: 6 })];
  expect(fromOne(before.outliers)).toEqual(expect.arrayContaining([11, 20, 30, 34]));
  expect(after.outliers).toEqual(before.outliers);
});

for (const [name, method] of Object.entries({ knnDistance, lof })) {
  test(`${name}: missing values are not judged, infinities are outliers, and neither is a neighbour`, () => {
    const { matrix } = sets["a hundred points of three columns"];
    const holed = matrixOf(Float64Array.of(...matrix.values, Number.NaN, 0, 0, 0, Number.POSITIVE_INFINITY, 0), 3);
    const [whole, clean] = [method(holed), method(matrix)];
    expect(whole.scores.slice(0, 100)).toEqual(clean.scores);
    expect([...whole.scores.subarray(100)]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    expect([...whole.outliers]).toEqual([...clean.outliers, 101]);
  });

  test(`${name}: equal rows have no outliers, at no cost; too few rows and wrong parameters are refused`, () => {
    expect(method(matrixOf(new Float64Array(40_000).fill(5), 2)).outliers).toHaveLength(0);
    expect(() => method(matrixOf(new Float64Array(40), 2))).toThrow("MR-STAT-002");
    expect(() => method(matrixOf(new Float64Array(), 2))).toThrow("MR-STAT-002");
    const { matrix } = sets["a hundred points of three columns"];
    for (const options of [{ k: 0 }, { k: 2.5 }, { contamination: 0 }, { contamination: 0.1, threshold: 2 }]) expect(() => method(matrix, options)).toThrow("MR-STAT-001");
    expect(() => method(matrixOf(matrix.values.map((value) => value * 1e200), 3), { scale: "none" })).toThrow("MR-STAT-001");
  });
}
