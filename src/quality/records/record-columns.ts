import type { Vector } from "../../batch/batch.ts";
import { isoTimestamp } from "../../batch/timestamp.ts";
import type { ColumnType } from "../../model/manifest.ts";
import type { Measured } from "../states/collect-states.ts";
import type { MeasuredValue } from "../states/measured-values.ts";
import { stateOfValues } from "../states/measured-values.ts";
import type { ColumnKind } from "../states/profiled-column.ts";
import { measuredOf, textMax, valuesMax } from "./measured-of.ts";
import { hashOfNumber, hashOfText } from "./value-hash.ts";

/*
 * What is known of the columns of some records, in the form that is kept of a table's files, and made without an engine: each
 * different value is looked at once, and a text once for each time that its dictionary has it.
 */

const kinds: Readonly<Record<ColumnType, ColumnKind>> = { string: "text", json: "text", integer: "integer", number: "float", boolean: "boolean", timestamp: "time", date: "time" };

/** How a column of records is measured. Nested values are their JSON. */
export const kindOfColumn = (type: ColumnType): ColumnKind => kinds[type];

/** @param vector - undefined where the batch has no such column: all nulls. @param rows - by index, each once */
export function measureVector(type: ColumnType, vector: Vector | undefined, rows: Int32Array): Measured {
  const values = vector === undefined ? [] : vector.kind === "str" ? textsOf(type, vector, rows) : numbersOf(type, vector, rows);
  const nulls = rows.length - values.reduce((sum, [, count]) => sum + count, 0);
  const all: MeasuredValue[] = nulls === 0 ? values : [...values, [null, nulls, null, 0, 0]];
  const isSmall = all.length <= valuesMax && all.every(([text]) => text === null || text.length <= textMax);
  return isSmall ? { form: "values", values: all } : measuredOf(kinds[type], stateOfValues(kinds[type], { form: "values", values: all }));
}

function textsOf(type: ColumnType, { codes, dictionary, valid }: Extract<Vector, { kind: "str" }>, rows: Int32Array): MeasuredValue[] {
  const counts = new Map<string, number>();
  const ofCode = new Uint32Array(dictionary.length);
  for (const row of rows) if (valid === undefined || valid[row] !== 0) ofCode[codes[row]]++;
  const { values } = dictionary;
  // A dictionary may have a text twice.
  for (let code = 0; code < ofCode.length; code++) if (ofCode[code] > 0) counts.set(values[code], (counts.get(values[code]) ?? 0) + ofCode[code]);
  return Array.from(counts, ([text, count]) => valueOf(type, text, count));
}

function numbersOf(type: ColumnType, { values, valid }: Exclude<Vector, { kind: "str" }>, rows: Int32Array): MeasuredValue[] {
  const counts = new Map<number, number>();
  for (const row of rows) if (valid === undefined || valid[row] !== 0) counts.set(values[row], (counts.get(values[row]) ?? 0) + 1);
  return Array.from(counts, ([number, count]) => valueOf(type, textOf(type, number), count, number));
}

function textOf(type: ColumnType, number: number): string {
  if (type === "boolean") return number === 0 ? "false" : "true";
  if (type === "timestamp") return isoTimestamp(number);
  return Number.isFinite(number) ? String(number) : Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
}

function valueOf(type: ColumnType, text: string, count: number, number = type === "date" ? Date.parse(text) : Number.NaN): MeasuredValue {
  const measured = kinds[type] !== "boolean" && Number.isFinite(number) ? number : null;
  return [text, count, measured, ...(measured === null ? hashOfText(text) : hashOfNumber(measured))];
}
