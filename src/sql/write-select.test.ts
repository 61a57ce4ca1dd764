import { afterAll, expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { Duckdb } from "../lake/duckdb.ts";
import { engineError } from "./engine-error.ts";
import type { WriteColumn } from "./write-request.ts";
import { writeSelect } from "./write-select.ts";

const duckdb = new Duckdb();
afterAll(() => duckdb.close());

const columns: WriteColumn[] = [
  { name: "n", type: "long", fieldId: 1, required: true },
  { name: "x", type: "double", fieldId: 2, required: false },
  { name: "at", type: "timestamptz", fieldId: 3, required: false },
  { name: "day", type: "date", fieldId: 4, required: false },
  { name: "flag", type: "boolean", fieldId: 5, required: false },
  { name: "text", type: "string", fieldId: 6, required: false },
  { name: "extra", type: "string", fieldId: 7, required: false, json: true },
  { name: "maybe", type: "string", fieldId: 8, required: false, optional: true },
  { name: "interval_start", type: "timestamptz", fieldId: 9, required: true },
];
const constants = [{ name: "interval_start", value: "978307200000000" }];

/** The rows that a statement becomes, as the engine has them. */
async function rowsOf(sql: string, of = columns, filled = constants): Promise<unknown[]> {
  const connection = await duckdb.connect();
  try {
    const prepared = await connection.prepare(sql);
    const result = Array.from({ length: prepared.columnCount }, (_, i) => ({ name: prepared.columnName(i), type: String(prepared.columnType(i)) }));
    const { select } = writeSelect(of, filled, result);
    return (await connection.runAndReadAll(`select ${select} from (${sql}) as r(${result.map((_, i) => `c${i}`).join(", ")})`)).getRowsJson();
  } catch (error) {
    throw engineError(error, sql, { bytesBefore: 0 });
  } finally {
    connection.closeSync();
  }
}

const all: Record<string, string> = { n: "1", x: "1", at: "null", day: "null", flag: "null", text: "null", extra: "null" };
const select = (values: Record<string, string>) =>
  `select ${Object.entries({ ...all, ...values }).filter(([, sql]) => sql !== "").map(([name, sql]) => `${sql} as ${name}`).join(", ")}`;

test("what does not fit is an error that names the column, and the value", async () => {
  const cases: [sql: string, column: string, what: string][] = [
    [select({ n: "" }), "n", "does not give it"],
    [select({ x: "" }), "x", "does not give it"],
    [select({ m: "1" }), "m", "the table does not have it"],
    [select({ N: "2" }), "n", "twice"],
    [select({ interval_start: "now()" }), "interval_start", "Millrace fills it"],
    [select({ n: "null" }), "n", "it is null"],
    [`${select({})} union all ${select({ n: "null" })}`, "n", "it is null"],
    [select({ n: "1.5" }), "n", "its value 1.5 does not fit long"],
    [select({ n: "9223372036854775808" }), "n", "its value 9223372036854775808 does not fit long"],
    [select({ n: "1e300" }), "n", "does not fit long"],
    [select({ n: "'nan'::double" }), "n", "does not fit long"],
    [select({ n: "'12'" }), "n", "it is VARCHAR in the statement and long in the table"],
    [select({ n: "true" }), "n", "it is BOOLEAN"],
    [select({ x: "'a'" }), "x", "it is VARCHAR"],
    [select({ at: "'2001-01-01'" }), "at", "it is VARCHAR"],
    [select({ at: "1" }), "at", "its value 1 does not fit timestamptz"],
    [select({ at: "'infinity'::timestamp" }), "at", "does not fit timestamptz"],
    [select({ at: "timestamp_ns '2001-01-01 00:00:00.123456789'" }), "at", "does not fit timestamptz"],
    [select({ day: "timestamp '2001-01-01 10:00:00'" }), "day", "its value 2001-01-01 10:00:00 does not fit date"],
    [select({ day: "'-infinity'::date" }), "day", "does not fit date"],
    [select({ flag: "1" }), "flag", "does not fit boolean"],
    [select({ text: "[1]" }), "text", "it is INTEGER[]"],
    [select({ text: "'ab'::blob" }), "text", "it is BLOB"],
    [select({ extra: "'{'" }), "extra", "its value { does not fit json"],
  ];
  for (const [sql, column, what] of cases) {
    const error = (await rowsOf(sql).catch((reason) => reason)) as MillraceError;
    expect(error).toBeInstanceOf(MillraceError);
    expect([sql, error.code, error.parts.where]).toEqual([sql, "MR-LAKE-003", `the statement, column "${column}"`]);
    expect(error.parts.what).toContain(`column "${column}": `);
    expect(error.parts.what).toContain(what);
  }
});

test("values become those of the table's type where nothing is lost", async () => {
  const start = "2001-01-01 00:00:00+00";
  const cases: [sql: string, values: unknown[]][] = [
    [select({}), ["1", 1, null, null, null, null, null, start]],
    [select({ n: "7.0", x: "0.1::decimal(3,2)", at: "date '2001-02-03'", day: "timestamp '2001-02-03'" }), ["7", 0.1, "2001-02-03 00:00:00+00", "2001-02-03", null, null, null, start]],
    [select({ n: "sum(5)", x: "'inf'::float", at: "timestamp_ns '2001-02-03 00:00:00.123456000'", day: "timestamptz '1969-12-31 00:00:00+00'" }), ["5", "Infinity", "2001-02-03 00:00:00.123456+00", "1969-12-31", null, null, null, start]],
    [select({ n: "(-9223372036854775808)::hugeint", text: "1.50::decimal(3,2)", extra: "true", flag: "1 = 1" }), ["-9223372036854775808", 1, null, null, true, "1.50", "true", start]],
    [select({ text: "'a'::enum('a', 'b')", extra: "'{\"a\": 1}'", at: "timestamp_s '2001-02-03 04:05:06'" }), ["1", 1, "2001-02-03 04:05:06+00", null, null, "a", '{"a": 1}', start]],
    [select({ text: "date '2001-01-01'", extra: "[{'a': 1, 'b': null}]" }), ["1", 1, null, null, null, "2001-01-01", '[{"a":1,"b":null}]', start]],
    [select({ text: "'true'", extra: "map {'a': 1.5}" }), ["1", 1, null, null, null, "true", '{"a":1.5}', start]],
    [`${select({ extra: "null" })} where false`, []],
    [select({ maybe: "'m'" }), ["1", 1, null, null, null, null, null, "m", start]],
  ];
  for (const [sql, values] of cases) expect([sql, await rowsOf(sql)]).toEqual([sql, values.length === 0 ? [] : [values]]);
});

test("a column is filled with a constant of any type", async () => {
  const cases: [WriteColumn["type"], string, unknown][] = [
    ["timestamptz", "-1", "1969-12-31 23:59:59.999999+00"],
    ["timestamp", "0", "1970-01-01 00:00:00"],
    ["date", "-1", "1969-12-31"],
    ["string", "it's", "it's"],
    ["long", "9223372036854775807", "9223372036854775807"],
    ["int", "-5", -5],
    ["boolean", "true", true],
    ["double", "-0.5", -0.5],
  ];
  for (const [type, value, expected] of cases) {
    const one = [{ name: "c", type, fieldId: 1, required: true }, { name: "a", type: "int" as const, fieldId: 2, required: true }];
    expect(await rowsOf("select 1 as a", one, [{ name: "c", value }])).toEqual([[expected, 1]]);
  }
});
