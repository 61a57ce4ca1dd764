import { afterAll, beforeAll, expect, test } from "vitest";
import { lakeTable, type LakeTable } from "../checks-for-tests.ts";
import { accepted, castable, notNull, pattern, range, textLength } from "../../model/quality/column-checks.ts";
import { aggregate, dependency, freshness, hasColumns, unique, volume } from "../../model/quality/dataset-checks.ts";
import { check, rowCondition, rows } from "../../model/quality/statement-checks.ts";
import { sql } from "../../model/sql-tag.ts";
import { compileChecks, statementsOf } from "./compile-checks.ts";
import { MillraceError } from "../../errors.ts";
import { runChecks } from "./run-checks.ts";
import { checkedVersion } from "./checked-version.ts";
import { deletePositions } from "../../lake/lake-for-tests.ts";

/*
 * Every kind of check over a real table in the real engine, by what the manifests know and by reading all rows: both must say
 * the same.
 */

let table: LakeTable;

const people = `select * from (values
  (1, 'Ann', 34.5, '8001', 'Zürich', timestamptz '2024-01-01 08:00:00Z', timestamptz '2024-01-01 09:00:00Z', '12'),
  (2, 'Bob', 'nan'::double, '8001', 'Zürich', timestamptz '2024-01-02 08:00:00Z', timestamptz '2024-01-02 07:00:00Z', '1.5'),
  (3, null, -1, '8001', 'Zurich', timestamptz '2024-01-03 08:00:00Z', null, 'x'),
  (3, 'Dora', 'infinity'::double, '3000', 'Bern', timestamptz '2024-01-04 08:00:00Z', timestamptz '2024-01-04 08:00:00Z', null)
) as t(id, name, score, zip, city, begun, ended, code)`;

beforeAll(async () => {
  table = await lakeTable("hr.people", people);
});
afterAll(() => table.close());

async function found(...checks: Parameters<typeof table.judge>[0]) {
  return (await table.judge(checks)).map(({ state, tier, failures, value }) => ({ state, tier, ...(failures !== null && { failures }), ...(value !== null && { value }) }));
}

test("values of a column: nulls are wrong for notNull alone, NaN in every range, infinities beyond every bound", async () => {
  expect(await found(notNull("name"), notNull("id"), notNull("score"))).toEqual([
    { state: "failed", tier: 0, failures: 1 },
    { state: "passed", tier: 0, failures: 0 },
    { state: "passed", tier: 0, failures: 0 },
  ]);
  expect(await found(range("id", { min: 1, max: 3 }), range("id", { min: 1, below: 3 }), range("score", { min: 0 }), range("score", { max: 100 }), range("begun", { min: "2024-01-01T08:00:00Z" }))).toEqual([
    { state: "passed", tier: 0, failures: 0 },
    { state: "failed", tier: 1, failures: 2 },
    { state: "failed", tier: 1, failures: 2 },
    { state: "failed", tier: 1, failures: 2 },
    { state: "passed", tier: 0, failures: 0 },
  ]);
  expect(await found(accepted("zip", ["8001"]), accepted("name", ["Ann", "Bob", "Dora"]), pattern("zip", /^\d{4}$/), pattern("id", /^[12]$/), textLength("city", { min: 5, max: 6 }))).toEqual([
    { state: "failed", tier: 1, failures: 1 },
    { state: "passed", tier: 1, failures: 0 },
    { state: "passed", tier: 1, failures: 0 },
    { state: "failed", tier: 1, failures: 2 },
    { state: "failed", tier: 1, failures: 1 },
  ]);
  expect(await found(castable("code", "integer"), castable("code", "number"), castable("id", "integer"), castable("score", "integer"))).toEqual([
    { state: "failed", tier: 1, failures: 2 },
    { state: "failed", tier: 1, failures: 1 },
    { state: "passed", tier: 0, failures: 0 },
    { state: "failed", tier: 1, failures: 3 },
  ]);
});

