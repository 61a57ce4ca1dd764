import fc from "fast-check";
import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { BatchBuilder } from "./builder.ts";
import { decodeBatch, encodeBatch } from "./codec.ts";
import { keyAt, rowReader } from "./rows.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "text", type: "string", nullable: true },
  { name: "at", type: "timestamp", nullable: true },
  { name: "day", type: "date", nullable: true },
  { name: "flag", type: "boolean", nullable: true },
  { name: "n", type: "number", nullable: true },
  { name: "more", type: "json", nullable: true },
];

const bad: [field: string, value: unknown][] = [
  ["id", undefined], ["id", null], ["id", 1.5], ["id", "1"], ["id", 2 ** 53], ["id", Number.NaN], ["id", 1n],
  ["text", 1], ["text", {}], ["text", Symbol("s")],
  ["at", "yesterday"], ["at", 5], ["at", "2023-02-29T00:00:00Z"], ["at", new Date(0)],
  ["day", "2023-02-29"], ["day", "2024-1-1"], ["day", "2024-01-01T00:00:00Z"], ["day", "2024-13-01"],
  ["flag", 1], ["flag", "true"], ["n", "1"], ["n", 1n], ["more", () => 1], ["more", 1n],
];

test("a record with a bad value is refused whole, naming the field, and leaves no trace", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.constantFrom(...bad), { freq: 2 }), { maxLength: 60 }), (plan) => {
      const builder = new BatchBuilder({ columns, key: "text", eventTime: "at", where: "stage \"s\"" });
      const kept: object[] = [];
      plan.forEach((fault, id) => {
        const row = { id, text: id % 3 ? `t${id}` : null, at: id % 2 ? "2024-01-01T00:00:00.000Z" : null, day: null, flag: id % 2 === 0, n: id / 3, more: { id } };
        if (!fault) {
          builder.append(row, id);
          kept.push(row);
          return;
        }
        expect(() => builder.append({ ...row, [fault[0]]: fault[1] }, id)).toThrow(new RegExp(`MR-ENGINE-004: field "${fault[0]}"`));
        expect(builder.count).toBe(kept.length);
      });
      const batch = decodeBatch(encodeBatch(builder.finish()));
      const read = rowReader(batch);
      expect(Array.from({ length: batch.count }, (_, i) => read(i))).toEqual(kept);
      expect(Array.from({ length: batch.count }, (_, i) => keyAt(batch, i))).toEqual(kept.map((row) => (row as { text: string | null }).text));
    }),
    { numRuns: 200 },
  );
});

test("what is no record, and what throws while it is read, leave no trace either", () => {
  const builder = new BatchBuilder({ columns, where: "s" });
  for (const value of [null, undefined, 1, "x", Symbol("s")]) expect(() => builder.append(value as unknown as object, 0)).toThrow(/MR-ENGINE-004/);
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  expect(() => builder.append({ id: 1, more: cycle }, 0)).toThrow(/MR-ENGINE-004: field "more"/);
  const trap = { id: 1, get text(): string { throw new Error("mine"); } };
  expect(() => builder.append(trap, 0)).toThrow("mine");
  for (const eventTime of [Number.NaN, Number.POSITIVE_INFINITY, 9e15]) {
    expect(() => builder.append({ id: 1 }, 0, { eventTime })).toThrow(/MR-ENGINE-004/);
    expect(() => builder.append({ id: 1 }, eventTime)).toThrow(/MR-ENGINE-004/);
    expect(() => builder.appendTombstone("k", eventTime)).toThrow(/MR-ENGINE-004/);
  }
  expect(builder.count).toBe(0);
  builder.append({ id: 7 }, 3);
  expect(rowReader(builder.finish())(0)).toMatchObject({ id: 7, text: null });
});

test("one key has one spelling, whether it comes from its column or beside records with keys of their own", () => {
  const keyColumns: Column[] = [{ name: "k", type: "timestamp", nullable: true }];
  const keysOf = (own: boolean): (string | null)[] => {
    const builder = new BatchBuilder({ columns: keyColumns, key: "k", where: "s" });
    builder.append({ k: "2024-01-01T02:00:00+02:00" }, 0);
    if (own) builder.append({ k: null }, 0, { key: "mine" });
    builder.append({ k: "2024-01-01T00:00:00Z" }, 0);
    builder.append({ k: null }, 0);
    const batch = builder.finish();
    return Array.from({ length: batch.count }, (_, i) => keyAt(batch, i));
  };
  expect(keysOf(false)).toEqual(["2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000Z", null]);
  expect(keysOf(true)).toEqual(["2024-01-01T00:00:00.000Z", "mine", "2024-01-01T00:00:00.000Z", null]);
});

test("absent fields of optional columns read as absent", () => {
  const builder = new BatchBuilder({ columns, where: "s" });
  builder.append({ id: 1 }, 0);
  const read = rowReader(builder.finish(), new Set(["text"]));
  expect(read(0)).toMatchObject({ id: 1, text: undefined, n: null });
});

test("a column may have any name", () => {
  for (const name of ["__proto__", "constructor", "a b", "\"];throw 1;//", "\u2028", "if", "0"]) {
    const record = Object.defineProperty({}, name, { value: "v", enumerable: true });
    const builder = new BatchBuilder({ columns: [{ name, type: "string", nullable: false }], where: "s" });
    builder.append(record, 0);
    expect(Object.entries(rowReader(decodeBatch(encodeBatch(builder.finish())))(0)), name).toEqual([[name, "v"]]);
  }
});
