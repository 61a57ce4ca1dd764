import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { openFile, withFile } from "./file-source.ts";
import { formatsForTests, zipOf } from "./files-for-tests.ts";
import { prepareFile, preparedRelation } from "./prepare-file.ts";
import { readRows } from "./read-rows.ts";
import { recogniseFile } from "./recognise.ts";
import { relationOver } from "./relation-sql.ts";
import { verifyFile } from "./verify.ts";
import { stallMs } from "../../test/support/stall.ts";

const { write, read, recognise, query, folder, connection } = formatsForTests();

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(MillraceError);
  const { parts, code } = error as MillraceError;
  expect(parts.where).toContain(folder());
  expect(parts.mend).not.toBe("");
  return code;
}

const table = (rows: number): string => `id,name\n${Array.from({ length: rows }, (_, i) => `${i},name ${i}\n`).join("")}`;

test("empty, blank and half-written files", async () => {
  expect(await codeOf(recognise(write("empty.csv", "")))).toBe("MR-FORMAT-002");
  expect(await codeOf(recognise(write("blank.csv", " \n\n ")))).toBe("MR-FORMAT-002");
  const packed = gzipSync(table(10_000));
  expect(await codeOf(recognise(write("half.csv.gz", packed.subarray(0, packed.length / 2))))).toBe("MR-FORMAT-006");
  expect(await codeOf(recognise(write("half.json", '[{"a":1},{"a":2},{"a'))))
    .toBe("MR-FORMAT-006");
  expect(await codeOf(recognise(write("half.xml", "<a><b>1</b><b>2</b")))).toBe("MR-FORMAT-006");
  expect(await codeOf(recognise(write("half.zip", zipOf({ "a.csv": table(100) }).subarray(0, 200))))).toBe("MR-FORMAT-006");
});

test.skipIf(process.platform === "win32")("what is no file is told at once: pipes, folders, devices", async () => {
  const pipe = `${folder()}/pipe.csv`;
  execFileSync("mkfifo", [pipe]);
  expect(await codeOf(recognise(pipe))).toBe("MR-FORMAT-005");
  expect(await codeOf(recognise(folder()))).toBe("MR-FORMAT-005");
  await expect(recognise("/dev/zero")).rejects.toMatchObject({ code: "MR-FORMAT-005", parts: { what: expect.stringContaining("no file") } });
});

test("rubbish is not recognised", async () => {
  expect(await codeOf(recognise(write("rubbish", randomBytes(100_000))))).toBe("MR-FORMAT-001");
  expect(await codeOf(recognise(write("rubbish.gz", gzipSync(randomBytes(10_000)))))).toBe("MR-FORMAT-001");
  expect(await codeOf(recognise(write("page.html", "<!DOCTYPE html><html><body>x</body></html>")))).toBe("MR-FORMAT-001");
});

test("flipped bits in Parquet: in the footer when it is recognised, in a page when it is read", async () => {
  const path = `${folder()}/whole.parquet`;
  await query(`COPY (SELECT range AS id, 'name ' || range AS name FROM range(100000)) TO '${path}' (FORMAT parquet)`);
  const bytes = await withFile(path, (source) => source.read(0, source.size));
  let caught = 0;
  for (let i = 0; i < 200; i++) {
    const flipped = Buffer.from(bytes);
    const at = bytes.length - 1 - Math.floor((i / 200) * 700);
    flipped[at] ^= 1 << (i % 8);
    const error = await recognise(write("flipped.parquet", flipped)).catch((error: unknown) => error);
    if (error instanceof Error) caught++;
    if (error instanceof Error) expect((error as MillraceError).code).toMatch(/^MR-FORMAT-00[136]$/);
  }
  expect(caught).toBeGreaterThan(10);
  // In a page: what a checksum or a length gives away is an error with the file's name, and the process lives.
  let damage = 0;
  for (let i = 0; i < 60; i++) {
    const flipped = Buffer.from(bytes);
    flipped[4 + Math.floor((i / 60) * (bytes.length - 2000))] ^= 255;
    const path = write(`page-${i}.parquet`, flipped);
    const { format, fields } = await recognise(path);
    const error = await relationOver(connection(), [path], format, fields, `${folder()}/prepared`).catch((error: unknown) => error);
    if (!(error instanceof Error)) continue;
    damage++;
    expect((error as MillraceError).code).toBe("MR-FORMAT-006");
    expect((error as MillraceError).parts.where).toContain(path);
  }
  expect(damage).toBeGreaterThan(0);
  const cut = write("cut.parquet", bytes.subarray(0, bytes.length - 100));
  expect(await codeOf(recognise(cut))).toBe("MR-FORMAT-006");
});

