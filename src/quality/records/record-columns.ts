import type { Vector } from "../../batch/batch.ts";
import { isoTimestamp } from "../../batch/timestamp.ts";
import type { ColumnType } from "../../model/manifest.ts";
import type { Measured } from "../states/collect-states.ts";
import { stateOfValues } from "../states/measured-values.ts";
import type { ColumnKind } from "../states/profiled-column.ts";
import { measuredOf, measuredValue, textMax, valuesMax } from "./measured-of.ts";
import { sketchOfNumbers, sketchOfTexts } from "./sketch-values.ts";

/*
 * What is known of the columns of some records, in the form that is kept of a table's files, and made without an engine. A column of
 * few different values is kept as these; of any other the figures are made over typed arrays, and a text is looked at once.
 */

const kinds: Readonly<Record<ColumnType, ColumnKind>> = { string: "text", json: "text", integer: "integer", number: "float", boolean: "boolean", timestamp: "time", date: "time" };

/** How a column of records is measured. Nested values are their JSON. */
export const kindOfColumn = (type: ColumnType): ColumnKind => kinds[type];

/** @param vector - undefined where the batch has no such column: all nulls. @param rows - by index, each once */
export function measureVector(type: ColumnType, vector: Vector | undefined, rows: Int32Array): Measured {
  if (vector === undefined) return small(type, new Map(), rows.length);
  return vector.kind === "str" ? measureTexts(type, vector, rows) : measureNumbers(type, vector, rows);
}

function measureTexts(type: ColumnType, { codes, dictionary, valid }: Extract<Vector, { kind: "str" }>, rows: Int32Array): Measured {
  const ofCode = new Uint32Array(dictionary.length);
  for (const row of rows) if (valid === undefined || valid[row] !== 0) ofCode[codes[row]]++;
  // A dictionary may have a text twice.
  const counts = new Map<string, number>();
  const { values } = dictionary;
  let longest = 0;
  for (let code = 0; code < ofCode.length; code++) {
    if (ofCode[code] === 0) continue;
    counts.set(values[code], (counts.get(values[code]) ?? 0) + ofCode[code]);
    longest = Math.max(longest, values[code].length);
  }
  if (counts.size < valuesMax && longest <= textMax) return small(type, counts, rows.length);
  return type === "date" ? measuredOf("time", stateOfValues("time", small(type, counts, rows.length))) : sketchOfTexts(counts, rows.length);
}

function measureNumbers(type: ColumnType, { values, valid }: Exclude<Vector, { kind: "str" }>, rows: Int32Array): Measured {
  const known = valid === undefined ? rows : rows.filter((row) => valid[row] !== 0);
  const counts = new Map<number, number>();
  for (const row of known) {
    counts.set(values[row], (counts.get(values[row]) ?? 0) + 1);
    if (counts.size === valuesMax) return sketchOfNumbers(Float64Array.from(known, (each) => values[each]), rows.length, (value) => textOf(type, value));
  }
  return small(type, new Map(Array.from(counts, ([value, count]) => [textOf(type, value), count])), rows.length);
}

function textOf(type: ColumnType, number: number): string {
  if (type === "boolean") return number === 0 ? "false" : "true";
  if (type === "timestamp") return isoTimestamp(number);
  return Number.isFinite(number) ? String(number) : Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
}

/** As its values. @param rows - nulls among them */
function small(type: ColumnType, counts: ReadonlyMap<string, number>, rows: number): Extract<Measured, { form: "values" }> {
  const values = Array.from(counts, ([text, count]) => measuredValue(kinds[type], text, count));
  const nulls = rows - values.reduce((sum, [, count]) => sum + count, 0);
  return { form: "values", values: nulls === 0 ? values : [...values, [null, nulls, null, 0, 0]] };
}
