import { MillraceError } from "../errors.ts";

export interface Count {
  op: "count";
}
export interface NumericAggregate<F extends string> {
  op: "sum" | "mean" | "min" | "max";
  field: F;
}
export interface Quantile<F extends string> {
  op: "quantile";
  field: F;
  q: number;
}
export interface FirstOrLast<F extends string> {
  op: "first" | "last";
  field: F;
}
export interface ReduceFunctions<S, R> {
  init: () => S;
  add: (state: S, record: R) => S;
  merge?: (a: S, b: S) => S;
}
export interface Reduce<S, R, Out> extends ReduceFunctions<S, R> {
  op: "reduce";
  result?: (state: S) => Out;
}

/** Records of the group. */
export const count = (): Count => ({ op: "count" });
/** Sum of a numeric field; null when no record has a value. */
export const sum = <const F extends string>(field: F): NumericAggregate<F> => ({ op: "sum", field });
/** Arithmetic mean of a numeric field; null when no record has a value. */
export const mean = <const F extends string>(field: F): NumericAggregate<F> => ({ op: "mean", field });
/** Smallest value of a numeric field; null when no record has a value. */
export const min = <const F extends string>(field: F): NumericAggregate<F> => ({ op: "min", field });
/** Largest value of a numeric field; null when no record has a value. */
export const max = <const F extends string>(field: F): NumericAggregate<F> => ({ op: "max", field });
/** The field's value in the record that came first; null when there is none. */
export const first = <const F extends string>(field: F): FirstOrLast<F> => ({ op: "first", field });
/** The field's value in the record that came last; null when there is none. */
export const last = <const F extends string>(field: F): FirstOrLast<F> => ({ op: "last", field });

/**
 * A quantile of a numeric field, interpolated between the two nearest values as SQL's `quantile_cont`.
 * @param q - 0 to 1 inclusive; 0.5 is the median
 */
export function quantile<const F extends string>(field: F, q: number): Quantile<F> {
  if (!(q >= 0 && q <= 1)) {
    throw new MillraceError("MR-MODEL-001", { what: `${String(q)} is not a quantile`, where: `quantile(${JSON.stringify(field)})`, mend: "give a number from 0 to 1, as 0.95" });
  }
  return { op: "quantile", field, q };
}

/**
 * An aggregate of your own. The state must be JSON: it is kept in the epoch and comes back after a crash.
 *
 * @param merge - joins the states of two sessions that a record has joined; needed for session windows alone
 * @param result - shapes the state into the result; the state itself without it
 * @example reduce({ init: () => [] as string[], add: (seen, flight) => [...seen, flight.destination] })
 */
export function reduce<S, R, Out>(functions: ReduceFunctions<S, R> & { result: (state: S) => Out }): Reduce<S, R, Out>;
export function reduce<S, R>(functions: ReduceFunctions<S, R>): Reduce<S, R, S>;
export function reduce<S, R>(functions: ReduceFunctions<S, R>): Reduce<S, R, S> {
  return { op: "reduce", ...functions };
}
