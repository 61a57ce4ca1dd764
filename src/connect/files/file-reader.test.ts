import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Batch } from "../../batch/batch.ts";
import { decodeBatch, encodeBatch } from "../../batch/codec.ts";
import { keyAt, rowReader } from "../../batch/rows.ts";
import type { Column, TopicDecl } from "../../model/manifest.ts";
import { FileReader, type FileReaderOptions } from "./file-reader.ts";

const column = (name: string, type: Column["type"], nullable = false): Column => ({ name, type, nullable });
const topicOf = (columns: Column[], more: Partial<TopicDecl> = {}): TopicDecl => ({ name: "t", schema: {}, columns, partitions: 4, ...more });

let folder = "";
const path = (file: string): string => join(folder, file);
const write = (file: string, text: string): string => (writeFileSync(path(file), text), path(file));
const zone = process.env.TZ;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-files-"));
  // What is read must not depend on where the machine stands.
  process.env.TZ = "America/New_York";
});
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  rmSync(folder, { recursive: true, force: true });
});

const open = (topic: TopicDecl, paths: string[], more: Partial<FileReaderOptions> = {}): Promise<FileReader> =>
  FileReader.open({ paths, format: "csv", orderBy: [], topic, spoolFolder: path("spool"), stage: `s${Math.random()}`, ...more });

interface Read {
  rows: Record<string, unknown>[];
  keys: (string | null)[];
  times: number[];
}

/** All rows from one on, each batch as it looks after its way through the log. */
async function readAll(reader: FileReader, from = 0): Promise<Read> {
  const all: Read = { rows: [], keys: [], times: [] };
  for await (const made of reader.batches(from)) {
    const batch: Batch = decodeBatch(encodeBatch(made));
    const read = rowReader(batch);
    for (let i = 0; i < batch.count; i++) {
      all.rows.push(read(i));
      all.keys.push(keyAt(batch, i));
      all.times.push(batch.eventTime[i]);
    }
  }
  reader.close();
  return all;
}

async function duckdb(sql: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(sql);
  connection.closeSync();
}

test("text stays as it is written, times without a zone are UTC, quotes and nulls come through", async () => {
  const file = write("a.csv", 'zip,say,at,day,flag,n\n00123,"a ""b"", c\nd",2001-01-01 05:00:00,2001-01-01,true,1\n7e2,plain,2001-01-02T00:00:00Z,2001-02-03,false,\n');
  const topic = topicOf([column("zip", "string"), column("say", "string"), column("at", "timestamp"), column("day", "date"), column("flag", "boolean"), column("n", "integer", true)], { eventTime: "at" });
  const { rows, times } = await readAll(await open(topic, [file]));
  expect(rows).toEqual([
    { zip: "00123", say: 'a "b", c\nd', at: "2001-01-01T05:00:00.000Z", day: "2001-01-01", flag: true, n: 1 },
    { zip: "7e2", say: "plain", at: "2001-01-02T00:00:00.000Z", day: "2001-02-03", flag: false, n: null },
  ]);
  expect(times).toEqual([Date.UTC(2001, 0, 1, 5), Date.UTC(2001, 0, 2)]);
});

test("JSON text is not rewritten: strings that look like times and ids, values that are nested", async () => {
  const record = { at: "2001-01-01T00:00:00Z", id: "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", more: { a: [1, { b: null }] }, n: 4 };
  const file = write("a.json", `${JSON.stringify(record)}\n${JSON.stringify({ ...record, more: ["x"] })}\n`);
  const topic = topicOf([column("at", "string"), column("id", "string"), column("more", "json"), column("n", "integer")]);
  const { rows } = await readAll(await open(topic, [file], { format: "json" }));
  expect(rows).toEqual([record, { ...record, more: ["x"] }]);
});

test("columns that are not there are null, of every type; a required one is named", async () => {
  const file = write("b.csv", "id\na\n");
  const types = ["string", "boolean", "integer", "number", "timestamp", "date", "json"] as const;
  const { rows } = await readAll(await open(topicOf([column("id", "string"), ...types.map((type) => column(`no_${type}`, type, true))]), [file]));
  expect(rows).toEqual([{ id: "a", ...Object.fromEntries(types.map((type) => [`no_${type}`, null])) }]);
  await expect(open(topicOf([column("id", "string"), column("other", "string")]), [file])).rejects.toMatchObject({ code: "MR-DATA-001", parts: { what: 'the files have no column "other"' } });
});

test("a key is text whatever its field is, and a null has none", async () => {
  const file = write("c.csv", "n,at,flag\n5,2001-01-01 00:00:00,true\n,2001-01-02 00:00:00,false\n5,2001-01-03 00:00:00,true\n");
  const columns = [column("n", "integer", true), column("at", "timestamp"), column("flag", "boolean")];
  expect((await readAll(await open(topicOf(columns, { key: "n" }), [file]))).keys).toEqual(["5", null, "5"]);
  expect((await readAll(await open(topicOf(columns, { key: "at" }), [file]))).keys[1]).toBe("2001-01-02T00:00:00.000Z");
  expect((await readAll(await open(topicOf(columns, { key: "flag" }), [file]))).keys).toEqual(["true", "false", "true"]);
});

