import type { QueryValue } from "../../sql/query-request.ts";
import { isOutOfMemory } from "../../sql/engine-error.ts";
import type { ColumnState } from "./column-state.ts";
import { sketchOfCodes, sketchText } from "./distinct-sketch.ts";
import { measureHuge } from "./huge-values.ts";
import { type MeasuredBasics, type MeasuredSketch, momentsOf, stateOfSketch } from "./measured-sketch.ts";
import { type MeasuredValue, type MeasuredValues, stateOfValues } from "./measured-values.ts";
import { type ColumnKind, hasValues, type ProfiledColumn } from "./profiled-column.ts";
import { crowdedRows, frequentSql, type PlacedColumn, probeSql, type RowsToMeasure, sketchesSql, valuesSql } from "./state-sql.ts";

/** A column as it was measured over some rows: plain data, as small as what it says. */
export type Measured = MeasuredValues | MeasuredSketch;

/** The state of a column, from what was measured of it. */
export function stateOf(kind: ColumnKind, measured: Measured): ColumnState {
  return measured.form === "values" ? stateOfValues(kind, measured) : stateOfSketch(measured);
}

/**
 * Runs a statement over the parts that it names, and gives its rows.
 * @param columns - all that it reads: of a wide table the others need not be there
 */
export type RunStatement = (sql: string, columns?: readonly ProfiledColumn[]) => Promise<QueryValue[][]>;

/** Of the different values that a column may have, so many among the first rows: beyond, it is not tried as its values. */
const probedShare = 0.5;
const probedBytesMax = 200;
/** Columns of one statement: the gate takes 200 queries in one and 64 KiB of text. */
const columnsOfProbe = 200;
const columnsOfValues = 45;
const columnsOfSketches = 24;
const columnsOfFrequent = 45;
/** Registers that a statement names, of all its columns together. */
const registersOfFrequent = 8_000;

/** What is expected of a column before it is measured: it decides how, never what comes out. */
export interface Expected {
  /** So few different values, and short ones, that it is kept as these. */
  few: boolean;
  /** What the sums of powers are taken from. */
  mean: number;
}

/**
 * Measures columns over one part, or over several small ones at once, each for itself.
 *
 * @param from - `rows` of all parts together, about
 * @param expected - by place of the column; absent: the first rows are looked at
 * @returns by part, by place of the column
 */
export async function measureColumns(run: RunStatement, columns: readonly ProfiledColumn[], from: RowsToMeasure, expected?: readonly Expected[]): Promise<Measured[][]> {
  try {
    return await measureTogether(run, columns, from, expected);
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
  }
  return measureApart(run, columns, from, expected);
}

/** What is too much for one statement: each part alone, then ever fewer columns, so that one that holds huge values spoils no other. */
async function measureApart(run: RunStatement, columns: readonly ProfiledColumn[], { parts, rows, ...same }: RowsToMeasure, expected?: readonly Expected[]): Promise<Measured[][]> {
  if (parts.length > 1) {
    const measured: Measured[][] = [];
    for (const [i, part] of parts.entries()) measured.push(...(await measureColumns(run, columns, { ...same, parts: [part], rows: Math.ceil(rows / parts.length), nulls: (_, column) => same.nulls?.(i, column) }, expected)));
    return measured;
  }
  if (columns.length === 1) {
    // Read once: two readers have two huge values in memory.
    const measure = async (part: string, expected: readonly Expected[]): Promise<Measured> => (await measureTogether(run, columns, { ...same, parts: [part], rows, columnar: false }, expected))[0][0];
    return [[await measureHuge(measure, (sql) => run(sql, columns), columns[0], parts[0], same.nulls?.(0, columns[0]))]];
  }
  const middle = Math.ceil(columns.length / 2);
  const [left] = await measureColumns(run, columns.slice(0, middle), { parts, rows, ...same }, expected?.slice(0, middle));
  const [right] = await measureColumns(run, columns.slice(middle), { parts, rows, ...same }, expected?.slice(middle));
  return [[...left, ...right]];
}

async function measureTogether(run: RunStatement, columns: readonly ProfiledColumn[], from: RowsToMeasure, expected?: readonly Expected[]): Promise<Measured[][]> {
  const measured: Measured[][] = from.parts.map(() => []);
  if (from.rows === 0) return from.parts.map(() => columns.map(() => ({ form: "values", values: [] })));
  const placed = columns.map((column, place): PlacedColumn => ({ place, column }));
  const hints = expected ?? (await probe(run, placed, from));
  const isFew = ({ place }: PlacedColumn): boolean => hints[place].few;
  const tooMany = await measureValues(run, placed.filter(isFew), from, measured);
  const sketched = [...placed.filter((column) => !isFew(column)), ...tooMany].map((column) => ({ ...column, shift: hints[column.place].mean }));
  const again = await measureSketches(run, sketched, from, measured);
  // Where the shift is unlike the rows it is of no use; the mean of all is.
  await measureSketches(run, again, from, measured);
  return measured;
}

/** Of rows that are to come what those are that were measured. */
export function expectedOf(measured: Measured): Expected {
  if (measured.form === "values") {
    const numbers = measured.values.filter(([, , number]) => number !== null) as [string, number, number, number, number][];
    const [sum, count] = [numbers.reduce((total, [, count, number]) => total + count * number, 0), numbers.reduce((total, [, count]) => total + count, 0)];
    return { few: true, mean: count === 0 ? 0 : sum / count };
  }
  const { basics, shift } = measured;
  return { few: false, mean: shift + (basics[10] ?? 0) / (basics[9] || 1) };
}

