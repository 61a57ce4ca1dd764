import { columnNamed } from "../check-fields.ts";
import type { Column, ColumnType } from "../manifest.ts";
import { invalid } from "../option-checks.ts";
import type { CheckDecl, CheckOf } from "./check-decl.ts";
import { type Check, checkList } from "./check-definition.ts";

const streamKinds = ["notNull", "accepted", "range", "pattern", "type", "length", "record"] as const;

/** A check that a record breaks or keeps by itself, as it passes. */
export type StreamCheck = CheckOf<(typeof streamKinds)[number]>;

/** What has a condition in SQL, or allows for some that are wrong, can be judged at rest alone. */
export function isStreamCheck(check: CheckDecl): check is StreamCheck {
  return (streamKinds as readonly string[]).includes(check.kind) && check.where === undefined && check.tolerance === undefined;
}

const texts: readonly ColumnType[] = ["string", "date", "timestamp"];
const numbers: readonly ColumnType[] = ["integer", "number"];

/** @throws MillraceError `MR-MODEL-001` when a check names a field that is not there, or asks of one what its type does not have */
export function checkRecordChecks(checks: readonly CheckDecl[], columns: readonly Column[], where: string): void {
  for (const check of checks) {
    const found = check.columns.map((column) => columnNamed(columns, column, `check "${check.name}"`, where));
    if (isStreamCheck(check) && found.length > 0) checkType(check, found[0], where);
  }
}

function checkType(check: StreamCheck, { name, type }: Column, where: string): void {
  const refuse = (fits: readonly ColumnType[]): void => {
    if (!fits.includes(type)) throw invalid(`check "${check.name}" does not suit the field "${name}", which is a ${type}`, where, `let it look at a field of type ${fits.join(", ")}`);
  };
  switch (check.kind) {
    case "accepted":
      for (const value of check.values) refuse(typeof value === "string" ? texts : typeof value === "number" ? numbers : ["boolean"]);
      return;
    case "range":
      return refuse(typeof (check.min ?? check.max)?.value === "string" ? texts : numbers);
    case "pattern":
    case "length":
      return refuse(["string", "date"]);
    case "notNull":
    case "type":
    case "record":
  }
}

/** The checks of a stage's input. @throws MillraceError `MR-MODEL-001` for one that no record can break by itself */
export function streamCheckList(checks: unknown, where: string): Check[] {
  const list = checkList(checks, where);
  const other = list.find(({ decl }) => !isStreamCheck(decl));
  if (other) throw invalid(`check "${other.decl.name}" is about more than one record`, where, "give a stage notNull, accepted, range, pattern, castable, textLength or recordCheck, without `where` and `tolerance`; put others on a table");
  return list;
}
