import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Sql, sql } from "../../model/sql-tag.ts";
import { table } from "../../model/table.ts";
import type { Row } from "../steps/cells.ts";
import { dedupe, link } from "./linking.ts";
import { linkQuality } from "./quality.ts";
import { people, peopleColumns } from "./people-for-tests.ts";
import type { EntityRules } from "./rules.ts";
import { TestStatements } from "./statements-for-tests.ts";
import type { Training } from "./train.ts";

const rows = people(1_500);
let statements: TestStatements;
let trained: Training;

const Person = z.object({ id: z.string(), given: z.string().nullable(), surname: z.string().nullable(), born: z.iso.date().nullable(), city: z.string().nullable(), email: z.string().nullable() });
const persons = table("crm.people", { schema: Person, writtenBy: "tasks" });
const rules: EntityRules<"id" | "given" | "surname" | "born" | "city" | "email"> = {
  key: "id",
  block: [["surname", "given"], "born", "email", [{ soundex: "surname" }, { first: 3, of: "city" }, { year: "born" }]],
  compare: [
    { column: "given", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
    { column: "surname", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
    { column: "born", levels: ["exact", { days: 1 }, { days: 366 }] },
    { column: "city", levels: ["exact", { damerau: 1 }] },
    { column: "email", levels: ["exact", { damerau: 2 }, { jaroWinkler: 0.88 }] },
  ],
};
const found = dedupe(persons, rules);

beforeAll(async () => {
  let close = (): void => {};
  statements = await TestStatements.open((end) => (close = end));
  await statements.table("crm.people", peopleColumns, rows);
  trained = await found.train(statements.run, { chancePairs: 100_000 });
  return () => close();
});

const run = (statement: Sql): Promise<Row[]> => statements.run(statement);

test("training learns how rows that are one differ, and nobody has said which are", async () => {
  const { model, sessions, warnings } = trained;
  expect(warnings).toEqual([]);
  expect(sessions.map(({ converged }) => converged)).toEqual([true, true, true, true]);
  for (const { m, u } of Object.values(model.levels)) {
    expect(m[0], "equal values speak for a pair").toBeGreaterThan(5 * u[0]);
    for (const shares of [m, u]) expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 9);
  }
  const entities = Map.groupBy(rows, ({ entity }) => entity);
  const pairs = [...entities.values()].reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  expect(model.prior / (pairs / ((rows.length * (rows.length - 1)) / 2))).toBeGreaterThan(0.6);
  expect(model.prior / (pairs / ((rows.length * (rows.length - 1)) / 2))).toBeLessThan(1.5);
  expect(found.print(model)).toMatch(/^\{\n {2}prior: [\d.e-]+,\n {2}levels: \{\n {4}\/\/ exact: \+\d/);
});

test("pairs are found, and a record of why they are; what a matcher says of single records is the same", async () => {
  const truth = new Map(rows.map(({ id, entity }) => [id, entity]));
  const pairs = await run(sql`select * from ${found.pairs(trained.model, { probability: 0.01 })}`);
  const right = pairs.filter(({ id_l, id_r, probability }) => Number(probability) >= 0.9 && truth.get(String(id_l)) === truth.get(String(id_r))).length;
  expect(right / pairs.filter(({ probability }) => Number(probability) >= 0.9).length, "precision").toBeGreaterThan(0.95);
  const matcher = found.matcher(trained.model, { probability: 0.01 });
  matcher.add(rows as unknown as Row[]);
  const byMatcher = rows.flatMap((row) => matcher.match(row as unknown as Row).filter((match) => row.id < String(match.row.id)).map((match) => [`${row.id} ${match.row.id}`, match] as const));
  expect(byMatcher.map(([name]) => name).toSorted()).toEqual(pairs.map(({ id_l, id_r }) => `${id_l} ${id_r}`).toSorted());
  const bySql = new Map(pairs.map((pair) => [`${pair.id_l} ${pair.id_r}`, pair]));
  for (const [name, { weight, rule, why }] of byMatcher) {
    const pair = bySql.get(name) as Row;
    expect(weight, name).toBeCloseTo(Number(pair.weight), 9);
    expect([rule, ...why.map(({ level }) => level)], name).toEqual([Number(pair.rule), ...why.map(({ compared }) => Number(pair[`level_${compared}`]))]);
  }
});

test("precision, recall and F1 are counted against a known truth; of nothing there are none", async () => {
  const pairs = found.pairs(trained.model, { probability: 0.3 });
  const labelled = sql`select id, entity from ${persons}`;
  const quality = (of: Parameters<typeof linkQuality>[0], truth: Sql) => run(sql`select * from ${linkQuality(of, truth, { key: "id", entity: "entity", thresholds: [0.4, 0.95] })} order by threshold`);
  const truth = new Map(rows.map(({ id, entity }) => [id, entity]));
  const all = [...Map.groupBy(rows, ({ entity }) => entity).values()].reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  const scored = await run(sql`select * from ${pairs}`);
  for (const { threshold, found: n, right, missed, precision, recall, f1 } of await quality(pairs, labelled)) {
    const chosen = scored.filter(({ probability }) => Number(probability) >= Number(threshold));
    const isRight = chosen.filter(({ id_l, id_r }) => truth.get(String(id_l)) === truth.get(String(id_r))).length;
    expect([n, right, missed].map(Number)).toEqual([chosen.length, isRight, all - isRight]);
    expect([precision, recall, f1]).toEqual([expect.closeTo(isRight / chosen.length, 12), expect.closeTo(isRight / all, 12), expect.closeTo((2 * isRight) / (chosen.length + all), 12)]);
  }
  const [none] = await quality(sql`select * from ${pairs} where false`, sql`select * from (${labelled}) where false`);
  expect(none).toMatchObject({ found: "0", right: "0", missed: "0", precision: null, recall: null, f1: null });
});

test("a column that is not there does not compile", () => {
  // @ts-expect-error there is no column "surnam"
  expect(() => dedupe(persons, { ...rules, block: ["surnam"] })).not.toThrow();
  // @ts-expect-error there is no such column in both
  expect(link(persons, persons, { sources: ["a", "b"], key: "id", block: ["city"], compare: [{ column: "shoe", levels: ["exact"] }] }).names).toEqual(["source", "id"]);
  expect(() => link(persons, persons, rules)).toThrow(expect.objectContaining({ code: "MR-WRANGLE-001" }));
});

/** By column, the part of the rows with a value that have it. */
function shares(): Record<string, Record<string, number>> {
  const counted = rules.compare.filter(({ frequency }) => frequency).map(({ column }) => {
    const values = rows.flatMap((row) => (row as unknown as Row)[column] ?? []).map(String);
    return [column, Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, { length }]) => [value, length / values.length]))] as const;
  });
  return Object.fromEntries(counted);
}

