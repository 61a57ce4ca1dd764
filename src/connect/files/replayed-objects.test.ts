import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { MemoryBucket } from "../../files/s3-memory-for-tests.ts";
import { forgetReplay, replayedPaths } from "./replayed-objects.ts";

let folder: string;
let bucket: MemoryBucket;
beforeEach(async () => {
  const made = (folder = await mkdtemp(join(tmpdir(), "millrace-replay-")));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  bucket = new MemoryBucket("company");
});

const replay = (fresh: boolean, ...paths: string[]) => replayedPaths({ paths, folder: join(folder, "spool/objects"), fresh, where: "the test", open: async () => bucket, signal: new AbortController().signal });
const texts = (paths: string[]) => Promise.all(paths.map((path) => readFile(path, "utf8")));

test("a replay goes on with the objects that it began with, and begins anew with those that are there then", async () => {
  bucket.store("a/1.csv", "one");
  bucket.store("a/3.csv", "three");
  const first = await replay(true, "s3://company/a/*.csv");
  expect(await texts(first)).toEqual(["one", "three"]);
  bucket.store("a/2.csv", "two");
  bucket.store("a/3.csv", "changed");
  expect(await replay(false, "s3://company/a/*.csv")).toEqual(first);
  expect(bucket.read).toHaveLength(2);
  // What is lost of it here cannot be had any more.
  await rm(first[1]);
  await expect(replay(false, "s3://company/a/*.csv")).rejects.toMatchObject({ code: "MR-FORMAT-004", parts: { where: "s3://company/a/3.csv" } });
  expect(await texts(await replay(true, "s3://company/a/*.csv"))).toEqual(["one", "two", "changed"]);
  await forgetReplay(join(folder, "spool/objects"));
  expect(await readdir(join(folder, "spool"))).toEqual([]);
});

test("paths of this machine stay as they are, also beside objects, in the order that was declared", async () => {
  bucket.store("b.csv", "b");
  expect(await replay(true, "/data/*.csv")).toEqual(["/data/*.csv"]);
  const [first, second, third] = await replay(true, "/data/a.csv", "s3://company/b.csv", "/data/c.csv");
  expect([first, await readFile(second, "utf8"), third]).toEqual(["/data/a.csv", "b", "/data/c.csv"]);
  await expect(replay(true, "s3://company/none/*.csv")).rejects.toMatchObject({ code: "MR-FORMAT-002" });
});
