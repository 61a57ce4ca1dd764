import { kolmogorovSmirnovOfPoints } from "../../statistics/distance/kolmogorov-smirnov.ts";
import { psiOfCounts } from "../../statistics/distance/psi.ts";
import { pointsOf } from "../../statistics/distance/weighted-points.ts";
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

/** From 0 up: what the values are, and how often, is the same below 0.1, and quite another above 0.25. */
export interface Drift {
  /** `PSI`: of columns whose values are all known, over the values. `Kolmogorov-Smirnov`: of numbers, from their quantiles, within 0.02. */
  measure: "PSI" | "Kolmogorov-Smirnov";
  value: number;
  says: "the same" | "moved" | "another";
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
    columns: columns.filter(({ changes, newValues, goneValues, drift }) => changes.length + newValues.length + goneValues.length > 0 || (drift?.says ?? "the same") !== "the same"),
  };
}

function compareColumns(before: ColumnProfile, after: ColumnProfile): ColumnComparison {
  const figures = figuresOf(before);
  const changes = [...figuresOf(after)].map(([figure, value]) => ({ figure, before: figures.get(figure) ?? "", after: value })).filter((change) => change.before !== change.after);
  const drift = driftOf(before, after);
  return { name: after.name, changes, newValues: onlyIn(after, before), goneValues: onlyIn(before, after), ...(drift && { drift }) };
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

function driftOf(before: ColumnProfile, after: ColumnProfile): Drift | undefined {
  if (before.type !== after.type) return undefined;
  if (before.frequent?.complete && after.frequent?.complete) return before.frequent.values.length > 0 && after.frequent.values.length > 0 ? drift("PSI", psiOfValues(before.frequent.values, after.frequent.values)) : undefined;
  if (before.numbers === null || after.numbers === null) return undefined;
  // Quantiles at even steps: each stands for as many rows as any other.
  const [old, now] = [before.numbers, after.numbers].map(({ quantiles: { values } }) => ({ ...pointsOf(Float64Array.from(values)), exact: false }));
  return drift("Kolmogorov-Smirnov", kolmogorovSmirnovOfPoints(old, now).statistic);
}

type Counted = { value: string; count: number }[];

function psiOfValues(before: Counted, after: Counted): number {
  const [old, now] = [before, after].map((values) => new Map(values.map(({ value, count }) => [value, count])));
  const all = [...new Set([...old.keys(), ...now.keys()])];
  return psiOfCounts(all.map((value) => old.get(value) ?? 0), all.map((value) => now.get(value) ?? 0)).value;
}

const drift = (measure: Drift["measure"], value: number): Drift => ({ measure, value, says: value < 0.1 ? "the same" : value <= 0.25 ? "moved" : "another" });
