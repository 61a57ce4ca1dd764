import { afterAll, beforeAll, expect, test } from "vitest";
import type { AggregateName } from "../model/quality/check-decl.ts";
import type { Check } from "../model/quality/check-definition.ts";
import { accepted, castable, notNull, pattern, range, textLength } from "../model/quality/column-checks.ts";
import { aggregate, dependency, distribution, freshness, outliers, unique } from "../model/quality/dataset-checks.ts";
import { type LakeTable, lakeTable } from "./checks-for-tests.ts";
import { suggestChecks } from "./profile/suggest-checks.ts";
import type { ColumnProfile } from "./profile/profile.ts";
import { tableProfile } from "./profile/table-profile.ts";
import { measuredTables } from "./states/states-for-tests.ts";

/* Every check and every figure of a profile on columns that nobody wants: forty rows of them, one, and none. */

/** By row `i`. */
const columns = {
  constant: "3::double",
  nulls: "null::double",
  nan: "'nan'::double",
  infinite: "case when i % 2 = 0 then 'infinity'::double else '-infinity'::double end",
  largest: "case when i % 2 = 0 then 1.7976931348623157e308 else -1.7976931348623157e308 end",
  positive: "1.7976931348623157e308",
  smallest: "(i + 1) * 5e-324::double",
  mixed: "case i when 0 then 'nan'::double when 1 then 'infinity'::double when 2 then null else i end",
  biggest: "9223372036854775807::bigint - i",
  text: "case i when 0 then '' when 1 then null else repeat('x', 100) end",
  long: "repeat('ä', 100000)",
  far: "case i % 4 when 0 then date '-5000-01-01' when 1 then date '0001-01-01' when 2 then date '9999-12-31' else date '200000-01-01' end",
  farTime: "case i % 2 when 0 then timestamp '-200000-01-01' else timestamp '290000-01-01' end",
};
type Name = keyof typeof columns;
const select = (rows: number): string => `select i::integer as id, ${Object.entries(columns).map(([name, sql]) => `${sql} as "${name}"`).join(", ")} from range(${rows}) as t(i)`;

const texts: Name[] = ["text", "long"];
const times: Name[] = ["far", "farTime"];
const aggregates: AggregateName[] = ["sum", "avg", "min", "max", "stddev", "median", "distinct"];
function checksOf(column: Name): Record<string, Check> {
  const general = { notNull: notNull(column), unique: unique(column), dependency: dependency(column, "id"), chi: distribution(column, { method: "chi-square" }) };
  if (texts.includes(column)) return { ...general, pattern: pattern(column, /^x+$/), length: textLength(column, { min: 1, max: 10 }), type: castable(column, "date"), accepted: accepted(column, ["x"]) };
  if (times.includes(column)) return { ...general, fresh: freshness({ within: "1d", column }), range: range(column, { min: "2000-01-01", max: "2030-01-01" }), ks: distribution(column, { method: "ks" }) };
  return {
    ...general,
    range: range(column, { min: 0, max: 10 }),
    ...{ mad: outliers(column), zScore: outliers(column, { method: "zScore" }), iqr: outliers(column, { method: "iqr" }) },
    ...Object.fromEntries(aggregates.map((name) => [name, aggregate(name, column, { min: 0, max: 10 })])),
    ...{ ks: distribution(column, { method: "ks" }), psi: distribution(column, { method: "psi" }) },
  };
}

/** What was found: failing rows, a figure with a mark when it is not as asked, or the code of an error. */
async function found(table: LakeTable, column: Name): Promise<string> {
  const checks = checksOf(column);
  const results = await table.judge(Object.values(checks).map((check, i) => ({ ...check, decl: { ...check.decl, name: `${i}` } })));
  const said = results.map(({ state, failures, value, error }) => error?.code ?? (failures === null || failures === undefined ? `${typeof value === "number" ? Number(value.toPrecision(9)) : value}${state === "failed" ? "!" : ""}` : failures));
  return Object.keys(checks).map((name, i) => `${name} ${said[i]}`).join(", ");
}

let table: LakeTable;
beforeAll(async () => {
  table = await lakeTable("t.bad", select(40));
  await table.replace(select(40));
});
afterAll(() => table.close());

