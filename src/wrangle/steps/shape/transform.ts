import type { Flat } from "../../../model/schema-types.ts";
import { bigint, type NestedType, type Relation, scalar } from "../../nested/nested-type.ts";
import { momentsOf, standardDeviation } from "../../../statistics/moments.ts";
import { namedFields } from "../named-fields.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { type Aggregate, type Aggregated, aggregateNames, aggregateRows, aggregateSql, meanCells, numberColumns, sumCells } from "../aggregates.ts";
import { type Cell, compareCells, type Row } from "../cells.ts";
import { checkFree } from "../column-names.ts";
import type { NumberColumns, OrderOf } from "../column-types.ts";
import { compareRows, groupIndexes, orderSql } from "../row-order.ts";
import type { Step, WindowStep } from "../step.ts";
import { columnSql } from "../text-step.ts";
import type { Aggregation } from "./summarise.ts";

/** What stands beside each row of a group. */
export type GroupValue<T> =
  /** The same for the whole group. */
  | Exclude<Aggregation<T>, { first: unknown } | { last: unknown } | { list: unknown } | { distinct: unknown }>
  /** The part of the group's sum that the row has; null where the sum is 0. */
  | { readonly share: NumberColumns<T> }
  /** How many standard deviations (of a sample) the row is from the mean. Judged by finite numbers; null where there are fewer than two, or all are the same. */
  | { readonly z: NumberColumns<T> }
  /** Place from 1, by the column, `-name` for the greatest first; the same for the same value, and the next one behind all of these. Null for null. */
  | { readonly rank: (keyof T & string) | `-${keyof T & string}` }
  /** As `rank`, without gaps. */
  | { readonly denseRank: (keyof T & string) | `-${keyof T & string}` }
  /** Sum of the rows up to this one by `orderBy`; rows that are alike in it have the same. */
  | { readonly cumulative: NumberColumns<T> }
  /** The value of the row before, or after, by `orderBy`; null where there is none. */
  | { readonly lag: keyof T & string }
  | { readonly lead: keyof T & string };

type Beside<T, A> = A extends { lag: infer K extends keyof T } | { lead: infer K extends keyof T } ? T[K] | null : A extends { [N in "share" | "z" | "rank" | "denseRank" | "cumulative"]?: string } & object ? (A extends Aggregation<T> ? Aggregated<T, A> : number | null) : Aggregated<T, A>;

export interface TransformOptions<T> {
  /** Rows with the same values here are one group. Default: all rows are one. */
  by?: readonly (keyof T & string)[];
  /** What tells which row comes before which. Rows alike in it come in no order: name enough columns. */
  orderBy?: OrderOf<T>;
}

/**
 * Values of the group beside each of its rows: totals, shares, ranks, what came before.
 * @example transform({ share: { share: "people" }, place: { rank: "-people" } }, { by: ["religion"] })
 */
export function transform<T, const V extends { readonly [name: string]: GroupValue<T> }>(values: V, options: TransformOptions<T> = {}): Step<T, Flat<T & { -readonly [N in keyof V]: Beside<T, V[N]> }>> {
  return { kind: "transform", values, ...options };
}

interface Value {
  name: string;
  column: string;
}

interface Transform {
  values: Map<string, Value>;
  by: string[];
  orderBy: string[];
}

interface Window {
  /** Behind PARTITION BY. */
  groups: string;
  orderBy: readonly string[];
  input: Relation;
}

interface Form {
  ordered?: true;
  numbers?: true;
  /** The column may begin with `-`. */
  signed?: true;
  sql(column: string, window: Window): string;
  type?: NestedType;
  /** @param group - in order, where one is needed */
  of(group: readonly Row[], column: string, orderBy: readonly string[]): Cell[];
}

const double = scalar("DOUBLE");
const cellsOf = (rows: readonly Row[], column: string): Cell[] => rows.map((row) => row[column] ?? null);
const finite = (cells: readonly Cell[]): number[] => cells.filter((cell) => cell !== null && Number.isFinite(Number(cell))).map(Number);

const forms: Record<string, Form> = {
  share: {
    numbers: true,
    type: double,
    sql: (column, { groups }) => `cast(${columnSql(column)} as DOUBLE) / nullif(sum(cast(${columnSql(column)} as DOUBLE)) over (${groups}), 0)`,
    of: (group, column) => {
      const cells = cellsOf(group, column);
      const sum = Number(sumCells(cells) ?? 0);
      return cells.map((cell) => (cell === null || sum === 0 ? null : Number(cell) / sum));
    },
  },
  z: { numbers: true, type: double, sql: zSql, of: (group, column) => zScores(cellsOf(group, column)) },
  rank: { signed: true, type: bigint, sql: (column, window) => rankSql("rank", column, window), of: (group, column) => ranks(group, column, false) },
  denseRank: { signed: true, type: bigint, sql: (column, window) => rankSql("dense_rank", column, window), of: (group, column) => ranks(group, column, true) },
  cumulative: {
    ordered: true,
    numbers: true,
    type: double,
    sql: (column, { groups, orderBy }) => `sum(cast(${columnSql(column)} as DOUBLE)) over (${groups} order by ${orderSql(orderBy)})`,
    of: runningSums,
  },
  lag: { ordered: true, sql: (column, { groups, orderBy }) => `lag(${columnSql(column)}) over (${groups} order by ${orderSql(orderBy)})`, of: (group, column) => [null, ...cellsOf(group, column).slice(0, -1)] },
  lead: { ordered: true, sql: (column, { groups, orderBy }) => `lead(${columnSql(column)}) over (${groups} order by ${orderSql(orderBy)})`, of: (group, column) => [...cellsOf(group, column).slice(1), null] },
};

