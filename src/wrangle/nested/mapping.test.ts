import { expect, test } from "vitest";
import { parse } from "yaml";
import { generateMapping } from "./generate-mapping.ts";
import { applyMapping } from "./mapping.ts";
import { readMapping } from "./mapping-lines.ts";
import { TestEngine } from "./nested-for-tests.ts";
import { printMapping } from "./print-mapping.ts";

test("fields are renamed, cast, dropped, taken out of structs and put into them", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(`select {'b': '7', 'dropped': 1} as a, 2.0 as "x.y", [1] as l, '{"n": 1}'::json as j`);
  const mapping = readMapping([["a.b", "string", "out.deep.b", "long"], { from: "`x.y`", to: "out.x", type: "int" }, { from: "l", to: "l_text", type: "json" }, { from: "j", to: "`j.s`", type: "string" }, { from: "A.B", to: "again" }]);
  expect(await engine.rows(applyMapping(input, mapping))).toEqual([{ out: { deep: { b: "7" }, x: 2 }, l_text: "[1]", "j.s": '{"n":1}', again: "7" }]);
});

test("what does not fit fails by name, is null, or is reported; an integer has no fraction", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select * from (values (1, '1', 1.0::double), (2, '1.5', 1.5), (3, 'x', 'nan'), (4, null, null), (5, '9223372036854775807', 3)) as t(id, s, d)");
  const mapping = [{ from: "id", to: "id" }, { from: "s", to: "s", type: "long" }, { from: "d", to: "d", type: "int" }];
  await expect(engine.rows(applyMapping(input, mapping))).rejects.toThrow(/column "[sd]" holds a value that is no (long|int)/);
  expect(await engine.rows(applyMapping(input, mapping, "null"), "order by id")).toEqual([
    { id: 1, s: "1", d: 1 },
    { id: 2, s: null, d: null },
    { id: 3, s: null, d: null },
    { id: 4, s: null, d: null },
    { id: 5, s: "9223372036854775807", d: 3 },
  ]);
  const reports = (await engine.rows(applyMapping(input, mapping, "quarantine"), "order by id")).map(({ _misfits }) => _misfits);
  expect(reports).toEqual([null, [{ column: "s", type: "long", value: "1.5" }, { column: "d", type: "int", value: "1.5" }], [{ column: "s", type: "long", value: "x" }, { column: "d", type: "int", value: "nan" }], null, null]);
});

test("every type can be cast to, from text and from JSON, and a value that fits comes out", async () => {
  const engine = await TestEngine.open();
  const samples: Record<string, string> = { string: "x", boolean: "true", byte: "1", short: "2", int: "3", long: "4", float: "1.5", double: "2.5", date: "2001-02-03", time: "04:05:06", timestamp: "2001-02-03 04:05:06", timestamptz: "2001-02-03T04:05:06+02:00", uuid: "0cc175b9-c0f1-b6a8-31c3-99e269772661", binary: "ab", "decimal(4, 1)": "123.4" };
  const input = await engine.relation(`select ${Object.values(samples).map((text, i) => `'${text}' as t${i}, to_json('${text}') as j${i}`).join(", ")}`);
  const lines = Object.keys(samples).flatMap((type, i) => [{ from: `t${i}`, to: `t${i}`, type }, { from: `j${i}`, to: `j${i}`, type }]);
  const [row] = await engine.rows(applyMapping(input, lines));
  Object.keys(samples).forEach((_, i) => (expect(row[`t${i}`]).toEqual(row[`j${i}`]), expect(row[`t${i}`]).not.toBeNull()));
});

test("a mapping that cannot be is refused with the line and what is near", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select {'mag': 1.5::double} as properties, 1 as id");
  const refused: [unknown, RegExp][] = [
    [[], /the mapping is empty/],
    ["x", /no list/],
    [[["a", "b"]], /line 1/],
    [[{ from: "id", to: "x", kind: "long" }], /cannot be read/],
    [[{ from: "id", to: "a" }, { from: "properties.magn", to: "b" }], /no field "properties.magn"[\s\S]*line 2[\s\S]*nearest: "mag"/],
    [[{ from: "id.x", to: "b" }], /no field "id.x"/],
    [[["id", "string", "b", "long"]], /"id" is int; the mapping says string/],
    [[{ from: "id", to: "b", type: "lung" }], /no type "lung"/],
    [[{ from: "id", to: "b", type: "decimal(39,1)" }], /no type/],
    [[{ from: "properties", to: "b", type: "long" }], /a struct cannot become long/],
    [[{ from: "id", to: "a" }, { from: "id", to: "A.b" }], /in each other's way/],
    [[{ from: "id", to: "a.b" }, { from: "id", to: "a" }], /struct of other targets/],
    [[{ from: "id", to: "a" }, { from: "id", to: "A" }], /in each other's way/],
    [[{ from: "id..x", to: "a" }], /no path/],
    [[{ from: "", to: "a" }], /no path/],
    [[{ from: "constructor", to: "a" }], /no field "constructor"/],
  ];
  for (const [mapping, message] of refused) expect(() => applyMapping(input, readMapping(mapping)), JSON.stringify(mapping)).toThrow(message);
});

test("a generated mapping is printed for people, and read back as it was", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation(`select {'b': 1, 'c.d': 'x'} as a, [{'e': 1.5::double}] as l, now() as at, 1.5 as price, 2::hugeint as huge`);
  const mapping = generateMapping(input.fields);
  expect(printMapping(mapping, "typescript")).toBe(`export const mapping = [
  ["a.b", "int", "a_b", "int"],
  ["a.\`c.d\`", "string", "\`a_c.d\`", "string"],
  ["l", "list<struct<e: double>>", "l", "list<struct<e: double>>"],
  ["at", "timestamptz", "at", "timestamptz"],
  ["price", "decimal(2,1)", "price", "decimal(2,1)"],
  ["huge", "hugeint", "huge", "hugeint"],
] as const;
`);
  expect(readMapping(JSON.parse(printMapping(mapping, "json")))).toEqual(mapping);
  expect(readMapping(parse(printMapping(mapping, "yaml")))).toEqual(mapping);
  expect(await engine.rows(applyMapping(input, mapping))).toHaveLength(1);
});