test("a column named __proto__ is a column", async () => {
  const file = write("d.csv", "__proto__,constructor\nx,y\n");
  const { rows } = await readAll(await open(topicOf([column("__proto__", "string"), column("constructor", "string")]), [file]));
  expect(Object.entries(rows[0])).toEqual([["__proto__", "x"], ["constructor", "y"]]);
});

test("several files and globs are read in their order, or sorted together", async () => {
  write("part-1.csv", "n,only\n5,a\n1,b\n");
  write("part-2.csv", "n\n4\n2\n");
  const topic = topicOf([column("n", "integer"), column("only", "string", true)]);
  expect((await readAll(await open(topic, [path("part-*.csv")]))).rows.map(({ n }) => n)).toEqual([5, 1, 4, 2]);
  expect((await readAll(await open(topic, [path("part-2.csv"), path("part-1.csv")], { orderBy: ["n"] }))).rows).toEqual([{ n: 1, only: "b" }, { n: 2, only: null }, { n: 4, only: null }, { n: 5, only: "a" }]);
});

test("reading on from any row gives what one reading gives, sorted or not, with dictionaries and without", async () => {
  const count = 70_000;
  await duckdb(`COPY (SELECT hash(i) % ${count} AS n, 'k' || (i % 7) AS few, 'v' || (i % 30011) AS many, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 2 END AS half, CASE WHEN i % 5 = 0 THEN NULL ELSE 'o' || (i % 11) END AS gap FROM range(${count}) r(i)) TO '${path("big.parquet")}' (FORMAT parquet)`);
  const topic = topicOf([column("n", "integer"), column("few", "string"), column("many", "string"), column("half", "number", true), column("gap", "string", true)], { key: "gap" });
  for (const orderBy of [[], ["n"]]) {
    const options = { format: "parquet" as const, orderBy, stage: `big-${orderBy}` };
    const whole = await readAll(await open(topic, [path("big.parquet")], options));
    expect(whole.rows).toHaveLength(count);
    expect(new Set(whole.rows.map(({ many }) => many)).size).toBe(30_011);
    if (orderBy.length > 0) expect(whole.rows.every(({ n }, i) => i === 0 || (n as number) >= (whole.rows[i - 1].n as number))).toBe(true);
    for (const from of [1, 32_767, 32_768, 50_001, count - 1, count]) {
      const rest = await readAll(await open(topic, [path("big.parquet")], options), from);
      expect(rest.rows).toEqual(whole.rows.slice(from));
      expect(rest.keys).toEqual(whole.keys.slice(from));
    }
  }
});

test("a copy that was cut short is made again", async () => {
  const file = write("e.csv", "n\n3\n1\n2\n");
  const topic = topicOf([column("n", "integer")]);
  const options = { orderBy: ["n"], stage: "cut", spoolFolder: path("cut") };
  await readAll(await open(topic, [file], options));
  const [name] = readdirSync(path("cut")).filter((each) => each.endsWith(".parquet"));
  rmSync(join(path("cut"), name));
  writeFileSync(join(path("cut"), `${name}.new`), "half of it");
  expect((await readAll(await open(topic, [file], options))).rows.map(({ n }) => n)).toEqual([1, 2, 3]);
});

test("a file that was mended before anything of it was read is read as it is now", async () => {
  const topic = topicOf([column("n", "integer")]);
  const options = { stage: "mended", fresh: true };
  const file = write("mended.csv", "n\n1.5\n");
  await expect(open(topic, [file], options).then(readAll)).rejects.toMatchObject({ code: "MR-DATA-001" });
  write("mended.csv", "n\n15\n");
  expect((await readAll(await open(topic, [file], options))).rows).toEqual([{ n: 15 }]);
});

test("what cannot be read is told with the file and the mend", async () => {
  const topic = topicOf([column("n", "integer")]);
  const refused = (what: string) => ({ code: "MR-DATA-001", parts: { what: expect.stringContaining(what) } });
  await expect(open(topic, [path("nowhere.csv")])).rejects.toMatchObject(refused("the files cannot be read"));
  await expect(open(topic, [write("broken.parquet", "this is no parquet")], { format: "parquet" })).rejects.toMatchObject(refused("the files cannot be read"));
  await expect(open(topic, [write("half.csv", "n\n1.5\n")]).then(readAll)).rejects.toMatchObject(refused('column "n" holds 1.5'));
  await expect(open(topic, [write("null.csv", "n,m\n1,1\n,2\n")]).then(readAll)).rejects.toMatchObject(refused('column "n" holds a null'));
  await expect(open(topic, [write("word.csv", "n\nword\n")]).then(readAll)).rejects.toMatchObject(refused("the files cannot be read"));
});
