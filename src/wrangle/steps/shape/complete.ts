import { sqlName } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { failureSql } from "../../nested/cast.ts";
import { namedFields } from "../named-fields.ts";
import { bigint, type Field, type Relation, typeSql } from "../../nested/nested-type.ts";
import { inputName } from "../../nested/value.ts";
import { beyondBounds, unfit } from "../../nested/wrangle-error.ts";
import { type Cell, cellsKey, type Row } from "../cells.ts";
import { dateText, dayOf } from "../dates.ts";
import type { ReshapeStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

export interface CompleteOptions<K extends string> {
  /** Columns of whole numbers or dates that are filled from the least to the greatest value, and the step: a number, or days. Others have the values that are there. */
  steps?: { readonly [C in K]?: number };
}

const rowsMax = 1_000_000;

/**
 * Every combination of values of these columns gets a row: what was missing without a trace is a row with nulls. Rows that
 * there are stay as they are. What a missing row means, `imputeFrom("n", { otherwise: 0 })` says.
 * @example complete(["station", "day"], { steps: { day: 1 } })
 * @throws MillraceError `MR-WRANGLE-002` for more than 1,000,000 values from the least to the greatest, in memory also for so many combinations; in SQL the first is an error of the engine
 */
export function complete<T, const K extends keyof T & string>(columns: readonly K[], options: CompleteOptions<NoInfer<K>> = {}): Step<T, Flat<Pick<T, K> & { [C in Exclude<keyof T, K>]: T[C] | null }>> {
  return { kind: "complete", columns, ...options };
}

interface Complete {
  columns: string[];
  steps: Map<string, number>;
}

export const completeKind: ReshapeStep<Complete> = {
  kind: "complete",
  scope: "reshape",
  read: (given) => {
    const columns = given.columns("columns");
    const steps = new Map(Object.entries(given.table("steps", {})));
    const other = [...steps].find(([column, step]) => !columns.includes(column) || !Number.isSafeInteger(step) || Number(step) < 1);
    if (other !== undefined) throw unfit(`${JSON.stringify(other[1])} is no step for ${JSON.stringify(other[0])}`, "steps of complete", "give a whole number from 1 for one of the columns");
    return { columns, steps: steps as Map<string, number> };
  },
  sql: ({ columns, steps }, input) => {
    const fields = namedFields(input.fields, columns, "complete");
    const grid = fields.map((field) => valuesSql(field, steps.get(field.name), input));
    const isThere = fields.map(({ name }) => `${columnSql(name)} is not distinct from "_grid".${sqlName(name)}`).join(" and ");
    const cells = input.fields.map((field) => (fields.includes(field) ? `"_grid".${sqlName(field.name)}` : "null"));
    const all = input.fields.map(({ name }) => sqlName(name)).join(", ");
    const missing = `select ${cells.join(", ")} from (select * from ${grid.join(" cross join ")}) as "_grid" where not exists (select 1 from ${input.from} as ${inputName} where ${isThere})`;
    return { from: `(select ${all} from ${input.from} union all ${missing})`, fields: input.fields };
  },
  rows: ({ columns, steps }, rows) => {
    const grid = columns.map((column) => gridValues(rows, column, steps.get(column)));
    const size = grid.reduce((product, values) => product * values.length, 1);
    if (size > rowsMax) throw beyondBounds(`there are ${size} combinations of ${columns.join(", ")}`, "complete", `name fewer columns: at most ${rowsMax} are made in memory`);
    const there = new Set(rows.map((row) => cellsKey(columns.map((column) => row[column]))));
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const missing = combinations(grid).filter((cells) => !there.has(cellsKey(cells)));
    return [...rows, ...missing.map((cells): Row => Object.fromEntries(names.map((name) => [name, cells[columns.indexOf(name)] ?? null])))];
  },
};

/** The values of one column, as rows of that column. */
function valuesSql({ name, type, asJson }: Field, step: number | undefined, { from }: Relation): string {
  if (asJson || type.kind !== "scalar") throw unfit(`column ${JSON.stringify(name)} holds lists or structs`, "complete", "unnest it first");
  const column = columnSql(name);
  if (step === undefined) return `(select distinct ${column} as ${sqlName(name)} from ${from} as ${inputName})`;
  const isDate = typeSql(type) === "DATE";
  if (!isDate && !/^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(typeSql(type))) throw unfit(`column ${JSON.stringify(name)} holds ${typeSql(type)}`, "steps of complete", "steps go over whole numbers and dates");
  const number = isDate ? `date_diff('day', cast('1970-01-01' as DATE), ${column})` : `cast(${column} as BIGINT)`;
  const last = `case when max(${number}) - min(${number}) >= ${BigInt(rowsMax) * BigInt(step)} then ${failureSql(tooWide(name), bigint)} else max(${number}) end`;
  const series = `unnest(generate_series(min(${number}), ${last}, ${step}))`;
  return `(select ${isDate ? `cast('1970-01-01' as DATE) + cast(${series} as INTEGER)` : `cast(${series} as ${typeSql(type)})`} as ${sqlName(name)} from ${from} as ${inputName})`;
}

const tooWide = (column: string): string => `column ${JSON.stringify(column)} goes over more than ${rowsMax} steps`;

function gridValues(rows: readonly Row[], column: string, step: number | undefined): Cell[] {
  const cells = rows.map((row) => row[column] ?? null);
  if (step === undefined) return [...new Map(cells.map((cell) => [cellsKey([cell]), cell])).values()];
  const known = cells.filter((cell) => cell !== null);
  if (known.length === 0) return [];
  const isDate = typeof known[0] === "string";
  const numbers = known.map((cell) => (isDate ? dayOf(String(cell), "complete") : Number(cell)));
  if (!numbers.every(Number.isSafeInteger)) throw unfit(`column ${JSON.stringify(column)} holds a number with a fraction`, "steps of complete", "steps go over whole numbers and dates");
  const [least, most] = numbers.reduce(([low, high], number) => [Math.min(low, number), Math.max(high, number)], [Infinity, -Infinity]);
  if (most - least >= rowsMax * step) throw beyondBounds(tooWide(column), "complete", "make the step greater, or filter the rows first");
  return Array.from({ length: Math.floor((most - least) / step) + 1 }, (_, i) => (isDate ? dateText(least + i * step) : least + i * step));
}

const combinations = (lists: readonly Cell[][]): Cell[][] => lists.reduce<Cell[][]>((made, values) => made.flatMap((cells) => values.map((value) => [...cells, value])), [[]]);