test("rows against rows: doubles beyond the first, and those that disagree with the most of their group", async () => {
  expect(await found(unique("id"), unique("name"), unique(["id", "zip"]), dependency("zip", "city"), dependency("city", "zip"))).toEqual([
    { state: "failed", tier: 0, failures: 1 },
    { state: "passed", tier: 2, failures: 0 },
    { state: "passed", tier: 2, failures: 0 },
    { state: "failed", tier: 2, failures: 1 },
    { state: "passed", tier: 2, failures: 0 },
  ]);
  expect(await found(rowCondition("ordered", sql`begun <= ended`), check("no_bob", sql`select * from ${rows} where name = 'Bob'`))).toEqual([
    { state: "failed", tier: 1, failures: 1 },
    { state: "failed", tier: 2, failures: 1 },
  ]);
});

test("a dataset as a whole: volume, schema, figures and freshness", async () => {
  const [before, after] = [Date.parse("2024-01-04T09:00:00Z"), Date.parse("2024-01-04T11:00:00Z")];
  const fresh = freshness({ within: "2h", column: "begun" });
  expect((await table.judge([fresh], { now: before }))[0]).toMatchObject({ state: "passed", tier: 0, value: "2024-01-04T08:00:00.000Z" });
  expect((await table.judge([fresh], { now: after }))[0].state).toBe("failed");
  expect(await found(volume({ min: 4, max: 4 }), volume({ min: 5 }), volume({ change: { min: 0.5 } }))).toEqual([
    { state: "passed", tier: 0, value: 4 },
    { state: "failed", tier: 0, value: 4 },
    { state: "passed", tier: 0, value: 4 },
  ]);
  expect(await found(aggregate("sum", "id", { max: 9 }), aggregate("max", "id", { max: 2 }), aggregate("distinct", "zip", { min: 2, max: 2 }), aggregate("avg", "score", { min: 0 }), aggregate("min", "id", { min: 2 }, { where: sql`name = 'Bob'` }))).toEqual([
    { state: "passed", tier: 1, value: 9 },
    { state: "failed", tier: 0, value: 3 },
    { state: "passed", tier: 2, value: 2 },
    { state: "failed", tier: 1, value: "NaN" },
    { state: "passed", tier: 1, value: 2 },
  ]);
  expect(await found(hasColumns({ id: "integer", name: "string" }, { extra: true }), hasColumns({ id: "string", nmae: null }, { name: "wrong" }))).toEqual([
    { state: "passed", tier: 0 },
    { state: "failed", tier: 0, value: "id is INTEGER, nmae is missing, name is not expected, score is not expected, zip is not expected, city is not expected, begun is not expected, ended is not expected, code is not expected" },
  ]);
});

test("a tolerance, a severity and a condition on rows", async () => {
  expect(await found(notNull("name", { tolerance: 1 }), notNull("name", { name: "b", tolerance: "24%" }), notNull("name", { name: "c", tolerance: "25%" }), notNull("name", { name: "d", severity: "warn" }), notNull("name", { name: "e", where: sql`id < 3 -- not all` }))).toEqual([
    { state: "passed", tier: 0, failures: 1 },
    { state: "failed", tier: 0, failures: 1 },
    { state: "passed", tier: 0, failures: 1 },
    { state: "warned", tier: 0, failures: 1 },
    { state: "passed", tier: 1, failures: 0 },
  ]);
});

test("a check that does not fit has an error, and the others are found out", async () => {
  const results = await table.judge([notNull("nam"), range("name", { min: 0 }), rowCondition("bad", sql`no_such_column > 1`), check("broken", sql`selec 1`), aggregate("sum", "name", { min: 0 }), pattern("zip", "^8", { name: "good" })]);
  expect(results.map(({ state, error }) => [state, error?.code])).toEqual([
    ["error", "MR-QUALITY-002"],
    ["error", "MR-QUALITY-002"],
    ["error", expect.stringMatching(/^MR-SQL/)],
    ["error", expect.stringMatching(/^MR-SQL/)],
    ["error", "MR-QUALITY-002"],
    ["failed", undefined],
  ]);
  expect(results[0].error?.mend).toBe('did you mean "name"?');
});

