import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { writeAvro } from "../lake/avro-container.ts";
import { formatsForTests, workbookOf, zipOf } from "./files-for-tests.ts";
import { typeText } from "./inferred-type.ts";

const { write, read, recognise, query, folder } = formatsForTests();
const types = ({ fields }: { fields: { name: string; type: Parameters<typeof typeText>[0] }[] }): string => fields.map(({ name, type }) => `${name}: ${typeText(type)}`).join(", ");
const table = "id,name,born,rate\n007,Ann,2001-02-03,1.5\n008,\"Bob, Jr\",2002-03-04,2\n009,\"said \"\"no\"\"\",,\n";

test("delimited text by its content: leading zeros stay text, quotes count, an empty cell is null", async () => {
  const found = await read(write("plain.dat", table));
  expect(types(found)).toBe("id: string, name: string, born: date, rate: double");
  expect(found.rows).toEqual([
    { id: "007", name: "Ann", born: "2001-02-03", rate: 1.5 },
    { id: "008", name: "Bob, Jr", born: "2002-03-04", rate: 2 },
    { id: "009", name: 'said "no"', born: null, rate: null },
  ]);
});

test.for([
  ["gzip", gzipSync(table)],
  ["zstd", zstdCompressSync(table)],
  ["zip", zipOf({ "readme.txt": "hello", "__MACOSX/x.csv": "junk", "data/a.csv": table })],
  ["utf-16le", Buffer.from(`\uFEFF${table}`, "utf16le")],
] as const)("the same rows come out of %s", async ([name, bytes]) => {
  const found = await read(write(`packed-${name}`, bytes));
  expect(types(found)).toBe("id: string, name: string, born: date, rate: double");
  expect(found.rows.length).toBe(3);
  expect(found.rows[1]).toEqual({ id: "008", name: "Bob, Jr", born: "2002-03-04", rate: 2 });
});

test("encodings: windows-1252 by the lack of UTF-8, Shift JIS by its letters", async () => {
  const western = await read(write("western.csv", Buffer.from("name,city\nJosé,Köln\nZoë,Genève\n", "latin1")));
  expect(western.format).toMatchObject({ encoding: "windows-1252" });
  expect(western.rows[0]).toEqual({ name: "José", city: "Köln" });
  const japanese = Buffer.from("96bc914f2c93738e730a83658358836783672c310a838a83932c320a", "hex");
  const found = await read(write("japanese.csv", japanese));
  expect(found.format).toMatchObject({ kind: "csv", encoding: "shift_jis" });
  expect(found.rows).toEqual([{ 名前: "テストト", 都市: "1" }, { 名前: "リン", 都市: "2" }]);
});

test("titles above a table, semicolons and decimal commas", async () => {
  const found = await read(write("german.csv", "Umsatz 2024\n\nMonat;Betrag;Anteil\nJanuar;1234,50;0,5\nFebruar;99,00;0,25\n"));
  expect(found.format).toMatchObject({ kind: "csv", delimiter: ";", skipLines: 2, header: true, decimal: "," });
  expect(types(found)).toBe("Monat: string, Betrag: double, Anteil: double");
  expect(found.rows).toEqual([
    { Monat: "Januar", Betrag: 1234.5, Anteil: 0.5 },
    { Monat: "Februar", Betrag: 99, Anteil: 0.25 },
  ]);
});

test("without a header columns are named by their places; an all-text table can have one", async () => {
  expect(types(await recognise(write("bare.csv", "1,a,2.5\n2,b,3.5\n3,c,4.5\n")))).toBe("column_1: long, column_2: string, column_3: double");
  expect(types(await recognise(write("words.csv", "origin,airline_name\nJFK,Delta Air Lines\nLAX,United\nSFO,Southwest\n")))).toBe("origin: string, airline_name: string");
});

test("what means null among numbers is null, and is text among texts", async () => {
  const found = await read(write("nulls.csv", "country,count\nNA,1\nDE,NA\nFR,3\n"));
  expect(found.fields[1]).toMatchObject({ type: { kind: "long" }, nullTexts: ["NA"] });
  expect(found.rows).toEqual([{ country: "NA", count: "1" }, { country: "DE", count: null }, { country: "FR", count: "3" }]);
});

