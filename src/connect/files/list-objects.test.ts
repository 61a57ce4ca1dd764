import { expect, test } from "vitest";
import { MemoryBucket } from "../../files/s3-memory-for-tests.ts";
import { listObjects } from "./list-objects.ts";

function bucketWith(...keys: string[]): (...at: string[]) => Promise<string[]> {
  const bucket = new MemoryBucket("raw");
  for (const key of keys) bucket.store(key, key.includes("empty") ? "" : "x");
  return async (...at) => (await listObjects(async () => bucket, at.map((each) => `s3://raw/${each}`), "the test")).map(({ path }) => path.slice("s3://raw/".length));
}

test("keys, folders and patterns give each object once, in order, without what is empty or not meant", async () => {
  const names = bucketWith("b/2.csv", "b/1.csv", "b/deep/3.csv", "b/_SUCCESS", "b/.hidden/4.csv", "b/_tmp/5.csv", "b/empty.csv", "b/", "a.csv", "a.csv.bak", "b/6.json", "_raw/7.csv", "odd [1]/8.csv", "odd 1/9.csv");
  expect(await names("b")).toEqual(["b/1.csv", "b/2.csv", "b/6.json", "b/deep/3.csv"]);
  expect(await names("b/*.csv", "b/1.csv", "a.csv")).toEqual(["a.csv", "b/1.csv", "b/2.csv"]);
  expect(await names("**/*.csv")).toEqual(["a.csv", "b/1.csv", "b/2.csv", "b/deep/3.csv", "odd 1/9.csv", "odd [1]/8.csv"]);
  expect(await names("b/{1,2}.csv", "nothing/*.csv")).toEqual(["b/1.csv", "b/2.csv"]);
  // Who names a folder means it.
  expect(await names("_raw/", "b/_tmp/*")).toEqual(["_raw/7.csv", "b/_tmp/5.csv"]);
  expect(await names("odd [1]")).toEqual(["odd [1]/8.csv"]);
  expect(await names("odd [1]/*")).toEqual(["odd 1/9.csv"]);
  expect(await names("")).toHaveLength(8);
});

test("folders key=value are values, and another version of an object is another version", async () => {
  const bucket = new MemoryBucket("raw");
  const list = () => listObjects(async () => bucket, ["s3://raw/s/*/a.csv"], "the test");
  bucket.store("s/year=2024/a.csv", "1");
  const [{ partition, version }] = await list();
  expect(partition).toEqual({ year: "2024" });
  expect((await list())[0].version).toBe(version);
  bucket.store("s/year=2024/a.csv", "2");
  expect((await list())[0].version).not.toBe(version);
});
