import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Column, ColumnType } from "../model/manifest.ts";
import { type Batch, type Header, indexAtOffset } from "./batch.ts";
import { BatchBuilder } from "./builder.ts";
import { decodeBatch, encodeBatch } from "./codec.ts";
import { headersAt, keyAt, rowReader } from "./rows.ts";
import { select, slice } from "./select.ts";

/** What a record was made of: what must come back from every form of it. */
interface Model {
  row: Record<string, unknown>;
  key: string | null;
  eventTime: number;
  headers: Header[];
  tombstone: boolean;
}

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.string({ unit: "grapheme", maxLength: 8 }), fc.constantFrom("", "a", "b", "\u0000", "\ud800", "x\udc00y", "\udc00", "ÿ", "\u{10ffff}"));
const time = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 0, max: 100_000 }).map((minutes) => minutes * 60_000), fc.integer({ min: 0, max: 5_000 }).map((seconds) => 1_700_000_000_000 + seconds * 1_000));
const day = fc.date({ min: new Date("0000-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const integer = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: 0, max: 300 }), fc.constantFrom(0, -0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31, -(2 ** 31), 2 ** 32));
const number = fc.oneof(fc.double(), fc.integer({ min: -5, max: 70_000 }), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53 + 2, 5e-324));

const arbitraryOf: Record<ColumnType, fc.Arbitrary<unknown>> = {
  string: text,
  boolean: fc.boolean(),
  integer,
  number,
  timestamp: time.map((ms) => new Date(ms).toISOString()),
  date: day,
  json: fc.jsonValue({ maxDepth: 2 }),
};
const types = Object.keys(arbitraryOf) as ColumnType[];

const columnsOf = fc
  .array(fc.record({ type: fc.constantFrom(...types), nullable: fc.boolean() }), { maxLength: 6 })
  .chain((shapes) => fc.uniqueArray(fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom("id", "constructor", "a-b", "'\"`${x}", "ü")), { minLength: shapes.length, maxLength: shapes.length }).map((names) => shapes.map((shape, i): Column => ({ name: names[i] === "__proto__" ? "proto" : names[i], ...shape }))));

/** A column whose values all come from a few, or all differ, as columns do. */
const rowsOf = (columns: Column[]): fc.Arbitrary<Record<string, unknown>[]> =>
  fc.array(fc.tuple(...columns.map(({ type, nullable }) => (nullable ? fc.option(arbitraryOf[type], { freq: 3 }) : arbitraryOf[type]))), { maxLength: 40 }).map((rows) => rows.map((values) => Object.fromEntries(values.map((value, c) => [columns[c].name, value]))));

const extras = fc.record({ key: fc.option(text), eventTime: fc.oneof(time, fc.double({ min: -1e15, max: 1e15, noNaN: true })), headers: fc.array(fc.tuple(text, text), { maxLength: 3 }), tombstone: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) });

const batches: fc.Arbitrary<{ batch: Batch; models: Model[] }> = columnsOf
  .chain((columns) => fc.tuple(fc.constant(columns), rowsOf(columns), fc.boolean(), fc.boolean(), fc.boolean(), fc.infiniteStream(extras)))
  .map(([columns, rows, withKeys, withHeaders, withTombstones, stream]) => {
    const builder = new BatchBuilder({ columns, where: "test" });
    const models = rows.map((row): Model => {
      const { key, eventTime, headers, tombstone } = stream.next().value as { key: string | null; eventTime: number; headers: Header[]; tombstone: boolean };
      if (withTombstones && tombstone) {
        builder.appendTombstone(key ?? "", eventTime);
        return { row: Object.fromEntries(columns.map(({ name }) => [name, null])), key: key ?? "", eventTime, headers: [], tombstone };
      }
      builder.append(row, eventTime, { ...(withKeys ? { key } : {}), headers: withHeaders ? headers : undefined });
      return { row, key: withKeys ? key : null, eventTime, headers: withHeaders ? headers : [], tombstone: false };
    });
    return { batch: builder.finish(), models };
  });

/** UTF-8 has no lone surrogates: text that has been stored holds U+FFFD in their place. JSON text escapes them. */
const stored = (value: unknown): unknown => (typeof value === "string" ? value.toWellFormed() : value);

/** Null and JSON null are one. -0 in JSON is 0. */
function expectSame(batch: Batch, models: Model[], asStored: boolean): void {
  const well = asStored ? stored : (value: unknown) => value;
  const json = new Set(batch.columns.filter(({ type }) => type === "json").map(({ name }) => name));
  const read = rowReader(batch);
  expect(batch.count).toBe(models.length);
  models.forEach(({ row, key, eventTime, headers, tombstone }, i) => {
    const wanted = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, json.has(name) ? JSON.parse(JSON.stringify(value)) : well(value)]));
    // Not toStrictEqual: a column may be called "constructor".
    if (!isDeepStrictEqual(read(i), wanted)) expect.fail(`${JSON.stringify(read(i))} is not ${JSON.stringify(wanted)}`);
    expect(keyAt(batch, i)).toBe(well(key));
    expect(batch.eventTime[i]).toBe(eventTime);
    expect(headersAt(batch, i)).toEqual(headers);
    expect(batch.tombstones?.[i] ?? 0).toBe(tombstone ? 1 : 0);
  });
}