test("what runs out of its memory is not found out, and the rest is", async () => {
  const exhausted = new MillraceError("MR-SQL-004", { what: "out of memory", where: "here", mend: "give it more" });
  const asked: string[] = [];
  const run = async (statement: string) => {
    asked.push(statement);
    if (statement.includes("group by")) throw exhausted;
    return { columns: [], rows: [[1, 4]] };
  };
  const results = await runChecks([unique("name"), dependency("zip", "city"), pattern("zip", "^8")].map(({ decl }) => decl), table.dataset, run, { sampleMax: 0 });
  expect(results.map(({ state, failures }) => [state, failures])).toEqual([["error", null], ["error", null], ["failed", 1]]);
  expect(asked).toHaveLength(2);
});

test("failing rows are shown, its own columns first", async () => {
  const [result, doubled, disagree] = await table.judge([range("score", { min: 0, max: 100 }), unique("id"), dependency("zip", "city")]);
  expect(result.sample.map((row) => Object.keys(row)[0])).toEqual(["score", "score", "score"]);
  expect(result.sample.map(({ id }) => id)).toEqual([2, 3, 3]);
  expect(doubled.sample.map(({ id, name }) => [id, name]).sort()).toEqual([[3, null], [3, "Dora"]]);
  expect(disagree.sample).toEqual([{ zip: "8001", city: "Zürich", n: 2 }, { zip: "8001", city: "Zurich", n: 1 }]);
});

test("what manifests say is what the rows say, over random tables", async () => {
  const wanted = [notNull("a"), notNull("b"), range("a", { min: 10, max: 90 }), range("b", { above: -0.5, below: 0.5 }), unique("a"), volume({ min: 100 }), aggregate("min", "a", { min: 5 }), aggregate("max", "b", { max: 0.9 })];
  for (let seed = 1; seed <= 4; seed++) {
    const random = await lakeTable(`test.random${seed}`, `select case when hash(i, ${seed}) % ${seed + 1} = 0 then null else (hash(i, 7) % (${seed} * 30))::integer end as a, case when ${seed} % 2 = 0 and i = 3 then 'nan'::double else (hash(i, 9) % 1000) / ${seed * 500}.0 - 0.2 end as b from range(${seed * 40}) as t(i)`, table.place);
    const plain = await random.judgeByRows(wanted);
    const known = await random.judge(wanted, { exact: true });
    expect(known.map(({ state, failures, value }) => ({ state, failures, value }))).toEqual(plain.map(({ state, failures, value }) => ({ state, failures, value })));
    expect(known.some(({ tier }) => tier === 0)).toBe(true);
  }
});

test("a text that is there many times is looked at once, and counted as often as it is there", async () => {
  const codes = await lakeTable("test.codes", "select case when i % 11 = 0 then null when i % 1000 = 1 then 'x' || i % 3 else 'ABCDEFGH'[i % 8 + 1] end as code, i % 7 as n from range(20000) as t(i)", table.place);
  const wanted = [pattern("code", /^[A-H]$/), accepted("code", ["A", "B", "C", "D", "E", "F", "G", "H", "x1"]), textLength("code", { max: 1 }), castable("code", "integer"), range("code", { max: "H" })];
  const results = await codes.judge(wanted);
  expect(results.map(({ failures, rows: looked }) => [failures, looked])).toEqual((await codes.judgeByRows(wanted)).map(({ failures, rows: looked }) => [failures, looked]));
  expect(results[0].failures).toBeGreaterThan(0);
  expect(compileChecks([wanted[0].decl], codes.dataset)[0].measure?.how).toBe("one scan with others, each value once");
});

test("of very many rows a part is looked at first, and all of them where it breaks nothing or somebody wants to know", async () => {
  const many = await lakeTable("test.many", "select (i // 2)::double as pair, i as id, i % 1000 as zip, case when i = 77 then -1 else i % 1000 % 7 end as city from range(1000000) as t(i)", table.place);
  const wanted = [unique("pair"), unique(["id", "zip"]), dependency("zip", "city"), unique("pair", { name: "half", tolerance: "50%" })];
  const found = async (exact: boolean) => (await many.judge(wanted, { exact, sampleMax: 0 })).map(({ state, failures, atLeast }) => [state, failures, atLeast]);
  const [pairs, ...others] = await found(false);
  expect(pairs).toEqual(["failed", expect.any(Number), true]);
  expect(Math.abs((pairs[1] as number) - 500_000 / 64)).toBeLessThan(500);
  expect(others).toEqual([["passed", 0, false], ["failed", 1, false], ["passed", 500_000, false]]);
  expect(await found(true)).toEqual([["failed", 500_000, false], ["passed", 0, false], ["failed", 1, false], ["passed", 500_000, false]]);
});

