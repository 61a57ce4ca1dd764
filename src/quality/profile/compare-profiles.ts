import type { ColumnProfile, TableProfile } from "./profile.ts";

/** What two profiles of one table differ in: `before` is what `after` is held against. */
export interface ProfileComparison {
  dataset: string;
  before: { snapshot: string | null; at: string; rows: number };
  after: { snapshot: string | null; at: string; rows: number };
  /** Names of columns that one of both has alone. */
  added: string[];
  removed: string[];
  columns: ColumnComparison[];
}

export interface ColumnComparison {
  name: string;
  /** Each figure that differs, before and after. */
  changes: { figure: string; before: string; after: string }[];
  /** Values that came or went; of columns whose values are all known. */
  newValues: string[];
  goneValues: string[];
  /** How far the distribution has moved, where both are known. */
  drift?: Drift;
}

export interface Drift {
  measure: string;
  value: number;
  says: string;
}

const valuesMax = 20;

/** Columns that do not differ are left out. */
export function compareProfiles(before: TableProfile, after: TableProfile): ProfileComparison {
  const [old, now] = [before, after].map(({ columns }) => new Map(columns.map((column) => [column.name, column])));
  const both = after.columns.filter(({ name }) => old.has(name));
  const columns = both.map((column) => compareColumns(old.get(column.name) as ColumnProfile, column));
  return {
    dataset: after.dataset,
    before: { snapshot: before.snapshot, at: before.at, rows: before.rows },
    after: { snapshot: after.snapshot, at: after.at, rows: after.rows },
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    columns: columns.filter(({ changes, newValues, goneValues }) => changes.length + newValues.length + goneValues.length > 0),
  };
}

function compareColumns(before: ColumnProfile, after: ColumnProfile): ColumnComparison {
  const figures = figuresOf(before);
  const changes = [...figuresOf(after)].map(([figure, value]) => ({ figure, before: figures.get(figure) ?? "", after: value })).filter((change) => change.before !== change.after);
  return { name: after.name, changes, newValues: onlyIn(after, before), goneValues: onlyIn(before, after) };
}

/** Shares and rounded figures: counts differ wherever a row has come. */
function figuresOf({ type, rows, nulls, notNumbers, infinities, empty, distinct, min, max, numbers, lengths, meaning, nature }: ColumnProfile): Map<string, string> {
  const share = (count: number): string => (rows === 0 ? "0 %" : `${((count / rows) * 100).toFixed(2)} %`);
  const rounded = (number: number | null | undefined): string => (typeof number === "number" ? String(Number(number.toPrecision(4))) : "");
  return new Map([
    ["type", type],
    ["nulls", share(nulls)],
    ["NaN", share(notNumbers)],
    ["infinite", share(infinities)],
    ["empty", share(empty)],
    ["distinct", distinct.exact ? String(distinct.value) : `~${Number(distinct.value.toPrecision(2))}`],
    ["min", min ?? ""],
    ["max", max ?? ""],
    ["mean", rounded(numbers?.mean)],
    ["deviation", rounded(numbers?.deviation)],
    ["median", rounded(numbers?.quantiles.values[50])],
    ["length", lengths === null ? "" : `${lengths.min} to ${lengths.max}`],
    ["meaning", meaning?.kind ?? ""],
    ["nature", nature ?? ""],
  ]);
}

function onlyIn(one: ColumnProfile, other: ColumnProfile): string[] {
  if (!one.frequent?.complete || !other.frequent?.complete) return [];
  const there = new Set(other.frequent.values.map(({ value }) => value));
  return one.frequent.values.map(({ value }) => value).filter((value) => !there.has(value)).slice(0, valuesMax);
}
