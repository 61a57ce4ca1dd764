import { expect, test } from "vitest";
import { seededRandom } from "../../statistics/random.ts";
import type { Metric } from "./metrics.ts";
import { type Anomaly, lateAt, newWatch, observe, type WatchState } from "./watch.ts";

const day = 86_400_000;
const source = seededRandom(7);
const random = (): number => source.uniform();
/** About normal, by the sum of twelve. */
const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);

/** Versions of a table that grows by some thousand rows a day, fewer at the week's end, with some nulls; the last one is as `change` makes it. */
function watched(versions: number, change: (last: { added: number; nulls: number }) => { added: number; nulls: number } = (last) => last): { state: WatchState; anomalies: Anomaly[]; last: Anomaly[] } {
  let state = newWatch;
  let rows = 0;
  const anomalies: Anomaly[] = [];
  let last: Anomaly[] = [];
  for (let n = 0; n < versions; n++) {
    const usual = { added: Math.round(5_000 * (n % 7 > 4 ? 0.3 : 1) * Math.exp(0.15 * normal())), nulls: 0.05 + 0.004 * normal() };
    const { added, nulls } = n === versions - 1 ? change(usual) : usual;
    rows += added;
    const metrics: Metric[] = [{ name: "rows", value: rows }, { name: "added rows", value: added }, { name: "nulls of email", value: nulls }];
    // What is written down must come back the same.
    const seen = observe(JSON.parse(JSON.stringify(state)) as WatchState, n * day + Math.round(600_000 * random()), metrics);
    state = seen.state;
    last = seen.anomalies;
    anomalies.push(...seen.anomalies);
  }
  return { state, anomalies, last };
}

test("of tables as they usually are it says next to nothing: fewer than two in a thousand versions", () => {
  const versions = 120;
  const tables = 150;
  let alarms = 0;
  for (let n = 0; n < tables; n++) alarms += watched(versions).anomalies.length;
  expect(alarms / (tables * versions)).toBeLessThan(0.002);
});

test("what has broken it says: no rows, a tenth of them, ten times as many, a column that is empty", () => {
  const share = (change: Parameters<typeof watched>[1], metric: string): number => {
    const times = 40;
    return Array.from({ length: times }, () => watched(60, change).last.some((anomaly) => anomaly.metric === metric)).filter(Boolean).length / times;
  };
  expect(share((usual) => ({ ...usual, added: 0 }), "added rows")).toBeGreaterThan(0.95);
  expect(share((usual) => ({ ...usual, added: Math.round(usual.added / 10) }), "added rows")).toBeGreaterThan(0.9);
  expect(share((usual) => ({ ...usual, added: usual.added * 10 }), "added rows")).toBeGreaterThan(0.9);
  expect(share((usual) => ({ ...usual, nulls: 1 }), "nulls of email")).toBe(1);
});

test("two weeks are enough to see what is far from all that was there", () => {
  const share = (added: (usual: number) => number): number => Array.from({ length: 10 }, () => watched(19, (usual) => ({ ...usual, added: added(usual.added) })).last.some(({ metric }) => metric === "added rows")).filter(Boolean).length / 10;
  expect(share(() => 0)).toBe(1);
  expect(share((usual) => usual * 20)).toBeGreaterThan(0.8);
  expect(share((usual) => usual)).toBe(0);
});

test("an anomaly says what was usual, as people know it", () => {
  const { last } = watched(60, () => ({ added: 4_000, nulls: 0.6 }));
  const [anomaly] = last.filter(({ metric }) => metric === "nulls of email");
  expect(anomaly.value).toBe(0.6);
  expect(anomaly.expected).toBeCloseTo(0.05, 1);
  expect(anomaly.usual[1]).toBeLessThan(0.15);
});

test("the first versions are learnt from, and nothing is said", () => {
  expect(watched(10, () => ({ added: 0, nulls: 1 })).anomalies).toEqual([]);
});

test("a version that does not come is told once, and what comes begins anew", () => {
  const { state } = watched(30);
  const at = state.lastAt as number;
  expect(lateAt(state, at + day)).toBeUndefined();
  expect(lateAt(state, at + 2 * day)).toBeUndefined();
  const late = lateAt(state, at + 4 * day);
  expect(late?.anomaly).toMatchObject({ metric: "time since the last version", value: 4 * day });
  expect(lateAt(late?.state as WatchState, at + 5 * day)).toBeUndefined();
  expect(observe(late?.state as WatchState, at + 5 * day, []).state.late).toBeUndefined();
  expect(lateAt(newWatch, at)).toBeUndefined();
});
