import fc from "fast-check";
import { expect, test } from "vitest";
import { cast, changeCase, inRange, mapValues, normalize, nullify, parseBoolean, parseDate, parseNumber, parseTimestamp, trim } from "../../index.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import type { Cell } from "../cells.ts";
import { readSteps } from "../read-steps.ts";
import { bothForms, type Columns } from "../steps-for-tests.ts";
import { space, spaceLetters, trimSpace } from "../white-space.ts";
import { made, piecedRows, untyped } from "./clean-for-tests.ts";
import { lower, upper } from "./letter-case.ts";
import { compatibilityPoints } from "./compatibility.ts";
import { stripAccents } from "./normalize.ts";

const columns: Columns = { text: "VARCHAR", other: "VARCHAR", amount: "DOUBLE", count: "BIGINT", flag: "BOOLEAN", day: "DATE", at: "TIMESTAMP" };

test("both forms of cleaning steps give the same on dirty rows", async () => {
  const engine = await TestEngine.open();
  const step = fc.constantFrom(
    ...[
      nullify(["text", "amount", "count", "flag", "day", "at"] as never, { also: ["YES", 1.5, "2020-02-29 10:00:00"] }),
      parseNumber(["text"] as never),
      parseNumber(["text", "other"] as never, { locale: "de", misfits: "null" }),
      parseDate(["text"] as never, ["d/M/yyyy", "M/d/yyyy", "yyyy-MM-dd"], { misfits: "null" }),
      parseDate(["other"] as never, ["d/M/yyyy", "yyyy-MM-dd"]),
      parseDate(["text"] as never, ["MMM d yyyy", "d MMM yy", "EEE do MMMM yyyy"], { pivot: 50, misfits: "null" }),
      parseTimestamp(["text"] as never, ["yyyy-M-d h:mm a", "HH:mm d/M/yyyyXXX"], { misfits: "null" }),
      parseTimestamp(["other"] as never, ["yyyy-MM-dd"], { zone: "-01:00" }),
      parseBoolean(["other"] as never),
      mapValues(["other"] as never, { yes: "1", "n/a": null, "-": "–" }, { ignoreCase: true }),
      mapValues(["text"] as never, { yes: 1, "n/a": null }),
      changeCase(["text", "other"] as never, "title"),
      changeCase(["text"] as never, "sentence"),
      changeCase(["other"] as never, "upper"),
      changeCase(["other"] as never, "lower"),
      normalize(["text", "other"] as never),
      normalize(["text"] as never, { accents: "strip" }),
      normalize(["text", "other"] as never, { form: "NFKC" }),
      inRange(["text", "day"] as never, { min: "1", max: "a" } as never),
      inRange(["count", "amount"] as never, { max: 1 } as never),
      inRange(["text", "at"] as never, { min: "2" } as never),
      inRange(["amount"] as never, { min: 0, misfits: "null" } as never),
      cast(["count", "amount", "flag", "day", "at"] as never, "string"),
      cast(["count", "amount", "text"] as never, "long", { misfits: "null" }),
      cast(["text", "amount"] as never, "double"),
      cast(["text", "amount", "count"] as never, "decimal(6,2)"),
      cast(["flag", "text"] as never, "boolean", { misfits: "null" }),
      cast(["other", "at"] as never, "date", { misfits: "null" }),
      cast(["day", "other"] as never, "timestamp", { misfits: "null" }),
    ].map(untyped),
  );
  await fc.assert(fc.asyncProperty(piecedRows(columns, "text"), step, (rows, each) => bothForms(engine, columns, rows, [each]).then(() => undefined)), { numRuns: 25 });
});

test("numbers are read in their spellings", async () => {
  const engine = await TestEngine.open();
  const read = (texts: string[], options = {}) => made(engine, parseNumber("text" as never, options), texts);
  expect(await read(["1,234.50", " 7 ", "(12)", "12-", "−5", "12%", "1.2e3", "+.5", "5.", "1,234,567", "- 3", "(12%)"])).toEqual([1234.5, 7, -12, -12, -5, 0.12, 1200, 0.5, 5, 1234567, -3, -0.12]);
  expect(await read(["1.234,50", "1234,5", "1.234.567", "-0,5"], { locale: "de" })).toEqual([1234.5, 1234.5, 1234567, -0.5]);
  expect(await read(["1 234,50", "1\u202f234", "1\u00a0234\u00a0567,5 %"], { locale: "fr" })).toEqual([1234.5, 1234, 12345.675]);
  expect(await read(["1’234.5"], { decimal: ".", group: "'" })).toEqual([1234.5]);
  const none = ["1,5", "1,23,4", "12-%", "(-5)", "--5", "1e400", "", "-", "()", "٣", "0x10", "1_000", "Infinity", "1.2.3", "1e2%", "1\n2", "9".repeat(201), "1".repeat(1_000_000), " ".repeat(1_000_000)];
  expect(await read(none)).toEqual(none.map(() => null));
});

