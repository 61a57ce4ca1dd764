import type { Accumulator } from "./accumulator.ts";
import type { BatchColumns, NumberColumn, TextColumn } from "./batch-columns.ts";
import { detached } from "./detached.ts";
import { grown } from "./grown.ts";
import type { Pairs } from "./pairs.ts";
import type { StateReader, StateWriter } from "./state-codec.ts";

/** First or last: which record's value is kept, by the order in which records arrived. */
export type Edge = "first" | "last";

/** The value of a field in the first or last record of a slot that has one. Without values the arrival is NaN. */
abstract class EdgeAccumulator implements Accumulator {
  readonly field: string;
  readonly edge: Edge;
  /** When the value kept arrived: the count of records before it. Sessions that merge are put in order by it. */
  arrival = new Float64Array(0);
  firstArrival = 0;

  constructor(field: string, edge: Edge) {
    this.field = field;
    this.edge = edge;
  }

  grow(capacity: number): void {
    this.arrival = grown(this.arrival, capacity);
  }

  open(slot: number): void {
    this.arrival[slot] = NaN;
  }

  bind(_columns: BatchColumns, firstArrival: number): void {
    this.firstArrival = firstArrival;
  }

  has(slot: number): boolean {
    return !Number.isNaN(this.arrival[slot]);
  }

  abstract add(pairs: Pairs): void;
  abstract take(into: number, from: number): void;

  merge(into: number, from: number): void {
    const [here, there] = [this.arrival[into], this.arrival[from]];
    if (Number.isNaN(there)) return;
    if (!Number.isNaN(here) && (this.edge === "first" ? here < there : here > there)) return;
    this.arrival[into] = there;
    this.take(into, from);
  }

  write(slots: Int32Array, out: StateWriter): void {
    out.numbersAt(this.arrival, slots);
  }

  read(slots: Int32Array, state: StateReader): void {
    const arrivals = state.numbers(slots.length);
    for (let i = 0; i < slots.length; i++) this.arrival[slots[i]] = arrivals[i];
  }
}

/** Of fields that are held as numbers: a boolean as 0 or 1, a timestamp in milliseconds. */
export class EdgeNumber extends EdgeAccumulator {
  #values = new Float64Array(0);
  #column: NumberColumn | undefined;

  value(slot: number): number {
    return this.#values[slot];
  }

  override grow(capacity: number): void {
    super.grow(capacity);
    this.#values = grown(this.#values, capacity);
  }

  override open(slot: number): void {
    super.open(slot);
    this.#values[slot] = 0;
  }

  override bind(columns: BatchColumns, firstArrival: number): void {
    super.bind(columns, firstArrival);
    this.#column = columns.numbers(this.field);
  }

  add({ rows, slots, count }: Pairs): void {
    if (!this.#column) return;
    const { values, valid } = this.#column;
    const first = this.edge === "first";
    for (let p = 0; p < count; p++) {
      const [row, slot] = [rows[p], slots[p]];
      if ((valid && !valid[row]) || (first && this.has(slot))) continue;
      this.arrival[slot] = this.firstArrival + row;
      this.#values[slot] = values[row];
    }
  }

  take(into: number, from: number): void {
    this.#values[into] = this.#values[from];
  }

  override write(slots: Int32Array, out: StateWriter): void {
    super.write(slots, out);
    out.numbersAt(this.#values, slots);
  }

  override read(slots: Int32Array, state: StateReader): void {
    super.read(slots, state);
    const values = state.numbers(slots.length);
    for (let i = 0; i < slots.length; i++) this.#values[slots[i]] = values[i];
  }
}

/** Of fields that are held as text; a JSON value as its text. */
export class EdgeText extends EdgeAccumulator {
  readonly #values: string[] = [];
  #column: TextColumn | undefined;

  value(slot: number): string {
    return this.#values[slot];
  }

  override open(slot: number): void {
    super.open(slot);
    this.#values[slot] = "";
  }

  close(slot: number): void {
    this.#values[slot] = "";
  }

  override bind(columns: BatchColumns, firstArrival: number): void {
    super.bind(columns, firstArrival);
    this.#column = columns.texts(this.field);
  }

  add({ rows, slots, count }: Pairs): void {
    if (!this.#column) return;
    const { codes, valid } = this.#column;
    const { values } = this.#column.dictionary;
    const first = this.edge === "first";
    for (let p = 0; p < count; p++) {
      const [row, slot] = [rows[p], slots[p]];
      if ((valid && !valid[row]) || (first && this.has(slot))) continue;
      this.arrival[slot] = this.firstArrival + row;
      this.#values[slot] = values[codes[row]];
    }
  }

  take(into: number, from: number): void {
    this.#values[into] = this.#values[from];
  }

  override write(slots: Int32Array, out: StateWriter): void {
    super.write(slots, out);
    // Once an epoch, not once a record: until here the text may hold its whole batch.
    for (const slot of slots) this.#values[slot] = detached(this.#values[slot]);
    out.json(Array.from(slots, (slot) => this.#values[slot]));
  }

  override read(slots: Int32Array, state: StateReader): void {
    super.read(slots, state);
    const values = state.json() as string[];
    if (!Array.isArray(values) || values.length !== slots.length) throw state.damaged("it has texts for other groups");
    for (let i = 0; i < slots.length; i++) this.#values[slots[i]] = detached(values[i]);
  }
}
