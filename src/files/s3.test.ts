import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { filesConformance } from "./conformance.ts";
import { ObjectCopies } from "./object-copies.ts";
import { s3Files } from "./s3.ts";
import { MemoryBucket } from "./s3-memory-for-tests.ts";
import type { S3Body } from "./s3-port.ts";

const stagingFolder = await mkdtemp(join(tmpdir(), "millrace-s3-staging-"));
const copies = new ObjectCopies(`${stagingFolder}-copies`);
const options = { prefix: "lake/", stagingFolder, copies, pauseMs: { first: 0, max: 0 } };
const silent = () => new MillraceError("MR-CONNECT-001", { what: "the store does not answer", where: "here", mend: "wait", retryable: true });
const x = Buffer.from("x");

const shared = new MemoryBucket();
filesConformance("S3 in memory", async () => s3Files(shared, options));

/** What the store does to puts, one after the other; then it is well. */
class FaultyBucket extends MemoryBucket {
  readonly faults: ("lost" | "refused" | "busy" | "retried")[] = [];

  override async putNew(key: string, body: S3Body, token: string): Promise<"stored" | "taken" | "busy"> {
    const fault = this.faults.shift();
    if (fault === "busy") return "busy";
    if (fault === "refused") throw silent();
    const outcome = await super.putNew(key, body, token);
    if (fault === "lost") throw silent();
    // The library has tried twice, and the first answer was lost.
    return fault === "retried" ? "taken" : outcome;
  }
}

test.each(["lost", "refused", "busy", "retried"] as const)("a put whose answer is %s is known to be ours in the end, and what others hold to be theirs", async (fault) => {
  const bucket = new FaultyBucket();
  const files = s3Files(bucket, options);
  bucket.faults.push(fault);
  expect(await files.putIfAbsent("a", x)).toBe(true);
  bucket.faults.push(fault);
  expect(await files.putIfAbsent("a", Buffer.from("y"))).toBe(false);
  expect(await files.read("a")).toEqual(Uint8Array.from(x));
});

test("a put that nobody answers is an error that may be tried again; without access there is no other try", async () => {
  const bucket = new FaultyBucket();
  const files = s3Files(bucket, options);
  bucket.faults.push(...Array.from({ length: 99 }, () => "refused" as const));
  await expect(files.putIfAbsent("a", x)).rejects.toMatchObject({ code: "MR-FILES-002", parts: { retryable: true } });
  expect(bucket.faults.length).toBeGreaterThan(80);
  bucket.putNew = async () => {
    bucket.calls.denied = (bucket.calls.denied ?? 0) + 1;
    throw new MillraceError("MR-CONNECT-002", { what: "no", where: "here", mend: "ask" });
  };
  await expect(files.putIfAbsent("b", x)).rejects.toMatchObject({ code: "MR-FILES-002", parts: { retryable: undefined } });
  expect(bucket.calls.denied).toBe(1);
});

test("a store that cannot be asked whose a name is for a while is asked again", async () => {
  const bucket = new FaultyBucket();
  const head = bucket.head.bind(bucket);
  let silentTimes = 2;
  bucket.head = async (key) => (silentTimes-- > 0 ? Promise.reject(silent()) : head(key));
  bucket.faults.push("lost");
  expect(await s3Files(bucket, options).putIfAbsent("a", x)).toBe(true);
});

test("a name that is taken and free again by turns is put in the end", async () => {
  const bucket = new MemoryBucket();
  const put = bucket.putNew.bind(bucket);
  let takenTimes = 2;
  bucket.putNew = async (...args) => (takenTimes-- > 0 ? "taken" : put(...args));
  expect(await s3Files(bucket, options).putIfAbsent("a", x)).toBe(true);
});

test("what is staged is gone once it is adopted, also when the store refuses it", async () => {
  const bucket = new FaultyBucket();
  const files = s3Files(bucket, options);
  bucket.faults.push(...Array.from({ length: 99 }, () => "refused" as const));
  const staged = await files.stage();
  await writeFile(staged, "x");
  await expect(files.adopt("a", staged)).rejects.toMatchObject({ code: "MR-FILES-002" });
  expect(await readdir(stagingFolder)).toEqual([]);
});

test("objects stand under names that any program can say, below the prefix and nowhere else", async () => {
  const bucket = new MemoryBucket("company");
  const files = s3Files(bucket, options);
  await files.putIfAbsent("sales/day=2001-01-01/ü .parquet", x);
  bucket.store("other/sales/b", x);
  bucket.store("lake/sales/.theirs", x);
  expect([...bucket.objects.keys()]).toContain("lake/sales/day=2001-01-01/%C3%BC%20.parquet");
  expect(files.location("a/b")).toBe("s3://company/lake/a/b");
  expect(files.keyAt("s3a://company/lake/sales/day=2001-01-01/%C3%BC%20.parquet")).toBe("sales/day=2001-01-01/ü .parquet");
  expect(files.keyAt("s3://company/other/a")).toBeUndefined();
  const listed: string[] = [];
  for await (const key of files.list("")) listed.push(key);
  expect(listed).toEqual(["sales/day=2001-01-01/ü .parquet"]);
  await expect(files.putIfAbsent(`${"a".repeat(190)}/`.repeat(6).slice(0, -1), x)).rejects.toMatchObject({ code: "MR-FILES-001" });
});

test("a range that is empty reads nothing, and says whether there is such a key", async () => {
  const files = s3Files(new MemoryBucket(), options);
  await files.putIfAbsent("a", x);
  expect([await files.read("a", 1, 1), await files.read("b", 1, 1)]).toEqual([new Uint8Array(), undefined]);
});
