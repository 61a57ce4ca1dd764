import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatsForTests } from "./files-for-tests.ts";

const { write, read } = formatsForTests();
let count = 0;

const dialects = fc.record({ delimiter: fc.constantFrom(",", ";", "\t", "|", "\u0001"), quote: fc.constantFrom('"', "'"), newline: fc.constantFrom("\n", "\r\n"), all: fc.boolean(), packed: fc.boolean() });
const text = fc.oneof(fc.string({ unit: fc.constantFrom(..."abc XYZ,;|'\"\n\tüß日€😀"), minLength: 1, maxLength: 12 }), fc.lorem({ maxCount: 3 })).map((value) => value.replaceAll("\r", "")).filter((value) => value.trim() === value && value !== "" && !/^(?:NA|-|true|false|nan|inf)$/i.test(value));
const cell = { text, whole: fc.maxSafeInteger().map(String), day: fc.date({ min: new Date("1900-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)) };

/** A column of texts that cannot be told from a header's name by form, one of whole numbers, one of days. */
const tables = fc.array(fc.tuple(cell.text, cell.whole, cell.day, fc.option(cell.text)), { minLength: 3, maxLength: 40 });

test("tables written in any dialect are recognised and read back as they were", async () => {
  await fc.assert(
    fc.asyncProperty(dialects, tables, async ({ delimiter, quote, newline, all, packed }, rows) => {
      const written = (value: string | null): string => {
        if (value === null) return "";
        const needed = all || value.includes(delimiter) || value.includes("\n") || value.includes('"') || value.includes("'");
        return needed ? `${quote}${value.replaceAll(quote, quote + quote)}${quote}` : value;
      };
      const lines = [["label", "number_of", "day", "remark"], ...rows].map((cells) => cells.map(written).join(delimiter) + newline).join("");
      const found = await read(write(`table-${count++}`, packed ? gzipSync(lines) : lines));
      expect(found.format).toMatchObject({ kind: "csv", delimiter, header: true });
      expect(found.relation.quarantined).toBe(0);
      expect(found.rows.map((row) => Object.values(row))).toEqual(rows);
    }),
    { numRuns: 150 },
  );
});

const json = fc.array(fc.record({ id: fc.maxSafeInteger(), name: fc.option(fc.string({ unit: "grapheme" })), inner: fc.record({ flag: fc.boolean(), values: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })) }) }), { minLength: 1, maxLength: 30 });

test("records written as lines, arrays or documents are recognised and read back as they were", async () => {
  await fc.assert(
    fc.asyncProperty(json, fc.constantFrom("lines", "array", "indented", "document"), async (records, layout) => {
      const written = { lines: () => records.map((record) => `${JSON.stringify(record)}\n`).join(""), array: () => JSON.stringify(records), indented: () => JSON.stringify(records, undefined, 2), document: () => JSON.stringify({ about: "x", records }) }[layout]();
      const found = await read(write(`records-${count++}${layout === "lines" ? ".jsonl" : ""}`, written), { documents: "records" });
      expect(found.relation.quarantined).toBe(0);
      expect(found.rows.length).toBe(records.length);
      expect(found.rows.map(({ id, inner }) => [Number(id), (inner as { flag: boolean }).flag])).toEqual(records.map(({ id, inner }) => [id, inner.flag]));
      const texts = found.fields.find(({ name }) => name === "name")?.type.kind === "string";
      if (texts) expect(found.rows.map(({ name }) => name)).toEqual(records.map(({ name }) => name));
    }),
    { numRuns: 150 },
  );
});
