import type { Field, NestedType, Relation } from "../nested/nested-type.ts";
import type { Row } from "./cells.ts";
import type { OptionReader } from "./option-reader.ts";

/*
 * A step of a wrangling is plain data: what is done, and with which options. What it does is written twice, side by side in
 * the file of its kind: as SQL for tables and intervals, and in TypeScript for records that come one by one. Tests hold the
 * two to the same rows.
 */

/**
 * What is done to rows, as plain data. Made by the functions of `millrace/wrangle`, never by hand.
 *
 * @typeParam In - rows that it takes
 * @typeParam Out - rows that it gives
 */
export interface Step<In = never, Out = unknown> {
  readonly kind: string;
  /** What the step is called in reports. Default: its kind. */
  readonly name?: string;
  readonly [option: string]: unknown;
  /** Carries the types; never there at run time. */
  readonly types?: (row: In) => Out;
}

/** What a kind of step is: how its options are read, and its two forms. */
export type StepKind<O = unknown> = RowStep<O> | WindowStep<O> | ReshapeStep<O>;

interface CommonKind<O> {
  /** Its name in `Step.kind`. */
  readonly kind: string;
  /** @throws MillraceError `MR-WRANGLE-001` for options that cannot be */
  read(given: OptionReader): O;
}

/** Each row becomes one row, or is rejected; other rows do not count. These steps alone can run on a stream. */
export interface RowStep<O> extends CommonKind<O> {
  readonly scope: "row";
  sql(options: O, input: Relation): ColumnChanges;
  /** Made once, called for each row. The row that it is given stays as it is. */
  row(options: O): (row: Row) => Row | Rejection;
}

/** Each row stays one row, but other rows are looked at: what is missing is filled from the row before. */
export interface WindowStep<O> extends CommonKind<O> {
  readonly scope: "window";
  /** @param together - what stands first behind PARTITION BY: rows that were rejected are not looked at */
  sql(options: O, input: Relation, together: string): ColumnChanges;
  /** As many rows, in the same order. */
  rows(options: O, rows: readonly Row[]): Row[];
}

/** Other rows come of it. */
export interface ReshapeStep<O> extends CommonKind<O> {
  readonly scope: "reshape";
  sql(options: O, input: Relation): Relation;
  rows(options: O, rows: readonly Row[]): Row[];
}

/** What a statement does to the columns of its input, whose name is `inputName`. */
export interface ColumnChanges {
  /** Columns with new values: in the place of the one with that name, or behind the others. */
  set: readonly ColumnValue[];
  /** Columns that go. */
  drop?: readonly string[];
  /** A column stands behind this one instead of at the end. */
  behind?: string;
  /** SQL: the reason why a row is rejected, or null. */
  reject?: string;
}

export interface ColumnValue {
  name: string;
  sql: string;
  type: NestedType;
}

/** Why a row cannot go on. */
export class Rejection {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The columns after a change, in order. */
export function changedFields(fields: readonly Field[], { set, drop = [], behind }: ColumnChanges): Field[] {
  const gone = new Set(drop);
  const given = new Map(set.map(({ name, type }): [string, Field] => [name, { name, type }]));
  const kept = fields.filter(({ name }) => !gone.has(name) || name === behind).map((field) => given.get(field.name) ?? field);
  const added = [...given.values()].filter(({ name }) => !fields.some((field) => field.name === name));
  const place = behind === undefined ? kept.length : kept.findIndex(({ name }) => name === behind) + 1;
  return kept.toSpliced(place, 0, ...added).filter(({ name }) => !gone.has(name) || given.has(name));
}
