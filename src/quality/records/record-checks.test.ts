import { expect, test } from "vitest";
import type { Column, ColumnType } from "../../model/manifest.ts";
import type { Check } from "../../model/quality/check-definition.ts";
import { accepted, castable, notNull, pattern, range, textLength } from "../../model/quality/column-checks.ts";
import { checkRecordChecks, isStreamCheck, type StreamCheck } from "../../model/quality/stream-checks.ts";
import { recordCheck } from "../../model/quality/statement-checks.ts";
import { batchOf, reader } from "../../lake/lake-for-tests.ts";
import { queryJson, sqlText } from "../../lake/duckdb.ts";
import { failingRow, type RowCheck } from "../checks/row-predicate.ts";
import { RecordChecks } from "./record-checks.ts";

/* A check says the same of a record that passes as of a row that stands in a table. */

const sqlTypes: Partial<Record<ColumnType, string>> = { string: "VARCHAR", number: "DOUBLE", integer: "BIGINT", boolean: "BOOLEAN", timestamp: "TIMESTAMP WITH TIME ZONE", date: "DATE" };
const values: Partial<Record<ColumnType, (string | number | boolean | null)[]>> = {
  string: [null, "", "a", "ab", "abc", "Zürich", "😀", "😀😀", "12", " 12 ", "+7", "-3.5", "1e3", "1.5", "12x", "9223372036854775807", "9223372036854775808", "true", "F", "2024-02-29", "2023-02-29", "2024-02-29T12:00:00Z", "ab\ncd", "\uffff", "null"],
  number: [null, -1.5, 0, -0, 0.5, 1, 2.5, 10, 1e300, -1e300],
  integer: [null, -5, 0, 1, 2, 10, 2 ** 40],
  boolean: [null, true, false],
  timestamp: [null, "2024-01-01T00:00:00.000Z", "2024-06-01T12:30:00.500Z", "1969-12-31T23:59:59.999Z"],
  date: [null, "2024-01-01", "1999-12-31", "2024-06-01"],
};

const checks: [ColumnType, Check[]][] = [
  ["string", [notNull("v"), accepted("v", ["a", "12"]), range("v", { min: "a", below: "abc" }), range("v", { above: "Z" }), pattern("v", /^[a-c]+$/), pattern("v", /b/), pattern("v", /^.{2}$/), textLength("v", { min: 1, max: 2 }), textLength("v", { max: 1 }), castable("v", "integer"), castable("v", "number"), castable("v", "boolean"), castable("v", "date"), castable("v", "timestamp")]],
  ["number", [notNull("v"), accepted("v", [0, 1]), range("v", { min: 0, max: 2.5 }), range("v", { above: 0 }), range("v", { below: 1 }), range("v", { above: -1.5, below: 10 }), castable("v", "integer"), castable("v", "number")]],
  ["integer", [notNull("v"), accepted("v", [1, 2]), range("v", { min: 0, max: 2 ** 40 - 1 }), range("v", { above: 0.5 }), castable("v", "number")]],
  ["boolean", [accepted("v", [true])]],
  ["timestamp", [range("v", { min: "2024-01-01T00:00:00Z", below: "2024-06-01T12:30:00.500Z" }), range("v", { above: "1970-01-01T00:00:00+01:00" })]],
  ["date", [range("v", { min: "2024-01-01" }), range("v", { below: "2024-01-01" }), accepted("v", ["2024-06-01"])]],
];

const literal = (value: string | number | boolean | null, type: string): string => (value === null ? `null::${type}` : `${sqlText(String(value))}::${type}`);

test.each(checks)("of %s", async (type, asked) => {
  const all = values[type] ?? [];
  const columns: Column[] = [{ name: "v", type, nullable: true }];
  const batch = batchOf(columns, all.map((v) => ({ v })));
  const held = sqlTypes[type] as string;
  const connection = await reader.connect();
  for (const { decl } of asked) {
    const failing = failingRow(decl as RowCheck, { name: "t", columns: [{ name: "v", type: held }] });
    const rows = failing === undefined ? [] : await queryJson(connection, `select i from (values ${all.map((value, i) => `(${i}, ${literal(value, held)})`).join(", ")}) as t(i, v) where ${failing} order by i`, "a test");
    const { broken } = new RecordChecks([decl as StreamCheck], columns).judge(batch);
    expect(broken.map(({ index }) => all[index]), JSON.stringify(decl)).toEqual(rows.map(({ i }) => all[Number(i)]));
  }
  connection.closeSync();
});

const columns: Column[] = [{ name: "id", type: "string", nullable: true }, { name: "amount", type: "number", nullable: true }];
const streamed = (...list: Check[]) => list.map(({ decl }) => decl).filter(isStreamCheck);

test("a record is named once, by the first check that it breaks; NaN is in no range; those that warn are counted", () => {
  const batch = batchOf(columns, [{ id: "a", amount: 1 }, { id: null, amount: -1 }, { id: "c", amount: 5 }, { id: "d", amount: -2 }]);
  const { vector } = batch.columns[1];
  if (vector.kind === "f64") vector.values[2] = Number.NaN;
  const { broken, warned } = new RecordChecks(streamed(notNull("id"), range("amount", { min: 0 }), accepted("id", ["a"], { severity: "warn" })), columns).judge(batch);
  expect(broken.map(({ index, check, why }) => [index, check.name, why])).toEqual([
    [1, "not_null_id", "id is null, where no nulls is asked"],
    [2, "range_amount", "amount is null, where at least 0 is asked"],
    [3, "range_amount", "amount is -2, where at least 0 is asked"],
  ]);
  expect([...warned]).toEqual([["accepted_id", 2]]);
});

test("a function of the project's says yes, or why not; one that throws says no", () => {
  const own = recordCheck("own", (record: { amount: number; id: string }) => record.amount > 0 || `${record.id.toUpperCase()} has nothing`);
  const batch = batchOf(columns, [{ id: "a", amount: 1 }, { id: "b", amount: 0 }, { id: null, amount: 0 }]);
  const { broken } = new RecordChecks(streamed(own), columns, new Map([["own", own.holds as () => boolean]])).judge(batch);
  expect(broken.map(({ why }) => why)).toEqual(["B has nothing", expect.stringMatching(/^its function threw: .*null/)]);
});

test("a check that asks a field for what its type does not have is refused", () => {
  const refused = (check: Check) => () => checkRecordChecks([check.decl], columns, "a test");
  expect(refused(range("id", { min: 0 }))).toThrow("does not suit");
  expect(refused(pattern("amount", "x"))).toThrow("does not suit");
  expect(refused(notNull("amuont"))).toThrow('write "amount"');
  expect(refused(accepted("amount", ["x"]))).toThrow("does not suit");
});
