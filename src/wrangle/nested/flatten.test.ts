import { expect, test } from "vitest";
import { flatten } from "./flatten.ts";
import { TestEngine } from "./nested-for-tests.ts";
import type { Field } from "./nested-type.ts";
import { json, scalar, varchar } from "./nested-type.ts";

const names = (fields: readonly Field[]): string[] => fields.map(({ name }) => name);

test("fields of structs become columns, in their order, and rows stay rows", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select 1 as id, {'b': {'c': 'x', 'd': [1, 2]}, 'e': null::int} as a union all select 2, null");
  const flat = flatten(input);
  expect(names(flat.fields)).toEqual(["id", "a.b.c", "a.b.d", "a.e"]);
  expect(await engine.rows(flat, "order by id")).toEqual([
    { id: 1, "a.b.c": "x", "a.b.d": [1, 2], "a.e": null },
    { id: 2, "a.b.c": null, "a.b.d": null, "a.e": null },
  ]);
});

test("depth, separator and lists as JSON", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select {'b': {'c': 1, 'd': [{'x': 1}]}} as a, map {'k': 1} as m");
  expect(names(flatten(input, { depth: 0 }).fields)).toEqual(["a", "m"]);
  expect(names(flatten(input, { depth: 1, separator: "_" }).fields)).toEqual(["a_b", "m"]);
  expect(await engine.rows(flatten(input, { lists: "json", separator: "_" }))).toEqual([{ a_b_c: 1, a_b_d: '[{"x":1}]', m: '{"k":1}' }]);
});

test("names that would be one are told apart, case aside", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(`select {'b': 1, 'B_2': 2} as a, 3 as "A.b", 4 as "a.B_3", {'"q"': 5, 'é.''x': 6} as "_input"`);
  const flat = flatten(input);
  expect(names(flat.fields)).toEqual(["a.b", "a.B_2", "A.b_4", "a.B_3", '_input."q"', "_input.é.'x"]);
  expect(Object.values((await engine.rows(flat))[0])).toEqual([1, 2, 3, 4, 5, 6]);
});

test("JSON text with a schema opens like a struct", async () => {
  const engine = await TestEngine.open();
  const text = (value: unknown) => `'${JSON.stringify(value)}'`;
  const { from } = await engine.relation(`select ${text({ b: 1.5, "c/~": { d: "x", e: [1] }, more: true })} as a union all select ${text({ b: null, "c/~": 7 })} union all select null`);
  const inner: Field[] = [
    { name: "b", type: scalar("DOUBLE") },
    { name: "c/~", type: { kind: "struct", fields: [{ name: "d", type: varchar }, { name: "e", type: { kind: "list", element: json } }] } },
  ];
  const flat = flatten({ from, fields: [{ name: "a", type: { kind: "struct", fields: inner }, asJson: true }] });
  expect(await engine.rows(flat)).toEqual([
    { "a.b": 1.5, "a.c/~.d": "x", "a.c/~.e": "[1]" },
    { "a.b": null, "a.c/~.d": null, "a.c/~.e": null },
    { "a.b": null, "a.c/~.d": null, "a.c/~.e": null },
  ]);
});

test("a hundred levels are opened, more are refused by name", async () => {
  const engine = await TestEngine.open();
  const nested = (levels: number) => `select ${Array.from({ length: levels }).reduce<string>((inner, _, i) => `{'f${i}': ${inner}}`, "1")} as x`;
  expect(Object.values((await engine.rows(flatten(await engine.relation(nested(99)))))[0])).toEqual([1]);
  await expect(engine.relation(nested(150))).rejects.toMatchObject({ code: "MR-WRANGLE-002", parts: { what: 'column "x" is nested more than 100 levels deep' } });
});

test("ten thousand columns are worked on; a struct with as many fields is refused by name, unless it is left whole", async () => {
  const engine = await TestEngine.open();
  const wide = await engine.relation(`select ${Array.from({ length: 10_000 }, (_, i) => `${i} as f${i}`).join(", ")}, {'x': -1} as s`);
  const [row] = await engine.rows(flatten(wide));
  expect([row.f0, row.f9999, row["s.x"]]).toEqual([0, 9_999, -1]);
  const struct = await engine.relation(`select {${Array.from({ length: 10_000 }, (_, i) => `'f${i}': ${i}`).join(", ")}} as x`);
  expect(() => flatten(struct)).toThrow(/MR-WRANGLE-002: "x" has 10000 fields/);
  expect(names(flatten(struct, { depth: 0 }).fields)).toEqual(["x"]);
});
