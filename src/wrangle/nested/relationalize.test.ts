import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { nestedTables } from "./nested-tables.ts";
import { TestEngine } from "./nested-for-tests.ts";
import { relationalize } from "./relationalize.ts";

const earthquakes = fileURLToPath(new URL("../../../node_modules/vega-datasets/data/earthquakes.json", import.meta.url));

test("lists become tables that join by keys; a null list has no key, an empty one has no rows", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select * from (values (1, [{'a': 5, 'b': [7, 8]}, {'a': 6, 'b': null}]), (2, []), (3, null)) as t(n, l)");
  expect(nestedTables(input.fields).map(({ name }) => name)).toEqual(["", "l", "l.val.b"]);
  const root = await engine.rows(relationalize(input, { key: ["n"] }), "order by n");
  const [{ l: first }, { l: second }, { l: third }] = root;
  expect([typeof first, typeof second, third]).toEqual(["string", "string", null]);
  expect(await engine.rows(relationalize(input, { key: ["n"], table: "l" }), "order by index")).toEqual([
    { id: first, index: "0", "l.val.a": 5, "l.val.b": `${first}/0` },
    { id: first, index: "1", "l.val.a": 6, "l.val.b": null },
  ]);
  expect(await engine.rows(relationalize(input, { key: ["n"], table: "l.val.b" }), "order by index")).toEqual([
    { id: `${first}/0`, index: "0", "l.val.b.val": 7 },
    { id: `${first}/0`, index: "1", "l.val.b.val": 8 },
  ]);
});

test("maps become tables of keys and values, lists in lists tables of tables", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select map {'x': [[1, 2], [], null], 'y': null} as m, [1, 2]::int[2] as fixed");
  expect(nestedTables(input.fields).map(({ name }) => name)).toEqual(["", "m", "fixed", "m.val", "m.val.val"]);
  expect((await engine.rows(relationalize(input, { table: "m" }), "order by index")).map((row) => [row.index, row["m.key"], row["m.val"] === null])).toEqual([["0", "x", false], ["1", "y", true]]);
  expect((await engine.rows(relationalize(input, { table: "m.val" }), "order by index")).map((row) => [row.index, row["m.val.val"] === null])).toEqual([["0", false], ["1", false], ["2", true]]);
  expect((await engine.rows(relationalize(input, { table: "m.val.val" }), "order by index")).map((row) => row["m.val.val.val"])).toEqual([1, 2]);
  expect((await engine.rows(relationalize(input, { table: "fixed", separator: "_" }), "order by index")).map((row) => row.fixed_val)).toEqual([1, 2]);
});

test("without key columns the content names a row, also one of several that are the same", async () => {
  const engine = await TestEngine.open();
  const rows = "select * from (values ('a', [1]), ('a', [1]), ('b', [1]), (null, [1])) as t(n, l)";
  const keys = async (order: string) => (await engine.rows(relationalize(await engine.relation(`${rows} order by ${order}`)))).map(({ l }) => l).sort();
  const ascending = await keys("n");
  expect(new Set(ascending).size).toBe(4);
  expect(await keys("n desc")).toEqual(ascending);
  const children = await engine.rows(relationalize(await engine.describe("input"), { table: "l" }));
  expect(children.map(({ id }) => id).sort()).toEqual(ascending);
});

test("a table or key that is not there is refused with what is near", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select 1 as id, [1] as features");
  expect(() => relationalize(input, { table: "feature" })).toThrow(/nearest: "features"/);
  expect(() => relationalize(input, { key: ["ids"] })).toThrow(/nearest: "id"/);
  expect(() => relationalize(input, { key: [] })).toThrow(/MR-WRANGLE-001/);
});

test("the earthquakes: counts and joins are those of plain DuckDB", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(`select * from read_json('${earthquakes}')`, "quakes");
  expect(nestedTables(input.fields).map(({ name }) => name)).toEqual(["", "features", "bbox", "features.val.geometry.coordinates"]);
  const counted = Number((await engine.plain("select metadata.count as n from quakes"))[0].n);
  const [root, features, coordinates, bbox] = ["", "features", "features.val.geometry.coordinates", "bbox"].map((table) => relationalize(input, { table }));
  const count = async (from: string) => Number((await engine.plain(`select count(*) as n from ${from}`))[0].n);
  expect([await count(root.from), await count(features.from), await count(coordinates.from), await count(bbox.from)]).toEqual([1, counted, 3 * counted, 6]);
  const joined = await engine.plain(`
    select place, mag, place_at from (select f.index, f."features.val.properties.place" as place, f."features.val.properties.mag" as mag, list(c."features.val.geometry.coordinates.val" order by c.index) as place_at
    from ${root.from} as r join ${features.from} as f on r.features = f.id join ${coordinates.from} as c on f."features.val.geometry.coordinates" = c.id
    group by all) order by all`);
  const expected = await engine.plain(`select f.properties.place as place, f.properties.mag as mag, f.geometry.coordinates as place_at from (select unnest(features) as f from quakes) order by all`);
  expect(joined).toEqual(expected);
});
