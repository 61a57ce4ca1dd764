import { compareCells, type Row } from "../cells.ts";
import type { Step, WindowStep } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import type { TextColumn } from "./reading-step.ts";
import { Computed } from "../computed.ts";
import { type KeyMethod, keyMethods, keyOf, keySql } from "./word-keys.ts";

export interface ClusterOptions {
  /** What texts have in common that mean the same: see `wordKey`. Default "fingerprint". */
  method?: KeyMethod;
  /** A spelling is taken by others only if at least so many rows have it. Default 1. */
  minCount?: number;
}

/**
 * Writes texts alike that have one key: the most frequent spelling wins, of equally frequent ones the first by code point. It
 * looks at all rows. Texts of more than 200 characters stay. What it would do is shown by `clusters`, to be confirmed by a person and kept as `mapValues`.
 *
 * @example cluster("operator") // "Delta Air Lines", "DELTA AIR LINES*" → as most write it
 */
export function cluster<T, const K extends TextColumn<T>>(columns: K | readonly K[], options: ClusterOptions = {}): Step<T, T> {
  return { kind: "cluster", columns: [columns].flat(), ...options };
}

interface Cluster {
  columns: string[];
  method: KeyMethod;
  minCount: number;
}

export const clusterKind: WindowStep<Cluster> = {
  kind: "cluster",
  scope: "window",
  ownCells: true,
  read: (given) => ({ columns: given.columns("columns"), method: given.oneOf("method", keyMethods, "fingerprint"), minCount: given.number("minCount", { min: 1, whole: true, fallback: 1 }) }),
  sql: ({ columns, method, minCount }, input, together) => {
    const first = new Computed();
    const set = textColumns(input, columns, "cluster").map(({ name, type }) => {
      const value = columnSql(name);
      const key = first.once(keySql(value, method));
      const count = first.once(`count(*) over (partition by ${together}, ${value})`);
      const most = first.once(`first_value(${value}) over (partition by ${together}, ${key} order by ${count} desc, ${value})`);
      const mostCount = first.once(`max(${count}) over (partition by ${together}, ${key})`);
      return { name, type, sql: `case when ${key} <> '' and ${mostCount} >= ${minCount} then ${most} else ${value} end` };
    });
    return { first: first.values, set };
  },
  rows: ({ columns, method, minCount }, rows) => {
    const key = keyOf(method);
    return columns.reduce<Row[]>((changed, column) => {
      const values = changed.map((row) => row[column]).filter((cell) => typeof cell === "string");
      const winners = winnersOf(values, key, minCount);
      return changed.map((row) => (typeof row[column] === "string" && winners.has(row[column]) ? { ...row, [column]: winners.get(row[column]) as string } : row));
    }, [...rows]);
  },
};

/** What each spelling becomes. */
function winnersOf(values: readonly string[], key: (text: string) => string | null, minCount: number): Map<string, string> {
  const winners = new Map<string, string>();
  for (const [common, group] of Map.groupBy(countsOf(values), ([value]) => key(value))) {
    const [[winner, count]] = byFrequency(group);
    if (common && count >= minCount) for (const [value] of group) winners.set(value, winner);
  }
  return winners;
}

/** A spelling, and how many rows have it. */
export type Counted = [value: string, count: number];

function countsOf(values: Iterable<string>): Counted[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts];
}

/** The most frequent first, equally frequent ones by code point. */
export const byFrequency = (group: readonly Counted[]): Counted[] => group.toSorted(([a, m], [b, n]) => n - m || compareCells(a, b));