test("block by block the same pairs are found, each once, whatever comes first; a block of too many says so", () => {
  const plain = dedupe(persons, { ...rules, compare: rules.compare.map(({ frequency, ...each }) => each) });
  for (const [linking, frequencies] of [[plain, {}], [found, shares()]] as const) {
    const matcher = linking.matcher(trained.model, { probability: 0.9 });
    matcher.add(rows as unknown as Row[]);
    const expected = rows.flatMap((row) => matcher.match(row as unknown as Row).filter((match) => row.id < String(match.row.id)).map(({ row: other, rule }) => `${row.id} ${other.id} ${rule}`));
    const byBlock = linking.blockMatcher(trained.model, { probability: 0.9, frequencies });
    const blocks = new Map<string, (typeof rows)[number][]>();
    const pairs = rows.toReversed().flatMap((row) => byBlock.blocks(row).flatMap((block) => {
      const held = blocks.get(block) ?? [];
      blocks.set(block, [...held, row]);
      return byBlock.match(block, row, held).map(({ row: other, rule }) => `${row.id} ${other.id} ${rule}`);
    }));
    expect(pairs.toSorted()).toEqual(expected.toSorted());
  }
  const byBlock = plain.blockMatcher(trained.model);
  expect(() => plain.blockMatcher(trained.model, { frequencies: { surname: {} } })).toThrow(expect.objectContaining({ code: "MR-WRANGLE-001" }));
  expect(() => found.blockMatcher(trained.model, { frequencies: { surname: { Smith: 0 } } })).toThrow(expect.objectContaining({ code: "MR-WRANGLE-001" }));
  const [block] = byBlock.blocks(rows[0]);
  expect(() => plain.blockMatcher(trained.model, { candidatesMax: 1 }).match(block, rows[0], rows)).toThrow(expect.objectContaining({ code: "MR-WRANGLE-003" }));
  const full = plain.matcher(trained.model, { rowsMax: 2 });
  expect(() => full.add(rows as unknown as Row[])).toThrow(expect.objectContaining({ code: "MR-WRANGLE-003" }));
  expect(full.size).toBe(2);
  const small = plain.matcher(trained.model, { candidatesMax: 1 });
  small.add([rows[0], rows[0], rows[0]] as unknown as Row[]);
  expect(() => small.match({ ...rows[0], id: "new" } as unknown as Row)).toThrow(expect.objectContaining({ code: "MR-WRANGLE-003", parts: expect.objectContaining({ what: expect.stringContaining("surname + given") }) }));
});

