import { expect, test } from "vitest";
import { derive, drop, filterRows, mapValues, pivotLonger, pivotWider, rename, select, separate, summarise, transform, unite } from "../../index.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import type { Row } from "../cells.ts";
import { type AnyStep, bothForms, type Columns, inMemory } from "../steps-for-tests.ts";

/*
 * The tables of H. Wickham, "Tidy Data", Journal of Statistical Software 59 (10), 2014, doi:10.18637/jss.v059.i10: each of its
 * five kinds of mess, in the values that are printed there, reshaped to the tidy table that is printed there. Both forms.
 */

const rowsOf = (names: readonly string[], lines: readonly (readonly (string | number | null)[])[]): Row[] => lines.map((line) => Object.fromEntries(names.map((name, i) => [name, line[i] ?? null])));

async function tidied(columns: Columns, rows: readonly Row[], ...steps: AnyStep[]): Promise<readonly Row[]> {
  return (await bothForms(await TestEngine.open(), columns, rows, steps)).rows;
}

const typed = (names: readonly string[], type: "VARCHAR" | "BIGINT" | "DOUBLE"): Columns => Object.fromEntries(names.map((name) => [name, type]));

test("tables 1 and 3: the same data in two presentations", async () => {
  const long = rowsOf(["name", "treatment", "result"], [["John Smith", "a", null], ["Jane Doe", "a", 16], ["Mary Johnson", "a", 3], ["John Smith", "b", 2], ["Jane Doe", "b", 11], ["Mary Johnson", "b", 1]]);
  const wide = rowsOf(["name", "treatmenta", "treatmentb"], [["John Smith", null, 2], ["Jane Doe", 16, 11], ["Mary Johnson", 3, 1]]);
  const columns: Columns = { name: "VARCHAR", treatmenta: "BIGINT", treatmentb: "BIGINT" };
  const tidy = await tidied(columns, wide, pivotLonger(["treatmenta", "treatmentb"], { namesTo: ["treatment"], namesPattern: "treatment([ab])", valuesTo: "result" }));
  expect(tidy).toHaveLength(6);
  expect(tidy).toEqual(expect.arrayContaining(long));
});

test("table 5: melting takes what stands in columns to rows", async () => {
  const raw = rowsOf(["row", "a", "b", "c"], [["A", 1, 4, 7], ["B", 2, 5, 8], ["C", 3, 6, 9]]);
  const molten = await tidied({ row: "VARCHAR", ...typed(["a", "b", "c"], "BIGINT") }, raw, pivotLonger(["a", "b", "c"], { namesTo: "column" }));
  expect(molten.map((row) => Object.values(row).join(" ")).sort()).toEqual(["A a 1", "A b 4", "A c 7", "B a 2", "B b 5", "B c 8", "C a 3", "C b 6", "C c 9"]);
});

const incomes = ["<$10k", "$10-20k", "$20-30k", "$30-40k", "$40-50k", "$50-75k"];

test("tables 4 and 6: column headers are values (income and religion, Pew Forum)", async () => {
  const pew = rowsOf(["religion", ...incomes], [
    ["Agnostic", 27, 34, 60, 81, 76, 137],
    ["Atheist", 12, 27, 37, 52, 35, 70],
    ["Buddhist", 27, 21, 30, 34, 33, 58],
    ["Catholic", 418, 617, 732, 670, 638, 1116],
    ["Don't know/refused", 15, 14, 15, 11, 10, 35],
    ["Evangelical Prot", 575, 869, 1064, 982, 881, 1486],
    ["Hindu", 1, 9, 7, 9, 11, 34],
    ["Historically Black Prot", 228, 244, 236, 238, 197, 223],
    ["Jehovah's Witness", 20, 27, 24, 24, 21, 30],
    ["Jewish", 19, 19, 25, 25, 30, 95],
  ]);
  const tidy = await tidied({ religion: "VARCHAR", ...typed(incomes, "BIGINT") }, pew, pivotLonger(incomes, { namesTo: "income", valuesTo: "freq" }));
  expect(tidy).toHaveLength(60);
  expect(tidy.filter(({ religion }) => religion === "Agnostic")).toEqual(rowsOf(["religion", "income", "freq"], [["Agnostic", "<$10k", 27], ["Agnostic", "$10-20k", 34], ["Agnostic", "$20-30k", 60], ["Agnostic", "$30-40k", 81], ["Agnostic", "$40-50k", 76], ["Agnostic", "$50-75k", 137]]));
});