const ofForty: Record<Name, string> = {
  constant: "notNull 0, unique 39, dependency 39, chi 0, range 0, mad 0, zScore 0, iqr 0, sum 120!, avg 3, min 3, max 3, stddev 0, median 3, distinct 1, ks 0, psi 0",
  nulls: "notNull 40, unique 0, dependency 0, chi 0, range 0, mad 0, zScore 0, iqr 0, sum null!, avg null!, min null!, max null!, stddev null!, median null!, distinct 0, ks 0, psi 0",
  nan: "notNull 0, unique 39, dependency 39, chi 0, range 40, mad 0, zScore 0, iqr 0, sum NaN!, avg NaN!, min NaN!, max NaN!, stddev NaN!, median NaN!, distinct 1, ks 0, psi 0",
  infinite: "notNull 0, unique 38, dependency 38, chi 0, range 40, mad 0, zScore 0, iqr 0, sum NaN!, avg NaN!, min -Infinity!, max Infinity!, stddev NaN!, median NaN!, distinct 2, ks 0, psi 0",
  largest: "notNull 0, unique 38, dependency 38, chi 0, range 40, mad 0, zScore 0, iqr 0, sum 0, avg 0, min -1.79769313e+308!, max 1.79769313e+308!, stddev NaN!, median 0, distinct 2, ks 0, psi 0",
  positive: "notNull 0, unique 39, dependency 39, chi 0, range 40, mad 0, zScore 0, iqr 0, sum Infinity!, avg Infinity!, min 1.79769313e+308!, max 1.79769313e+308!, stddev NaN!, median 1.79769313e+308!, distinct 1, ks 0, psi 0",
  smallest: "notNull 0, unique 0, dependency 0, chi 0, range 0, mad 0, zScore 0, iqr 0, sum 4.05e-321, avg 1e-322, min 5e-324, max 2e-322, stddev NaN!, median 1e-322, distinct 40!, ks 0, psi 0",
  mixed: "notNull 1, unique 0, dependency 0, chi 0, range 31, mad 1, zScore 1, iqr 1, sum NaN!, avg NaN!, min 3, max NaN!, stddev NaN!, median 22!, distinct 39!, ks 0, psi 0",
  biggest: "notNull 0, unique 0, dependency 0, chi 0, range 40, mad 0, zScore 0, iqr 0, sum 368934881000000000000!, avg 9223372040000000000!, min 9223372040000000000!, max 9223372040000000000!, stddev NaN!, median 9223372040000000000!, distinct 40!, ks 0, psi 0",
  text: "notNull 1, unique 37, dependency 37, chi 0, pattern 1, length 39, type 39, accepted 39",
  long: "notNull 0, unique 39, dependency 39, chi 0, pattern 40, length 40, type 40, accepted 40",
  far: "notNull 0, unique 36, dependency 36, chi 0, fresh 0001-01-01T00:00:00.000Z!, range 40, ks 0",
  farTime: "notNull 0, unique 38, dependency 38, chi 0, fresh -200000-01-01T00:00:00.000Z!, range 40, ks 0",
};

test("checks of forty bad rows", async () => {
  const said: Record<string, string> = {};
  for (const name of Object.keys(columns) as Name[]) said[name] = await found(table, name);
  expect(said).toEqual(ofForty);
});

const ofOneRow: Record<string, string> = {
  nan: "notNull 0, unique 0, dependency 0, chi 0, range 1, mad 0, zScore 0, iqr 0, sum NaN!, avg NaN!, min NaN!, max NaN!, stddev NaN!, median NaN!, distinct 1, ks 0, psi 0",
  largest: "notNull 0, unique 0, dependency 0, chi 0.15430335, range 1, mad 0, zScore 0, iqr 0, sum 1.79769313e+308!, avg 1.79769313e+308!, min 1.79769313e+308!, max 1.79769313e+308!, stddev NaN!, median 1.79769313e+308!, distinct 1, ks 0.5, psi 1.86462277!",
  mixed: "notNull 0, unique 0, dependency 0, chi there are no values!, range 1, mad 0, zScore 0, iqr 0, sum NaN!, avg NaN!, min NaN!, max NaN!, stddev NaN!, median NaN!, distinct 1, ks there are no values!, psi there are no values!",
  text: "notNull 0, unique 0, dependency 0, chi 0.69798244!, pattern 1, length 1, type 1, accepted 1",
  far: "notNull 0, unique 0, dependency 0, chi 0.261116484, fresh -005000-01-01T00:00:00.000Z!, range 1, ks 0.75",
};
const ofNone: Record<string, string> = {
  nan: "notNull 0, unique 0, dependency 0, chi 0, range 0, mad 0, zScore 0, iqr 0, sum null!, avg null!, min null!, max null!, stddev null!, median null!, distinct 0, ks 0, psi 0",
  largest: "notNull 0, unique 0, dependency 0, chi there are no values!, range 0, mad 0, zScore 0, iqr 0, sum null!, avg null!, min null!, max null!, stddev null!, median null!, distinct 0, ks there are no values!, psi there are no values!",
  mixed: "notNull 0, unique 0, dependency 0, chi there are no values!, range 0, mad 0, zScore 0, iqr 0, sum null!, avg null!, min null!, max null!, stddev null!, median null!, distinct 0, ks there are no values!, psi there are no values!",
  text: "notNull 0, unique 0, dependency 0, chi there are no values!, pattern 0, length 0, type 0, accepted 0",
  far: "notNull 0, unique 0, dependency 0, chi there are no values!, fresh null!, range 0, ks there are no values!",
};
test.for([[1, ofOneRow], [0, ofNone]] as const)("checks of %i rows, after forty", async ([rows, expected]) => {
  await table.replace(select(40));
  await table.replace(select(rows));
  const said: Record<string, string> = {};
  for (const name of ["nan", "largest", "mixed", "text", "far"] as Name[]) said[name] = await found(table, name);
  expect(said).toEqual(expected);
});

