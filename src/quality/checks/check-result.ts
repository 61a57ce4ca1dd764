import type { ErrorJson } from "../../errors.ts";
import { durationText } from "../../model/duration.ts";
import type { Bound, CheckDecl, CheckKind } from "../../model/quality/check-decl.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import type { Measured } from "./measure.ts";

/** What came of a check over one version of a dataset. Its size does not depend on the dataset's. */
export interface CheckResult {
  name: string;
  kind: CheckKind;
  columns: string[];
  severity: CheckDecl["severity"];
  /** `failed`: with severity `error`. `warned`: with `warn`. `error`: it could not be found out. `skipped`: it is not for data at rest. */
  state: "passed" | "failed" | "warned" | "error" | "skipped";
  /** 0: from metadata. 1: by the scan that all share. 2: by groups and joins. `code`: by a function over all rows. Null where it was not found out. */
  tier: 0 | 1 | 2 | "code" | null;
  /** Rows that break it; null where the dataset is judged as a whole. */
  failures: number | null;
  /** There may be more such rows: what was known sufficed to say that it fails. */
  atLeast: boolean;
  /** Rows that it looked at; null where nobody had to know. */
  rows: number | null;
  /** The figure that a dataset is judged by as a whole. */
  value: number | string | null;
  /** What is asked, in words. */
  expected: string;
  error: ErrorJson | null;
  /** Some of the rows that break it. */
  sample: Record<string, QueryValue>[];
}

export function resultOf(check: CheckDecl, tier: CheckResult["tier"], measured: Measured): CheckResult {
  const { failures, atLeast, rows, value } = measured;
  const passed = measured.holds ?? isTolerated(check, failures ?? 0, rows);
  const state = passed ? "passed" : check.severity === "error" ? "failed" : "warned";
  return { ...frameOf(check), state, tier, failures: failures ?? null, atLeast: atLeast ?? false, rows: rows ?? null, value: value ?? null, error: null, sample: [] };
}

/** Of a check about which nothing was found out. */
export function unknownResult(check: CheckDecl, state: "error" | "skipped", error: ErrorJson | null): CheckResult {
  return { ...frameOf(check), state, tier: null, failures: null, atLeast: false, rows: null, value: null, error, sample: [] };
}

const frameOf = (check: CheckDecl): Pick<CheckResult, "name" | "kind" | "columns" | "severity" | "expected"> => ({ name: check.name, kind: check.kind, columns: check.columns, severity: check.severity, expected: expectedOf(check) });

/** So many may break it. */
export function isTolerated({ tolerance }: CheckDecl, failures: number, rows: number | undefined): boolean {
  if (failures === 0) return true;
  if (tolerance === undefined) return false;
  return "rows" in tolerance ? failures <= tolerance.rows : failures <= tolerance.share * (rows ?? 0);
}

/** What a check asks for, in words. */
export function expectedOf(check: CheckDecl): string {
  const { tolerance } = check;
  const but = tolerance === undefined ? "" : "rows" in tolerance ? `, but for ${tolerance.rows} rows` : `, but for ${tolerance.share * 100} % of rows`;
  return `${ruleText(check)}${but}`;
}

function ruleText(check: CheckDecl): string {
  switch (check.kind) {
    case "notNull":
      return "no nulls";
    case "unique":
      return "no value twice";
    case "accepted":
      return `one of ${check.values.slice(0, 10).map((value) => JSON.stringify(value)).join(", ")}${check.values.length > 10 ? ` and ${check.values.length - 10} more` : ""}`;
    case "range":
      return [boundText(check.min, "above", "at least"), boundText(check.max, "below", "at most")].filter((text) => text !== "").join(", ");
    case "pattern":
      return `matches /${check.pattern}/`;
    case "type":
      return `can be read as ${check.type}`;
    case "length":
      return `${limits(check)} characters`;
    case "relationship":
      return `is in ${check.to.table}.${check.to.column}`;
    case "dependency":
      return `one ${check.determines.join(", ")} each`;
    case "outliers":
      return `not beyond ${check.threshold} by ${check.method}`;
    case "row":
      return check.condition;
    case "aggregate":
      return `${check.of} ${limits(check)}`;
    case "volume":
      return [(check.min !== undefined || check.max !== undefined) && `${limits(check)} rows`, check.change && `${limits(check.change)} times the mean of ${check.change.versions} versions`].filter((text) => typeof text === "string").join(", ");
    case "freshness":
      return `within ${durationText(check.withinMs)}`;
    case "schema":
      return `columns ${check.fields.map(({ name, type }) => (type === undefined ? name : `${name} ${type}`)).join(", ")}${check.extra ? " and others" : ""}`;
    case "distribution":
      return `${check.method} at most ${check.max} against ${check.against ?? "the version before"}`;
    case "sql":
      return "no rows of its statement";
    case "record":
      return "its function says so";
  }
}

const boundText = (bound: Bound | undefined, exclusive: string, inclusive: string): string => (bound === undefined ? "" : `${bound.exclusive ? exclusive : inclusive} ${bound.value}`);

function limits({ min, max }: { min?: number; max?: number }): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}
