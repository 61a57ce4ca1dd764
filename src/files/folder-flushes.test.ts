import { expect, test } from "vitest";
import { FolderFlushes } from "./folder-flushes.ts";

/** Flushes that end when they are told to. */
function heldFlushes() {
  const begun: { folder: string; end(error?: Error): void }[] = [];
  const flushes = new FolderFlushes((folder) => new Promise((resolve, reject) => begun.push({ folder, end: (error) => (error ? reject(error) : resolve()) })));
  return { flushes, begun };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("who asks while a flush is under way waits for the next, and shares it", async () => {
  const { flushes, begun } = heldFlushes();
  const first = flushes.flush("a");
  await settled();
  let isDone = false;
  const late = [flushes.flush("a"), flushes.flush("a"), flushes.flush("a")];
  void Promise.all(late).then(() => (isDone = true));
  begun[0].end();
  await first;
  await settled();
  expect([begun.length, isDone]).toEqual([2, false]);
  begun[1].end();
  await Promise.all(late);
  expect(begun).toHaveLength(2);
});

test("a flush that fails fails for those who share it, and not for those after them", async () => {
  const { flushes, begun } = heldFlushes();
  const first = flushes.flush("a");
  await settled();
  const second = flushes.flush("a");
  begun[0].end(new Error("disk"));
  await expect(first).rejects.toThrow("disk");
  await settled();
  begun[1].end();
  await second;
});