test("dates are read by their formats, and what may be two days is none", async () => {
  const engine = await TestEngine.open();
  const read = (formats: string[], texts: string[], options = {}) => made(engine, parseDate("text" as never, formats, options), texts);
  // As in the first movies.json of vega-datasets.
  expect(await read(["d-MMM-yy", "MMMM, yyyy", "yyyy"], ["12-Jun-98", "March, 1987", "1963", "TBD", "29-Feb-01", "0000"], { pivot: 12 })).toEqual(["1998-06-12", "1987-03-01", "1963-01-01", null, null, null]);
  expect(await read(["MM/yy"], ["02/24", "13/24"], { pivot: 12 })).toEqual(["1924-02-01", null]);
  expect(await read(["MMM d yyyy", "d-MMM-yy", "MMMM do, yyyy"], ["Jun 12 1998", "7-Aug-98", " MARCH  3rd,\t2020", "7-Aug-29", "29-feb-00"], { pivot: 30 })).toEqual(["1998-06-12", "1998-08-07", "2020-03-03", "2029-08-07", "2000-02-29"]);
  expect(await read(["d/M/yyyy", "M/d/yyyy"], ["3/4/2020", "4/4/2020", "13/4/2020", "4/13/2020", "31/4/2020"])).toEqual([null, "2020-04-04", "2020-04-13", "2020-04-13", null]);
  expect(await read(["d/M/yyyy", "M/d/yyyy"], ["3/4/2020"], { ambiguous: "first" })).toEqual(["2020-04-03"]);
  expect(await read(["d MMMM yyyy", "EEE d. MMM yyyy"], ["1 März 2020", "Di. 3. Dez. 2019", "29 Februar 2019"], { locale: "de" })).toEqual(["2020-03-01", "2019-12-03", null]);
  expect(await read(["EEE d MMMM yyyy"], ["mar. 3 août 2021", "mardi 3 décembre 2021"], { locale: "fr" })).toEqual(["2021-08-03", "2021-12-03"]);
  expect(await read(["d 'de' MMMM 'de' yyyy"], ["5 de septiembre de 2001"], { locale: "es" })).toEqual(["2001-09-05"]);
  const none = ["2020-02-30", "0000-01-01", "10000-01-01", "2020-1-1", "2020-00-10", "", "2020-01-01 10:00", "{01}", "２０２０-01-01"];
  expect(await read(["yyyy-MM-dd"], none)).toEqual(none.map(() => null));
});

test("points in time are read, and become UTC where their offset is known", async () => {
  const engine = await TestEngine.open();
  const read = (formats: string[], texts: string[], options = {}) => made(engine, parseTimestamp("text" as never, formats, options), texts);
  expect(await read(["yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"], ["2020-01-01T00:30:00+01:00", "2020-02-29T23:59:59.5000Z", "2020-02-28T23:00:00.1234567-0230", "0001-01-01T00:00:00+01:00", "2020-01-01T24:00:00Z"])).toEqual(["2019-12-31 23:30:00", "2020-02-29 23:59:59.5", "2020-02-29 01:30:00.123456", null, null]);
  expect(await read(["d/M/yyyy h:mm a"], ["1/2/2020 12:05 AM", "1/2/2020 12:05 pm", "1/2/2020 1:05 p.m.", "1/2/2020 11:59 PM", "1/2/2020 13:00 PM"])).toEqual(["2020-02-01 00:05:00", "2020-02-01 12:05:00", "2020-02-01 13:05:00", "2020-02-01 23:59:00", null]);
  expect(await read(["yyyy-MM-dd HH:mm"], ["2020-01-01 00:00"], { zone: "+05:30" })).toEqual(["2019-12-31 18:30:00"]);
});

test("what clocks of a place show becomes UTC, but not what they skip or show twice", async () => {
  const engine = await TestEngine.open();
  const read = (zone: string, texts: string[]) => made(engine, parseTimestamp("text" as never, ["yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ssXXX"], { zone }), texts);
  expect(await read("Europe/Oslo", ["2020-01-01 00:30", "2020-07-01 12:00", "2020-03-29 02:30", "2020-10-25 02:30", "2020-10-25 03:00", "2020-07-01T12:00:00Z", "1969-12-31 10:00"])).toEqual(["2019-12-31 23:30:00", "2020-07-01 10:00:00", null, null, "2020-10-25 02:00:00", "2020-07-01 12:00:00", null]);
  expect(await read("Australia/Lord_Howe", ["2021-04-04 01:45", "2021-04-04 01:15"])).toEqual([null, "2021-04-03 14:15:00"]);
  // Every few days at odd hours, in places whose clocks have done odd things.
  const times = Array.from({ length: 60 }, (_, i) => new Date(Date.UTC(1970, 0, 1) + i * 67_876_543_210).toISOString().slice(0, 16).replace("T", " "));
  for (const zone of ["America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Monrovia"]) await read(zone, times);
  expect(() => readSteps([parseTimestamp("a" as never, "yyyy-MM-dd", { zone: "Europe/Olso" })])).toThrow(/MR-MODEL-010/);
});

