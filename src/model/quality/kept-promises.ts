import type { Column } from "../manifest.ts";
import { canonical } from "../release.ts";
import type { Bound, CheckDecl, CheckOf, Tolerance } from "./check-decl.ts";
import type { ContractDecl } from "./contract-decl.ts";

/** What a producer promises of a dataset: its columns, where they are declared, and its checks. */
export interface Promises {
  columns?: readonly Column[];
  checks: readonly CheckDecl[];
}

/** What of a contract is not promised, a sentence each. Pure. */
export function brokenPromises({ columns, checks }: Pick<ContractDecl, "columns" | "checks">, promised: Promises): string[] {
  return [...columns.flatMap((column) => columnFault(column, promised)), ...checks.flatMap((check) => (isPromised(check, promised) ? [] : [`nothing says any more that ${ruleText(check)}`]))];
}

function columnFault({ name, type }: ContractDecl["columns"][number], { columns }: Promises): string[] {
  if (columns === undefined) return [`column "${name}" is not declared`];
  const column = columns.find((each) => each.name === name);
  if (column === undefined) return [`column "${name}" is gone`];
  if (type === undefined || column.type === type || (type === "number" && column.type === "integer")) return [];
  return [`column "${name}" is ${column.type} and not ${type}`];
}

function isPromised(wanted: CheckDecl, { columns, checks }: Promises): boolean {
  // A schema keeps it without a check.
  if (wanted.kind === "notNull" && columns?.some(({ name, nullable }) => name === wanted.columns[0] && !nullable)) return true;
  return checks.some((check) => check.severity === "error" && isAsStrict(check, wanted));
}

/** Whether rows that pass the one pass the other. Of what cannot be compared, only the same is as strict. */
function isAsStrict(check: CheckDecl, wanted: CheckDecl): boolean {
  if (check.kind !== wanted.kind || canonical(check.where ?? null) !== canonical(wanted.where ?? null) || !isWithin(check.tolerance, wanted.tolerance)) return false;
  if (check.kind === "unique") return check.columns.every((column) => wanted.columns.includes(column));
  if (canonical(check.columns) !== canonical(wanted.columns)) return false;
  switch (check.kind) {
    case "notNull":
      return true;
    case "accepted":
      return check.values.every((value) => (wanted as CheckOf<"accepted">).values.includes(value));
    case "range": {
      const { min, max } = wanted as CheckOf<"range">;
      return isInside(check.min, min, 1) && isInside(check.max, max, -1);
    }
    case "length":
    case "aggregate":
    case "volume": {
      const { min = -Infinity, max = Infinity, ...others } = wanted as CheckOf<"length">;
      const { min: least = -Infinity, max: most = Infinity, ...own } = check;
      return least >= min && most <= max && sameRule(own, others);
    }
    case "freshness":
      return check.withinMs <= (wanted as CheckOf<"freshness">).withinMs;
    default:
      return sameRule(check, wanted);
  }
}

const sameRule = (a: object, b: object): boolean => canonical(ruleOf(a)) === canonical(ruleOf(b));

/** Without what names it, says how much it matters, and where its function is. */
function ruleOf(check: object): object {
  const { code: _code, name: _, severity: _severity, tolerance: _tolerance, description: _description, where: _where, ...rule } = check as CheckDecl & { code?: object };
  return rule;
}

function isWithin(own: Tolerance | undefined, wanted: Tolerance | undefined): boolean {
  if (own === undefined) return true;
  if (wanted === undefined) return false;
  if ("rows" in own && "rows" in wanted) return own.rows <= wanted.rows;
  return "share" in own && "share" in wanted && own.share <= wanted.share;
}

/** @param sign - 1 for least values, -1 for greatest */
function isInside(own: Bound | undefined, wanted: Bound | undefined, sign: 1 | -1): boolean {
  if (wanted === undefined) return true;
  if (own === undefined || typeof own.value !== typeof wanted.value) return false;
  if (own.value === wanted.value) return own.exclusive === true || wanted.exclusive !== true;
  return (own.value > wanted.value) === sign > 0;
}

function ruleText(check: CheckDecl): string {
  const of = check.columns.length === 0 ? "the dataset" : check.columns.join(", ");
  const { kind, ...rest } = ruleOf(check) as { kind: string; columns?: unknown; reads?: unknown };
  const { columns: _columns, reads: _reads, ...figures } = rest;
  return `${kind} holds of ${of}${Object.keys(figures).length === 0 ? "" : ` with ${JSON.stringify(figures)}`}`;
}
