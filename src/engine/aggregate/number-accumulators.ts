import type { Accumulator } from "./accumulator.ts";
import type { BatchColumns, NumberColumn } from "./batch-columns.ts";
import { grown } from "./grown.ts";
import type { Pairs } from "./pairs.ts";
import type { StateReader, StateWriter } from "./state-codec.ts";

/** One float64 per slot, fed by one field. What differs is how a value joins it. */
abstract class NumberAccumulator implements Accumulator {
  readonly field: string;
  readonly empty: number;
  state = new Float64Array(0);
  column: NumberColumn | undefined;

  /** @param empty - the state of a slot without values */
  constructor(field: string, empty: number) {
    this.field = field;
    this.empty = empty;
  }

  grow(capacity: number): void {
    this.state = grown(this.state, capacity);
  }

  open(slot: number): void {
    this.state[slot] = this.empty;
  }

  bind(columns: BatchColumns): void {
    this.column = columns.numbers(this.field);
  }

  abstract add(pairs: Pairs): void;
  abstract merge(into: number, from: number): void;

  write(slots: Int32Array, out: StateWriter): void {
    out.numbersAt(this.state, slots);
  }

  read(slots: Int32Array, state: StateReader): void {
    const values = state.numbers(slots.length);
    for (let i = 0; i < slots.length; i++) this.state[slots[i]] = values[i];
  }
}

/** How many values of the field are not null. */
export class Valued extends NumberAccumulator {
  constructor(field: string) {
    super(field, 0);
  }

  add({ rows, slots, count }: Pairs): void {
    const { state, column } = this;
    if (!column) return;
    const { valid } = column;
    if (valid) for (let p = 0; p < count; p++) state[slots[p]] += valid[rows[p]];
    else for (let p = 0; p < count; p++) state[slots[p]]++;
  }

  merge(into: number, from: number): void {
    this.state[into] += this.state[from];
  }
}

/** Whole numbers are added exactly while the sum stays within 2 ** 53. */
export class Sum extends NumberAccumulator {
  constructor(field: string) {
    super(field, 0);
  }

  add({ rows, slots, count }: Pairs): void {
    const { state, column } = this;
    if (!column) return;
    const { values, valid } = column;
    if (valid) {
      for (let p = 0; p < count; p++) if (valid[rows[p]]) state[slots[p]] += values[rows[p]];
    } else {
      for (let p = 0; p < count; p++) state[slots[p]] += values[rows[p]];
    }
  }

  merge(into: number, from: number): void {
    this.state[into] += this.state[from];
  }
}

/** NaN counts as larger than every number, as in DuckDB and PostgreSQL: it is the least of none but NaNs. */
export class Least extends NumberAccumulator {
  constructor(field: string) {
    super(field, NaN);
  }

  add({ rows, slots, count }: Pairs): void {
    const { state, column } = this;
    if (!column) return;
    const { values, valid } = column;
    for (let p = 0; p < count; p++) {
      const row = rows[p];
      if (valid && !valid[row]) continue;
      const known = state[slots[p]];
      // An empty slot holds NaN.
      if (values[row] < known || known !== known) state[slots[p]] = values[row];
    }
  }

  merge(into: number, from: number): void {
    const known = this.state[into];
    if (this.state[from] < known || known !== known) this.state[into] = this.state[from];
  }
}

/** NaN counts as larger than every number, as in DuckDB and PostgreSQL. */
export class Greatest extends NumberAccumulator {
  constructor(field: string) {
    super(field, -Infinity);
  }

  add({ rows, slots, count }: Pairs): void {
    const { state, column } = this;
    if (!column) return;
    const { values, valid } = column;
    for (let p = 0; p < count; p++) {
      const row = rows[p];
      if (valid && !valid[row]) continue;
      const value = values[row];
      if (value > state[slots[p]] || value !== value) state[slots[p]] = value;
    }
  }

  merge(into: number, from: number): void {
    const value = this.state[from];
    if (value > this.state[into] || value !== value) this.state[into] = value;
  }
}