describe("a batch", () => {
  test("reads as what was appended, before and after it was bytes", () => {
    fc.assert(
      fc.property(batches, ({ batch, models }) => {
        expectSame(batch, models, false);
        const bytes = encodeBatch(batch);
        expect(bytes.byteLength % 8).toBe(0);
        const decoded = decodeBatch(bytes);
        expectSame(decoded, models, true);
        expect(decoded.columns.map(({ name, type }) => [name, type])).toEqual(batch.columns.map(({ name, type }) => [name, type]));
        // A batch that is passed on is written as it was read.
        expectSame(decodeBatch(encodeBatch(decodeBatch(bytes))), models, true);
      }),
      { numRuns: 400 },
    );
  });

  test("bytes at any place in a larger buffer", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: 17 }), ({ batch, models }, shift) => {
        const bytes = encodeBatch(batch);
        const larger = new Uint8Array(bytes.byteLength + 64).fill(0xff);
        larger.set(bytes, shift);
        expectSame(decodeBatch(larger.subarray(shift, shift + bytes.byteLength)), models, true);
        // What sockets give are Buffers.
        expectSame(decodeBatch(Buffer.from(larger.buffer, shift, bytes.byteLength)), models, true);
      }),
      { numRuns: 60 },
    );
  });

  test("selections and slices are those of a plain list, also of selections, also when stored", () => {
    fc.assert(
      fc.property(batches, fc.array(fc.nat(), { maxLength: 50 }), fc.nat(), fc.nat(), fc.boolean(), ({ batch, models }, picks, a, b, fromBytes) => {
        const whole = fromBytes ? decodeBatch(encodeBatch(batch)) : batch;
        const indices = models.length === 0 ? [] : picks.map((pick) => pick % models.length);
        const chosen = select(whole, Int32Array.from(indices));
        const chosenModels = indices.map((i) => models[i]);
        expectSame(chosen, chosenModels, fromBytes);
        expectSame(decodeBatch(encodeBatch(chosen)), chosenModels, true);
        const [start, end] = [a % (indices.length + 1), b % (indices.length + 1)].sort((x, y) => x - y);
        expectSame(slice(chosen, start, end), chosenModels.slice(start, end), fromBytes);
        expectSame(decodeBatch(encodeBatch(slice(chosen, start, end))), chosenModels.slice(start, end), true);
      }),
      { numRuns: 200 },
    );
  });

  test("offsets with gaps are kept, and found", () => {
    fc.assert(
      fc.property(batches, fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 40, maxLength: 40 }), fc.nat({ max: 5_000_000 }), ({ batch, models }, gaps, wanted) => {
        let at = -1;
        const offsets = Int32Array.from({ length: batch.count }, (_, i) => (at += gaps[i % gaps.length]));
        const decoded = decodeBatch(encodeBatch(batch, offsets));
        expectSame(decoded, models, true);
        expect(decoded.offsets).toEqual(offsets);
        const found = offsets.findIndex((offset) => offset >= wanted);
        expect(indexAtOffset(decoded, wanted)).toBe(found < 0 ? batch.count : found);
        expect(decodeBatch(encodeBatch(decoded)).offsets).toBeUndefined();
      }),
      { numRuns: 60 },
    );
    const plain = decodeBatch(encodeBatch({ count: 3, columns: [], eventTime: new Float64Array(3) }));
    expect([-1, 0, 2, 3, 9].map((relative) => indexAtOffset(plain, relative))).toEqual([0, 0, 2, 3, 3]);
  });

  test("whole numbers take the fewest bytes, and times their unit", () => {
    const size = (type: ColumnType, values: unknown[]): number => {
      const builder = new BatchBuilder({ columns: [{ name: "x", type, nullable: false }], where: "test" });
      for (const x of values) builder.append({ x }, 0);
      return encodeBatch(builder.finish()).byteLength;
    };
    const range = Array.from({ length: 1_000 }, (_, i) => i);
    const fixed = size("integer", range.map(() => 123_456_789_012));
    expect(size("integer", range.map((i) => 123_456_789_012 + (i % 200))) - fixed).toBeLessThan(1_020);
    expect(size("integer", range.map((i) => 5e15 + i)) - fixed).toBeLessThan(2_020);
    expect(size("timestamp", range.map((i) => new Date(1.7e12 + i * 60_000).toISOString())) - fixed).toBeLessThan(2_060);
    expect(size("timestamp", range.map((i) => new Date(1.7e12 + i * 90_001).toISOString())) - fixed).toBeGreaterThan(3_900);
  });

  test("damaged bytes are refused with a code, and never read past their end", () => {
    fc.assert(
      fc.property(batches, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }), fc.option(fc.nat()), ({ batch }, flips, cut) => {
        let bytes = encodeBatch(batch);
        for (const [at, bits] of flips) bytes[at % bytes.byteLength] ^= bits;
        if (cut !== null) bytes = bytes.subarray(0, cut % (bytes.byteLength + 1));
        try {
          const decoded = decodeBatch(bytes);
          if (decoded.count > 1_000) return;
          for (const { vector } of decoded.columns) if (vector.kind === "str") expect(vector.dictionary.values.length).toBe(vector.dictionary.length);
          void [decoded.eventTime, decoded.keys, decoded.headers, decoded.tombstones, decoded.offsets];
        } catch (error) {
          expect(error).toMatchObject({ code: "MR-DATA-002" });
        }
      }),
      { numRuns: 500 },
    );
    for (const junk of ["", "MRB1", "MRB1\u0004\u0000\u0000\u0000null", "MRB1\u0002\u0000\u0000\u0000{}", 'MRB1\u0009\u0000\u0000\u0000{"n":"1"}']) {
      expect(() => decodeBatch(Buffer.from(junk))).toThrow(/MR-DATA-002/);
    }
  });
});
