import type { Count, FirstOrLast, NumericAggregate, Quantile, Reduce, ReduceFunctions } from "./aggregate.ts";
import type { EmitOptions, TableDefinition, TopicDefinition } from "./definition.ts";
import type { WindowDecl } from "./manifest.ts";
import type { FieldOf, FieldOfType, Flat, RecordOfDataset } from "./schema-types.ts";

/** One topic, or several whose records come as a union. */
export type From = TopicDefinition | readonly TopicDefinition[];
export type Dataset = TopicDefinition | TableDefinition;
/** One dataset, or several by the name that `emit` calls them. */
export type To = Dataset | { readonly [alias: string]: Dataset };

/** The records that a stage reads. */
export type RecordIn<F> = F extends readonly (infer D)[] ? RecordOfDataset<D> : RecordOfDataset<F>;
/** The key fields of the topics that a stage reads. */
export type KeyIn<F> = F extends readonly (infer D)[] ? KeyOf<D> : KeyOf<F>;
type KeyOf<D> = D extends TopicDefinition<unknown, infer K> ? K : never;
/** The records that a stage writes, whichever of its outputs they go to. */
export type RecordOut<O> = O extends Dataset ? RecordOfDataset<O> : { [A in keyof O]: RecordOfDataset<O[A]> }[keyof O];

/** `emit(record)` with one output; `emit("alias", record)` with several. */
export type Emit<O> = O extends Dataset
  ? (record: RecordOfDataset<O>, options?: EmitOptions) => void
  : <A extends keyof O & string>(alias: A, record: RecordForAll<O, A>, options?: EmitOptions) => void;

/** Where the alias is one of several, the record must suit each of them. */
type RecordForAll<O, A extends keyof O> = (A extends unknown ? (record: RecordOfDataset<O[A]>) => void : never) extends (record: infer R) => void ? R : never;

/** The aggregates that records of type `T` allow, each checked against the fields it names. */
export type AggregateOf<T> = Count | NumericAggregate<FieldOfType<T, number>> | Quantile<FieldOfType<T, number>> | FirstOrLast<FieldOf<T>> | Reduce<any, T, any>;

/** What an aggregate gives over records of type `T`: null only where its field may be null or absent, for a group has a record. */
export type AggregateResult<A, T> = A extends Count
  ? number
  : A extends Reduce<infer _S, infer _R, infer Out>
    ? Out
    : A extends FirstOrLast<infer F>
      ? F extends keyof T
        ? Present<T[F]>
        : never
      : A extends { field: infer F extends keyof T }
        ? Extract<Present<T[F]>, null> | number
        : never;

type Present<V> = undefined extends V ? NonNullable<V> | null : V;

/** What `result` gets: the group's fields, the window, the aggregates. */
export type AggregateRow<T, B extends keyof T, A, W> = Flat<Pick<T, B> & { window: W extends WindowDecl ? { start: string; end: string } : undefined } & { [N in keyof A]: AggregateResult<A[N], T> }>;

/** What `aggregate` gets when it is a function: `reduce`, bound to the records of the input. */
export interface AggregateTools<T> {
  reduce: {
    <S, Out>(functions: ReduceFunctions<S, T> & { result: (state: S) => Out }): Reduce<S, T, Out>;
    <S>(functions: ReduceFunctions<S, T>): Reduce<S, T, S>;
  };
}
