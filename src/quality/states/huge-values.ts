import { isOutOfMemory } from "../../sql/engine-error.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import type { Expected, Measured } from "./collect-states.ts";
import { mergeSketches, sketchOfCodes, sketchOfText, sketchText } from "./distinct-sketch.ts";
import type { MeasuredBasics, MeasuredSketch } from "./measured-sketch.ts";
import type { ProfiledColumn } from "./profiled-column.ts";
import { longTextsSql } from "./state-sql.ts";

/*
 * A column that a statement has not enough memory for holds values that are huge: one of 300 MB that is grouped, hashed and compared
 * is there several times. Its long texts are measured apart, by what takes one look at each. Where even that is too much, the column's
 * rows are counted, and no other column suffers.
 */

/** Bytes of a text from which on it is long, where a column has to be measured so. */
const longBytes = 1024 ** 2;

/**
 * Measures one column of one part.
 * @param measure - measures it over other rows, as it is done where there is nothing huge
 * @param nulls - how many there are, where that is known
 */
export async function measureHuge(measure: (rows: string, expected: readonly Expected[]) => Promise<Measured>, run: (sql: string) => Promise<QueryValue[][]>, column: ProfiledColumn, part: string, nulls: number | undefined): Promise<Measured> {
  if (column.kind === "text") {
    try {
      const short = await measure(`(select * from ${part} where ${column.sql} is null or strlen(${column.sql}) <= ${longBytes})`, [{ few: false, mean: 0 }]);
      const [[json]] = await run(longTextsSql(column, part, longBytes));
      return withLong(short as MeasuredSketch, JSON.parse(String(json)) as LongTexts);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
    }
  }
  const [[rows]] = await run(`select count(*)::double from ${part}`);
  return unread(Number(rows), nulls ?? 0);
}

/** As `longTextsSql` gives them. */
type LongTexts = [count: number, min: string | null, max: string | null, lengthMin: number | null, lengthMax: number | null, lengthSum: number | null, padded: number, codes: number[] | null];

function withLong(short: MeasuredSketch, [count, min, max, lengthMin, lengthMax, lengthSum, padded, codes]: LongTexts): MeasuredSketch {
  if (count === 0) return short;
  const basics: MeasuredBasics = [...short.basics];
  basics[1] += count;
  basics[2] += count;
  basics[5] = least([basics[5], min]);
  basics[6] = greatest([basics[6], max]);
  basics[15] = Math.min(basics[15] ?? Number.POSITIVE_INFINITY, lengthMin ?? Number.POSITIVE_INFINITY);
  basics[16] = Math.max(basics[16] ?? 0, lengthMax ?? 0);
  basics[17] = (basics[17] ?? 0) + (lengthSum ?? 0);
  basics[19] = (basics[19] ?? 0) + padded;
  return { ...short, basics, registers: sketchText(mergeSketches(sketchOfText(short.registers), sketchOfCodes(codes ?? []))), unlistedMax: short.unlistedMax + count, long: count };
}

/** In the order of their bytes. */
const sorted = (texts: readonly (string | null)[]): string[] => texts.filter((text) => text !== null).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const least = (texts: readonly (string | null)[]): string | null => sorted(texts)[0] ?? null;
const greatest = (texts: readonly (string | null)[]): string | null => sorted(texts).at(-1) ?? null;

function unread(rows: number, nulls: number): MeasuredSketch {
  const values = rows - nulls;
  const basics: MeasuredBasics = [0, rows, values, 0, 0, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null];
  return { form: "sketch", basics, shift: 0, registers: sketchText(sketchOfCodes([])), sample: [], frequent: [], unlistedMax: values, unread: values };
}