test("names are made unique and legal", async () => {
  const found = await read(write("names.csv", 'a,A,,"a\tb",a\n1,2,3,4,5\n6,7,8,9,10\n'));
  expect(found.fields.map(({ name }) => name)).toEqual(["a", "A_2", "column_3", "a b", "a_3"]);
  expect(found.rows[0]).toEqual({ a: "1", A_2: "2", column_3: "3", "a b": "4", a_3: "5" });
});

test("JSON: lines, arrays, documents; conflicts are kept as choices, long numbers to their last digit", async () => {
  const lines = await read(write("lines", '{"id":12345678901234567,"v":1,"when":"2024-01-01T10:00:00Z"}\n{"id":2,"v":"x","when":null}\n'));
  expect(lines.format).toMatchObject({ kind: "json", layout: "lines" });
  expect(types(lines)).toBe("id: long, v: choice<long | string>, when: timestamptz");
  expect(lines.rows).toEqual([{ id: "12345678901234567", v: "1", when: "2024-01-01 10:00:00+00" }, { id: "2", v: '"x"', when: null }]);
  const array = await read(write("array", '[{"a":1.0,"b":{"c":[1,2]}},\n{"a":2.0,"b":null}]'));
  expect(types(array)).toBe("a: double, b: struct<c: list<long>>");
  const scalars = await read(write("scalars", "[1, 2, 3]"));
  expect(scalars.rows).toEqual([{ value: "1" }, { value: "2" }, { value: "3" }]);
});

test("a document is one row, or its records by the path that leads to them", async () => {
  const path = write("features.json", JSON.stringify({ type: "FeatureCollection", metadata: { count: 2 }, features: [{ id: "a", x: 1 }, { id: "b", x: 2 }] }, undefined, 1));
  const whole = await read(path);
  expect(whole.recordPaths).toEqual([{ path: ["features"], records: 2 }]);
  expect(whole.rows.length).toBe(1);
  const records = await read(path, { documents: "records" });
  expect(records.rows).toEqual([{ id: "a", x: "1" }, { id: "b", x: "2" }]);
  const classified = await read(path, { classifiers: [{ kind: "json", name: "features", path: ["features"] }] });
  expect(classified.rows).toEqual(records.rows);
});

test("XML: elements that come again are rows; attributes and children are columns", async () => {
  const found = await read(write("books", '<?xml version="1.0"?><shop><book id="1"><title>A &amp; B</title><tag>x</tag><tag>y</tag></book><book id="2"><title>C</title></book></shop>'));
  expect(found.format).toMatchObject({ kind: "xml", row: "book" });
  expect(types(found)).toBe("id: long, title: string, tag: list<string>");
  expect(found.rows[0]).toEqual({ id: "1", title: "A & B", tag: ["x", "y"] });
});

test("Excel: the table below its title, dates as dates", async () => {
  const found = await read(write("book.bin", workbookOf([["Report", null, null], [null, null, null], ["name", "born", "score"], ["Ann", { serial: 36525 }, 1.5], ["Bob", { serial: 36526 }, 2]])));
  expect(found.format).toMatchObject({ kind: "excel", sheet: "Data & more", range: "A3:C", header: true });
  expect(found.rows).toEqual([{ name: "Ann", born: "1999-12-31", score: 1.5 }, { name: "Bob", born: "2000-01-01", score: 2 }]);
});

test("Avro: logical types, unions, bytes", async () => {
  const schema = { type: "record", name: "R", fields: [{ name: "n", type: "long" }, { name: "day", type: { type: "int", logicalType: "date" } }, { name: "note", type: ["null", "string"] }, { name: "raw", type: "bytes" }] };
  const found = await read(write("records.bin", await writeAvro(schema, [{ n: 9007199254740993n, day: 1, note: "x", raw: Buffer.from([0, 255]) }, { n: 2n, day: 2, note: null, raw: Buffer.from([]) }], {})));
  expect(found.format).toEqual({ kind: "avro", compression: "none" });
  expect(found.rows).toEqual([{ n: "9007199254740993", day: "1970-01-02", note: "x", raw: "\\x00\\xFF" }, { n: "2", day: "1970-01-03", note: null, raw: "" }]);
});

