import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTimestamp, parseTimestamp } from "./timestamp.ts";

const ms = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -70_000_000_000_000, max: 260_000_000_000_000 }), fc.constantFrom(0, -0, -1, 8.64e15, -8.64e15, Date.UTC(2000, 1, 29), Date.UTC(1900, 1, 28, 23, 59, 59, 999), -62_198_755_200_000, 253_402_300_799_999));

test("a time prints as Date prints it, over the whole range", () => {
  fc.assert(fc.property(ms, (time) => void expect(isoTimestamp(time)).toBe(new Date(time).toISOString())), { numRuns: 3_000 });
  fc.assert(fc.property(fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }), (time) => void expect(isoTimestamp(time)).toBe(new Date(time).toISOString())), { numRuns: 3_000 });
});

test("outside the range of Date there is no text", () => {
  for (const time of [8.64e15 + 1, -8.64e15 - 1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => isoTimestamp(time)).toThrow(RangeError);
});

test("what Date prints is read back", () => {
  fc.assert(fc.property(ms, (time) => void expect(parseTimestamp(new Date(time).toISOString())).toBe(time + 0)), { numRuns: 3_000 });
});

test("other spellings are read as Date reads them: offsets, fractions, without seconds", () => {
  const two = (n: number): string => String(n).padStart(2, "0");
  const fraction = fc.option(fc.stringMatching(/^\d{1,9}$/), { nil: "" });
  fc.assert(
    fc.property(ms, fc.integer({ min: -23, max: 23 }), fc.integer({ min: 0, max: 59 }), fraction, fc.boolean(), (time, hours, minutes, digits, seconds) => {
      const date = new Date(time).toISOString().replace(/T.*/, "");
      const offset = `${hours < 0 ? "-" : "+"}${two(Math.abs(hours))}:${two(minutes)}`;
      const rest = seconds ? `:07${digits ? `.${digits}` : ""}` : "";
      const spelt = `${date}T23:45${rest}${offset}`;
      expect(parseTimestamp(spelt)).toEqual(Date.parse(spelt));
    }),
    { numRuns: 2_000 },
  );
  const noon = Date.UTC(2024, 1, 29, 12);
  for (const text of ["2024-02-29T12:00:00Z", "2024-02-29T12:00Z", "2024-02-29 12:00:00Z", "2024-02-29T12:00:00", "2024-02-29t12:00:00z", "2024-02-29T14:00:00+0200", "2024-02-29T14:00:00+02", "2024-02-29T12:00:00,000Z", "+002024-02-29T12:00:00.000Z", "2024-02-29T12:00:00.0009Z"]) expect(parseTimestamp(text), text).toBe(noon);
  expect(parseTimestamp("2024-02-29")).toBe(Date.UTC(2024, 1, 29));
  expect(parseTimestamp("2024-02-29T24:00:00Z")).toBe(Date.UTC(2024, 2, 1));
});

test("every day of the calendar and no other", () => {
  for (const year of [0, 4, 100, 1900, 2000, 2023, 2024, 9999]) {
    for (let month = 0; month <= 13; month++) {
      for (let day = 0; day <= 32; day++) {
        const [y, m, d] = [String(year).padStart(4, "0"), String(month).padStart(2, "0"), String(day).padStart(2, "0")];
        const date = new Date(0);
        date.setUTCFullYear(year, month - 1, day);
        const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCFullYear() === year;
        expect(parseTimestamp(`${y}-${m}-${d}T00:00:00.000Z`), `${y}-${m}-${d}`).toBe(exists ? date.getTime() : Number.NaN);
      }
    }
  }
});

test("what is no timestamp is NaN, however much it looks like one", () => {
  for (const text of ["", "1", "2024", "foo 1", "Jan 1 2024", "2024-02-29T12:00:00.000+", "2024x02x29T12:00:00.000Z", "20:4-01-01T00:00:00.000Z", "2024-02-29T12y00:00.000Z", "2024-02-29T12:00:00.0/0Z", "2024-02-29T25:00:00.000Z", "2024-02-29T12:60:00.000Z", "2024-02-29T12:00:60.000Z", " 2024-02-29T12:00:00.000Z", "2024-02-29T12:00:00.000Z ", "-000000-01-01T00:00:00Z", "２024-02-29T12:00:00.000Z", "2024-02-29T12:00:00.000+25:00"]) {
    expect(parseTimestamp(text), text).toBeNaN();
  }
});
