import { expect, test } from "vitest";
import { TestEngine } from "./nested-for-tests.ts";
import { resolveChoice } from "./resolve-choice.ts";

const mixed = `select * from (values (1, '5'), (2, '"abc"'), (3, '1.5'), (4, 'true'), (5, '{"a": [1]}'), (6, '[1]'), (7, 'null'), (8, null), (9, '18446744073709551615'), (10, '"7"')) as t(id, v)`;

test("a column for each type; a value stands in the first whose type it is", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(`select id, v::json as v, 'after' as rest from (${mixed})`);
  const rows = await engine.rows(resolveChoice(input, { v: { makeColumns: ["boolean", "long", "double", "string", "json"] } }), "order by id");
  expect(rows.map(({ v_boolean, v_long, v_double, v_string, v_json }) => [v_boolean, v_long, v_double, v_string, v_json].map((value, i) => (value === null ? "" : `${i}:${value}`)).join(""))).toEqual(["1:5", "3:abc", "2:1.5", "0:true", '4:{"a": [1]}', "4:[1]", "", "", "2:18446744073709552000", "3:7"]);
  expect(rows[0].rest).toBe("after");
});

test("a struct with a field for each type, and what has no place", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(mixed);
  const choice = { v: { makeStruct: ["long", "string"] } };
  await expect(engine.rows(resolveChoice(input, choice))).rejects.toThrow(/column "v" holds a value that is no long/);
  const rows = await engine.rows(resolveChoice(input, choice, "quarantine"), "order by id");
  expect(rows.slice(0, 3)).toEqual([
    { id: 1, v: { long: "5", string: null }, _misfits: null },
    { id: 2, v: { long: null, string: "abc" }, _misfits: null },
    { id: 3, v: { long: null, string: null }, _misfits: [{ column: "v", type: "long", value: "1.5" }] },
  ]);
  expect(rows.filter(({ _misfits }) => _misfits !== null).map(({ id }) => id)).toEqual([3, 4, 5, 6, 9]);
});

test("cast makes every value one type, project keeps those that are of it", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(mixed);
  const values = async (choice: Parameters<typeof resolveChoice>[1], misfits?: "null") => (await engine.rows(resolveChoice(input, choice, misfits), "order by id")).map(({ v }) => v);
  expect(await values({ v: { cast: "string" } })).toEqual(["5", "abc", "1.5", "true", '{"a":[1]}', "[1]", null, null, "18446744073709551615", "7"]);
  expect(await values({ v: { cast: "double" } }, "null")).toEqual([5, null, 1.5, null, null, null, null, null, 18446744073709552000, 7]);
  expect(await values({ v: { project: "double" } })).toEqual([5, null, 1.5, null, null, null, null, null, 18446744073709552000, null]);
  expect(await values({ v: { project: "string" } })).toEqual([null, "abc", null, null, null, null, null, null, null, "7"]);
});

test("text that is no JSON is the text that it is, and columns of other types are taken too", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select * from (values ('5', 1, date '2001-01-01'), ('abc', 2, null), ('007', 3, null), ('{broken', 4, null)) as t(v, n, d)");
  const rows = await engine.rows(resolveChoice(input, { V: { makeColumns: ["long", "string"] }, n: { cast: "string" }, d: { makeColumns: ["date", "string"] } }), "order by n");
  expect(rows).toEqual([
    { v_long: "5", v_string: null, n: "1", d_date: "2001-01-01", d_string: null },
    { v_long: null, v_string: "abc", n: "2", d_date: null, d_string: null },
    { v_long: null, v_string: "007", n: "3", d_date: null, d_string: null },
    { v_long: null, v_string: "{broken", n: "4", d_date: null, d_string: null },
  ]);
});

test("documents of 200,000 levels are told apart like others", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select * from (values (1, repeat('[', 200000) || repeat(']', 200000)), (2, repeat('[', 200000)), (3, '1')) as t(id, v)");
  const rows = await engine.rows(resolveChoice(input, { v: { makeColumns: ["long", "string", "json"] } }), "order by id");
  expect(rows.map(({ v_long, v_string, v_json }) => [v_long, (v_string as string | null)?.length, (v_json as string | null)?.length])).toEqual([[null, undefined, 400_000], [null, 200_000, undefined], ["1", undefined, undefined]]);
});

test("columns and types that are not there are refused", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(mixed);
  expect(() => resolveChoice(input, { w: { cast: "long" } })).toThrow(/no column "w"/);
  expect(() => resolveChoice(input, { v: { cast: "lon" } })).toThrow(/no type "lon"/);
  expect(() => resolveChoice(input, { v: { makeColumns: [] } })).toThrow(/no type is named/);
  expect(() => resolveChoice(input, {})).toThrow(/no column is named/);
});
