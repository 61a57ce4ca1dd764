import type { Aggregate } from "../../model/definition.ts";
import type { Column } from "../../model/manifest.ts";
import type { Accumulator } from "./accumulator.ts";
import { isText } from "./batch-columns.ts";
import { type Edge, EdgeNumber, EdgeText } from "./edges.ts";
import { Greatest, Least, Sum, Valued } from "./number-accumulators.ts";
import { Values } from "./quantiles.ts";
import { type Reduce, Reducers } from "./reducers.ts";
import type { Slots } from "./slots.ts";
import { userValue } from "./user-value.ts";

/** An aggregate's result for a slot, as user code knows it. */
export type ResultOf = (slot: number) => unknown;

/** The figures to be kept for a stage's aggregates, and how each aggregate comes out of them. */
export interface Plan {
  accumulators: Accumulator[];
  reducers: Reducers;
  results: { name: string; of: ResultOf }[];
  /** What the state is made of: state of another make cannot be read. */
  make: string[];
}

/** Makes the plan. Aggregates that need the same figure share it: a mean costs nothing beside a sum. `where` is named in errors. */
export function plan(aggregates: Record<string, Aggregate>, columns: readonly Column[], slots: Slots, where: string): Plan {
  const kept = new Kept();
  const reduces = Object.values(aggregates).filter((aggregate): aggregate is Reduce => aggregate.op === "reduce");
  const reducers = new Reducers(reduces, where);
  const results = Object.entries(aggregates).map(([name, aggregate]) => {
    if (aggregate.op === "count") return { name, of: (slot: number) => slots.rows[slot] };
    if (aggregate.op === "reduce") return { name, of: reduced(reducers, reduces.indexOf(aggregate)) };
    if (!isEdge(aggregate)) return { name, of: figure(kept, aggregate) };
    const column = columns.find((each) => each.name === aggregate.field) as Column;
    return { name, of: edge(kept, aggregate.op, column) };
  });
  const names = Object.entries(aggregates).flatMap(([name, aggregate]) => (aggregate.op === "reduce" ? [`reduce ${name}`] : []));
  return { accumulators: kept.all, reducers, results, make: [...kept.names, ...names] };
}

class Kept {
  readonly #byName = new Map<string, Accumulator>();

  get<A extends Accumulator>(name: string, make: () => A): A {
    let known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, (known = make()));
    return known as A;
  }

  get all(): Accumulator[] {
    return [...this.#byName.values()];
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }
}

const isEdge = (aggregate: Aggregate): aggregate is Extract<Aggregate, { op: Edge }> => aggregate.op === "first" || aggregate.op === "last";

const reduced = (reducers: Reducers, r: number): ResultOf => (slot) => reducers.result(r, slot);

function figure(kept: Kept, aggregate: Extract<Aggregate, { op: "sum" | "mean" | "min" | "max" | "quantile" }>): ResultOf {
  const { op, field } = aggregate;
  if (op === "quantile") {
    const values = kept.get(`values ${field}`, () => new Values(field));
    return (slot) => values.quantile(slot, aggregate.q);
  }
  const valued = kept.get(`valued ${field}`, () => new Valued(field));
  const value = numberOf(kept, op, field, valued);
  return (slot) => (valued.state[slot] === 0 ? null : value(slot));
}

function numberOf(kept: Kept, op: "sum" | "mean" | "min" | "max", field: string, valued: Valued): (slot: number) => number {
  if (op === "min" || op === "max") {
    const extreme = op === "min" ? kept.get(`min ${field}`, () => new Least(field)) : kept.get(`max ${field}`, () => new Greatest(field));
    return (slot) => extreme.state[slot];
  }
  const sum = kept.get(`sum ${field}`, () => new Sum(field));
  return op === "sum" ? (slot) => sum.state[slot] : (slot) => sum.state[slot] / valued.state[slot];
}

function edge(kept: Kept, which: Edge, column: Column): ResultOf {
  const { name, type } = column;
  const shown = userValue({ ...column, optional: false });
  const kind = `${which} ${isText(type) ? "text" : "number"} ${name}`;
  const values = isText(type) ? kept.get(kind, () => new EdgeText(name, which)) : kept.get(kind, () => new EdgeNumber(name, which));
  return (slot) => shown(values.has(slot) ? values.value(slot) : null);
}