async function probe(run: RunStatement, columns: readonly PlacedColumn[], { parts, valuesMax }: RowsToMeasure): Promise<Expected[]> {
  const found: Expected[] = [];
  for (const some of chunks(columns, columnsOfProbe)) {
    const [[json]] = await run(probeSql(some, parts[0]), columnsOf(some));
    const probes = JSON.parse(String(json)) as [distinct: number, bytes: number | null, mean: number | null][];
    for (const [i, [distinct, bytes, mean]] of probes.entries()) found.push({ few: hasValues(some[i].column) && distinct <= valuesMax * probedShare && (bytes ?? 0) <= probedBytesMax, mean: mean ?? 0 });
  }
  return found;
}

/** @returns those that have too many different values to be kept so, in any of the parts */
async function measureValues(run: RunStatement, columns: readonly PlacedColumn[], from: RowsToMeasure, measured: Measured[][]): Promise<PlacedColumn[]> {
  const tooMany = new Set<number>();
  for (const some of chunks(columns, columnsOfValues)) {
    for (const { place } of some) for (const part of measured) part[place] = { form: "values", values: [] };
    for (const [part, place, , json] of await run(valuesSql(some, from), columnsOf(some))) {
      if (json === null) tooMany.add(Number(place));
      else measured[Number(part)][Number(place)] = { form: "values", values: JSON.parse(String(json)) ?? ([] as MeasuredValue[]) };
    }
  }
  return columns.filter(({ place }) => tooMany.has(place));
}

type ShiftedColumn = PlacedColumn & { shift: number };

/** @returns those whose moments could not be told from the shift, with a better one */
async function measureSketches(run: RunStatement, columns: readonly ShiftedColumn[], from: RowsToMeasure, measured: Measured[][]): Promise<ShiftedColumn[]> {
  const again: ShiftedColumn[] = [];
  for (const some of chunks(columns, columnsOfSketches)) {
    for (const column of some) for (const part of measured) part[column.place] = emptySketch(column);
    const crowded = new Map<number, Set<number>>();
    for (const [part, place, what, json] of await run(sketchesSql(some, from), columnsOf(some))) {
      const columnsOfPart = measured[Number(part)] as MeasuredSketch[];
      const found = JSON.parse(String(json));
      if (what === "basics") for (const basics of found as MeasuredBasics[]) columnsOfPart[basics[0]].basics = basics;
      else Object.assign(columnsOfPart[Number(place)], registersOf(found, crowded, Number(place)));
    }
    await measureFrequent(run, some.filter(({ column, place }) => hasValues(column) && crowded.has(place)).map(({ place, column }) => ({ place, column, crowded: [...(crowded.get(place) as Set<number>)] })), from, measured);
    for (const column of some) {
      const shift = betterShift(measured.map((part) => part[column.place] as MeasuredSketch));
      if (shift !== undefined) again.push({ ...column, shift });
    }
  }
  return again;
}

type FoundRegisters = [codes: number[] | null, sample: MeasuredSketch["sample"] | null, crowded: number[] | null, unlistedMax: number];

/** @param crowded - by place, which registers are so in any part; it is added to */
function registersOf([codes, sample, registers, unlistedMax]: FoundRegisters, crowded: Map<number, Set<number>>, place: number): Pick<MeasuredSketch, "registers" | "sample" | "unlistedMax"> {
  if (registers !== null) crowded.set(place, new Set([...(crowded.get(place) ?? []), ...registers]));
  return { registers: sketchText(sketchOfCodes(codes ?? [])), sample: sample ?? [], unlistedMax };
}

async function measureFrequent(run: RunStatement, columns: readonly (PlacedColumn & { crowded: number[] })[], from: RowsToMeasure, measured: Measured[][]): Promise<void> {
  for (const some of chunks(columns, columnsOfFrequent, ({ crowded }) => crowded.length, registersOfFrequent)) {
    for (const { place } of some) for (const part of measured) (part[place] as MeasuredSketch).unlistedMax = crowdedRows(from) - 1;
    for (const [part, place, , json] of await run(frequentSql(some, from), columnsOf(some))) (measured[Number(part)][Number(place)] as MeasuredSketch).frequent = JSON.parse(String(json)) ?? [];
  }
}

function betterShift(parts: readonly MeasuredSketch[]): number | undefined {
  const off = parts.find(({ basics, shift }) => basics.length > 3 && momentsOf(basics, shift) === undefined);
  return off && off.shift + (off.basics[10] ?? 0) / (off.basics[9] ?? 1);
}

function emptySketch({ place, shift }: ShiftedColumn): MeasuredSketch {
  return { form: "sketch", basics: [place, 0, 0, 0, 0, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null], shift, registers: sketchText(sketchOfCodes([])), sample: [], frequent: [], unlistedMax: 0 };
}

const columnsOf = (placed: readonly PlacedColumn[]): ProfiledColumn[] => placed.map(({ column }) => column);

/** Items in their order, at most so many together, and of at most so much weight. */
function chunks<T>(items: readonly T[], size: number, weightOf: (item: T) => number = () => 0, weightMax = Number.POSITIVE_INFINITY): T[][] {
  const made: T[][] = [];
  let weight = 0;
  for (const item of items) {
    weight += weightOf(item);
    const last = made.at(-1);
    if (last === undefined || last.length === size || weight > weightMax) {
      made.push([item]);
      weight = weightOf(item);
    } else last.push(item);
  }
  return made;
}