test("two sources are linked, and never rows of one", async () => {
  const both = link(sql`select * from ${persons} where hash(id) % 2 = 0`, sql`select * from ${persons} where hash(id) % 2 = 1`, { ...rules, sources: ["crm", "shop"] });
  const pairs = await run(sql`select * from ${both.pairs(trained.model, { probability: 0.9 })}`);
  const inside = await run(sql`select count(*) as n from ${found.pairs(trained.model, { probability: 0.9 })} where hash(id_l) % 2 <> hash(id_r) % 2`);
  expect(new Set(pairs.map(({ source_l, source_r }) => `${source_l} ${source_r}`))).toEqual(new Set(["crm shop"]));
  // How frequent a value is counts over both sources, as it does over one.
  expect(pairs).toHaveLength(Number(inside[0].n));
  const labelled = sql`select *, if(hash(id) % 2 = 0, 'crm', 'shop') as source from ${persons}`;
  const [quality] = await run(sql`select * from ${linkQuality(both.pairs(trained.model, { probability: 0.9 }), labelled, { key: "id", entity: "entity", source: "source", thresholds: [0.9] })}`);
  const [{ n }] = await run(sql`select count(*)::int as n from (${labelled}) as l join (${labelled}) as r on l.entity = r.entity and l.source < r.source`);
  expect([Number(quality.found), Number(quality.right) + Number(quality.missed)]).toEqual([pairs.length, n]);
});

test("what blocking costs is known first, and too much is refused with what makes it", async () => {
  const [all, first] = await run(sql`select * from ${found.blocks} order by rule`);
  expect([all, first]).toMatchObject([{ name: "all pairs", pairs: String((1_500 * 1_499) / 2) }, { rule: "1", name: "surname + given" }]);
  const greedy = dedupe(persons, { ...rules, block: ["email", { first: 3, of: "city" }], pairsMax: 10_000 });
  const refused = run(sql`select * from ${greedy.pairs(trained.model)}`);
  await expect(refused).rejects.toMatchObject({ code: "MR-WRANGLE-003", parts: { what: expect.stringMatching(/^[\d,]+ pairs would be compared, and 10,000 are allowed; blocking rule 2 \(first 3 of city\) makes [\d,]+ of them, and [\d,]+ of these have "Lon" in common$/) } });
  const twice = dedupe(sql`select * from ${persons} union all select * from ${persons} where id = 'p0000007'`, rules);
  await expect(run(sql`select * from ${twice.pairs(trained.model)}`)).rejects.toMatchObject({ code: "MR-WRANGLE-003", parts: { what: 'column "id" names a row, and several have p0000007' } });
  const unnamed = dedupe(sql`select * replace (nullif(id, 'p0000007') as id) from ${persons}`, rules);
  await expect(run(sql`select * from ${unnamed.pairs(trained.model)}`)).rejects.toMatchObject({ code: "MR-WRANGLE-003", parts: { what: 'column "id" names a row, and is null in one' } });
});

