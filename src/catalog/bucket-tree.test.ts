import { expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { MemoryBucket } from "../files/s3-memory-for-tests.ts";
import { bucketTree } from "./bucket-tree.ts";
import { actions, crawlBed } from "./crawl-for-tests.ts";
import { pathPattern } from "./crawl/path-pattern.ts";
import type { CrawledTable } from "./external-table.ts";
import type { LeftOut, TreeFile } from "./file-tree.ts";

const bed = crawlBed();
const csv = (...ids: number[]): string => `id,amount\n${ids.map((id) => `${id},${id * 10}\n`).join("")}`;

async function walked(bucket: MemoryBucket, prefix = "raw/", exclude: string[] = []): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of bucketTree(bucket, prefix).walk(pathPattern(exclude))) found[entry.path] = (entry as LeftOut).why ?? `${(entry as TreeFile).bytes} bytes`;
  return found;
}

test("what lies below a prefix is found by the rules of a folder, and each folder that is passed over is told of once", async () => {
  const bucket = new MemoryBucket();
  const deep = "d/".repeat(70);
  for (const key of ["raw/a.csv", "raw/orders/1.csv", "raw/orders/", "raw/", "raw/.git/x", "raw/.git/y", "raw/t/_SUCCESS", "raw/_tmp/a/b", "raw/archive/1", "raw/archive/2", "raw/a//b", "raw/x.tmp", `raw/${deep}e`, "rawer/a", "other/raw/a"]) bucket.store(key, "x");
  bucket.store("raw/old.csv", "x", { archived: "GLACIER" });
  expect(await walked(bucket, "raw/", ["archive/", "*.tmp"])).toEqual({
    "a.csv": "1 bytes",
    "orders/1.csv": "1 bytes",
    ".git": expect.stringContaining("begins with a dot"),
    "t/_SUCCESS": expect.stringContaining("begins with a dot"),
    _tmp: expect.stringContaining("begins with a dot"),
    archive: expect.stringContaining("`exclude`"),
    "x.tmp": expect.stringContaining("`exclude`"),
    "a//": expect.stringContaining("empty"),
    [`${"d/".repeat(64)}`]: expect.stringContaining("64 folders"),
    "old.csv": expect.stringContaining("archived (GLACIER)"),
  });
});

test("a bucket may be empty; a folder in which nothing lies is not there", async () => {
  expect(await walked(new MemoryBucket(), "")).toEqual({});
  await expect(walked(new MemoryBucket())).rejects.toMatchObject({ code: "MR-CRAWL-001" });
});

test("objects become tables by the rules of files; the next crawl lists, and reads what is new alone", async () => {
  const bucket = new MemoryBucket("company");
  const crawl = () => bed().crawl({}, { tree: bucketTree(bucket, "raw/", { region: "eu-central-1" }) });
  bucket.store("raw/orders/day=2024-01-01/1.csv", csv(1, 2));
  bucket.store("raw/orders/day=2024-01-02/2.csv", csv(3));
  bucket.store("raw/users.json", '{"id":1,"mail":"ann@example.com"}\n{"id":2,"mail":"bo@example.com"}\n');
  const first = await crawl();
  expect(actions(first)).toEqual({ "raw.orders": "new", "raw.users": "new" });
  const { location, files, columns, partitionColumns, personal, connection } = (await bed().tables.table("raw.orders")) as CrawledTable;
  expect({ location, connection, columns: columns.map(({ name }) => name), partitionColumns, personal }).toEqual({ location: "s3://company/raw/orders", connection: { region: "eu-central-1" }, columns: ["id", "amount"], partitionColumns: [{ name: "day", type: "date" }], personal: [] });
  expect(files).toMatchObject([{ path: "s3://company/raw/orders/day=2024-01-01/1.csv", partition: { day: "2024-01-01" }, rows: 2 }, { path: "s3://company/raw/orders/day=2024-01-02/2.csv" }]);
  expect((await bed().tables.table("raw.users"))?.personal).toMatchObject([{ kind: "e-mail" }]);

  bucket.read.length = 0;
  expect(actions(await crawl())).toEqual({ "raw.orders": "unchanged", "raw.users": "unchanged" });
  // Stored once more, with the bytes that it had.
  bucket.store("raw/users.json", '{"id":1,"mail":"ann@example.com"}\n{"id":2,"mail":"bo@example.com"}\n', { modifiedAt: 1 });
  expect((await crawl()).files.read).toBe(0);
  expect(bucket.read).toEqual([]);
  bucket.store("raw/orders/day=2024-01-02/2.csv", csv(4));
  expect(actions(await crawl())).toMatchObject({ "raw.orders": "updated" });
  expect(bucket.read).toEqual(["raw/orders/day=2024-01-02/2.csv"]);
});

/** One whose objects change, vanish or are kept back while they are crawled. */
class UnsteadyBucket extends MemoryBucket {
  refuse: (key: string) => MillraceError | undefined = () => undefined;
  override async open(...args: Parameters<MemoryBucket["open"]>): ReturnType<MemoryBucket["open"]> {
    const error = this.refuse(args[0]);
    if (error) throw error;
    return super.open(...args);
  }
}

test("an object that goes, changes or may not be read is told of, and the others are read; without a store there is no crawl", async () => {
  const bucket = new UnsteadyBucket();
  const crawl = () => bed().crawl({ tableLevel: 2 }, { tree: bucketTree(bucket, "raw/") });
  for (const key of ["changed", "gone", "kept-back", "whole"]) bucket.store(`raw/${key}/1.csv`, csv(1, 2));
  bucket.refuse = (key) => {
    if (key.includes("gone")) bucket.objects.delete(key);
    if (key.includes("changed")) bucket.store(key, csv(7));
    return key.includes("kept-back") ? new MillraceError("MR-CONNECT-002", { what: "the store refuses access", where: key, mend: "ask" }) : undefined;
  };
  const report = await crawl();
  expect(actions(report)).toEqual({ "raw.whole": "new" });
  expect(report.unreadable.map(({ path, error }) => [path, error.code])).toEqual([["changed/1.csv", "MR-FORMAT-004"], ["gone/1.csv", "MR-FORMAT-005"], ["kept-back/1.csv", "MR-FORMAT-005"]]);
  bucket.refuse = () => undefined;
  expect(actions(await crawl())).toMatchObject({ "raw.changed": "new", "raw.kept_back": "new", "raw.whole": "unchanged" });
  bucket.store("raw/late/1.csv", csv(1));
  bucket.refuse = () => new MillraceError("MR-CONNECT-001", { what: "the store does not answer", where: "here", mend: "wait", retryable: true });
  await expect(crawl()).rejects.toMatchObject({ code: "MR-CONNECT-001" });
});