async function profileOf(rows: number): Promise<Record<string, string>> {
  const { columns, states: [states] } = await measuredTables(select(rows));
  const profile = await tableProfile({ dataset: "t", snapshotId: undefined, rows, columns, columnsLeftOut: 0, states, files: { all: 0, read: 0 }, at: new Date(0) });
  expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  expect(() => suggestChecks(profile)).not.toThrow();
  return Object.fromEntries(profile.columns.filter(({ name }) => name !== "id").map((column) => [column.name, figuresOf(column)]));
}

const short = (text: string | null): string => (text === null || text.length < 40 ? `${text}` : `${text.slice(0, 3)}…`);
const figuresOf = ({ nulls, notNumbers, infinities, distinct, min, max, nature, numbers }: ColumnProfile): string =>
  `${nulls} null, ${notNumbers} NaN, ${infinities} infinite, ${distinct.value} distinct, ${short(min)} to ${short(max)}, ${nature}${numbers === null ? "" : `, ${numbers.mean} ± ${numbers.deviation}`}`;

const profiles: Record<Name, string> = {
  constant: "0 null, 0 NaN, 0 infinite, 1 distinct, 3.0 to 3.0, constant, 3 ± 0",
  nulls: "40 null, 0 NaN, 0 infinite, 0 distinct, null to null, empty",
  nan: "0 null, 40 NaN, 0 infinite, 0 distinct, null to null, null",
  infinite: "0 null, 0 NaN, 40 infinite, 2 distinct, null to null, null",
  largest: "0 null, 0 NaN, 0 infinite, 2 distinct, -1.7976931348623157e+308 to 1.7976931348623157e+308, null, null ± null",
  positive: "0 null, 0 NaN, 0 infinite, 1 distinct, 1.7976931348623157e+308 to 1.7976931348623157e+308, constant, null ± 0",
  smallest: "0 null, 0 NaN, 0 infinite, 40 distinct, 5e-324 to 2e-322, unique, 1e-322 ± null",
  mixed: "1 null, 1 NaN, 1 infinite, 38 distinct, 3.0 to 39.0, unique, 21 ± 10.824355254086345",
  biggest: "0 null, 0 NaN, 0 infinite, 40 distinct, 9223372036854775768 to 9223372036854775807, unique, 9223372036854776000 ± null",
  text: "1 null, 0 NaN, 0 infinite, 2 distinct,  to xxx…, null",
  long: "0 null, 0 NaN, 0 infinite, 1 distinct, äää… to äää…, null",
  far: "0 null, 0 NaN, 0 infinite, 4 distinct, 5001-01-01 (BC) to 200000-01-01, null, 1555134465600000 ± 2750080181015835",
  farTime: "0 null, 0 NaN, 0 infinite, 2 distinct, 200001-01-01 (BC) 00:00:00 to 290000-01-01 00:00:00, null, 1357895620800000 ± 7829947060914564",
};

test("a profile of forty bad rows", async () => {
  expect(await profileOf(40)).toEqual(profiles);
});

test("a profile of one row, and of none", async () => {
  expect(Object.values(await profileOf(1)).filter((figures) => /± (?!null)/.test(figures))).toEqual([]);
  expect(new Set(Object.values(await profileOf(0)))).toEqual(new Set(["0 null, 0 NaN, 0 infinite, 0 distinct, null to null, null"]));
});