test("casts lose nothing", async () => {
  const engine = await TestEngine.open();
  const to = (type: string, texts: Cell[], from?: Columns[string]) => made(engine, cast("text" as never, type as "long"), texts, from);
  expect(await to("long", [" 007 ", "-0", "+5", "1.0", "9223372036854775807", "9223372036854775808", ""])).toEqual([7, 0, 5, null, 9223372036854775807n, null, null]);
  expect(await to("int", ["2147483647", "2147483648"])).toEqual([2147483647, null]);
  expect(await to("long", [1, 1.5, 1e15, 1e16], "DOUBLE")).toEqual([1, null, 1e15, null]);
  expect(await to("double", ["1e3", ".5", "1,5", "nan", "1e999"])).toEqual([1000, 0.5, null, null, null]);
  expect(await to("decimal(5,2)", ["1", "-001.5", ".25", "1.230", "1.234", "999.99", "1000", "-0.00", "+7."])).toEqual(["1.00", "-1.50", "0.25", "1.23", null, "999.99", null, "0.00", "7.00"]);
  expect(await to("decimal(3,0)", ["12", "12.0", "12.5", "1234"])).toEqual(["12", "12", null, null]);
  expect(await to("string", [1, 1.5, -0, 1e16, 1e-5, 0.0001, 1e300, 123456789012345680, Number.NaN, -1e-7], "DOUBLE")).toEqual(["1", "1.5", "0", "1e+16", "1e-05", "0.0001", "1e+300", "1.2345678901234568e+17", "nan", "-1e-07"]);
  expect(await to("boolean", ["TRUE", " false", "t", "1"])).toEqual([true, false, null, null]);
  expect(await to("date", ["2020-02-29", "2019-02-29", "0000-01-01", "2020-2-9"])).toEqual(["2020-02-29", null, null, null]);
  expect(await to("timestamp", ["2020-02-29", "2020-02-29T10:00", "2020-02-29 10:00:00.50", "2020-02-29 25:00"])).toEqual(["2020-02-29 00:00:00", "2020-02-29 10:00:00", "2020-02-29 10:00:00.5", null]);
});

test("texts are written alike: case, forms of letters, tables, yes and no, nothing", async () => {
  const engine = await TestEngine.open();
  const texts = (step: unknown, given: Cell[]) => made(engine, step, given);
  expect(await texts(changeCase("text" as never, "title"), ["THE GODFATHER", "l'été à paris", "o’neil-smith 3RD", "straße", "ÉCOLE", "𐐨x", ""])).toEqual(["The Godfather", "L'été À Paris", "O’neil-Smith 3rd", "Straße", "École", "𐐀x", ""]);
  expect(await texts(changeCase("text" as never, "sentence"), ["HELLO THERE. HOW? «WELL»!", "…"])).toEqual(["Hello there. How? «Well»!", "…"]);
  expect(await texts(changeCase("text" as never, "upper"), ["straße", "ŉ", "ᾳ", "ﬁ"])).toEqual(["STRAẞE", "ŉ", "ᾼ", "ﬁ"]);
  expect(await texts(normalize("text" as never), ["e\u0301", "“it’s”", "a–b…", "Ａ１", "ﬁn", "a\u00adb\u200bc", "x\u00a0y", "½²™"])).toEqual(["é", "\"it's\"", "a-b...", "A1", "fin", "abc", "x y", "½²™"]);
  expect(await texts(normalize("text" as never, { form: "NFKC" }), ["½²™ ㎏", "日本語", "ﷺ", "ㄱ", "\u1fed", "\u00a8\u0300", "𝐀x", "①\u0301"])).toEqual(["1⁄22TM kg", "日本語", "صلى الله عليه وسلم", "ᄀ", " \u0308\u0300", " \u0308\u0300", "Ax", "1\u0301"]);
  // Each of them, beside a letter that marks may join.
  const points = compatibilityPoints();
  await texts(normalize("text" as never, { form: "NFKC" }), Array.from({ length: 39 }, (_, i) => points.slice(i * 100, i * 100 + 100).map((point) => `e${String.fromCodePoint(point)}`).join("\u0301")));
  expect(await texts(normalize("text" as never, { accents: "strip" }), ["Élève", "Łódź", "smørrebrød", "각", "Ǻ", "\u{113b8}"])).toEqual(["Eleve", "Łodz", "smørrebrød", "각", "A", "\u{113b8}"]);
  expect(await texts(nullify("text" as never, { also: ["None"] }), ["N/A", " unknown\t", "none", "NA", "9999-12-31", "-1", "x", ""])).toEqual([null, null, null, "NA", null, "-1", "x", null]);
  expect(await made(engine, nullify("text" as never), [-1, 0, 9999, Number.NaN, 1], "DOUBLE")).toEqual([null, 0, null, null, 1]);
  expect(await made(engine, nullify("text" as never), ["9999-12-31", "2020-01-01"], "DATE")).toEqual([null, "2020-01-01"]);
  expect(await texts(mapValues("text" as never, { F: "female", m: "male", "?": null }, { ignoreCase: true }), ["f", "M", "?", "x"])).toEqual(["female", "male", null, "x"]);
  expect(await texts(mapValues("text" as never, { one: 1, two: 2 }), ["one", "three"])).toEqual([1, null]);
  expect(await texts(mapValues("text" as never, { y: true, constructor: false }, { else: "null" }), ["y", "__proto__", "constructor"])).toEqual([true, null, false]);
  expect(await texts(parseBoolean("text" as never), ["Yes", " ja", "SÍ", "0", "2", ""])).toEqual([true, true, true, false, null, null]);
});

