import { beforeAll, expect, test } from "vitest";
import { sql } from "../../model/sql-tag.ts";
import { people, peopleColumns } from "../entities/people-for-tests.ts";
import { TestStatements } from "../entities/statements-for-tests.ts";
import { findConflicts } from "./find-conflicts.ts";
import { unitFactor } from "./unit-factor.ts";

let statements: TestStatements;
beforeAll(async () => {
  let close = (): void => {};
  statements = await TestStatements.open((end) => (close = end));
  await statements.table("crm.people", peopleColumns, people(600, 3));
  return () => close();
});

/** The same people twice: each source has two thirds of them. */
const first = (columns: string) => sql`select ${sql.raw(columns)} from crm.people where hash(id) % 3 > 0`;
const second = (columns: string) => sql`select ${sql.raw(columns)} from crm.people where hash(id) % 3 < 2`;
const weight = "50 + hash(entity) % 500 / 10.0";

const problems: [kind: string, a: string, b: string, from: string[], to: string[], text: RegExp][] = [
  ["synonym", "id, city as town", "id, city as place_of_living", ["town"], ["place_of_living"], /one thing under two names: \d+ % of their values/],
  ["homonym", "id, entity as number", "id, 1000000 + entity * 7 as number", ["number"], ["number"], /something else.*spread otherwise/],
  ["homonym", "id, ['A', 'B', 'C'][(1 + hash(id) % 3)::bigint] as status", "id, ['new', 'paid', 'gone'][(1 + hash(id) % 3)::bigint] as status", ["status"], ["status"], /none of the values are common, and they are other codes/],
  ["type", "id, born", "id, strftime(born, '%Y-%m-%d') as born", ["born"], ["born"], /born is date in the first source, and born string in the second/],
  ["unit", `id, ${weight} as weight`, `id, 1000 * (${weight}) as weight`, ["weight"], ["weight"], /1000 times weight: it may be a unit and its thousandths/],
  ["unit", `id, ${weight} - 50 as temperature`, `id, (${weight} - 50) * 1.8 + 32 as temperature`, ["temperature"], ["temperature"], /Celsius and Fahrenheit/],
  ["format", "id, strftime(born, '%d.%m.%Y') as born", "id, strftime(born, '%Y-%m-%d') as born", ["born"], ["born"], /written as "\d\d\.\d\d\.\d{4}" in the first source, and born as "\d{4}-\d\d-\d\d"/],
  ["format", "id, upper(city) as city", "id, city", ["city"], ["city"], /city is written as "[A-ZÄÖÜ]+" in the first/],
  ["structure", "id, given || ' ' || surname as name", "id, given as first_name, surname as last_name", ["name"], ["first_name", "last_name"], /name is one column in one source, and first_name with last_name/],
  ["structure", "id, given, surname", "id, surname || ', ' || given as person", ["surname", "given"], ["person"], /person is one column/],
];

test.each(problems)("%s of %s and %s is found, and nothing else", async (kind, a, b, from, to, text) => {
  expect(await findConflicts(first(a), second(b), statements.run)).toEqual([{ kind, from, to, text: expect.stringMatching(text) }]);
});

test("sources that agree have no conflict, nor have empty ones", async () => {
  const all = "id, entity, given, surname, born, city, email, true as active";
  expect(await findConflicts(first(all), second(all), statements.run)).toEqual([]);
  expect(await findConflicts(first(all), sql`select * from crm.people where false`, statements.run)).toEqual([]);
  expect(await findConflicts(sql`select null::varchar as a, 'nan'::double as b`, sql`select 'x' as a, 'inf'::double as b`, statements.run)).toEqual([]);
  await expect(findConflicts(sql`select [1] as a`, first(all), statements.run)).rejects.toMatchObject({ code: "MR-WRANGLE-001" });
});

test("units are told from quantiles where one that is known fits all of them", () => {
  const values = [1, 2, 5, 9, 20];
  const times = (factor: number): number[] => values.map((value) => value * factor);
  expect(unitFactor(values, times(100))).toMatchObject({ factor: 100, text: expect.stringContaining("per cent") });
  expect(unitFactor(times(2.54), values)?.text).toBe("inches and centimetres");
  for (const other of [values, times(1.3), [1, 200, 5, 900, 20], [1, 2], times(Number.NaN), [0, 0, 0, 0, 0]]) expect(unitFactor(values, other)).toBeUndefined();
  expect(unitFactor([7, 7, 7, 7, 7], [700, 700, 700, 700, 700])).toBeUndefined();
});
