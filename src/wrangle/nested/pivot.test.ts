import { expect, test } from "vitest";
import { TestEngine } from "./nested-for-tests.ts";
import { pivot } from "./pivot.ts";
import { unpivot } from "./unpivot.ts";

const sales = "select * from (values ('ann', 'jan', 1), ('ann', 'feb', 2), ('ann', 'jan', 4), ('bob', null, 8), ('cid', 'mar', 16)) as t(who, month, n)";

test("given values become columns, with null where there was no row", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(sales);
  expect(await engine.rows(pivot(input, { names: "month", values: ["jan", "feb", null], value: "n", aggregate: "sum" }), "order by who")).toEqual([
    { who: "ann", jan: "5", feb: "2", null: null },
    { who: "bob", jan: null, feb: null, null: "8" },
    { who: "cid", jan: null, feb: null, null: null },
  ]);
  expect(await engine.rows(pivot(input, { names: "month", values: ["jan", "it's"], value: "n", aggregate: "count", rows: [] }))).toEqual([{ jan: "2", "it's": "0" }]);
});

test("every aggregate has the type that it says, of every kind of number", async () => {
  const engine = await TestEngine.open();
  for (const type of ["TINYINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL(10,2)", "FLOAT", "DOUBLE"]) {
    const input = await engine.relation(`select 'a' as k, 1::${type} as v`);
    for (const aggregate of ["count", "sum", "avg", "min", "max", "first", "list"] as const) expect(await engine.rows(pivot(input, { names: "k", values: ["a", "A"], value: "v", aggregate }))).toHaveLength(1);
  }
});

test("columns become rows, nulls too where nothing else is said", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select 1 as id, 2 as a, null::int as b, 'x' as c, 1.5::double as d, [1] as e");
  expect(await engine.rows(unpivot(input, { columns: ["a", "b"] }), "order by name")).toEqual([
    { id: 1, c: "x", d: 1.5, e: [1], name: "a", value: 2 },
    { id: 1, c: "x", d: 1.5, e: [1], name: "b", value: null },
  ]);
  expect(await engine.rows(unpivot(input, { columns: ["a", "b", "c", "d", "e"], nulls: "drop", name: "k", value: "v" }), "order by k")).toEqual([
    { id: 1, k: "a", v: "2" },
    { id: 1, k: "c", v: "x" },
    { id: 1, k: "d", v: "1.5" },
    { id: 1, k: "e", v: "[1]" },
  ]);
  expect((await engine.rows(unpivot(input, { columns: ["a", "d"] }), "order by name")).map(({ value }) => value)).toEqual([2, 1.5]);
});

test("unpivot and pivot are each other's way back", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select * from (values (1, 2, null), (2, 3, 4)) as t(id, a, b)");
  const back = pivot(unpivot(input, { columns: ["a", "b"] }), { names: "name", values: ["a", "b"], value: "value", aggregate: "max" });
  expect(await engine.rows(back, "order by id")).toEqual(await engine.rows(input, "order by id"));
});

test("what cannot be told apart is refused", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(sales);
  expect(() => unpivot(input, { columns: ["n"], name: "WHO" })).toThrow(/column "WHO" already/);
  expect(() => unpivot(input, { columns: [] })).toThrow(/no column is named/);
  expect(() => unpivot(input, { columns: ["nn"] })).toThrow(/nearest: "n"/);
  expect(() => pivot(input, { names: "month", values: ["a", "a"], value: "n", aggregate: "sum" })).toThrow(/one twice/);
  expect(() => pivot(input, { names: "months", values: ["a"], value: "n", aggregate: "sum" })).toThrow(/nearest: "month"/);
});
