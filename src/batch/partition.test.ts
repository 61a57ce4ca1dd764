import fc from "fast-check";
import { expect, test } from "vitest";
import { murmur2, partitionFor, partitionsOf } from "./partition.ts";
import { Strings } from "./strings.ts";

test("murmur2 is Kafka's", () => {
  const vectors: [string, number][] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [text, hash] of vectors) expect(murmur2(Buffer.from(text)), text).toBe(hash);
});

test("a key's partition is Kafka's, alone and in a dictionary", () => {
  expect(partitionFor("foobar", 10)).toBe(6);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 20 })), fc.integer({ min: 1, max: 100 }), (keys, count) => {
      const partitions = partitionsOf(Strings.of(keys), count);
      expect(Array.from(partitions)).toEqual(keys.map((key) => partitionFor(key, count)));
      for (const partition of partitions) expect(partition >= 0 && partition < count).toBe(true);
    }),
  );
});

test("a count of partitions that is none is refused", () => {
  for (const count of [0, -1, 1.5, 2 ** 31, Number.NaN]) expect(() => partitionFor("k", count)).toThrow(/MR-LOG-004/);
});
