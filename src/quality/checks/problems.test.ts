import { afterAll, beforeAll, expect, test } from "vitest";
import { type LakeTable, lakeTable } from "../checks-for-tests.ts";
import type { Check } from "../../model/quality/check-definition.ts";
import { accepted, notNull, pattern } from "../../model/quality/column-checks.ts";
import { dependency, relationship, unique } from "../../model/quality/dataset-checks.ts";
import { check, rowCondition, rows } from "../../model/quality/statement-checks.ts";
import { alike } from "./alike.ts";
import { definitionMark, type TableDefinition } from "../../model/definition.ts";
import { sql } from "../../model/sql-tag.ts";

/* The problems that data have, as docs/quality.md lists them: each with the check that finds it, and a row that has it. */

const cities: TableDefinition = { [definitionMark]: "table", name: "ref.cities", partitionBy: [], commitEveryMs: 0 };
const departments: TableDefinition = { [definitionMark]: "table", name: "ref.departments", partitionBy: [], commitEveryMs: 0 };

const columns = "id, name, phone, city, zip, grade, department, born, email";
const clean = `
  (1, 'Miller, Ann', '+41 44 1', 'Zürich', '8001', 'A', 'D1', date '1980-05-01', 'ann@x.ch'),
  (2, 'Frei, Bob', '+41 44 2', 'Bern', '3000', 'B', 'D2', date '1975-01-31', 'bob@x.ch'),
  (3, 'Weiss, Dora', '+41 44 3', 'Bern', '3000', 'A', 'D1', date '1990-12-24', 'dora@x.ch')`;

const problems: [name: string, row: string, check: Check][] = [
  ["missing", "(9, 'Huber, Max', '9999-999999', 'Bern', '3000', 'A', 'D1', date '1980-01-01', 'max@x.ch')", check("missing", sql`select * from ${rows} where phone is null or trim(phone) in ('', 'N/A', '-') or phone like '9999%'`)],
  ["misspelt", "(9, 'Huber, Max', '+41 44 9', 'Zürch', '8002', 'A', 'D1', date '1980-01-01', 'max@x.ch')", relationship("city", cities, "city", { name: "misspelt" })],
  ["cryptic", "(9, 'Huber, Max', '+41 44 9', 'Bern', '3000', 'x7', 'D1', date '1980-01-01', 'max@x.ch')", accepted("grade", ["A", "B", "C"], { name: "cryptic" })],
  ["embedded", "(9, 'Huber, Max, 12.02.70 Bern', '+41 44 9', 'Bern', '3000', 'A', 'D1', date '1980-01-01', 'max@x.ch')", pattern("name", /^[^,0-9]+, [^,0-9]+$/, { name: "embedded" })],
  ["misfielded", "(9, 'Huber, Max', '+41 44 9', 'Schweiz', '3001', 'A', 'D1', date '1980-01-01', 'max@x.ch')", relationship("city", cities, "city", { name: "misfielded" })],
  ["dependency violated", "(9, 'Huber, Max', '+41 44 9', 'Zürich', '3000', 'A', 'D1', date '1980-01-01', 'max@x.ch')", dependency("zip", "city", { name: "dependency violated" })],
  ["transposed", "(9, 'Max Huber', '+41 44 9', 'Bern', '3000', 'A', 'D1', date '1980-01-01', 'max@x.ch')", pattern("name", /^[^ ,]+, [^,]+$/, { name: "transposed" })],
  ["duplicated", "(9, 'Müller, Ann', '+41 44 9', 'Bern', '3000', 'A', 'D1', date '1980-05-01', 'ann.m@x.ch')", alike({ key: "id", block: ["born"], compare: [{ column: "name", levels: [{ jaroWinkler: 0.85 }] }] }, { name: "duplicated" })],
  ["contradicting", "(1, 'Miller, Ann', '+41 44 1', 'Zürich', '8001', 'A', 'D1', date '1981-05-01', 'ann@x.ch')", dependency("email", "born", { name: "contradicting" })],
  ["wrong reference", "(9, 'Huber, Max', '+41 44 9', 'Bern', '3000', 'A', 'D7', date '1980-01-01', 'max@x.ch')", relationship("department", departments, "id", { name: "wrong reference" })],
  ["out of order", "(9, 'Huber, Max', '+41 44 9', 'Bern', '3000', 'A', 'D1', date '2980-01-01', 'max@x.ch')", rowCondition("out of order", sql`born < date '2100-01-01'`)],
  ["the same row twice", "(3, 'Weiss, Dora', '+41 44 3', 'Bern', '3000', 'A', 'D1', date '1990-12-24', 'dora@x.ch')", unique("id", { name: "the same row twice" })],
  ["empty", "(9, null, '+41 44 9', 'Bern', '3000', 'A', 'D1', date '1980-01-01', 'max@x.ch')", notNull("name", { name: "empty" })],
];
const checks = problems.map(([, , each]) => each);

let sound: LakeTable;
beforeAll(async () => {
  sound = await lakeTable("hr.people", `select * from (values ${clean}) as t(${columns})`);
  await lakeTable("ref.cities", "select unnest(['Zürich', 'Bern', 'Basel']) as city", sound.place);
  await lakeTable("ref.departments", "select unnest(['D1', 'D2']) as id", sound.place);
});
afterAll(() => sound.close());

test("data without problems have none", async () => {
  expect((await sound.judge(checks)).filter(({ state }) => state !== "passed")).toEqual([]);
});

test.each(problems)("%s: it is found, in one row", async (name, row, found) => {
  const table = await lakeTable(`hr.with_${name.replaceAll(" ", "_")}`, `select * from (values ${clean}, ${row}) as t(${columns})`, sound.place);
  const [result] = await table.judge([found]);
  expect(result).toMatchObject({ name, state: "failed", failures: 1 });
  expect(result.sample.length).toBeGreaterThan(0);
});

test("what would be compared too often is refused, and says which rule makes it so; a null says nothing", async () => {
  const rules = { key: "id", block: ["grade"], compare: [{ column: "name", levels: [{ jaroWinkler: 0.5 }] }] } as const;
  const many = await lakeTable("hr.many", "select i::bigint as id, if(i = 7, null, 'name ' || i % 40) as name, 'A' as grade from range(200) as r(i)", sound.place);
  const [all, some, refused] = await many.judge([alike(rules), alike(rules, { name: "some", where: sql`id < 10` }), alike({ ...rules, pairsMax: 1_000 }, { name: "bounded" })]);
  // The first of all of them is alike to none before it, and the one without a name to nobody.
  expect(all).toMatchObject({ name: "alike_name", state: "failed", failures: 198, sample: expect.arrayContaining([expect.objectContaining({ grade: "A" })]) });
  expect(some).toMatchObject({ failures: 8, rows: 10 });
  expect(refused).toMatchObject({ state: "error", error: { what: expect.stringContaining("19,900 pairs would be compared, and 1,000 are allowed; blocking rule 1 (grade)") } });
  expect(() => alike({ ...rules, block: [] })).toThrow(/MR-WRANGLE-001/);
});
