import { expect, test } from "vitest";
import { type Detected, detect } from "./detect.ts";

/* Every method on every column that nobody wants: what it says of it, cell by cell. `1/40` is one outlier among 40 judged; a code says why it judges nothing. */

const { NaN: missing, POSITIVE_INFINITY: infinity, MAX_VALUE } = Number;
const forty = <T>(of: (i: number) => T): T[] => Array.from({ length: 40 }, (_, i) => of(i));
const wave = forty((i) => Math.sin(i * i));

const columns = {
  "no rows": [],
  "one row": [7],
  "two rows": [7, 9],
  "missing values": forty(() => missing),
  "one value": forty(() => 3),
  "one value, and another at the end": forty((i) => (i < 39 ? 3 : 4)),
  "two values": forty((i) => i % 2),
  infinities: forty((i) => (i % 2 === 0 ? infinity : -infinity)),
  "an infinity": wave.map((x, i) => (i < 39 ? x : infinity)),
  gaps: wave.map((x, i) => (i % 3 === 1 ? missing : x)),
  "a long gap": wave.map((x, i) => (i > 10 && i < 30 ? missing : x)),
  "the largest numbers": forty((i) => (i % 2 === 0 ? MAX_VALUE : -MAX_VALUE)),
  "the smallest numbers": wave.map((x) => x * 1e-300),
  "a large offset": wave.map((x) => 1e15 + Math.round(x)),
  "one far out": wave.map((x, i) => (i < 39 ? x : 1e300)),
};
const tables = {
  "a column that follows from another": wave.flatMap((x) => [x, 2 * x]),
  "a constant column": wave.flatMap((x) => [x, 3]),
};

const options: Record<string, Record<string, number>> = { rollingMad: { window: 10, warmUp: 5 }, holtWinters: { period: 4 }, stl: { period: 4 }, cusum: { warmUp: 10 }, knn: { k: 5 }, lof: { k: 5 } };

function said(method: string, values: number[], names: string[]): string {
  const result = detect({ method, options: options[method] ?? {}, columns: names, by: [], label: [] }, { values: Float64Array.from(values), texts: Array.from({ length: values.length / names.length }, () => []) });
  expectJson(result);
  return [...result.detections.map(({ outliers, judged }) => `${outliers}/${judged}`), ...result.notJudged.map(({ why }) => why.code)].join(", ") || "nothing";
}

/** Nothing but what JSON holds, and every threshold a number. */
function expectJson(result: Detected): void {
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  for (const { threshold } of result.detections) expect(threshold).toEqual(expect.any(Number));
}

const few = "MR-STAT-002";
const beyond = "MR-STAT-001";
const flat = "MR-STAT-003";
/** By method, in the order of `columns`. The largest numbers are infinities where a series is computed with, and infinities are outliers; changes of level pass over them. */
const ofColumns: Record<string, string[]> = {
  zScore: ["nothing", few, "0/2", few, "0/40", "1/40", "0/40", few, "1/40", "0/27", "0/21", beyond, beyond, "0/40", beyond],
  mad: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "1/40", "0/27", "0/21", beyond, "0/40", "0/40", "1/40"],
  trimmed: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "1/40", "0/27", "0/21", beyond, beyond, "0/40", "1/40"],
  iqr: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "1/40", "0/27", "0/21", beyond, "0/40", "0/40", "1/40"],
  grubbs: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "1/40", "0/27", "0/21", beyond, beyond, "0/40", beyond],
  esd: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "1/40", "0/27", "0/21", beyond, beyond, "0/40", beyond],
  rollingMad: ["nothing", "0/0", "0/0", "0/0", "0/35", "1/35", "0/35", "40/40", "1/35", "0/22", "1/11", "40/40", "0/35", "0/35", "1/35"],
  holtWinters: ["nothing", "0/0", "0/0", "0/0", "0/24", "1/24", "0/24", "40/40", "1/24", "0/16", "0/0", "40/40", "0/24", "0/24", "1/24"],
  stl: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "2/40", "0/27", "0/21", few, "0/40", "0/40", "2/40"],
  cusum: ["nothing", "0/0", "0/0", "0/0", "0/30", "0/30", "0/30", "0/0", "0/29", "0/17", "0/11", "0/0", "0/30", "0/30", "0/29"],
  changePoints: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "0/39", "0/27", "0/21", few, "0/40", "0/40", beyond],
  mahalanobis: ["nothing", flat, "0/2", flat, flat, "1/40", "0/40", flat, "1/40", "0/27", "0/21", flat, flat, "0/40", flat],
  mcd: ["nothing", flat, "0/2", flat, flat, flat, "0/40", flat, "4/40", "0/27", "0/21", beyond, flat, "0/40", beyond],
  iterativeRemoval: ["nothing", flat, "0/2", flat, flat, flat, "0/40", flat, "1/40", "0/27", "0/21", flat, flat, "0/40", flat],
  isolationForest: ["nothing", few, "0/2", few, "0/40", "1/40", "0/40", few, "3/40", "1/27", "0/21", "0/40", "1/40", "0/40", "1/40"],
  knn: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "2/40", "0/27", "0/21", beyond, "0/40", "0/40", beyond],
  lof: ["nothing", few, few, few, "0/40", "1/40", "0/40", few, "1/40", "2/27", "0/21", beyond, "0/40", "0/40", beyond],
};
/** By method, in the order of `tables`; where each column is judged by itself, of both. */
const ofTables: Record<string, string[]> = {
  zScore: ["0/40, 0/40", "0/40, 0/40"],
  mad: ["0/40, 0/40", "0/40, 0/40"],
  trimmed: ["0/40, 0/40", "0/40, 0/40"],
  iqr: ["0/40, 0/40", "0/40, 0/40"],
  grubbs: ["0/40, 0/40", "0/40, 0/40"],
  esd: ["0/40, 0/40", "0/40, 0/40"],
  rollingMad: ["0/35, 0/35", "0/35, 0/35"],
  holtWinters: ["0/24, 0/24", "0/24, 0/24"],
  stl: ["0/40, 0/40", "0/40, 0/40"],
  cusum: ["0/30, 0/30", "0/30, 0/30"],
  changePoints: ["0/40, 0/40", "0/40, 0/40"],
  mahalanobis: [flat, flat],
  mcd: [flat, flat],
  iterativeRemoval: [flat, flat],
  isolationForest: ["1/40", "1/40"],
  knn: ["0/40", "0/40"],
  lof: ["0/40", "0/40"],
};

test("no method is left out", () => {
  const known = () => detect({ method: "?".repeat(40), options: {}, columns: ["x"], by: [], label: [] }, { values: new Float64Array(), texts: [] });
  expect(known).toThrow(`use one of ${Object.keys(ofColumns).join(", ")}`);
  expect(Object.keys(ofTables)).toEqual(Object.keys(ofColumns));
});

for (const method of Object.keys(ofColumns)) {
  test(`${method} has an answer or a reason for every column`, () => {
    expect(Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, said(method, values, ["x"])]))).toEqual(Object.fromEntries(Object.keys(columns).map((name, i) => [name, ofColumns[method][i]])));
    expect(Object.values(tables).map((values) => said(method, values, ["a", "b"]))).toEqual(ofTables[method]);
    expect(said(method, [1, 2, 3, 4], ["a", "b", "c", "d"])).toMatch(/^((MR-STAT-00[23]|0\/0)(, )?)+$/);
  });
}
