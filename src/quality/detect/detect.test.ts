import { expect, test } from "vitest";
import { publishedSet } from "../../statistics/published-for-tests.ts";
import { detect, type DetectSpec } from "./detect.ts";
import { methodNamed } from "./methods.ts";

const spec = (method: string, columns: string[], more: Partial<DetectSpec> = {}): DetectSpec => ({ method, columns, options: {}, by: [], label: [], ...more });
const ofRows = (rows: number[][], texts: (string | null)[][] = rows.map(() => [])) => ({ values: Float64Array.from(rows.flat()), texts });

test("each column is judged by itself, and an outlier says what it was judged by", () => {
  const rows = [...Array.from({ length: 9 }, (_, i) => [i + 1, 5]), [100, Number.NaN]];
  const { detections, outliers } = detect(spec("mad", ["a", "b"], { label: ["id"] }), ofRows(rows, rows.map((_, i) => [`r${i}`])));
  expect(outliers).toBe(1);
  expect(detections.map(({ column, judged, outliers, threshold }) => [column, judged, outliers, threshold])).toEqual([["a", 10, 1, 3.5], ["b", 9, 0, 3.5]]);
  expect(detections[0].found).toEqual([{ row: 9, score: expect.closeTo(25.5, 1), values: { a: 100, b: null }, label: { id: "r9" }, judgedBy: {} }]);
  expect(detections[0].by).toMatchObject({ centre: 5.5, scaleBy: "MAD" });
});

test("groups are judged by themselves; one that cannot be judged is told, and the others go on", () => {
  const group = (name: string, values: number[]) => values.map((value): [number[], string[]] => [[value], [name]]);
  const all = [...group("a", [1, 2, 3, 4, 50]), ...group("b", [10, 11, 12, 13, 14]), ...group("c", [7])];
  const { detections, notJudged } = detect(spec("grubbs", ["v"], { by: ["g"] }), ofRows(all.map(([row]) => row), all.map(([, texts]) => texts)));
  expect(detections.map(({ group, outliers }) => [group.g, outliers])).toEqual([["a", 1], ["b", 0]]);
  expect(notJudged).toMatchObject([{ group: { g: "c" }, column: "v", rows: 1, why: { code: "MR-STAT-002" } }]);
});

test("columns are looked at together: the fourteen leverage points of Hawkins, Bradu and Kass, and a neighbour of each stranger", () => {
  const { values, rows, columns } = publishedSet("hbk", 3);
  const input = { values, texts: Array.from({ length: rows }, (_, row) => [String(row + 1)]) };
  const names = Array.from({ length: columns }, (_, i) => `x${i + 1}`);
  const [found] = detect(spec("mcd", names, { label: ["no"] }), input).detections;
  expect(found.found.map(({ label }) => Number(label.no)).sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  expect(found.by).toMatchObject({ h: 39, rows: 75 });
  const [near] = detect(spec("lof", names, { label: ["no"], options: { k: 5 } }), input).detections;
  expect(near.found[0].neighbours?.length).toBeGreaterThanOrEqual(5);
});

test("an infinity is an outlier of infinite score, as text; nothing else than JSON comes out", () => {
  const result = detect(spec("iqr", ["v"]), ofRows([[1], [2], [3], [4], [Number.NEGATIVE_INFINITY]]));
  expect(result.detections[0].found).toMatchObject([{ row: 4, score: "-Infinity", values: { v: "-Infinity" } }]);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

test("no rows, one row, and names that there are not", () => {
  expect(detect(spec("mad", ["v"]), ofRows([]))).toEqual({ method: "mad", rows: 0, outliers: 0, detections: [], notJudged: [] });
  expect(detect(spec("lof", ["v"]), ofRows([[1]])).notJudged).toMatchObject([{ why: { code: "MR-STAT-002" } }]);
  expect(() => methodNamed("madd", {})).toThrow(/MR-QUALITY-005|write mad/);
  expect(() => methodNamed("mad", { treshold: 3 })).toThrow(/no option "treshold"/);
  expect(() => methodNamed("constructor", {})).toThrow(/no method/);
});

test("a forest sets a stranger apart, and a shift that lasts is known some values later", () => {
  const rows = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]).concat([[9, -9]]);
  expect(detect(spec("isolationForest", ["a", "b"], { options: { contamination: 0.005 } }), ofRows(rows)).detections[0].found.map(({ row }) => row)).toEqual([200]);
  const series = Array.from({ length: 300 }, (_, i) => [Math.sin(i) + (i >= 200 ? 1.5 : 0)]);
  const [{ found }] = detect(spec("cusum", ["v"]), ofRows(series)).detections;
  expect(found[0].row).toBeGreaterThanOrEqual(200);
  expect(found[0].row).toBeLessThan(230);
});
