import { expect, test } from "vitest";
import { Waits } from "../../engine/waits.ts";
import type { LogDriver, TopicInfo } from "../../log/driver.ts";
import { Arrivals } from "./arrivals.ts";
import { FigureRing } from "./figure-ring.ts";
import { LastLines } from "./last-lines.ts";
import { StageHistory } from "./stage-history.ts";
import { WorkTally } from "./work-tally.ts";

const figures = (recordsIn: number) => ({ recordsIn, recordsOut: 0, lag: null, latencyP50Ms: null, latencyP99Ms: null, cores: 0, memoryBytes: 1 });
const waits = (records: number): number[] => {
  const counted = new Waits();
  counted.note(40, records * 0.95);
  counted.note(900, records * 0.05);
  return counted.counts;
};
const reading = (recordsIn: number, more: object = {}) => ({ recordsIn, recordsOut: recordsIn / 2, waits: waits(recordsIn), cpuSeconds: recordsIn / 1_000, memoryBytes: 5, lag: 7, ...more });

test("a ring keeps the last points, leaves out what was not noted, and shows nothing of a round ago", () => {
  const ring = new FigureRing(1_000, 5);
  for (let second = 0; second < 8; second++) ring.note(second * 1_000, figures(second));
  expect(ring.points().map(({ atMs, recordsIn }) => [atMs, recordsIn])).toEqual([[4_000, 3], [5_000, 4], [6_000, 5], [7_000, 6], [8_000, 7]]);
  ring.note(10_500, figures(10));
  expect(ring.points().map(({ recordsIn }) => recordsIn)).toEqual([6, 7, 10]);
  expect(ring.points(8_000).map(({ recordsIn }) => recordsIn)).toEqual([10]);
  expect(ring.points()[0].lag).toBeNull();
  ring.note(3_000, figures(99));
  expect(ring.points().map(({ recordsIn }) => recordsIn)).toEqual([6, 7, 10]);
  ring.note(1_000_000, figures(1));
  expect(ring.points().map(({ recordsIn }) => recordsIn)).toEqual([1]);
});

test("a stage's history has rates, cores and latency of the ten seconds before, in both steps", () => {
  const history = new StageHistory();
  for (let second = 0; second <= 30; second++) history.note(second * 1_000, reading(second * 100));
  const { stepMs, points } = history.points(30_000, 60_000);
  expect([stepMs, points.length]).toEqual([1_000, 30]);
  expect(points.at(-1)).toEqual({ atMs: 31_000, recordsIn: 100, recordsOut: 50, lag: 7, latencyP50Ms: expect.closeTo(40, -1), latencyP99Ms: expect.closeTo(900, -3), cores: expect.closeTo(0.1), memoryBytes: 5 });
  expect(history.points(30_000, 3_600_000)).toMatchObject({ stepMs: 10_000, points: [{ recordsIn: 100 }, { recordsIn: 100 }, { recordsIn: 100 }, { recordsIn: 100 }] });
});

test("a stage that is started anew counts from zero, and nothing read has no latency", () => {
  const history = new StageHistory();
  history.note(0, reading(1_000));
  history.note(1_000, reading(0, { lag: null }));
  expect(history.points(1_000, 60_000).points).toEqual([{ atMs: 2_000, recordsIn: 0, recordsOut: 0, lag: null, latencyP50Ms: null, latencyP99Ms: null, cores: 0, memoryBytes: 5 }]);
});

