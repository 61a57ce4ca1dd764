import { sqlName } from "../../lake/duckdb.ts";
import { type ColumnState, compareBounds, distinctOf } from "../states/column-state.ts";
import { distinctError, estimateDistinct, mergeSketches } from "../states/distinct-sketch.ts";
import type { ProfiledColumn } from "../states/profiled-column.ts";
import type { Relations } from "./profile.ts";

/*
 * Which columns hold keys of another table. What states tell rules out nearly all pairs without reading a row: the other column must
 * name its rows, its bounds must enclose, and the sketch of both together must not be greater than its own. What is left is looked at
 * over all rows.
 */

/** A table with its states. */
export interface StatedTable {
  name: string;
  columns: readonly ProfiledColumn[];
  states: readonly ColumnState[];
}

interface Place {
  table: string;
  column: ProfiledColumn;
  state: ColumnState;
}

/** A pair that states do not rule out. */
export interface ReferenceCandidate {
  from: Place;
  to: Place;
  /** The name says it too. */
  isNamed: boolean;
}

/** Fewer different values are in many a key by chance. */
const distinctMin = 5;
/** Pairs that are looked at over all rows. */
const verifiedMax = 20;

/** @returns those named so first, then those with the smaller table on the other side */
export function referenceCandidates(table: StatedTable, others: readonly StatedTable[]): ReferenceCandidate[] {
  const keys = others.flatMap(placesOf).filter(isKey);
  const found = placesOf(table).filter(({ state }) => state.rows > state.nulls).flatMap((from) => keys.filter((to) => mayHold(from, to)).map((to) => ({ from, to, isNamed: isNamedAfter(from, to) })));
  // Small whole numbers are in every key of whole numbers: only their name tells what they are.
  const likely = found.filter(({ from, isNamed }) => isNamed || (from.column.kind === "text" && distinctOf(from.state).count >= distinctMin));
  return likely.sort((a, b) => Number(b.isNamed) - Number(a.isNamed) || a.to.state.rows - b.to.state.rows);
}

/** Columns whose values are told one by one. Of personal data nothing is known by which they could be compared. */
function placesOf({ name, columns, states }: StatedTable): Place[] {
  return columns.flatMap((column, i) => (column.path.length === 1 && (column.kind === "integer" || column.kind === "text") && states[i].personal === undefined && states[i].unread === 0 ? [{ table: name, column, state: states[i] }] : []));
}

function isKey({ state }: Place): boolean {
  const distinct = distinctOf(state);
  if (state.rows < 2 || state.nulls > 0) return false;
  return distinct.exact ? distinct.count === state.rows : distinct.count >= state.rows * (1 - 3 * distinctError) && [...state.frequent.counts.values()].every((count) => count === 1);
}

function mayHold(from: Place, to: Place): boolean {
  const { kind } = from.column;
  const [a, b] = [from.state, to.state];
  if (kind !== to.column.kind || a.min === undefined || a.max === undefined || b.min === undefined || b.max === undefined) return false;
  if (compareBounds(kind, a.min, b.min) < 0 || compareBounds(kind, a.max, b.max) > 0) return false;
  if (a.frequent.complete && b.frequent.complete) return [...a.frequent.counts.keys()].every((value) => b.frequent.counts.has(value));
  return estimateDistinct(mergeSketches(a.distinct, b.distinct)) <= estimateDistinct(b.distinct) * (1 + 3 * distinctError);
}

/** `customer_id` and `customer` are named after the table `shop.customers`; `iata` is after a column `iata`. */
function isNamedAfter({ column }: Place, to: Place): boolean {
  const own = plain(column.path[0]);
  const key = plain(to.column.path[0]);
  const table = plain(to.table.slice(to.table.lastIndexOf(".") + 1)).replace(/s$/, "");
  return (own === key && key !== "id") || (table.length > 2 && own.includes(table));
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{Nd}]/gu, "");

/**
 * Those that hold over all rows: each value is there on the other side, and there it is only once. Of each column the likeliest.
 * @param holds - runs a statement whose one value says so, over `part0` (the table) and `part1` (the other)
 */
export async function findReferences(candidates: readonly ReferenceCandidate[], holds: (sql: string, other: string) => Promise<boolean>): Promise<NonNullable<Relations["references"]>> {
  const found = new Map<string, NonNullable<Relations["references"]>[number]>();
  for (const { from, to } of candidates.slice(0, verifiedMax)) {
    const name = from.column.path[0];
    if (found.has(name)) continue;
    const [a, b] = [sqlName(name), sqlName(to.column.path[0])];
    const sql = `select not exists (select 1 from part0 where ${a} is not null and ${a} not in (select ${b} from part1 where ${b} is not null)) and not exists (select 1 from part1 group by ${b} having count(*) > 1)`;
    if (await holds(sql, to.table)) found.set(name, { from: name, table: to.table, to: to.column.path[0], values: distinctOf(from.state).count });
  }
  return [...found.values()];
}
