import { expect, test } from "vitest";
import { FailNow, fail, retryAfter, skip } from "../index.ts";

const mark = Symbol.for("millrace.signal");

function thrown(act: () => never): Error & { [mark]?: unknown } {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
}

test("what a task throws says what is to follow", () => {
  const failed = thrown(() => fail("no such report"));
  expect(failed).toBeInstanceOf(FailNow);
  expect([failed.message, failed[mark]]).toEqual(["no such report", { kind: "fail" }]);
  const skipped = thrown(() => skip("nothing came"));
  expect([skipped.message, skipped[mark]]).toEqual(["nothing came", { kind: "skip" }]);
});

test("an error keeps its own words when it is to be tried again later", () => {
  const cause = new TypeError("slow down");
  const later = thrown(() => retryAfter("30s", cause));
  expect(later).toBe(cause);
  expect(later[mark]).toEqual({ kind: "retryAfter", ms: 30_000 });
  const again = thrown(() => retryAfter("1m", later));
  expect([again.cause, again[mark]]).toEqual([cause, { kind: "retryAfter", ms: 60_000 }]);
  expect(thrown(() => retryAfter("1s", Object.freeze(new Error("frozen")))).message).toBe("frozen");
  expect(thrown(() => retryAfter("1s", "a text")).message).toBe("a text");
  expect(() => retryAfter("soon", cause)).toThrow(/MR-MODEL-005/);
});

test("the signal is no part of what is printed", () => {
  expect(Object.keys(thrown(() => fail("x")))).toEqual(["name"]);
});
