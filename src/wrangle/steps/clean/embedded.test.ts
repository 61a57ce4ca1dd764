import fc from "fast-check";
import { expect, test } from "vitest";
import { extract, moveMisfielded, parseMoney, parseUnit, replace, splitAddress, splitName } from "../../index.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import { readSteps } from "../read-steps.ts";
import { bothForms, type Columns } from "../steps-for-tests.ts";
import { made, madeRows, piecedRows, untyped } from "./clean-for-tests.ts";

const columns: Columns = { text: "VARCHAR", other: "VARCHAR", line: "BIGINT" };
const text = "text" as never;

test("both forms of steps that take texts apart give the same on dirty rows", async () => {
  const engine = await TestEngine.open();
  const step = fc.constantFrom(
    ...[
      extract(text, "(?<head>\\p{L}+).*(?<tail>\\d)", { keep: false }),
      extract(text, "^(?<other>[^a]*)(\\s|$)", { misfits: "quarantine" }),
      replace(["text", "other"] as never, "[\\s\\-.]+|\\u{e9}", "<$$>", { pattern: true }),
      replace(text, "(\\w)(.)?", "$2\\\\$1", { pattern: true }),
      replace(text, "1", "$&\\0"),
      parseMoney(text, { locale: "de", symbols: { kr: "SEK" } }),
      parseUnit(text, "in", { misfits: "null" }),
      parseMoney(text, { misfits: "null", bare: "EUR" }),
      parseUnit(text, "kg", { bare: "g", misfits: "null" }),
      splitName(text),
      splitAddress(text, { misfits: "quarantine" }),
      moveMisfielded({ from: "text", to: "other", pattern: ".*\\d.*" } as never),
    ].map(untyped),
  );
  await fc.assert(fc.asyncProperty(piecedRows(columns, "text"), step, (rows, each) => bothForms(engine, columns, rows, [each]).then(() => undefined)), { numRuns: 25 });
});

test("amounts of money are read with their currency", async () => {
  const engine = await TestEngine.open();
  const read = async (texts: string[], options = {}) => (await madeRows(engine, parseMoney(text, options), texts)).map((row) => row && `${row.text} ${row.currency}`);
  expect(await read(["$1,234.50", "-€ 5", "€-5", "(12.00 USD)", "SEK 7", "$1.2m", "3bn EUR", "1.5 k£", "¥1,000,000", "US$ 3.", "$.5", "CHF 12.100", "2 million CAD"])).toEqual(["1234.50 USD", "-5.00 EUR", "-5.00 EUR", "-12.00 USD", "7.00 SEK", "1200000.00 USD", "3000000000.00 EUR", "1500.00 GBP", "1000000.00 JPY", "3.00 USD", "0.50 USD", "12.10 CHF", "2000000.00 CAD"]);
  expect(await read(["1.234,50 kr", "5 kr", "7,5 $", "9"], { locale: "de", symbols: { kr: "SEK", $: "CAD" }, bare: "EUR" })).toEqual(["1234.50 SEK", "5.00 SEK", "7.50 CAD", "9.00 EUR"]);
  expect(await read(["$1.2345678m"], { scale: 0 })).toEqual([null]);
  const none = ["5", "5 kr", "$", "$5 EUR", "-$-5", "$1.005", "5 XYZ", "$1e3", "", "#5", "5 usd", "$12345678901234567890123456789"];
  expect(await read(none)).toEqual(none.map(() => null));
});

test("quantities are read in their units", async () => {
  const engine = await TestEngine.open();
  const read = (to: string, texts: string[], options = {}) => made(engine, parseUnit(text, to, options), texts);
  const lengths = await read("cm", ["5 ft 3 in", "5'3\"", "5’ 3”", "1.6m", "1,600 mm", "-2 cm", "1 mi.", "5 feet, 3 inches", "0.5 km"]);
  expect(lengths.map((value) => Number(Number(value).toFixed(6)))).toEqual([160.02, 160.02, 160.02, 160, 160, -2, 160934.4, 160.02, 50000]);
  expect(await read("km/h", ["10 km/h", "10 kmh"])).toEqual([10, 10]);
  expect(await read("min", ["1 h 30 min", "1 h 30 min 30 s", "2 days"])).toEqual([90, 90.5, 2880]);
  expect((await read("°C", ["212 °F", "-40F", "20 C"])).map((value) => Math.round(Number(value) * 1e9) / 1e9)).toEqual([100, -40, 20]);
  expect(await read("kg", ["3,5kg", "500 g", "7"], { locale: "de", bare: "kg" })).toEqual([3.5, 0.5, 7]);
  const none = ["5", "kg", "5 m", "5 kg 3 kg 2 kg 1 kg", "5 kgs", "5 ;kg", "", "5 kg x", "1,5 kg"];
  expect(await read("kg", none)).toEqual(none.map(() => null));
});