test("rows that delete files delete are not counted, and no figure of the manifests is taken for exact", async () => {
  const deleted = await lakeTable("test.deleted", "select i as id, case when i = 2 then null else i end as v from range(5) as t(i)", table.place);
  const [file] = await deleted.table.files();
  await deletePositions(deleted.place.scratch, "test.deleted", [[file.location, 2]]);
  const results = await deleted.judge([notNull("v"), volume({ max: 4 }), range("id", { max: 4 }), aggregate("max", "id", { max: 4 })]);
  expect(results.map(({ state, tier }) => [state, tier])).toEqual([["passed", 1], ["passed", 1], ["passed", 0], ["passed", 1]]);
});

test("no rows, nothing but nulls", async () => {
  const empty = await lakeTable("test.empty", "select 1 as id, null::varchar as v limit 0", table.place);
  expect((await empty.judge([notNull("id"), unique("id"), range("id", { min: 5 }), volume({ min: 0 }), volume({ min: 1 }, { name: "some" }), aggregate("avg", "id", { min: 0 })])).map(({ state }) => state)).toEqual(["passed", "passed", "passed", "passed", "failed", "failed"]);
  const nulls = await lakeTable("test.nulls", "select i as id, null::varchar as v, null::double as d from range(3) as t(i)", table.place);
  expect((await nulls.judge([notNull("v"), unique("v"), pattern("v", "x"), range("d", { min: 1 }), aggregate("sum", "d", { min: 0 })])).map(({ state, tier }) => [state, tier])).toEqual([["failed", 0], ["passed", 0], ["passed", 0], ["passed", 0], ["failed", 1]]);
});

test("many columns are more than one statement", async () => {
  const wide = await lakeTable("test.wide", `select ${Array.from({ length: 1_000 }, (_, i) => `${i} as column_${i}`).join(", ")} from range(3)`, table.place);
  expect((await wide.judge(Array.from({ length: 1_000 }, (_, i) => notNull(`column_${i}`)))).every(({ tier, state }) => tier === 0 && state === "passed")).toBe(true);
  const checks = Array.from({ length: 100 }, (_, i) => rowCondition(`is_${i}`, sql`${sql.id(`column_${i}`)} = ${i} and ${"x".repeat(600)} <> ''`));
  const compiled = compileChecks(checks.map(({ decl }) => decl), wide.dataset);
  expect(statementsOf(compiled, wide.dataset).length).toBeGreaterThan(1);
  expect((await wide.judge(checks)).every(({ state }) => state === "passed")).toBe(true);
});

test("a column that was renamed is known by its new name, and by the old one in versions before that", async () => {
  const renamed = await lakeTable("test.renamed", "select i as a, 10 - i as b from range(3) as t(i)", table.place);
  await renamed.table.changeSchema([{ op: "rename", path: ["a"], to: "c" }, { op: "rename", path: ["b"], to: "a" }]);
  await renamed.replace("select 10 - i as a, i as c from range(5) as t(i)");
  const [old, now] = await renamed.judge([range("b", { max: 10 }), range("a", { min: 6, max: 10 })]);
  expect([old.error?.code, now.state, now.tier]).toEqual(["MR-QUALITY-002", "passed", 0]);
  const [first] = await renamed.table.snapshots();
  const before = await checkedVersion(renamed.table, first);
  expect(before.columns.map(({ name }) => name)).toEqual(["a", "b"]);
  // Files go by the names of today: what is called otherwise now is not taken from them.
  expect([...(before.facts?.columns.keys() ?? [])]).toEqual([]);
});

test("checks that ask for the same share it", () => {
  const compiled = compileChecks([pattern("zip", /^8/), textLength("city", { max: 3 }), pattern("zip", /^8/, { name: "again" })].map(({ decl }) => decl), table.dataset);
  expect(statementsOf(compiled, table.dataset)).toMatchObject([{ tier: 1, sql: `select\n  count_if(not regexp_matches("zip", '^8')) as c0,\n  count(*) as c1,\n  count_if(length("city") > 3) as c2\nfrom "hr"."people"` }]);
});
