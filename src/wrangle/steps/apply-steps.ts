import { unfit } from "../nested/wrangle-error.ts";
import { cellText } from "./cell-text.ts";
import { type Cell, type Row, sameCell } from "./cells.ts";
import { checkCase } from "./named-fields.ts";
import { namedColumns, type ReadStep, sampleCount } from "./read-steps.ts";
import { Withheld } from "./withheld.ts";
import { makesRows, Rejection, type RowStep, type SpreadStep } from "./step.ts";

/** A row that a step would not let on. */
export interface RejectedRow {
  /** The step, from 1, and its name. */
  step: number;
  rule: string;
  reason: string;
  /** As it came in, or as the last step made it that makes other rows; without the columns that are withheld because a step protects them. */
  row: Row;
}

/** What a step did: a line for the step, and one for each column in which it changed something. */
export interface ReportLine {
  step: number;
  rule: string;
  /** Null in the line for the step. */
  column: string | null;
  /** Of the step: rows that it was given, let on and rejected. Null in a line for a column. */
  rowsIn: number | null;
  rowsOut: number | null;
  rejected: number | null;
  /** Of a column: cells that are not what they were. Null in the line for the step. */
  changed: number | null;
  /** The most frequent changes, at most three. */
  samples: { before: string | null; after: string | null }[] | null;
}

/** What steps make of rows: of those given, each is in `rows` or in `rejected`, but for steps that make other rows. */
export interface Wrangled {
  rows: Row[];
  rejected: RejectedRow[];
  report: ReportLine[];
}

/** Runs steps over rows in memory, as their statement does in the engine. */
export function applySteps(steps: readonly ReadStep[], rows: readonly Row[]): Wrangled {
  const rejected: RejectedRow[] = [];
  const report: ReportLine[] = [];
  const withheld = new Withheld(steps);
  let isWithheld = withheld.columns(0);
  let live: { row: Row; original: Row }[] = rows.map((row) => ({ row, original: row }));
  for (const step of steps) {
    const before = live;
    if (before.length > 0) checkCase(namedColumns(step), before[0].row, `step ${step.number}, ${step.name}`);
    const after = runStep(step, before.map(({ row }) => row));
    const { kind, number, name } = step;
    const changes = new ChangeCounts(kind.scope === "row" && kind.columnsOnly === true, withheld.samples(step));
    if (makesRows(kind)) {
      live = (after as Row[]).map((row) => ({ row, original: row }));
      isWithheld = withheld.columns(number);
    } else {
      live = [];
      const secretive = withheld.reason(step);
      for (const [i, row] of after.entries()) {
        const { row: was, original } = before[i];
        if (row instanceof Rejection) rejected.push({ step: number, rule: name, reason: secretive ?? row.reason, row: shownOf(original, isWithheld) });
        else {
          changes.look(was, row);
          live.push({ row, original });
        }
      }
    }
    const gone = makesRows(kind) ? 0 : before.length - live.length;
    report.push({ step: number, rule: name, column: null, rowsIn: before.length, rowsOut: live.length, rejected: gone, changed: null, samples: null });
    for (const [column, { changed, samples }] of changes.byColumn()) report.push({ step: number, rule: name, column, rowsIn: null, rowsOut: null, rejected: null, changed, samples });
  }
  return { rows: live.map(({ row }) => row), rejected, report };
}

const shownOf = (row: Row, isWithheld: (column: string) => boolean): Row => Object.fromEntries(Object.entries(row).filter(([column]) => !isWithheld(column)));

function runStep({ kind, options }: ReadStep, rows: readonly Row[]): (Row | Rejection)[] {
  if (kind.scope === "spread") return rows.flatMap(kind.row(options));
  if (kind.scope !== "row") return kind.rows(options, rows);
  return rows.map(kind.row(options));
}

/** Whether it reads otherwise: the text "7" that has become the number 7 does not. */
const isChanged = (before: Cell | undefined, after: Cell | undefined): boolean => !sameCell(before, after) && (typeof before === typeof after || cellText(before) !== cellText(after));

/** What one step changed, by column. */
class ChangeCounts {
  readonly #pairs = new Map<string, Map<string, { before: string | null; after: string | null; n: number }>>();
  readonly #columnsOnly: boolean;
  readonly #hidden: boolean;

  constructor(columnsOnly: boolean, hidden: boolean) {
    this.#columnsOnly = columnsOnly;
    this.#hidden = hidden;
  }

  look(before: Row, after: Row): void {
    if (before === after || this.#columnsOnly) return;
    for (const column of Object.keys(after)) if (isChanged(before[column], after[column])) this.#count(column, before[column], after[column]);
  }

  *byColumn(): Iterable<[column: string, { changed: number; samples: ReportLine["samples"] }]> {
    for (const [column, pairs] of this.#pairs) {
      const changed = [...pairs.values()].reduce((sum, { n }) => sum + n, 0);
      const sorted = [...pairs.values()].sort((a, b) => b.n - a.n);
      yield [column, { changed, samples: this.#hidden ? null : sorted.slice(0, sampleCount).map(({ before, after }) => ({ before, after })) }];
    }
  }

  #count(column: string, was: Cell | undefined, is: Cell | undefined): void {
    const [before, after] = [cellText(was), cellText(is)];
    const pairs = this.#pairs.get(column) ?? new Map();
    this.#pairs.set(column, pairs);
    const key = JSON.stringify([before, after]);
    const pair = pairs.get(key) ?? { before, after, n: 0 };
    pair.n += 1;
    pairs.set(key, pair);
  }
}

/**
 * The steps as one function over single rows, for streams. One row that is rejected of several that a record became
 * rejects the record.
 * @throws MillraceError `MR-WRANGLE-001` when one of them looks at other rows
 */
export function rowFunction(steps: readonly ReadStep[]): (row: Row) => readonly Row[] | Rejection {
  const other = steps.find(({ kind }) => kind.scope === "window" || kind.scope === "reshape");
  if (other !== undefined) throw unfit(`step ${other.number}, ${other.name}, looks at other rows than the one at hand`, "a wrangling of single records", "use it over a table, or rows of an interval, where all rows are there");
  const run = steps.map((step) => ({ name: step.name, change: changeOf(step.kind as RowStep<unknown> | SpreadStep<unknown>, step.options) }));
  return (row) => {
    let live: readonly Row[] = [row];
    for (const { name, change } of run) {
      const next: Row[] = [];
      for (const each of live) {
        const made = change(each);
        if (made instanceof Rejection) return new Rejection(`${name}: ${made.reason}`);
        if (isRow(made)) next.push(made);
        else for (const one of made) next.push(one);
      }
      live = next;
    }
    return live;
  };
}

const isRow = (made: Row | readonly Row[]): made is Row => !Array.isArray(made);
const changeOf = (kind: RowStep<unknown> | SpreadStep<unknown>, options: unknown): ((row: Row) => readonly Row[] | Row | Rejection) => kind.row(options);
