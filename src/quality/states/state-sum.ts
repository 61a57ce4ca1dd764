import { setImmediate as nextTurn } from "node:timers/promises";
import { type Measured, stateOf } from "./collect-states.ts";
import { type ColumnState, mergeStates, noState } from "./column-state.ts";
import { type MeasuredValue, stateOfValues } from "./measured-values.ts";
import type { ColumnKind, ProfiledColumn } from "./profiled-column.ts";
import { valuesMax } from "./state-sql.ts";

/** After so many columns others have their turn: each takes up to a millisecond. */
const columnsPerTurn = 8;

/** The states of columns over many files, each file added as it was measured. */
export class StateSum {
  readonly #columns: ColumnSum[];

  constructor(columns: readonly ProfiledColumn[]) {
    this.#columns = columns.map(({ kind }) => new ColumnSum(kind));
  }

  /** @param measured - by place of the column */
  async add(measured: readonly Measured[]): Promise<void> {
    await inTurns(this.#columns, (column, i) => column.add(measured[i]));
  }

  /** By place of the column, over all that was added. */
  async states(): Promise<ColumnState[]> {
    const states: ColumnState[] = [];
    await inTurns(this.#columns, (column) => states.push(column.state()));
    return states;
  }
}

/**
 * Counts of values are added up as such, and made a state once: a state of each file, only to merge it, takes ten times as long.
 */
class ColumnSum {
  readonly #kind: ColumnKind;
  #state = noState;
  #values = new Map<string | null, MeasuredValue>();

  constructor(kind: ColumnKind) {
    this.#kind = kind;
  }

  add(measured: Measured): void {
    if (measured.form === "sketch") {
      this.#state = mergeStates(this.#kind, this.#state, stateOf(this.#kind, measured));
      return;
    }
    for (const value of measured.values) {
      const known = this.#values.get(value[0]);
      if (known === undefined) this.#values.set(value[0], [...value]);
      else known[1] += value[1];
    }
    // No longer kept as its values: what follows is less work than to carry them along.
    if (this.#values.size > valuesMax) this.#intoState();
  }

  state(): ColumnState {
    this.#intoState();
    return this.#state;
  }

  #intoState(): void {
    this.#state = mergeStates(this.#kind, this.#state, stateOfValues(this.#kind, { form: "values", values: [...this.#values.values()] }));
    this.#values = new Map();
  }
}

async function inTurns<T>(items: readonly T[], work: (item: T, i: number) => void): Promise<void> {
  for (const [i, item] of items.entries()) {
    work(item, i);
    if (i % columnsPerTurn === columnsPerTurn - 1) await nextTurn();
  }
}