test("the engine and TypeScript agree on the case and the accents of every letter", async () => {
  const engine = await TestEngine.open();
  // Beyond it there are no letters; the client drops a byte order mark that stands first.
  const last = 0x2ffff;
  const isLetter = (code: number) => (code < 0xd800 || code > 0xdfff) && code !== 0xfeff;
  const found = await engine.plain(`select lower(c) as small, upper(c) as large, strip_accents(c) as plain, c from (select case when i not between 55296 and 57343 and i <> 65279 then chr(i::int) end as c from range(1, ${last + 1}) t(i)) where lower(c) <> c or upper(c) <> c or strip_accents(c) <> c order by c`);
  const letters = Array.from({ length: last }, (_, i) => i + 1).filter(isLetter).map((code) => String.fromCodePoint(code));
  const said = letters.map((c) => ({ small: lower(c), large: upper(c), plain: stripAccents(c), c })).filter(({ small, large, plain, c }) => small !== c || large !== c || plain !== c);
  expect(said).toEqual(found);
});

test("white space is one set: of letters, in both patterns, and where texts are trimmed", async () => {
  const engine = await TestEngine.open();
  const found = await engine.plain(`select list(i order by i) as codes from range(1, 65279) t(i) where i not between 55296 and 57343 and regexp_full_match(case when i not between 55296 and 57343 then chr(i::int) end, '[${space}]')`);
  const codes = [...spaceLetters].map((letter) => letter.codePointAt(0) as number);
  expect(found).toEqual([{ codes: codes.slice(0, -1).map(String) }]);
  expect(Array.from({ length: 65536 }, (_, i) => i).filter((code) => trimSpace(String.fromCharCode(code)) === "")).toEqual(codes);
  expect(await made(engine, trim("text" as never), [`x${spaceLetters}`, `${spaceLetters.slice(0, -1)}a b`, ` ${" ".repeat(1_000_000)}x`])).toEqual(["x", "a b", "x"]);
});

test("options that cannot be are refused", () => {
  const read = (step: unknown) => () => readSteps([step]);
  expect(read(parseDate("a" as never, ["d/M/yy"]))).toThrow(/pivot/);
  expect(read(parseDate("a" as never, ["d/M"]))).toThrow(/does not name one day/);
  expect(read(parseDate("a" as never, ["d/M/yyyy HH:mm"]))).toThrow(/parseTimestamp/);
  expect(read(parseDate("a" as never, ["d/M/yyyy q"]))).toThrow(/"q" is no part/);
  expect(read(parseNumber("a" as never, { decimal: "," }))).toThrow(/stands both/);
  expect(read(mapValues("a" as never, {}))).toThrow(/0 entries/);
  expect(read(mapValues("a" as never, { a: 1, b: "x" } as never))).toThrow(/several types/);
  expect(read(mapValues("a" as never, { a: "x", A: "y" }, { ignoreCase: true }))).toThrow(/two values, case aside/);
  expect(read(cast("a" as never, "decimal(2,2)"))).toThrow(/there is no type/);
  expect(read(parseBoolean("a" as never, { yes: ["NO"] }))).toThrow(/stands for both/);
});
