import { afterAll, expect, onTestFinished, test } from "vitest";
import { MillraceError } from "../../errors.ts";
import { MemoryBucket } from "../../files/s3-memory-for-tests.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { SourceBed } from "./source-bed-for-tests.ts";

/* A source folder in a bucket, which is in memory; all else is real. */

const runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 1_000 });
afterAll(() => runner.close());
const orders = (...ids: number[]): string => `id,amount\n${ids.map((id) => `${id},${id * 10}\n`).join("")}`;
const at = "s3://company/raw/*";

async function bedOver(bucket: MemoryBucket): Promise<SourceBed> {
  const bed = await SourceBed.make(runner, async () => bucket);
  onTestFinished(() => bed.remove());
  return bed;
}

const held = (bed: SourceBed) => bed.sql("select _file, list(id order by id) from jira.orders group by all order by 1");

test("objects are loaded once, changed ones take the place of what they were, and what stays is not read again", async () => {
  const bucket = new MemoryBucket("company");
  const bed = await bedOver(bucket);
  for (const [key, text] of Object.entries({ "1.csv": orders(1, 2), "2.csv": orders(3, 4), "3.csv": orders(5), "4.csv": orders(6) })) bucket.store(`raw/orders/${key}`, text);
  bucket.store("raw/large/1.csv", `${orders(...Array.from({ length: 20_000 }, (_, i) => i))}x,y\n`);
  expect(await bed.run({ at })).toMatchObject({ "jira.orders": { rows: 6, files: { loaded: 4, replaced: 0 } }, "jira.large": { rows: 20_000, quarantined: 1 } });
  expect(await held(bed)).toEqual([["orders/1.csv", [1, 2]], ["orders/2.csv", [3, 4]], ["orders/3.csv", [5]], ["orders/4.csv", [6]]]);
  expect(await bed.sql("select _file, raw from jira.large_quarantine")).toEqual([["large/1.csv", "x,y"]]);

  bucket.read.length = 0;
  expect(await bed.run({ at })).toEqual({});
  expect(bucket.read).toEqual([]);
  bucket.store("raw/orders/1.csv", orders(1, 7));
  bucket.store("raw/orders/5.csv", orders(8));
  bucket.objects.delete("raw/orders/3.csv");
  expect(await bed.run({ at, vanished: "delete" })).toMatchObject({ "jira.orders": { rows: 3, files: { loaded: 1, replaced: 1, gone: 1 } } });
  expect(await held(bed)).toEqual([["orders/1.csv", [1, 7]], ["orders/2.csv", [3, 4]], ["orders/4.csv", [6]], ["orders/5.csv", [8]]]);
  expect([...new Set(bucket.read)].sort()).toEqual(["raw/orders/1.csv", "raw/orders/5.csv"]);
});

test("objects that change or go between crawl and load are left for the next run, those that may not be read too; the others are loaded", async () => {
  const bucket = new MemoryBucket("company");
  const bed = await bedOver(bucket);
  const keys = ["changed", "gone", "refused", "whole"];
  for (const key of keys) bucket.store(`raw/orders/${key}.csv`, orders(1, 2));
  await bed.crawl({ at });
  bucket.store("raw/orders/changed.csv", orders(3));
  bucket.objects.delete("raw/orders/gone.csv");
  const open = bucket.open.bind(bucket);
  bucket.open = (key, ...rest) => (key.includes("refused") ? Promise.reject(new MillraceError("MR-CONNECT-002", { what: "no", where: key, mend: "ask" })) : open(key, ...rest));
  const { "jira.orders": result } = await bed.load({ at });
  expect(result).toMatchObject({ rows: 2, files: { loaded: 1, left: 3 } });
  expect(result.problems.map(({ file, code }) => [file, code])).toEqual([["orders/changed.csv", "MR-FORMAT-004"], ["orders/gone.csv", "MR-FORMAT-005"], ["orders/refused.csv", "MR-FORMAT-005"]]);
  bucket.open = open;
  // A store that does not answer takes no rows with it.
  bucket.head = () => Promise.reject(new MillraceError("MR-CONNECT-001", { what: "silence", where: "here", mend: "wait", retryable: true }));
  bucket.objects.delete("raw/orders/whole.csv");
  expect(await bed.run({ at, vanished: "delete" })).toMatchObject({ "jira.orders": { files: { loaded: 2, gone: 0 } } });
  expect(await held(bed)).toEqual([["orders/changed.csv", [3]], ["orders/refused.csv", [1, 2]], ["orders/whole.csv", [1, 2]]]);
});
