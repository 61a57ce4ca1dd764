import { expect, test } from "vitest";
import { BlockSource } from "./block-source.ts";

test("any range is what the file holds there, and blocks are fetched once for as long as they are kept", async () => {
  const mebibyte = 1 << 20;
  const bytes = Buffer.alloc(20 * mebibyte + 5, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  const ways: number[] = [];
  const source = new BlockSource({ name: "far", version: "1", size: bytes.length, fetch: async (start, end) => (ways.push(start / mebibyte), bytes.subarray(start, end)) });
  for (const [start, end] of [[0, 10], [5, 3 * mebibyte + 1], [mebibyte - 1, mebibyte + 1], [bytes.length - 3, bytes.length + 9], [7, 7], [bytes.length, bytes.length + 1]]) {
    expect((await source.read(start, end)).equals(bytes.subarray(start, end))).toBe(true);
  }
  expect(ways).toEqual([0, 1, 2, 3, 20]);
  // More than are kept.
  await source.read(0, bytes.length);
  await source.read(0, 1);
  expect(ways.filter((block) => block === 0)).toHaveLength(2);
  await source.close();
  await source.read(0, 1);
  expect(ways.filter((block) => block === 0)).toHaveLength(3);
});

test("what cannot be fetched fails where it is asked for, and the next read goes its own way", async () => {
  let isDown = true;
  const source = new BlockSource({ name: "far", version: "1", size: 3, fetch: async () => (isDown ? Promise.reject(new Error("down")) : Buffer.from("abc")) });
  await expect(source.read(0, 3)).rejects.toThrow("down");
  isDown = false;
  expect(String(await source.read(1, 3))).toBe("bc");
});
