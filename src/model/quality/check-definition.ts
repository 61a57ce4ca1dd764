import type { TableDefinition, TopicDefinition } from "../definition.ts";
import { datasetName } from "../dataset-name.ts";
import { checkNumber, checkOptions, invalid } from "../option-checks.ts";
import { isSql, type Sql } from "../sql-tag.ts";
import type { CheckDecl, CheckFrame, CheckRule, Tolerance } from "./check-decl.ts";

/** A check as it is declared: what it reads is still a definition, and its function is still a function. */
export interface Check {
  readonly decl: CheckDecl;
  readonly reads: readonly (TopicDefinition | TableDefinition)[];
  /** Of `recordCheck`. */
  readonly holds?: RecordTest;
}

/** Whether a record is as it should be; a text says why it is not. */
export type RecordTest<T = any> = (record: T) => boolean | string;

export interface CheckOptions {
  /** Default: made of what is checked. */
  name?: string;
  /**
   * `error`, the default: a version of a model that fails is not published, and a record of a topic that fails goes to the dead letters of whoever reads it. `warn`: it is counted and told.
   */
  severity?: "error" | "warn";
  /** Only rows for which this holds are looked at: sql`status <> 'draft'`. */
  where?: Sql;
  /** What may be wrong all the same: a number of rows, or a share as "0.5%". Default: nothing. */
  tolerance?: number | string;
  description?: string;
}

const known = ["name", "severity", "where", "tolerance", "description"] as const;

/** @param fallback - its name, where the options have none */
export function madeCheck(columns: readonly string[], rule: CheckRule, options: CheckOptions, fallback: string, reads: Check["reads"] = []): Check {
  const at = `${rule.kind} check${columns.length > 0 ? ` of ${columns.map((column) => JSON.stringify(column)).join(", ")}` : ""}`;
  checkOptions(options, known, at);
  if (columns.some((column) => typeof column !== "string" || column === "")) throw invalid("the check names no column", at, 'name one: notNull("id")');
  const { name = fallback, severity = "error", where, description } = options;
  if (typeof name !== "string" || name === "") throw invalid(`name is ${JSON.stringify(name)}`, at, "give it a text");
  if (severity !== "error" && severity !== "warn") throw invalid(`severity is ${JSON.stringify(severity)}`, at, 'use "error" or "warn"');
  if (where !== undefined && !isSql(where)) throw invalid("`where` is no SQL of the tag's", at, "write where: sql`status <> 'draft'`");
  const frame: CheckFrame = { name, columns: [...columns], severity, where: where?.text, tolerance: options.tolerance === undefined ? undefined : toleranceOf(options.tolerance, at), description };
  return { decl: { ...frame, ...rule }, reads: [...reads, ...(where?.reads ?? [])] };
}

function toleranceOf(option: number | string, where: string): Tolerance {
  if (typeof option === "number") return { rows: checkNumber(option, { name: "tolerance", min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0, whole: true }, where) };
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(option)?.[1];
  if (percent === undefined || Number(percent) > 100) throw invalid(`tolerance is ${JSON.stringify(option)}`, where, 'give a number of rows, or a share as "0.5%"');
  return { share: Number(percent) / 100 };
}

/** The checks of a declaration. @throws MillraceError `MR-MODEL-001` when two have one name */
export function checkList(checks: unknown, where: string): Check[] {
  const isCheck = (each: unknown): boolean => typeof each === "object" && each !== null && typeof (each as Check).decl?.kind === "string";
  if (!Array.isArray(checks) || !checks.every(isCheck)) throw invalid("`checks` is no list of checks", where, 'write checks: [notNull("id"), unique("id")]');
  const names = new Set<string>();
  for (const { decl } of checks as Check[]) {
    if (names.has(decl.name)) throw invalid(`two checks are called "${decl.name}"`, where, "give one of them a name: { name: … }");
    names.add(decl.name);
  }
  return [...checks];
}

/**
 * As the manifest has it.
 * @param code - of a table: where its functions are found
 */
export function checkDecl({ decl, reads }: Check, where: string, code?: { module: string; export?: string }): CheckDecl {
  if (decl.kind === "record" && code !== undefined) {
    if (code.export === undefined) throw invalid(`check "${decl.name}" is a function, and the table is not exported`, where, "export the table from the file that declares it: the function is found there");
    return { ...decl, code: { module: code.module, export: code.export } };
  }
  if (reads.length === 0) return decl;
  return { ...decl, reads: [...new Set(reads.map((dataset) => datasetName(dataset, where)))] };
}

/**
 * The checks of files that others write, which are judged by statements alone.
 * @throws MillraceError `MR-MODEL-001` when one is a function, or two have one name
 */
export function statementCheckList(checks: unknown, where: string): Check[] {
  const list = checkList(checks, where);
  const found = list.find(({ decl }) => decl.kind === "record");
  if (found) throw invalid(`check "${found.decl.name}" is a function, and such a dataset is judged by statements`, where, "put it on a table of the lake that is made of it, or write it as a rowCondition");
  return list;
}
