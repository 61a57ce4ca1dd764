import { chunks } from "./chunks.ts";
import type { Measured, RunStatement } from "./collect-states.ts";
import { type Expected, expectedFrom, expectedMax, type Probed } from "./expected-column.ts";
import { betterShift, emptySketch, type FoundRegisters, type MeasuredBasics, type MeasuredSketch, registersOf } from "./measured-sketch.ts";
import { hasValues, type ProfiledColumn } from "./profiled-column.ts";
import { crowdedRows, frequentSql, laidProbeSql, laidSql, type PlacedColumn, type RowsToMeasure, sketchesSql, valuesSql } from "./state-sql.ts";

/*
 * A table of many columns and few rows is laid on its side: columns of one type one below the other, each as if it were a part of
 * one column. In a statement a column costs some ten milliseconds of planning and of grouping by itself, whatever its rows; laid, it
 * costs what its values do.
 */

/** Columns from which on it is worth it. */
const columnsMin = 100;
/** Of one type. */
const sameTypeMin = 8;
/** Of a part; beyond, values cost more than columns. */
const rowsMax = 10_000;
/** Values of a statement: they lie in memory. */
const valuesOfStatement = 1_000_000;
/** Text of a statement that names columns: the gate takes 64 KiB. */
const charactersMax = 48 * 1024;
/** Of a shift, as text. */
const shiftCharacters = 26;

/** The columns to be laid, those of one type together, and those that are not. */
export function groupsToLay(columns: readonly PlacedColumn[], from: RowsToMeasure): { laid: PlacedColumn[][]; others: PlacedColumn[] } {
  const rows = from.rows / from.parts.length;
  if (columns.length < columnsMin || rows > rowsMax) return { laid: [], others: [...columns] };
  const groups = [...Map.groupBy(columns, typeOf).values()];
  const laid = groups.filter(({ length }) => length >= sameTypeMin);
  const others = groups.filter(({ length }) => length < sameTypeMin).flat();
  const characters = ({ column }: PlacedColumn): number => (cellSql(column).length + shiftCharacters) * from.parts.length;
  return { laid: laid.flatMap((group) => chunks(group, Math.max(1, Math.floor(valuesOfStatement / Math.max(1, from.rows))), characters, charactersMax)), others };
}

/** As what its values stand in a list with others. */
const typeOf = ({ column: { kind, type } }: PlacedColumn): string => (kind === "text" || kind === "struct" ? kind : type);
/** Of a struct it matters whether it is there. */
const cellSql = ({ kind, sql }: ProfiledColumn): string => (kind === "struct" ? `case when ${sql} is not null then true end` : sql);

/**
 * Measures columns of one type.
 * @param measured - by part, by place: it is added to
 */
export async function measureLaid(run: RunStatement, columns: readonly PlacedColumn[], from: RowsToMeasure, expected: readonly Expected[] | undefined, measured: Measured[][]): Promise<void> {
  const hints = expected ?? (await probe(run, columns, from));
  const isFew = ({ place }: PlacedColumn): boolean => hints[place].few;
  const tooMany = await measureValues(run, columns.filter(isFew), from, measured);
  const sketched = [...columns.filter((column) => !isFew(column)), ...tooMany].map((column) => ({ ...column, shift: hints[column.place].mean }));
  await measureSketches(run, await measureSketches(run, sketched, from, measured), from, measured);
}

type ShiftedColumn = PlacedColumn & { shift: number };

/** All of them as one column, whose parts they are. */
interface Laid {
  cell: PlacedColumn;
  from: RowsToMeasure;
  /** What a statement says is of this part and this column. */
  find(f: unknown): { part: number; place: number };
  used: ProfiledColumn[];
}

function lay(columns: readonly (PlacedColumn & { shift?: number })[], { parts, rows, valuesMax }: RowsToMeasure): Laid {
  const all = columns.length;
  return {
    cell: { place: 0, column: columns[0].column },
    from: { parts: parts.flatMap((part) => columns.map(() => part)), rows: rows * all, valuesMax, columnar: false, laid: laidSql(columns.map(({ column, shift = 0 }) => ({ sql: cellSql(column), shift })), parts) },
    find: (f) => ({ part: Math.floor(Number(f) / all), place: columns[Number(f) % all].place }),
    used: columns.map(({ column }) => column),
  };
}

/** @returns by place; of the first part */
async function probe(run: RunStatement, columns: readonly PlacedColumn[], { parts, rows, ...same }: RowsToMeasure): Promise<Expected[]> {
  const found: Expected[] = [];
  for (const { column, place } of columns) found[place] = expectedFrom([0, null, null], column, same.valuesMax);
  // So few rows have no more different values.
  if (rows / parts.length <= expectedMax(same.valuesMax)) return found;
  const { cell, from, find, used } = lay(columns, { ...same, parts: parts.slice(0, 1), rows: rows / parts.length });
  for (const [f, json] of await run(laidProbeSql(cell, from), used)) found[find(f).place] = expectedFrom(JSON.parse(String(json)) as Probed, cell.column, same.valuesMax);
  return found;
}

/** @returns those that have too many different values to be kept so, in any of the parts */
async function measureValues(run: RunStatement, columns: readonly PlacedColumn[], rows: RowsToMeasure, measured: Measured[][]): Promise<PlacedColumn[]> {
  if (columns.length === 0) return [];
  const { cell, from, find, used } = lay(columns, rows);
  for (const { place } of columns) for (const part of measured) part[place] = { form: "values", values: [] };
  const tooMany = new Set<number>();
  for (const [f, , , json] of await run(valuesSql([cell], from), used)) {
    const { part, place } = find(f);
    if (json === null) tooMany.add(place);
    else measured[part][place] = { form: "values", values: JSON.parse(String(json)) ?? [] };
  }
  return columns.filter(({ place }) => tooMany.has(place));
}

/** @returns those whose moments could not be told from the shift, with a better one */
async function measureSketches(run: RunStatement, columns: readonly ShiftedColumn[], rows: RowsToMeasure, measured: Measured[][]): Promise<ShiftedColumn[]> {
  if (columns.length === 0) return [];
  const { cell, from, find, used } = lay(columns, rows);
  const canBeFrequent = hasValues(cell.column);
  for (const { place, shift } of columns) for (const part of measured) part[place] = emptySketch(shift);
  const sketchOf = (f: unknown): MeasuredSketch => {
    const { part, place } = find(f);
    return measured[part][place] as MeasuredSketch;
  };
  for (const [f, , what, json] of await run(sketchesSql([{ ...cell, shift: "shift" }], from), used)) {
    const sketch = sketchOf(f);
    if (what === "basics") [sketch.basics] = JSON.parse(String(json)) as MeasuredBasics[];
    else {
      const { crowded, ...kept } = registersOf(JSON.parse(String(json)) as FoundRegisters);
      Object.assign(sketch, kept, canBeFrequent && crowded.length > 0 && { unlistedMax: crowdedRows(from) - 1 });
    }
  }
  // Of few rows all can be counted: no register needs be left out.
  if (canBeFrequent) for (const [f, , , json] of await run(frequentSql([cell], from), used)) sketchOf(f).frequent = JSON.parse(String(json)) ?? [];
  return columns.flatMap((column) => {
    const shift = measured.map((part) => betterShift(part[column.place] as MeasuredSketch)).find((each) => each !== undefined);
    return shift === undefined ? [] : [{ ...column, shift }];
  });
}
