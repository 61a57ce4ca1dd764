import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { ObjectCopies, type WantedObject } from "./object-copies.ts";
import { objectVersion } from "./object-version.ts";
import { MemoryBucket } from "./s3-memory-for-tests.ts";

let folder: string;
let bucket: MemoryBucket;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-copies-"));
  bucket = new MemoryBucket();
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true, force: true }));
});

/** As it was listed. */
function wanted(key: string): WantedObject {
  const { bytes, etag } = bucket.objects.get(key) as { bytes: Uint8Array; etag: string };
  return { s3: bucket, key, version: objectVersion({ bytes: bytes.byteLength, etag }), bytes: bytes.byteLength };
}

const texts = (copies: (string | MillraceError)[]) => Promise.all(copies.map((copy) => (copy instanceof MillraceError ? copy.code : readFile(copy, "utf8"))));

test("objects are copied once for each version, under names that keep their endings, and stay for the next process", async () => {
  bucket.store("a/orders.csv.gz", "one");
  bucket.store("a/none", "two");
  const copies = new ObjectCopies(folder);
  const [first, second] = await Promise.all([copies.hold([wanted("a/orders.csv.gz"), wanted("a/none")]), copies.hold([wanted("a/none"), wanted("a/none")])]);
  expect(await texts([...first.copies, ...second.copies])).toEqual(["one", "two", "two", "two"]);
  expect(first.copies[0]).toMatch(/[0-9a-f]{40}\.csv\.gz$/);
  expect(bucket.read.sort()).toEqual(["a/none", "a/orders.csv.gz"]);
  const again = await new ObjectCopies(folder).hold([wanted("a/none")]);
  expect(again.copies[0]).toBe(first.copies[1]);
  bucket.store("a/none", "three");
  expect(await texts((await copies.hold([wanted("a/none")])).copies)).toEqual(["three"]);
  expect(bucket.read).toHaveLength(3);
});

test("what has changed, gone or is refused since it was listed is told of in its place, and the rest is there", async () => {
  for (const key of ["changed", "gone", "refused", "whole"]) bucket.store(key, key);
  const objects = ["changed", "gone", "refused", "whole"].map(wanted);
  bucket.store("changed", "other");
  bucket.objects.delete("gone");
  const open = bucket.open.bind(bucket);
  bucket.open = (key, ...rest) => (key === "refused" ? Promise.reject(new MillraceError("MR-CONNECT-002", { what: "no", where: key, mend: "ask" })) : open(key, ...rest));
  const copies = new ObjectCopies(folder);
  expect(await texts((await copies.hold(objects)).copies)).toEqual(["MR-FORMAT-004", "MR-FORMAT-005", "MR-FORMAT-005", "whole"]);
  // What failed is asked for again.
  bucket.open = open;
  expect(await texts((await copies.hold([objects[2]])).copies)).toEqual(["refused"]);
  bucket.open = () => Promise.reject(new MillraceError("MR-CONNECT-001", { what: "silence", where: "here", mend: "wait", retryable: true }));
  bucket.store("late", "x");
  await expect(copies.hold([wanted("late")])).rejects.toMatchObject({ code: "MR-CONNECT-001" });
});

test("a download that breaks off leaves nothing under a name, and what a killed process left goes", async () => {
  bucket.store("a", "whole");
  const object = wanted("a");
  bucket.open = async () =>
    (async function* () {
      yield Buffer.from("wh");
      throw new MillraceError("MR-CONNECT-001", { what: "cut", where: "here", mend: "wait", retryable: true });
    })();
  await expect(new ObjectCopies(folder).hold([object])).rejects.toMatchObject({ code: "MR-CONNECT-001" });
  expect(await readdir(folder)).toEqual([]);
  // Shorter than it was listed, without an error.
  bucket.open = async () =>
    (async function* () {
      yield Buffer.from("wh");
    })();
  expect(await texts((await new ObjectCopies(folder).hold([object])).copies)).toEqual(["MR-FORMAT-004"]);
  await writeFile(join(folder, ".incoming-killed"), "wh");
  await new ObjectCopies(folder).hold([]);
  expect(await readdir(folder)).toEqual([]);
});

test("what was unused for longest goes for what is wanted; what is held stays, and there is never more than the bound", async () => {
  for (const key of ["a", "b", "c", "d"]) bucket.store(key, "12345");
  bucket.store("large", "x".repeat(11));
  const copies = new ObjectCopies(folder, { bytesMax: 10 });
  const hold = async (...keys: string[]) => copies.hold(keys.map(wanted));
  const count = async () => (await readdir(folder)).length;
  (await hold("a")).release();
  (await hold("b")).release();
  (await hold("a")).release();
  const c = await hold("c");
  expect([await count(), bucket.read]).toEqual([2, ["a", "b", "c"]]);
  // a was used after b, and is still there.
  const a = await hold("a");
  expect(bucket.read).toEqual(["a", "b", "c"]);
  await expect(hold("d")).rejects.toMatchObject({ code: "MR-CONNECT-003", parts: { retryable: true } });
  expect(await texts([...a.copies, ...c.copies])).toEqual(["12345", "12345"]);
  c.release();
  c.release();
  expect(await texts((await hold("d")).copies)).toEqual(["12345"]);
  expect(await count()).toBe(2);
  await expect(hold("large")).rejects.toMatchObject({ code: "MR-CONNECT-003", parts: { retryable: false } });
});

test("who waits no more leaves the others alone", async () => {
  bucket.store("a", "one");
  bucket.store("b", "two");
  const copies = new ObjectCopies(folder, { downloads: 1 });
  const stop = new AbortController();
  const open = bucket.open.bind(bucket);
  bucket.open = async (...args) => {
    stop.abort(new Error("enough"));
    return open(...args);
  };
  const [left, other] = await Promise.allSettled([copies.hold([wanted("a"), wanted("b")], stop.signal), copies.hold([wanted("a")])]);
  expect(left).toMatchObject({ status: "rejected", reason: { message: "enough" } });
  expect(await texts((other as PromiseFulfilledResult<{ copies: string[] }>).value.copies)).toEqual(["one"]);
});
