import fc from "fast-check";
import { beforeAll, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { applyMapping } from "../../model/nested.ts";
import { sql } from "../../model/sql-tag.ts";
import { table } from "../../model/table.ts";
import { people, peopleColumns } from "../entities/people-for-tests.ts";
import { TestStatements } from "../entities/statements-for-tests.ts";
import { dirtyText } from "../steps/steps-for-tests.ts";
import { references, resolveConflicts } from "./integrate.ts";
import { matchColumns } from "./match-columns.ts";
import { nameLikeness } from "./name-likeness.ts";

let statements: TestStatements;
beforeAll(async () => {
  let close = (): void => {};
  statements = await TestStatements.open((end) => (close = end));
  await statements.table("crm.people", peopleColumns, people(400, 3));
  await statements.table("shop.orders", { id: "BIGINT", customer: "VARCHAR" }, [{ id: 1, customer: "p0000001" }, { id: 2, customer: "p0000001" }, { id: 3, customer: null }, { id: 4, customer: "x1" }, { id: 5, customer: "x1" }, { id: 6, customer: "x0" }]);
  return () => close();
});

test("names of columns: the same words, initials, abbreviations; and what is not alike", () => {
  const alike = [["dateOfBirth", "DATE_OF_BIRTH"], ["dob", "date_of_birth"], ["addr", "address"], ["qty", "quantity"], ["e-mail", "email"], ["cust_name", "customerName"], ["postcode", "post_code"]];
  const apart = [["id", "city"], ["name", "amount"], ["given", "surname"], ["", "a"], ["--", "x"]];
  for (const [a, b] of alike) expect(nameLikeness(a, b), `${a} and ${b}`).toBeGreaterThanOrEqual(0.75);
  for (const [a, b] of apart) expect(nameLikeness(a, b), `${a} and ${b}`).toBeLessThan(0.4);
  fc.assert(fc.property(dirtyText, dirtyText, (a, b) => {
    const score = nameLikeness(a ?? "", b ?? "");
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
    expect(nameLikeness(b ?? "", a ?? "")).toBeCloseTo(score, 12);
  }));
});

test("columns of two sources are proposed to be one, with what speaks for it, as a mapping that can be applied", async () => {
  const shop = sql`select id as person_no, given as FirstName, surname as fam_name, strftime(born, '%Y-%m-%d') as dob, city as c7, cast(entity as double) as e, true as active from crm.people where hash(id) % 3 > 0`;
  const crm = sql`select id, given as first_name, surname as family_name, born as date_of_birth, city, entity, false as is_deleted from crm.people where hash(id) % 3 < 2`;
  const found = await matchColumns(shop, crm, statements.run);
  expect(Object.fromEntries(found.proposals.map(({ from, to }) => [from, to]))).toEqual({ person_no: "id", FirstName: "first_name", fam_name: "family_name", dob: "date_of_birth", c7: "city", e: "entity" });
  expect(found.unmatched).toEqual({ from: ["active"], to: ["is_deleted"] });
  for (const { score, evidence } of found.proposals) for (const part of [score, ...Object.values(evidence)]) expect(part >= 0 && part <= 1).toBe(true);
  // No name tells that c7 is the city: its values do.
  expect(found.proposals.find(({ from }) => from === "c7")?.evidence).toMatchObject({ name: 0, values: expect.closeTo(1, 0) });
  expect(found.print()).toMatch(/^export const mapping = \[\n {2}\["person_no", "string", "id", "string"\], \/\/ 0\.\d\d: name /);
  const [row] = await statements.run(sql`select typeof(date_of_birth) as t, count(*)::int as n from ${applyMapping(shop, found.mapping as never)} group by all order by n desc`);
  expect(row).toMatchObject({ t: "DATE" });
});

test("sources without rows, without common columns, of nulls, of nested columns alone", async () => {
  const none = sql`select * from crm.people where false`;
  expect((await matchColumns(none, none, statements.run)).proposals.map(({ from, to, evidence }) => [from === to, evidence.values])).toEqual(Object.keys(peopleColumns).map(() => [true, 0]));
  const other = sql`select 'q' as zzz, 1e300 as yyy from range(5)`;
  expect((await matchColumns(sql`select * from crm.people`, other, statements.run)).proposals).toEqual([]);
  const nulls = sql`select null::varchar as a, 'inf'::double as b, 'nan'::double as c, 'infinity'::date as d`;
  expect((await matchColumns(nulls, nulls, statements.run)).mapping.map(([from, , to]) => `${from} ${to}`)).toEqual(["a a", "b b", "c c", "d d"]);
  await expect(matchColumns(sql`select [1] as a`, other, statements.run)).rejects.toMatchObject({ code: "MR-WRANGLE-001" });
});

const Clustered = z.object({ cluster: z.string(), source: z.string(), id: z.string(), updated: z.iso.date().nullable(), name: z.string().nullable(), email: z.string().nullable(), points: z.int().nullable() });
const clustered = table("mdm.clustered", { schema: Clustered, writtenBy: "tasks" });

test("each policy takes the value that it says, never a null for a value, and says where it came from", async () => {
  await statements.table("mdm.clustered", { cluster: "VARCHAR", source: "VARCHAR", id: "VARCHAR", updated: "DATE", name: "VARCHAR", email: "VARCHAR", points: "BIGINT" }, [
    { cluster: "a", source: "shop", id: "1", updated: "2024-01-03", name: "Ann", email: null, points: 5 },
    { cluster: "a", source: "crm", id: "2", updated: "2024-01-01", name: "Anne Marie", email: "a@x", points: 7 },
    { cluster: "a", source: "web", id: "3", updated: "2024-01-02", name: "Ann", email: "b@x", points: null },
    { cluster: "b", source: "web", id: "4", updated: null, name: null, email: null, points: null },
    { cluster: null, source: "web", id: "5", updated: null, name: "lost", email: null, points: null },
  ]);
  const base = { key: "id", source: "source", time: "updated" } as const;
  const resolved = async (options: object): Promise<Record<string, unknown>[]> => statements.run(sql`select * from ${resolveConflicts(clustered, { ...base, ...options })} order by cluster`);
  expect(await resolved({ columns: { email: "newest", points: "greatest" } })).toEqual([
    { cluster: "a", name: "Ann", email: "b@x", points: "7", rows: "3", came_from: { name: "shop", email: "web", points: "crm" } },
    { cluster: "b", name: null, email: null, points: null, rows: "1", came_from: { name: null, email: null, points: null } },
  ]);
  const one = async (options: object) => (await resolved(options))[0];
  expect(await one({ policy: { trusted: ["crm", "shop"] } })).toMatchObject({ name: "Anne Marie", email: "a@x", points: "7" });
  expect(await one({ policy: { trusted: ["shop"] } })).toMatchObject({ name: "Ann", email: "b@x", came_from: { email: "web" } });
  expect(await one({ policy: "oldest" })).toMatchObject({ name: "Anne Marie", email: "a@x" });
  expect(await one({ policy: "complete" })).toMatchObject({ name: "Anne Marie", points: "7" });
  expect(await one({ columns: { name: "longest", points: "least" } })).toMatchObject({ name: "Anne Marie", points: "5" });
  const typed = resolveConflicts(clustered, { ...base, columns: { email: "newest" } });
  expectTypeOf(typed.row).toEqualTypeOf<{ cluster: string; name: string | null; email: string | null; points: number | null; rows: number; came_from: { name: string | null; email: string | null; points: string | null } } | undefined>();
});

test("a policy that lacks what it looks at says so", async () => {
  const refused = (options: object) => expect(async () => statements.run(sql`select * from ${resolveConflicts(clustered, { key: "id", ...options } as never)}`)).rejects.toMatchObject({ code: "MR-WRANGLE-001" });
  for (const options of [{ policy: "newest" }, { policy: { trusted: ["crm"] } }, { policy: { trusted: [] } }, { policy: "best" }, { policy: "longest" }, { columns: { id: "majority" } }, { columns: { nme: "majority" } }, { cluster: "clustr" }]) await refused(options);
});

test("references that do not hold are counted, with samples", async () => {
  const report = references([{ from: sql`select * from shop.orders`, column: "customer", to: sql`select * from crm.people union all select * from crm.people where id = 'p0000001'`, key: "id", name: "orders.customer" }]);
  expect(await statements.run(sql`select * from ${report}`)).toEqual([{ reference: "orders.customer", rows: "6", nulls: "1", orphans: "3", orphan_values: "2", samples: ["x0", "x1"], doubled_keys: "1", unused_keys: "399" }]);
});