/** Aggregates that are the same for a whole group, in whatever order its rows come. */
const ofGroups = aggregateNames.filter((name) => !["first", "last", "list", "distinct"].includes(name)) as string[];

export const transformKind: WindowStep<Transform> = {
  kind: "transform",
  scope: "window",
  read: (given) => {
    const options = { values: new Map(given.entries("values").map(([name, value]) => [name, readValue(value, name)])), by: given.maybeColumns("by"), orderBy: given.maybeColumns("orderBy") };
    const ordered = [...options.values.values()].find(({ name }) => forms[name]?.ordered);
    if (ordered !== undefined && options.orderBy.length === 0) throw unfit(`${ordered.name} hangs on the order of rows, and none is said`, "transform", "give orderBy: rows of a table have no order of their own");
    return options;
  },
  sql: ({ values, by, orderBy }, input, together) => {
    checkFree([...input.fields.map(({ name }) => name), ...values.keys()], "transform");
    namedFields(input.fields, orderBy.map((column) => column.replace(/^-/, "")), "transform");
    const groups = `partition by ${[together, ...namedFields(input.fields, by, "transform").map(({ name }) => columnSql(name))].join(", ")}`;
    return { set: [...values].map(([name, value]) => ({ name, ...valueSql(value, { groups, orderBy, input }) })) };
  },
  rows: ({ values, by, orderBy }, rows) => {
    const beside: Record<string, Cell>[] = rows.map(() => ({}));
    const order = compareRows(orderBy);
    for (const indexes of groupIndexes(rows, by)) {
      const sorted = orderBy.length === 0 ? indexes : indexes.toSorted((a, b) => order(rows[a], rows[b]));
      const group = sorted.map((i) => rows[i]);
      for (const [name, value] of values) for (const [at, cell] of valueOfRows(value, group, orderBy).entries()) beside[sorted[at]][name] = cell;
    }
    return rows.map((row, i) => ({ ...row, ...beside[i] }));
  },
};

function readValue(given: unknown, name: string): Value {
  const [entry, ...more] = typeof given === "object" && given !== null ? Object.entries(given) : [];
  const [kind, column] = entry ?? [];
  if (kind === undefined || (!Object.hasOwn(forms, kind) && !ofGroups.includes(kind)) || typeof column !== "string" || more.length > 0) {
    throw unfit(`${JSON.stringify(given)} is no value of a group`, `${name} of transform`, `write {'share': 'column'}; there are ${[...Object.keys(forms), ...ofGroups].join(", ")}`);
  }
  return { name: kind, column };
}

function valueSql({ name, column }: Value, window: Window): { sql: string; type: NestedType } {
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (form === undefined) return aggregateSql({ name, column } as Aggregate, window.input, { where: "transform", over: ` over (${window.groups})` });
  const bare = form.signed ? column.replace(/^-/, "") : column;
  const [field] = form.numbers ? numberColumns(window.input, [bare], "transform") : namedFields(window.input.fields, [bare], "transform");
  return { sql: form.sql(bare === column ? field.name : `-${field.name}`, window), type: form.type ?? field.type };
}

function valueOfRows({ name, column }: Value, group: readonly Row[], orderBy: readonly string[]): Cell[] {
  if (Object.hasOwn(forms, name)) return forms[name].of(group, column, orderBy);
  const value = aggregateRows({ name, column } as Aggregate, group, [], "transform");
  return group.map(() => value);
}

function zSql(column: string, { groups }: Window): string {
  const x = `cast(${columnSql(column)} as DOUBLE)`;
  const value = `case when isfinite(${x}) then ${x} end`;
  return `(${value} - avg(${value}) over (${groups})) / nullif(stddev_samp(${value}) over (${groups}), 0)`;
}

function zScores(cells: readonly Cell[]): (number | null)[] {
  const values = finite(cells);
  const mean = Number(meanCells(values));
  const deviation = standardDeviation(momentsOf(Float64Array.from(values)));
  return cells.map((cell) => (cell === null || !Number.isFinite(Number(cell)) || !(deviation > 0) ? null : (Number(cell) - mean) / deviation));
}

function rankSql(rank: "rank" | "dense_rank", column: string, { groups }: Window): string {
  return `case when ${columnSql(column.replace(/^-/, ""))} is not null then ${rank}() over (${groups} order by ${orderSql([column])}) end`;
}

function ranks(group: readonly Row[], column: string, isDense: boolean): (number | null)[] {
  const bare = column.replace(/^-/, "");
  const sorted = group.toSorted(compareRows([column]));
  const places = new Map<Row, number>();
  let [place, seen] = [0, 0];
  for (const [i, row] of sorted.entries()) {
    if (i === 0 || compareCells(sorted[i - 1][bare], row[bare]) !== 0) {
      seen += 1;
      place = isDense ? seen : i + 1;
    }
    places.set(row, place);
  }
  return group.map((row) => ((row[bare] ?? null) === null ? null : (places.get(row) as number)));
}

function runningSums(group: readonly Row[], column: string, orderBy: readonly string[]): (number | null)[] {
  const order = compareRows(orderBy);
  const sums: (number | null)[] = [];
  let sum: number | null = null;
  for (let from = 0; from < group.length; ) {
    let to = from;
    for (; to < group.length && order(group[from], group[to]) === 0; to++) {
      const cell = group[to][column] ?? null;
      if (cell !== null) sum = (sum ?? 0) + Number(cell);
    }
    for (; from < to; from++) sums.push(sum);
  }
  return sums;
}
