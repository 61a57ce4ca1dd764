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
export type StepKind<O = unknown> = RowStep<O> | WindowStep<O> | SpreadStep<O> | ReshapeStep<O>;

interface CommonKind<O> {
  /** Its name in `Step.kind`. */
  readonly kind: string;
  /** It hides what stood in the rows: no report shows samples of this step, or of one before it. */
  readonly protects?: true;
  /** It makes nothing of the columns that it names but these columns, each of itself. */
  readonly ownCells?: true;
  /** Its SQL only says why there is none: it runs over rows in memory. */
  readonly inMemory?: true;
  /** The place of the secret that it needs. */
  secret?(options: O): string;
  /** @throws MillraceError `MR-WRANGLE-001` for options that cannot be */
  read(given: OptionReader): O;
}

/** Each row becomes one row, or is rejected; other rows do not count. These steps, and those that spread, can run on a stream. */
export interface RowStep<O> extends CommonKind<O> {
  readonly scope: "row";
  /** Columns are moved and named, and no cell is changed: there is nothing to count. */
  readonly columnsOnly?: true;
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

/** Each row becomes any number of rows, whatever the others are: none where it is filtered out, several where a list is opened. */
export interface SpreadStep<O> extends CommonKind<O> {
  readonly scope: "spread";
  sql(options: O, input: Relation): Relation;
  /** Made once, called for each row. */
  row(options: O): (row: Row) => readonly Row[];
}

/** Other rows come of all of them. */
export interface ReshapeStep<O> extends CommonKind<O> {
  readonly scope: "reshape";
  sql(options: O, input: Relation): Relation;
  rows(options: O, rows: readonly Row[]): Row[];
}

/** What a statement does to the columns of its input, whose name is `inputName`. */
export interface ColumnChanges {
  /**
   * Values that the others here are made of, computed before them and once: an expression that stands in several places would
   * be computed in each. They are named as columns of the input, also by those that stand behind them here.
   */
  first?: readonly { name: string; sql: string }[];
  /** Columns with new values: in the place of the one with that name, or behind the others. */
  set: readonly ColumnValue[];
  /** Columns that go. */
  drop?: readonly string[];
  /** A column stands behind this one instead of at the end. */
  behind?: string;
  /** The columns afterwards, where they are not simply those that there were and the new ones behind them. */
  order?: readonly string[];
  /** SQL: the reason why a row is rejected, or null. */
  reject?: string;
}

export interface ColumnValue {
  name: string;
  sql: string;
  type: NestedType;
  /** @see Field.asJson */
  asJson?: true;
}

/** Why a row cannot go on. */
export class Rejection {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The columns after a change, in order. */
export function changedFields(fields: readonly Field[], { set, drop = [], behind, order }: ColumnChanges): Field[] {
  const gone = new Set(drop);
  const given = new Map(set.map(({ name, type, asJson }): [string, Field] => [name, { name, type, ...(asJson && { asJson }) }]));
  const kept = fields.filter(({ name }) => !gone.has(name) || name === behind || given.has(name)).map((field) => given.get(field.name) ?? field);
  const added = [...given.values()].filter(({ name }) => !fields.some((field) => field.name === name));
  const place = behind === undefined ? kept.length : kept.findIndex(({ name }) => name === behind) + 1;
  const after = kept.toSpliced(place, 0, ...added).filter(({ name }) => !gone.has(name) || given.has(name));
  return order === undefined ? after : order.map((name) => after.find((field) => field.name === name) as Field);
}

/** Whether other rows come of it than it was given. */
export const makesRows = (kind: StepKind): kind is SpreadStep<unknown> | ReshapeStep<unknown> => kind.scope === "spread" || kind.scope === "reshape";
