import { expect, test } from "vitest";
import { soundOutcome } from "./sound-outcome.ts";

test("a worker says how an attempt ended, and publishes nothing", () => {
  const swaps = [{ collection: "tables", key: "sales", expected: 1, value: {} }];
  expect(soundOutcome({ kind: "success", result: { json: "1" }, chosen: ["a"], swaps, updated: ["sales"] }, "f")).toEqual({ kind: "success", result: { json: "1" }, chosen: ["a"] });
  expect(soundOutcome({ kind: "success", result: { file: "f", bytes: 3, sha256: "x", items: 2 } }, "f")).toEqual({ kind: "success", result: { file: "f", bytes: 3, sha256: "x", items: 2 } });
  const error = { code: "MR-TASK-001", what: "w", where: "x", mend: "m", retryable: false };
  expect(soundOutcome({ kind: "failed", error, final: true, retryAfterMs: 5 }, "f")).toEqual({ kind: "failed", error, final: true, retryAfterMs: 5 });
  expect(soundOutcome({ kind: "skipped", note: "n" }, "f")).toEqual({ kind: "skipped", note: "n" });
  expect(soundOutcome({ kind: "deferred", ms: 10 }, "f")).toEqual({ kind: "deferred", ms: 10 });
});

test.each([undefined, null, 1, {}, { kind: "publication" }, { kind: "success", result: { file: "another's", bytes: 1, sha256: "x" } }, { kind: "success", chosen: "a" }, { kind: "success", result: {} }, { kind: "failed" }, { kind: "deferred", ms: Number.NaN }, { kind: "deferred", ms: -1 }])("%j is no outcome", (told) => {
  expect(() => soundOutcome(told, "f")).toThrow("MR-HTTP-006");
});