test("work is added up over processes that come and go, and begins anew at midnight", () => {
  const midnight = Date.UTC(2026, 0, 2);
  const tally = new WorkTally("2026-01-01", { cpuSeconds: 10, memoryGibSeconds: 0 });
  const gib = 1024 ** 3;
  tally.note(midnight - 3_000, [{ id: "a", cpuSeconds: 2, memoryBytes: gib }]);
  tally.note(midnight - 2_000, [{ id: "a", cpuSeconds: 3, memoryBytes: gib }]);
  tally.note(midnight - 1_000, [{ id: "b", cpuSeconds: 1, memoryBytes: 2 * gib }]);
  expect([tally.day, tally.done]).toEqual(["2026-01-01", { cpuSeconds: 12, memoryGibSeconds: 3 }]);
  tally.note(midnight + 1_000, [{ id: "b", cpuSeconds: 1.5, memoryBytes: 2 * gib }]);
  expect([tally.day, tally.done]).toEqual(["2026-01-02", { cpuSeconds: 0.5, memoryGibSeconds: 2 }]);
  tally.note(midnight + 3_601_000, [{ id: "b", cpuSeconds: 1.5, memoryBytes: gib }]);
  expect(tally.done.memoryGibSeconds).toBe(12);
});

test("arrivals are seen as they happen, markers are none, and what was there before is read off the log once", async () => {
  const asked: number[] = [];
  let clockMs = 0;
  const fetch = async ({ partitions: [{ offset }] }: { partitions: { offset: number }[] }) => {
    asked.push(offset);
    return { entries: [...(offset < 50 ? [{ appendedAt: 500, batch: {} }] : []), { appendedAt: 900 }], ends: [] };
  };
  const arrivals = new Arrivals({ fetch } as unknown as LogDriver, () => clockMs);
  const note = (atMs: number, topics: TopicInfo[]): Promise<void> => {
    clockMs = atMs;
    return arrivals.note(atMs, topics);
  };
  const topic = (name: string, end: number, records: number, start = 0) => ({ name, partitions: 1, partitionInfo: [{ partition: 0, start, end, records, bytes: end }] });
  await note(1_000, [topic("a", 60, 50), topic("empty", 0, 0)]);
  await note(2_000, [topic("a", 61, 50), topic("empty", 1, 0)]);
  expect([arrivals.of("a"), arrivals.of("empty"), arrivals.of("unknown"), asked]).toEqual([500, null, null, [59, 0]]);
  await note(3_000, [topic("a", 62, 51), topic("empty", 2, 1)]);
  expect([arrivals.of("a"), arrivals.of("empty")]).toEqual([3_000, 3_000]);
  await note(4_000, [topic("a", 62, 31, 20), topic("empty", 2, 1)]);
  expect(arrivals.of("a")).toBe(3_000);
  await note(5_000, [topic("a", 72, 31, 30)]);
  expect(arrivals.of("a")).toBe(5_000);
  // 1 and then 10, the ten for which others made room, in four seconds.
  expect([arrivals.perSecond("a"), arrivals.perSecond("empty"), arrivals.perSecond("unknown")]).toEqual([11 / 4, 1 / 3, 0]);
  // Of thousands that went most were markers: no more came than the end has moved. The clock of the day was put back.
  clockMs = 6_000;
  await arrivals.note(1, [topic("a", 78, 20, 5_030)]);
  expect(arrivals.perSecond("a")).toBe(17 / 5);
  expect(asked.length).toBe(2);
});

test("the last lines stay, bounded in number and in size, and a line of megabytes is cut", () => {
  const lines = new LastLines();
  let told = 0;
  const stop = lines.onLine(() => told++);
  for (let n = 1; n <= 1_500; n++) lines.add(new Date(n), "info", `line ${n}`);
  stop();
  expect(lines.lines().length).toBe(1_000);
  expect(lines.lines(1_498).map(({ number, text }) => [number, text])).toEqual([[1_499, "line 1499"], [1_500, "line 1500"]]);
  for (let n = 0; n < 40; n++) lines.add(new Date(n), "error", "x".repeat(1_000_000), { n });
  const kept = lines.lines();
  expect(kept.length).toBeLessThan(10);
  expect(kept.at(-1)).toMatchObject({ number: 1_540, level: "error", fields: '{"n":39}' });
  expect(kept.at(-1)?.text).toMatch(/^x{16384}… \(1000000 characters\)$/);
  expect(told).toBe(1_500);
});