test("Parquet by its footer, nested and all", async () => {
  const path = `${folder()}/nested`;
  await query(`COPY (SELECT 1::INTEGER AS i, 1.25::DECIMAL(9,2) AS d, {'a': [1, 2], 'b': DATE '2024-01-01'} AS s, MAP {'k': 1.5::DOUBLE} AS m, TIMESTAMPTZ '2024-01-01 00:00:00Z' AS t, gen_random_uuid() AS u) TO '${path}' (FORMAT parquet)`);
  const found = await read(path);
  expect(types(found)).toBe("i: long, d: decimal(9,2), s: struct<a: list<long>, b: date>, m: map<string, double>, t: timestamptz, u: uuid");
  expect(found).toMatchObject({ certainty: 1, rows: [{ i: "1", d: "1.25" }] });
});

test.for([
  ["combined access log", '203.0.113.9 - ann [10/Oct/2024:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "Mozilla/5.0 (X11)"', { client: "203.0.113.9", timestamp: "2024-10-10 20:55:36+00", path: "/a?b=1", status: "200", bytes: "2326" }],
  ["common access log", 'host.example - - [10/Oct/2024:13:55:36 +0000] "POST /x HTTP/1.0" 404 -', { client: "host.example", method: "POST", bytes: null }],
  ["syslog", "Oct 11 22:14:15 web1 sshd[4321]: Failed password for root", { host: "web1", program: "sshd", process: "4321" }],
  ["nginx error log", "2024/10/10 13:55:36 [error] 31#32: *7 open() failed", { level: "error", connection: "7", timestamp: "2024-10-10 13:55:36" }],
  ["Java log", "2024-10-10 13:55:36,123 [main] INFO  org.example.Main - started", { timestamp: "2024-10-10 13:55:36.123", thread: "main", level: "INFO", logger: "org.example.Main", message: "started" }],
  ["levelled log", "2024-10-10T13:55:36Z WARN disk is nearly full", { level: "WARN", message: "disk is nearly full" }],
] as const)("%s by its lines", async ([name, line, expected]) => {
  const found = await read(write(`log-${name}`, `${line}\n${line}\n${line}\n`));
  expect(found.format).toMatchObject({ kind: "log", name });
  expect(found.rows.length).toBe(3);
  expect(found.rows[0]).toMatchObject(expected);
});

test("a stack trace belongs to the record above it", async () => {
  const found = await read(write("trace.log", "2024-10-10 13:55:36 ERROR org.example.Main - broke\njava.lang.Error: x\n\tat org.example.Main.run(Main.java:1)\n2024-10-10 13:55:37 INFO org.example.Main - on\n"));
  expect(found.rows.map(({ more }) => more)).toEqual(["java.lang.Error: x\n\tat org.example.Main.run(Main.java:1)", null]);
});

test("classifiers come first: grok with patterns of its own, a dialect, a row of XML, code", async () => {
  const grok = await read(write("own.log", "A-1|warm\nA-2|cold\n"), { classifiers: [{ kind: "grok", name: "sensors", pattern: "%{SENSOR:sensor}\\|%{WORD:state}", patterns: { SENSOR: "[A-Z]-\\d+" } }] });
  expect(grok.rows).toEqual([{ sensor: "A-1", state: "warm" }, { sensor: "A-2", state: "cold" }]);
  const csv = await read(write("own.csv", "a:b\n1:2\n"), { classifiers: [{ kind: "csv", name: "colons", delimiter: ":", header: true }] });
  expect(csv.rows).toEqual([{ a: "1", b: "2" }]);
  const code = await recognise(write("own.txt", "hello\n"), { classifiers: [{ kind: "code", name: "mine", classify: ({ text }) => (text?.startsWith("hello") ? { kind: "text", encoding: "utf-8", compression: "none" } : undefined) }] });
  expect(code).toMatchObject({ certainty: 1, evidence: ['the classifier "mine" fits'] });
});