test("as many rules as may be, of names that are none of SQL", async () => {
  const strange = sql`select *, city as "it's ""x""; --" from ${persons}`;
  const block = Array.from({ length: 25 }, (_, i) => [{ first: i + 1, of: "email" }, "it's \"x\"; --"]);
  const many = dedupe(strange, { ...rules, block, compare: [{ column: "it's \"x\"; --", levels: ["exact"], frequency: true }] });
  expect(await run(sql`select * from ${many.blocks}`)).toHaveLength(26);
  const [{ n }] = await run(sql`select count(*)::int as n from ${many.pairs({ prior: 0.1, levels: { "it's \"x\"; --": { m: [0.9, 0.1], u: [0.1, 0.9] } } }, { probability: 0 })}`);
  expect(Number(n)).toBeGreaterThan(100);
});

test("rules and models that do not fit say so", async () => {
  const pairs = async (changes: object, model: unknown = trained.model) => run(sql`select * from ${dedupe(persons, { ...rules, ...changes } as never).pairs(model as never)}`);
  await expect(pairs({ block: ["surnam"] })).rejects.toMatchObject({ code: "MR-WRANGLE-001", parts: { what: 'there is no column "surnam"', mend: 'correct the name (nearest: "surname")' } });
  await expect(pairs({ compare: [{ column: "born", levels: [{ jaroWinkler: 0.9 }] }] }, { prior: 0.1, levels: { born: { m: [0.9, 0.1], u: [0.1, 0.9] } } })).rejects.toMatchObject({ code: "MR-WRANGLE-001", parts: { what: 'jaroWinkler takes text, and column "born" is DATE' } });
  await expect(pairs({}, { prior: 0.1, levels: {} })).rejects.toMatchObject({ code: "MR-WRANGLE-001" });
  for (const wrong of [{ key: 1 }, { block: [] }, { block: [[]] }, { block: [{ first: 0, of: "city" }] }, { compare: [{ column: "city", levels: [] }] }, { compare: [{ column: "city", levels: [{ damerau: 1.5 }] }] }, { compare: [{ column: "city", levels: [{ damerau: 1 }], frequency: true }] }, { pairsMax: 0 }, { more: 1 }]) {
    expect(() => dedupe(persons, { ...rules, ...wrong } as never), JSON.stringify(wrong)).toThrow(expect.objectContaining({ code: "MR-WRANGLE-001" }));
  }
});

test("no rows, one row, rows of nulls, rows that are all the same: training says what it cannot tell, pairs are what they are", async () => {
  const of = (select: Sql) => dedupe(sql`${select}`, rules);
  const none = of(sql`select * from ${persons} where false`);
  await expect(none.train(run)).rejects.toMatchObject({ code: "MR-WRANGLE-001", parts: { what: expect.stringContaining("make no pairs") } });
  const nulls = of(sql`select id, null::varchar as given, null::varchar as surname, null::date as born, null::varchar as city, null::varchar as email from ${persons}`);
  const same = of(sql`select id, 'A' as given, 'B' as surname, date '2000-01-01' as born, 'X' as city, null::varchar as email from ${persons} where id < 'p0000010'`);
  const count = async (each: typeof none) => (await run(sql`select count(*)::int as n, min(probability) as least from ${each.pairs(trained.model, { probability: 0 })}`))[0];
  expect(await count(none)).toMatchObject({ n: 0 });
  expect(await count(of(sql`select * from ${persons} where id = 'p0000001'`))).toMatchObject({ n: 0 });
  expect(await count(nulls)).toMatchObject({ n: 0 });
  expect(await count(same)).toMatchObject({ n: 45 });
  expect((await same.train(run)).warnings.join()).toContain("little worth");
});