test("20,000 levels of JSON, as a file and as one row in many", async () => {
  const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  expect(await codeOf(recognise(write("deep.json", deep)))).toBe("MR-FORMAT-003");
  expect(await codeOf(recognise(write("deeper.json", "[".repeat(20_000) + "]".repeat(20_000))))).toBe("MR-FORMAT-003");
  const lines = Array.from({ length: 100 }, (_, i) => (i === 50 ? deep : `{"a":${i}}`)).join("\n");
  const found = await read(write("deep.jsonl", lines));
  expect(found.rows.length).toBe(99);
  expect(found.quarantine).toMatchObject([{ line: "51", reason: "the record is nested more than 100 levels deep" }]);
  expect(await codeOf(recognise(write("deep.xml", `${"<a>".repeat(20_000)}${"</a>".repeat(20_000)}`)))).toBe("MR-FORMAT-003");
});

test("10,000 columns are read; more than the limit are refused", async () => {
  const wide = (columns: number): string => [Array.from({ length: columns }, (_, i) => `c${i}`), ...Array.from({ length: 3 }, (_, row) => Array.from({ length: columns }, (_, i) => String(row + i)))].map((cells) => `${cells.join(",")}\n`).join("");
  const found = await read(write("wide.csv", wide(10_000)));
  expect(found.fields.length).toBe(10_000);
  expect(found.rows[2].c9999).toBe("10001");
  expect(await codeOf(recognise(write("wider.csv", wide(20_001))))).toBe("MR-FORMAT-003");
});

test("bombs: packed files that unpack to far more than they are", async () => {
  const bomb = gzipSync(Buffer.alloc(300 << 20, `a,b${" ".repeat(4092)}\n`), { level: 9 });
  const path = write("bomb.csv.gz", bomb);
  const { format, fields } = await recognise(path);
  expect(await codeOf(withFile(path, (source) => verifyFile(source, format, fields)))).toBe("MR-FORMAT-003");
  const zip = write("bomb.zip", zipOf({ "a.csv": Buffer.alloc(300 << 20, `1,2${" ".repeat(4092)}\n`) }));
  expect(await codeOf(withFile(zip, async (source) => verifyFile(source, (await recogniseFile(source)).format, [])))).toBe("MR-FORMAT-003");
});

test("a file that changes while it is read", async () => {
  const path = write("growing.csv", table(200_000));
  const source = await openFile(path);
  const { format } = await recogniseFile(source);
  const reading = async (): Promise<void> => {
    for await (const batch of readRows(source, format)) if ((batch.rows[0]?.line ?? 0) < 100) appendFileSync(path, "x,y\n");
  };
  expect(await codeOf(reading())).toBe("MR-FORMAT-004");
  await source.close();
  const cut = await openFile(path);
  truncateSync(path, 1000);
  expect(await codeOf(cut.read(0, cut.size))).toBe("MR-FORMAT-004");
  await cut.close();
});

test("one bad row in a million is in quarantine with its line and text; all others are read", async () => {
  const rows = Array.from({ length: 1_000_000 }, (_, i) => (i === 777_777 ? "seven,bad\n" : `${i},good\n`)).join("");
  const path = write("million.csv", `id,state\n${rows}`);
  const { format, fields } = await recognise(path);
  expect(fields[0].type.kind).toBe("long");
  const { sql, quarantineSql } = await relationOver(connection(), [path], format, fields, `${folder()}/prepared`);
  expect(await query(`SELECT count(*) AS n, sum(id)::VARCHAR AS total FROM (${sql})`)).toEqual([{ n: "999999", total: String(499_999_500_000 - 777_777) }]);
  expect(await query(quarantineSql)).toEqual([{ file: expect.stringContaining("million.csv"), line: "777779", raw: "seven,bad", reason: 'id: "seven" is no long' }]);
});

test("a fraction among whole numbers is not rounded, and an unknown field is not passed over", async () => {
  const numbers = write("fraction.csv", `n,s\n${"1,a\n".repeat(20_000)}2.5,b\n`);
  const found = await read(numbers);
  expect(found.quarantine).toMatchObject([{ raw: "2.5,b" }]);
  const lines = write("field.jsonl", `${'{"n":1}\n'.repeat(200_000)}{"n":2,"new":true}\n{"n":2.5}\n`);
  const more = await recognise(lines);
  const relation = await relationOver(connection(), [lines], more.format, more.fields, `${folder()}/prepared`);
  expect(relation.quarantined).toBe(2);
  expect(await query(`SELECT count(*) AS n FROM (${relation.sql})`)).toEqual([{ n: "200000" }]);
  const verified = await withFile(lines, (source) => verifyFile(source, more.format, more.fields));
  expect(verified).toMatchObject({ rows: 200_002, misfits: 2 });
  expect(verified.fields.map(({ name, type }) => [name, type.kind])).toEqual([["n", "double"], ["new", "boolean"]]);
});

