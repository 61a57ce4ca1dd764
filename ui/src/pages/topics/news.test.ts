import { expect, test } from "vitest";
import { newsSince, seenOf } from "./news.ts";

const partition = (partition: number, start: number, end: number, records = end - start) => ({ partition, start, end, records });

test("news is what stands behind what was known, and behind what was read beyond it", () => {
  const seen = seenOf([partition(0, 0, 10), partition(1, 0, 20)], [{ partition: 0, offset: 12 }, { partition: 0, offset: 10 }, { partition: 1, offset: 3 }]);
  expect(seen.get(0)).toEqual(partition(0, 0, 13, 12));
  const after = [partition(0, 0, 14, 13), partition(1, 0, 25)];
  expect([newsSince(seen, [partition(0, 0, 13, 12), partition(1, 0, 20)]), newsSince(seen, after), newsSince(seen, after, 0), newsSince(seen, after, 1)]).toEqual([0, 6, 1, 5]);
});

test("markers are no news, though they take offsets", () => {
  const seen = seenOf([partition(0, 0, 10)], []);
  expect([newsSince(seen, [partition(0, 0, 15, 10)]), newsSince(seen, [partition(0, 0, 15, 12)])]).toEqual([0, 2]);
});

test("where old records have gone, or all but the newest of a key, it is known that some have come, and not how many", () => {
  const seen = seenOf([partition(0, 0, 10), partition(1, 0, 10)], []);
  expect([newsSince(seen, [partition(0, 5, 15)]), newsSince(seen, [partition(0, 0, 15, 3)]), newsSince(seen, [partition(0, 5, 10)])]).toEqual([undefined, undefined, 0]);
});

test("a partition that is new is news whole; a topic made anew is none until it is longer", () => {
  expect(newsSince(seenOf([partition(0, 0, 10)], []), [partition(0, 0, 10), partition(1, 0, 4)])).toBe(4);
  expect(newsSince(seenOf([partition(0, 0, 10)], []), [partition(0, 0, 2)])).toBe(0);
});