/** Tables 7 and 8: the weeks that the tidy table prints, in the columns of the raw one. */
const weeks = ["wk1", "wk2", "wk3", "wk4", "wk5", "wk6", "wk7"];
const billboardColumns: Columns = { year: "BIGINT", artist: "VARCHAR", time: "VARCHAR", track: "VARCHAR", "date.entered": "DATE", ...typed(weeks, "BIGINT") };
const billboard = rowsOf(Object.keys(billboardColumns), [
  [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-02-26", 87, 82, 72, 77, 87, 94, 99],
  [2000, "2Ge+her", "3:15", "The Hardest Part Of ...", "2000-09-02", 91, 87, 92],
  [2000, "3 Doors Down", "3:53", "Kryptonite", "2000-04-08", 81, 70, 68, 67, 66],
]);
const songs = [
  pivotLonger(weeks, { namesTo: ["week"], namesPattern: "wk(\\d+)", numbers: ["week"], valuesTo: "rank", nulls: "drop" }),
  derive("days", { minus: ["week", 1] }),
  derive("days", { times: ["days", 7] }),
  derive("date", { addDays: ["date.entered", "days"] }),
] as AnyStep[];

test("tables 7 and 8: weeks in column headers (Billboard 2000)", async () => {
  const tidy = await tidied(billboardColumns, billboard, ...songs, drop(["days", "date.entered"]), select(["year", "artist", "time", "track", "date", "week", "rank"]));
  expect(tidy.map((row) => Object.values(row))).toEqual([
    [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-02-26", 1, 87],
    [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-03-04", 2, 82],
    [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-03-11", 3, 72],
    [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-03-18", 4, 77],
    [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-03-25", 5, 87],
    [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-04-01", 6, 94],
    [2000, "2 Pac", "4:22", "Baby Don't Cry", "2000-04-08", 7, 99],
    [2000, "2Ge+her", "3:15", "The Hardest Part Of ...", "2000-09-02", 1, 91],
    [2000, "2Ge+her", "3:15", "The Hardest Part Of ...", "2000-09-09", 2, 87],
    [2000, "2Ge+her", "3:15", "The Hardest Part Of ...", "2000-09-16", 3, 92],
    [2000, "3 Doors Down", "3:53", "Kryptonite", "2000-04-08", 1, 81],
    [2000, "3 Doors Down", "3:53", "Kryptonite", "2000-04-15", 2, 70],
    [2000, "3 Doors Down", "3:53", "Kryptonite", "2000-04-22", 3, 68],
    [2000, "3 Doors Down", "3:53", "Kryptonite", "2000-04-29", 4, 67],
    [2000, "3 Doors Down", "3:53", "Kryptonite", "2000-05-06", 5, 66],
  ]);
});

test("tables 9 and 10: two variables in one column (tuberculosis, World Health Organisation)", async () => {
  const groups = ["m014", "m1524", "m2534", "m3544", "m4554", "m5564", "m65", "mu", "f014"];
  const tb = rowsOf(["country", "year", ...groups], [
    ["AD", 2000, 0, 0, 1, 0, 0, 0, 0, null, null],
    ["AE", 2000, 2, 4, 4, 6, 5, 12, 10, null, 3],
    ["AF", 2000, 52, 228, 183, 149, 129, 94, 80, null, 93],
    ["AG", 2000, 0, 0, 0, 0, 0, 0, 1, null, 1],
    ["AL", 2000, 2, 19, 21, 14, 24, 19, 16, null, 3],
    ["AM", 2000, 2, 152, 130, 131, 63, 26, 21, null, 1],
    ["AN", 2000, 0, 0, 1, 2, 0, 0, 0, null, 0],
    ["AO", 2000, 186, 999, 1003, 912, 482, 312, 194, null, 247],
    ["AR", 2000, 97, 278, 594, 402, 419, 368, 330, null, 121],
    ["AS", 2000, null, null, null, null, 1, 1, null, null, null],
  ]);
  const columns: Columns = { country: "VARCHAR", year: "BIGINT", ...typed(groups, "BIGINT") };
  const molten = await tidied(columns, tb, pivotLonger(groups, { namesTo: "column", valuesTo: "cases", nulls: "drop" }));
  expect(molten.slice(0, 2)).toEqual(rowsOf(["country", "year", "column", "cases"], [["AD", 2000, "m014", 0], ["AD", 2000, "m1524", 0]]));
  const ages = { "014": "0-14", "1524": "15-24", "2534": "25-34", "3544": "35-44", "4554": "45-54", "5564": "55-64", "65": "65+" };
  const tidy = await tidied(columns, tb, pivotLonger(groups, { namesTo: "column", valuesTo: "cases", nulls: "drop" }), separate("column", { into: ["sex", "age"], pattern: "([mf])(\\d+)" }) as AnyStep, mapValues("age", ages) as AnyStep);
  const lines = [["m", "0-14", 0], ["m", "15-24", 0], ["m", "25-34", 1], ["m", "35-44", 0], ["m", "45-54", 0], ["m", "55-64", 0], ["m", "65+", 0]].map((line) => ["AD", 2000, ...line]);
  const emirates = [["m", "0-14", 2], ["m", "15-24", 4], ["m", "25-34", 4], ["m", "35-44", 6], ["m", "45-54", 5], ["m", "55-64", 12], ["m", "65+", 10], ["f", "0-14", 3]].map((line) => ["AE", 2000, ...line]);
  expect(tidy.slice(0, 15)).toEqual(rowsOf(["country", "year", "sex", "age", "cases"], [...lines, ...emirates]));
  // Both in one step, which knows the names before any row.
  const known = groups.filter((name) => name !== "mu");
  expect(await tidied(columns, tb, pivotLonger(known, { namesTo: ["sex", "age"], namesPattern: "([mf])(\\d+)", valuesTo: "cases", nulls: "drop" }), drop("mu"), mapValues("age", ages) as AnyStep)).toEqual(tidy);
});

test("tables 11 and 12: variables in rows and in columns (weather station MX17004)", async () => {
  // Of the days those of which the tidy table prints a value.
  const days = ["d2", "d3", "d5", "d10", "d11", "d16", "d23", "d27", "d30"];
  const line = (month: number, element: string, values: Record<string, number>): Row => ({ id: "MX17004", year: 2010, month, element, ...Object.fromEntries(days.map((day) => [day, values[day] ?? null])) });
  const raw = [
    line(1, "tmax", { d30: 27.8 }),
    line(1, "tmin", { d30: 14.5 }),
    line(2, "tmax", { d2: 27.3, d3: 24.1, d11: 29.7, d23: 29.9 }),
    line(2, "tmin", { d2: 14.4, d3: 14.4, d11: 13.4, d23: 10.7 }),
    line(3, "tmax", { d5: 32.1, d10: 34.5, d16: 31.1 }),
    line(3, "tmin", { d5: 14.2, d10: 16.8, d16: 17.6 }),
    line(4, "tmax", { d27: 36.3 }),
    line(4, "tmin", { d27: 16.7 }),
    line(5, "tmax", { d27: 33.2 }),
    line(5, "tmin", { d27: 18.2 }),
  ];
  const columns: Columns = { id: "VARCHAR", year: "BIGINT", month: "BIGINT", element: "VARCHAR", ...typed(days, "DOUBLE") };
  const tidy = await tidied(
    columns,
    raw,
    pivotLonger(days, { namesTo: ["day"], namesPattern: "d(\\d+)", numbers: ["day"], nulls: "drop" }),
    derive("date", { date: ["year", "month", "day"] }),
    select(["id", "date", "element", "value"]),
    pivotWider({ namesFrom: "element", valuesFrom: "value", values: ["tmax", "tmin"] }),
  );
  expect(tidy.map((row) => Object.values(row))).toEqual([
    ["MX17004", "2010-01-30", 27.8, 14.5],
    ["MX17004", "2010-02-02", 27.3, 14.4],
    ["MX17004", "2010-02-03", 24.1, 14.4],
    ["MX17004", "2010-02-11", 29.7, 13.4],
    ["MX17004", "2010-02-23", 29.9, 10.7],
    ["MX17004", "2010-03-05", 32.1, 14.2],
    ["MX17004", "2010-03-10", 34.5, 16.8],
    ["MX17004", "2010-03-16", 31.1, 17.6],
    ["MX17004", "2010-04-27", 36.3, 16.7],
    ["MX17004", "2010-05-27", 33.2, 18.2],
  ]);
});

test("table 13: two kinds of things in one table become two, that join by an id", async () => {
  const numbered = [...songs, unite("song", { columns: ["artist", "track"], keep: true }), transform({ id: { denseRank: "song" } })] as AnyStep[];
  const songTable = await tidied(billboardColumns, billboard, ...numbered, summarise(["id", "artist", "track", "time"], { weeks: { count: "*" } }), drop("weeks"));
  expect(songTable).toEqual(rowsOf(["id", "artist", "track", "time"], [[1, "2 Pac", "Baby Don't Cry", "4:22"], [2, "2Ge+her", "The Hardest Part Of ...", "3:15"], [3, "3 Doors Down", "Kryptonite", "3:53"]]));
  const rankTable = await tidied(billboardColumns, billboard, ...numbered, select(["id", "date", "rank"]));
  expect(rankTable).toHaveLength(15);
  expect(rankTable.filter(({ id }) => id === 2)).toEqual(rowsOf(["id", "date", "rank"], [[2, "2000-09-02", 91], [2, "2000-09-09", 87], [2, "2000-09-16", 92]]));
});

test("section 3.5: one kind of thing in several tables becomes one, with a column for what told them apart", async () => {
  // The most frequent baby names of 1880, counted by the Social Security Administration, in a file for each year and sex.
  const files: Record<string, [string, number][]> = { "1880-boys": [["John", 9655], ["William", 9532], ["James", 5927]], "1880-girls": [["Mary", 7065], ["Anna", 2604], ["Emma", 2003]] };
  const together = Object.entries(files).flatMap(([file, lines]) => lines.map(([name, n]): Row => ({ file, name, n })));
  const tidy = await tidied({ file: "VARCHAR", name: "VARCHAR", n: "BIGINT" }, together, separate("file", { into: ["year", "sex"], pattern: "(\\d{4})-(boy|girl)s" }), filterRows([["n", ">=", 5000]]), rename({ n: "count" }));
  expect(tidy).toEqual(rowsOf(["year", "sex", "name", "count"], [["1880", "boy", "John", 9655], ["1880", "boy", "William", 9532], ["1880", "boy", "James", 5927], ["1880", "girl", "Mary", 7065]]));
  expect(inMemory(together, summarise("file", { n: { sum: "n" } }))).toEqual([{ file: "1880-boys", n: 25114 }, { file: "1880-girls", n: 11672 }]);
});