test("a stray quote costs its own line, not the file", async () => {
  const found = await read(write("quote.csv", `id,name\n${"1,a\n".repeat(100)}2,"open\n${"3,b\n".repeat(100)}`));
  expect([found.rows.length, found.relation.quarantined]).toEqual([200, 1]);
  expect(found.quarantine[0]).toMatchObject({ line: "102", raw: '2,"open', reason: "a quote is opened and not closed" });
});

test("NUL bytes, odd Unicode in names and bytes that are no UTF-8", async () => {
  const nul = await read(write("nul.csv", "a,b\n1,x\u0000y\n2,z\n"));
  expect(nul.rows.map(({ b }) => b)).toEqual(["x\u0000y", "z"]);
  const names = await read(write("ｎame\u202e💥'\";--.csv", "\u202ea,b\u200b,e\u0301,ﬁ\n1,2,3,4\n"));
  expect(names.fields.map(({ name }) => name)).toEqual(["a", "b", "é", "ﬁ"]);
  expect(names.rows).toEqual([{ a: "1", b: "2", é: "3", ﬁ: "4" }]);
  const good = "1,ä\n".repeat(400_000);
  const path = write("bytes.csv", Buffer.concat([Buffer.from(`a,b\n${good}`), Buffer.from([0x32, 0x2c, 0xff, 0x0a]), Buffer.from("3,ö\n")]));
  const { format, fields } = await recognise(path);
  const bad = await relationOver(connection(), [path], format, fields, `${folder()}/prepared`);
  expect(await query(`SELECT count(*) AS n FROM (${bad.sql})`)).toEqual([{ n: "400001" }]);
  expect((await query(bad.quarantineSql)).map(({ reason }) => reason)).toEqual(["bytes that the encoding cannot have"]);
});

test("a line of 100 MB is refused or set aside, in bounded memory", async () => {
  const line = Buffer.alloc(100 << 20, "x");
  const before = process.memoryUsage().rss;
  const found = await read(write("long.csv", Buffer.concat([Buffer.from("a,b\n1,2\n3,4\n"), line, Buffer.from("\n5,6\n")])));
  expect([found.rows.length, found.relation.quarantined]).toEqual([3, 1]);
  expect(String(found.quarantine[0].raw).length).toBeLessThan(20_000);
  const json = await read(write("long.jsonl", Buffer.concat([Buffer.from('{"a":1}\n{"a":2}\n'), line, Buffer.from('\n{"a":3}\n')])));
  expect([json.rows.length, json.relation.quarantined]).toEqual([3, 1]);
  expect(await codeOf(recognise(write("long.json", Buffer.concat([Buffer.from('{"a":"'), line, Buffer.from('"}')]))))).toBe("MR-FORMAT-006");
  expect(process.memoryUsage().rss - before).toBeLessThan(600 << 20);
});

test("a prepared file that was cut short is made again, and a whole one is taken as it is", async () => {
  const path = write("prepared.csv", "a;b\n1,5;2\n2,5;x\n");
  const { format, fields } = await recognise(path);
  const into = `${folder()}/spool`;
  const first = await withFile(path, (source) => prepareFile(source, format, fields, into));
  // What a process that was killed leaves behind: files under their names, but no summary.
  truncateSync(first.rowsPath, 3);
  const summary = first.rowsPath.replace(".rows.ndjson.zst", ".prepared.json");
  const again = await withFile(path, (source) => prepareFile(source, format, fields, into));
  expect(again).toEqual(first);
  rmSync(summary);
  const third = await withFile(path, (source) => prepareFile(source, format, fields, into));
  expect(third).toEqual(first);
  // Many at once, as queries over one external table are: each finds a whole one.
  rmSync(summary);
  await Promise.all(Array.from({ length: 8 }, () => withFile(path, (source) => prepareFile(source, format, fields, into))));
  expect(readdirSync(into).filter((name) => name.endsWith(".new"))).toEqual([]);
  expect((await connection().runAndReadAll(preparedRelation([third], fields))).getRowObjectsJson()).toEqual([{ a: 1.5, b: "2" }, { a: 2.5, b: "x" }]);
});

test("a grok pattern cannot hang on a hostile line", async () => {
  const line = `203.0.113.9 - - [10/Oct/2024:13:55:36 -0700] "${"a ".repeat(4000)}`;
  const start = performance.now();
  await recognise(write("hostile.log", `${line}\n`.repeat(50))).catch(() => {});
  expect(performance.now() - start).toBeLessThan(5_000 + stallMs);
});
