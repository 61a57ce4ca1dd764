import { asMillraceError, type MillraceError } from "../../errors.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import { type CheckedDataset, columnOf, relationOf } from "./checked-dataset.ts";
import { distributionMeasure } from "./distribution-measure.ts";
import { hasFewValues, rowsOfValue, valuesOf, valuesSql } from "./few-values.ts";
import { fromMetadata } from "./from-metadata.ts";
import { groupedMeasure, partMeasure } from "./grouped-measure.ts";
import { type AskedMeasure, countOf, type Measure, type Measured } from "./measure.ts";
import { failingRow, isRowCheck, type RowCheck } from "./row-predicate.ts";
import { wholeMeasure } from "./whole-measure.ts";

/** How each of a dataset's checks is found out; a check that does not fit the dataset has a fault in its stead. */
export interface CompiledCheck {
  check: CheckDecl;
  measure?: Measure;
  /** Asked before `measure`, for less: where it breaks the check already, that is all that has to be known. */
  proof?: AskedMeasure;
  fault?: MillraceError;
}

/** A statement that answers several checks: one row, with the expressions of each one after the other. */
export interface CheckStatement {
  tier: 1 | 2;
  sql: string;
  /** For each check the places of its values in the row. */
  answers: { compiled: CompiledCheck; places: number[] }[];
}

export interface CompileOptions {
  /** Milliseconds since 1970. Default: now. */
  now?: number;
  /** Count what breaks a check also where it is known that something does. */
  exact?: boolean;
}

/** A statement may have 64 KiB, and 201 queries in it. */
const statementCharactersMax = 48_000;
const groupedMax = 30;

/** Each check in the lowest tier that can answer it. */
export function compileChecks(checks: readonly CheckDecl[], dataset: CheckedDataset, { now = Date.now(), exact = false }: CompileOptions = {}): CompiledCheck[] {
  return checks.map((check) => {
    try {
      const measure = measureOf(check, dataset, now, exact);
      const proof = exact || measure?.tier !== 2 || (check.kind !== "unique" && check.kind !== "dependency") ? undefined : partMeasure(check, dataset);
      return { check, measure, ...(proof && { proof }) };
    } catch (error) {
      return { check, fault: asMillraceError(error, `dataset "${dataset.name}", check "${check.name}"`) };
    }
  });
}

function measureOf(check: CheckDecl, dataset: CheckedDataset, now: number, exact: boolean): Measure | undefined {
  const known = fromMetadata(check, dataset, { now, exact });
  if (known) return known;
  if (isRowCheck(check)) return rowMeasure(check, dataset);
  switch (check.kind) {
    case "aggregate":
    case "freshness":
    case "volume":
      return wholeMeasure(check, dataset, now);
    case "unique":
    case "relationship":
    case "dependency":
    case "outliers":
    case "sql":
      return groupedMeasure(check, dataset);
    case "distribution":
      return distributionMeasure(check, dataset);
    case "record":
      return check.code && { tier: "code", how: "its function over all rows, in a process of the project's code" };
    default:
      return undefined;
  }
}

function rowMeasure(check: RowCheck, dataset: CheckedDataset): Measure {
  const failing = failingRow(check, dataset);
  if (failing === undefined) return { tier: 0, how: "the column's type", measured: { failures: 0 } };
  const { where } = check;
  const column = check.kind === "row" || check.kind === "notNull" || check.kind === "range" ? undefined : columnOf(dataset, check.columns[0]);
  if (where === undefined && column !== undefined && hasFewValues(column, dataset)) {
    const { name } = column;
    const expressions = [`(select coalesce(sum(${rowsOfValue}), 0) from ${valuesOf(name)} where ${failing})`, "count(*)"];
    return { tier: 1, how: "one scan with others, each value once", expressions, values: [name], read: readCounts };
  }
  return {
    tier: 1,
    how: "one scan with others",
    expressions: where === undefined ? [`count_if(${failing})`, "count(*)"] : [`count_if((${where}\n) and (${failing}))`, `count_if(${where}\n)`],
    read: readCounts,
  };
}

const readCounts = ([failures, rows]: readonly QueryValue[]): Measured => ({ failures: countOf(failures), rows: countOf(rows) });

/** What is asked before a check, in its place. */
export interface Proof extends CompiledCheck {
  proves: CompiledCheck;
}

export function proofsOf(compiled: readonly CompiledCheck[]): Proof[] {
  return compiled.flatMap((proves) => (proves.proof ? [{ check: proves.check, measure: proves.proof, proves }] : []));
}

/** The statements that answer what is not known yet: one for each tier, or as many as its length makes it. */
export function statementsOf(compiled: readonly CompiledCheck[], dataset: Pick<CheckedDataset, "name">): CheckStatement[] {
  return ([1, 2] as const).flatMap((tier) => {
    const waiting = compiled.filter(({ measure }) => measure?.tier === tier);
    return bundles(waiting, tier).map((bundle) => statementOf(bundle, tier, dataset));
  });
}

/** Expressions that several checks have in common stand in it once. */
export function statementOf(bundle: readonly CompiledCheck[], tier: 1 | 2, dataset: Pick<CheckedDataset, "name">): CheckStatement {
  const places = new Map<string, number>();
  const placeOf = (expression: string): number => places.get(expression) ?? places.set(expression, places.size).size - 1;
  const answers = bundle.map((compiled) => ({ compiled, places: expressionsOf(compiled).map(placeOf) }));
  const list = [...places.keys()].map((expression, i) => `${expression} as c${i}`).join(",\n  ");
  const values = [...new Set(bundle.flatMap(({ measure }) => (measure?.tier === 1 ? (measure.values ?? []) : [])))];
  return { tier, sql: tier === 1 ? `${valuesSql(values, dataset)}select\n  ${list}\nfrom ${relationOf(dataset)}` : `select\n  ${list}`, answers };
}

const expressionsOf = ({ measure }: CompiledCheck): string[] => (measure?.tier === 1 || measure?.tier === 2 ? measure.expressions : []);

function bundles(waiting: readonly CompiledCheck[], tier: 1 | 2): CompiledCheck[][] {
  const made: CompiledCheck[][] = [];
  let characters = Infinity;
  for (const compiled of waiting) {
    const length = expressionsOf(compiled).reduce((sum, expression) => sum + expression.length + 10, 0);
    if (characters + length > statementCharactersMax || (tier === 2 && (made.at(-1)?.length ?? 0) >= groupedMax)) {
      made.push([]);
      characters = 0;
    }
    made.at(-1)?.push(compiled);
    characters += length;
  }
  return made;
}
