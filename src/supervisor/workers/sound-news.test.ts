import { expect, test } from "vitest";
import { soundNews } from "./sound-news.ts";

const counts = { recordsIn: 1, recordsOut: 2, dead: 0, late: 0, warned: 0, epochs: 1, waits: [], lag: 0, held: 0, tasks: [0, 3] };
const error = { code: "MR-ENGINE-001", what: "w", where: "x", mend: "m", retryable: false };
const at = "2026-01-01T00:00:00.000Z";
const news = { state: "running", counts, instance: { member: "m", pid: 1, restarts: 0, memoryBytes: 5, cpuSeconds: 0.1, startedAt: at }, progress: { done: 1, total: 2 }, lastError: { ...error, at }, paused: { reason: "r", at, error } };

test("news come through as they are, without what is none of them", () => {
  expect(soundNews({ ...news, more: 1, instance: { ...news.instance, more: 1 } })).toEqual(news);
  expect(soundNews({ state: "starting", counts })).toEqual({ state: "starting", counts });
});

test.each([
  {},
  { ...news, state: "gone" },
  { ...news, counts: undefined },
  { ...news, counts: { ...counts, lag: "many" } },
  { ...news, counts: { ...counts, tasks: ["0"] } },
  { ...news, counts: { ...counts, waits: undefined } },
  { ...news, counts: { ...counts, waits: [-1] } },
  { ...news, counts: { ...counts, waits: Array(1_000).fill(0) } },
  { ...news, instance: { ...news.instance, memoryBytes: -1 } },
  { ...news, instance: { ...news.instance, member: { toString: 1 } } },
  { ...news, instance: { ...news.instance, startedAt: "soon" } },
  { ...news, lastError: { ...error, code: 1, at } },
  { ...news, paused: { reason: "r" } },
])("%j is refused", (told) => {
  expect(() => soundNews(told)).toThrow("MR-HTTP-006");
});
