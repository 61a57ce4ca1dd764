import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tableProfile } from "../../quality/profile/table-profile.ts";
import { measuredTables } from "../../quality/states/states-for-tests.ts";
import { TestEngine } from "../nested/nested-for-tests.ts";
import { compileSteps } from "../steps/compile-steps.ts";
import { readSteps } from "../steps/read-steps.ts";
import { chooseDates, chooseMarks } from "./choose-formats.ts";
import { ordersSql } from "./dirty-for-tests.ts";
import { printSteps } from "./print-steps.ts";
import { columnsToLookAt, type SuggestedSteps, suggestSteps } from "./suggest-steps.ts";

async function suggested(sql: string, dataset: string): Promise<{ steps: SuggestedSteps; code: (file?: string, name?: string) => string }> {
  const { columns, states, run } = await measuredTables(sql);
  const [[rows]] = await run("select count(*) from part0");
  const profile = await tableProfile({ dataset, snapshotId: undefined, rows: Number(rows), columns, columnsLeftOut: 0, states: states[0], files: { all: 0, read: 0 }, at: new Date(0) });
  const values = await Promise.all(columnsToLookAt(profile).map(async (column): Promise<[string, string[]]> => [column, (await run(`select "${column}" from part0 where "${column}" is not null group by 1 order by count(*) desc, 1`)).map(([text]) => String(text))]));
  const steps = suggestSteps(profile, Object.fromEntries(values));
  return { steps, code: (file, name) => printSteps(profile, steps, file === undefined || name === undefined ? undefined : { file, name }) };
}

test("what a profile finds becomes steps, as code that compiles", async () => {
  const { steps, code } = await suggested(ordersSql, "raw.orders");
  expect(steps.suggestions.map(({ code }) => code)).toEqual([
    'trim(["city", "paid"])',
    'nullify(["city", "amount"], { also: ["xxx"] })',
    'nullify("score", { values: [-999] })',
    'nullify("seen", { values: ["9999-12-31 00:00:00"] })',
    'parseNumber("amount", { locale: "de" })',
    'parseMoney("price")',
    'parseBoolean("paid")',
    'parseDate("ordered", ["d.M.yyyy", "MMM d, yyyy"])',
    'cluster("city")',
  ]);
  expect(steps.doubts).toEqual([expect.stringMatching(/^"shipped": .* is of d\/M\/yyyy or of M\/d\/yyyy, and nothing in the column tells which/)]);
  // The file beside is compiled with all others; it is what is printed, to the letter.
  expect(code("./dirty-for-tests.ts", "orders")).toBe(readFileSync(new URL("suggested-for-tests.ts", import.meta.url), "utf8"));
  const { cleanOrders } = await import("./suggested-for-tests.ts");
  expect(cleanOrders.name).toBe("clean.orders");
});

test("the suggested steps run, and leave nothing of what was found", async () => {
  const { steps } = await suggested(ordersSql, "raw.orders");
  const engine = await TestEngine.open();
  const input = await engine.relation(ordersSql);
  const { from } = compileSteps(readSteps(steps.suggestions.map(({ step }) => step)), input, "rows");
  expect(await engine.plain(`select count(*)::int as n, count(distinct city)::int as cities, count(amount)::int as amounts, typeof(any_value(ordered)) as ordered, typeof(any_value(price)) as price, min(score) as score, max(seen) < '2021-01-01' as seen, count(distinct paid)::int as paid from ${from}`)).toEqual([{ n: 300, cities: 3, amounts: 270, ordered: "DATE", price: "DECIMAL(28,2)", score: 50, seen: true, paid: 2 }]);
});

test("a dataset that the project does not declare is read by its name, and data cannot leave its comment", async () => {
  const { code } = await suggested("select ['1', '2', e'N/A', e'x\\n*/ evil()'][1 + i % 4] as \"a\"\"b\" from range(40) r(i)", "ra`w.odd`${name}");
  const text = code();
  expect(text).toContain('const input: Rows<any> = sql`select * from ${sql.id("ra`w")}.${sql.id("odd`${name}")}`;');
  expect(text.split("\n").filter((line) => line.trimStart().startsWith("*/"))).toEqual([]);
  const { code: nothing } = await suggested("select 'a' || i as a from range(40) r(i)", "raw.fine");
  expect(nothing()).toContain("Nothing else was found");
});

test("marks and formats are those that read most, and what may be two things is a doubt", () => {
  expect(chooseMarks(["1,234.5", "7"])).toMatchObject({ kind: "parseNumber", options: {}, misfits: [] });
  expect(chooseMarks(["1 234,5", "x"])).toMatchObject({ options: { locale: "fr" }, misfits: ["x"] });
  expect(chooseMarks(["1,234", "2,345"]).doubt).toMatch(/is 1234, or with/);
  expect(chooseDates(["03/04/2020", "13/04/2020"])).toMatchObject({ kind: "parseDate", formats: ["d/M/yyyy"], misfits: [] });
  expect(chooseDates(["2020-01-01T10:00:00Z", "2020-01-01 10:00:00"])).toMatchObject({ kind: "parseTimestamp", formats: ["yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd HH:mm:ss"] });
  expect(chooseDates(["7-Aug-98"])).toMatchObject({ formats: ["d-MMM-yy"], options: { pivot: 50 } });
  expect(chooseDates(["3/4/2020"])).toHaveProperty("doubt");
  expect(chooseDates(["soon"])).toHaveProperty("doubt");
});
