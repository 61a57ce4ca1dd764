import { MillraceError } from "../../errors.ts";
import type { Aggregate } from "../../model/definition.ts";
import type { Accumulator } from "./accumulator.ts";
import type { Pairs } from "./pairs.ts";
import type { StateReader, StateWriter } from "./state-codec.ts";

export type Reduce = Extract<Aggregate, { op: "reduce" }>;

/**
 * The aggregates of the user's own code, one JSON state each per slot.
 *
 * They come before the built-in ones: a record that one of them refuses counts nowhere. What `add` changes inside its
 * state before it throws stays changed, for a copy of the state per record would cost more than all the rest.
 */
export class Reducers implements Omit<Accumulator, "add" | "bind"> {
  readonly #reduces: readonly Reduce[];
  readonly #where: string;
  /** By aggregate, then by slot. */
  readonly #states: unknown[][];
  #next: unknown[] = [];

  /** @param where - named in errors */
  constructor(reduces: readonly Reduce[], where: string) {
    this.#reduces = reduces;
    this.#where = where;
    this.#states = reduces.map(() => []);
  }

  get count(): number {
    return this.#reduces.length;
  }

  grow(): void {}

  open(slot: number): void {
    this.#reduces.forEach((reduce, r) => (this.#states[r][slot] = reduce.init()));
  }

  close(slot: number): void {
    for (const states of this.#states) states[slot] = undefined;
  }

  result(r: number, slot: number): unknown {
    const { result } = this.#reduces[r];
    return result ? result(this.#states[r][slot]) : this.#states[r][slot];
  }

  /**
   * Adds the records of the pairs, and takes those that are refused out of the pairs.
   *
   * @param record - reads a record by its row
   * @param refuse - told the row and the error, once a record
   */
  addRecords(pairs: Pairs, record: (row: number) => unknown, refuse: (row: number, error: unknown) => void): void {
    const { rows, slots, count } = pairs;
    pairs.count = 0;
    for (let from = 0, to = 0; from < count; from = to) {
      const row = rows[from];
      for (to = from; to < count && rows[to] === row; ) to++;
      try {
        this.#compute(record(row), slots, from, to);
      } catch (error) {
        refuse(row, error);
        continue;
      }
      this.#keep(slots, from, to);
      for (let p = from; p < to; p++) pairs.push(row, slots[p]);
    }
  }

  /** Nothing is kept until every aggregate in every window of the record has taken it. */
  #compute(record: unknown, slots: Int32Array, from: number, to: number): void {
    let at = 0;
    for (let p = from; p < to; p++) {
      for (let r = 0; r < this.#reduces.length; r++) {
        const next = this.#reduces[r].add(this.#states[r][slots[p]], record);
        if (next === undefined) throw new TypeError("reduce: `add` returned nothing; it must return the new state");
        this.#next[at++] = next;
      }
    }
  }

  #keep(slots: Int32Array, from: number, to: number): void {
    let at = 0;
    for (let p = from; p < to; p++) for (const states of this.#states) states[slots[p]] = this.#next[at++];
  }

  merge(into: number, from: number, fromIsEarlier: boolean): void {
    this.#reduces.forEach(({ merge }, r) => {
      const states = this.#states[r];
      // Checked when the stage is made: windows that merge have it.
      states[into] = fromIsEarlier ? merge?.(states[from], states[into]) : merge?.(states[into], states[from]);
    });
  }

  write(slots: Int32Array, out: StateWriter): void {
    for (const states of this.#states) {
      try {
        out.json(Array.from(slots, (slot) => states[slot]));
      } catch (cause) {
        const what = `the state of a reduce is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
        throw new MillraceError("MR-ENGINE-001", { what, where: this.#where, mend: "keep to text, numbers, booleans, null, lists and plain objects in the state", cause });
      }
    }
  }

  read(slots: Int32Array, state: StateReader): void {
    for (const states of this.#states) {
      const values = state.json() as unknown[];
      if (!Array.isArray(values) || values.length !== slots.length) throw state.damaged("it has states for other groups");
      for (let i = 0; i < slots.length; i++) states[slots[i]] = values[i];
    }
  }
}
