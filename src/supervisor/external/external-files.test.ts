import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { MemoryBucket } from "../../files/s3-memory-for-tests.ts";
import type { ExternalFilesDecl } from "../../model/external-decl.ts";
import { withoutPartitions } from "../../sql/files-source.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { BucketFiles } from "./bucket-files.ts";
import { ExternalFiles } from "./external-files.ts";

/* Declared tables over a bucket, which is in memory; statements and copies are real. */

const runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 100 });
const folder = mkdtempSync(join(tmpdir(), "millrace-external-"));
afterAll(async () => {
  await runner.close();
  rmSync(folder, { recursive: true, force: true });
});

const bucket = new MemoryBucket("raw");
const tables = new ExternalFiles(folder, new BucketFiles(join(folder, "copies"), async () => bucket));
const decl = (...at: string[]): ExternalFilesDecl => ({ kind: "files", at, onBadRows: "fail", tags: [], columnNotes: {} });

async function sql(text: string, table: ExternalFilesDecl): Promise<unknown[][]> {
  const resolve = async (references: { conditions?: Parameters<typeof withoutPartitions>[1] }[]) => ({ sources: await Promise.all(references.map(async ({ conditions }) => withoutPartitions(await tables.source("raw.t", table), conditions))), known: [] });
  return (await runner.run({ sql: text, resolve })).rows;
}

const columns = ["id", "n"].map((name) => ({ name, type: "integer" as const, nullable: false }));

test("a statement reads the objects that are there then, each version once, and none that its conditions leave out", async () => {
  for (const day of [1, 2, 3]) bucket.store(`t/day=2026-01-0${day}/a.csv`, `id,n\n${day},${day * 10}\n`);
  const table = { ...decl("s3://raw/t"), columns };
  expect(await sql("select id from raw.t where day = '2026-01-02'", table)).toEqual([[2]]);
  expect(bucket.read).toEqual(["t/day=2026-01-02/a.csv"]);
  expect(await sql("select sum(n)::int from raw.t", table)).toEqual([[60]]);
  expect(await sql("select sum(n)::int from raw.t", table)).toEqual([[60]]);
  expect(bucket.read).toHaveLength(3);
  bucket.store("t/day=2026-01-01/a.csv", "id,n\n1,11\n");
  bucket.store("t/day=2026-01-02/a.csv", "id,n\n2,21\n");
  expect(await sql("select n from raw.t where day = '2026-01-02'", table)).toEqual([[21]]);
  expect(bucket.read.slice(3)).toEqual(["t/day=2026-01-02/a.csv"]);
});

test("objects and files of this machine are one table", async () => {
  mkdirSync(join(folder, "more"));
  writeFileSync(join(folder, "more/b.csv"), "id,n\n7,70\n");
  bucket.store("mixed/a.csv.gz", "id,n\n6,60\n");
  expect(await sql("select id, n from raw.t order by id", decl("more/*.csv", "s3://raw/mixed/*"))).toEqual([[6, 60], [7, 70]]);
});