test("names and addresses are split by rules of thumb, and others are not", async () => {
  const engine = await TestEngine.open();
  const split = async (step: unknown, texts: string[], names: string[]) => (await madeRows(engine, step, texts)).map((row) => names.map((name) => row?.[name] ?? "").join("|"));
  const names = ["title", "given", "middle", "family", "suffix"];
  expect(await split(splitName(text), ["Ada Lovelace", "Dr. Ludwig van Beethoven", "King, Martin Luther, Jr.", "Madonna", "Prof. Curie", "Johann Sebastian Bach", "Oscar de la Renta", "Prof. Dr. Emmy Noether, PhD", "  Doe,\tJane ", "a, b, c, d", ""], names)).toEqual(["|Ada||Lovelace|", "Dr.|Ludwig||van Beethoven|", "|Martin|Luther|King|Jr.", "|Madonna|||", "Prof.|||Curie|", "|Johann|Sebastian|Bach|", "|Oscar||de la Renta|", "Prof. Dr.|Emmy||Noether|PhD", "|Jane||Doe|", "||||", "||||"]);
  const parts = ["number", "street", "unit", "city", "region", "postcode"];
  expect(await split(splitAddress(text), ["12 Main St, Apt 4, Springfield, IL 62704", "10 Downing Street, London SW1A 2AA", "Hauptstr. 5a, 10115 Berlin", "12 rue de Rivoli, F-75001 Paris", "Kungsgatan 4, 111 43 Stockholm", "somewhere"], parts)).toEqual(["12|Main St|Apt 4|Springfield|IL|62704", "10|Downing Street||London||SW1A 2AA", "5a|Hauptstr.||Berlin||10115", "12|rue de Rivoli||Paris||F-75001", "4|Kungsgatan||Stockholm||111 43", "|||||"]);
});

test("values that stand in the wrong column move where there is none", async () => {
  const engine = await TestEngine.open();
  const rows = [{ text: "+47 22 22 55 55", other: null }, { text: "+47 1", other: "taken" }, { text: "a@b.c", other: null }, { text: null, other: null }];
  const done = await bothForms(engine, { text: "VARCHAR", other: "VARCHAR" }, rows, [untyped(moveMisfielded({ from: "text", to: "other", pattern: "[+][\\d ]+" } as never))]);
  expect(done.rows).toEqual([{ text: null, other: "+47 22 22 55 55" }, ...rows.slice(1)]);
});

test("patterns that the two forms would read differently are refused", () => {
  const read = (step: unknown) => () => readSteps([step]);
  for (const pattern of ["a*", "(?=a)b", "(?i)a", "\\bx", "(a)\\1", "[[:alpha:]]", "a{2", "\\x41", "[]a]", "\\p{Script=Greek}x", "(", "", "x".repeat(3000)]) expect(read(replace(text, pattern, "", { pattern: true })), pattern).toThrow(/pattern|nothing/);
  expect(read(replace(text, "a", "$1", { pattern: true }))).toThrow(/no group/);
  expect(read(extract(text, "(a)"))).toThrow(/do not name columns/);
  expect(read(extract(text, "(?<a>x)(?<A>y)"))).toThrow(/do not name columns/);
  expect(read(parseUnit(text, "furlong"))).toThrow(/no unit/);
  expect(read(parseUnit(text, "kg", { bare: "m" }))).toThrow(/no unit of mass/);
  expect(read(parseMoney(text, { bare: "euro" }))).toThrow(/no code/);
});
