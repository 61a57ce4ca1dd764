import type { TriggerRule } from "../dag-manifest.ts";
import type { Json } from "../manifest.ts";

/** Says what a reference stands for. */
export const refMark: unique symbol = Symbol.for("millrace.ref");

/** A task, and the type of its result. */
export interface TaskRef<T = unknown> {
  readonly [refMark]: "task";
  /** With the groups and the map that it is in: `checks.rows`. */
  readonly name: string;
  /** Carries the result's type; never there at run time. */
  readonly result?: T;
}

/** A task inside of a map, seen from outside: its results for all items, in their order. */
export interface MappedRef<T = unknown> {
  readonly [refMark]: "mapped";
  readonly name: string;
  readonly results?: T;
}

/** The item of a map, as the tasks in it see it. */
export interface ItemRef<T = unknown> {
  readonly [refMark]: "item";
  readonly item?: T;
}

/** A group of tasks, or all tasks of a map. */
export interface GroupRef {
  readonly [refMark]: "group";
}

/** What a task can come after. */
export type Before = TaskRef | MappedRef | GroupRef;

/** Name in the code of a task to the task whose result it gets, or to the item of its map. */
export type Inputs = { readonly [name: string]: TaskRef | MappedRef | ItemRef };

/** What a group or a map may give out. */
export type Given = { readonly [name: string]: Before } | TaskRef | undefined | Nothing;

/** What a function without `return` gives. */
type Nothing = ReturnType<() => void>;

/** What is seen of a group from outside. */
export type GroupOf<R> = R extends { readonly [name: string]: Before } ? GroupRef & R : GroupRef;

/** What is seen of a map from outside: lists in place of results. */
export type MappedOf<R> = R extends TaskRef<infer T> ? MappedRef<T> : R extends object ? GroupRef & { readonly [K in Exclude<keyof R, symbol>]: MappedOf<R[K]> } : GroupRef;

/** A result as it comes out of the store: what JSON makes of it, and null for none. */
export type Stored<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? unknown
    : T extends Json
      ? T
      : T extends void
        ? null
        : T extends { toJSON(): infer J }
          ? J
          : T extends (...args: never[]) => unknown
            ? never
            : T extends symbol | bigint | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
              ? never
              : T extends readonly unknown[]
                ? { [K in keyof T]: Stored<T[K]> }
                : T extends object
                  ? { [K in keyof T]: undefined extends T[K] ? StoredField<T[K]> : Stored<T[K]> }
                  : never;

/** A field that may be absent stays so. */
type StoredField<V> = Stored<Exclude<V, undefined>> | undefined;

/** The rule by which a task starts: the one given, else the one that a teardown or any other task has. */
export type RuleOf<R extends TriggerRule, D> = [R] extends [never] ? (D extends readonly [] ? "all_success" : "all_done_setup_success") : R;

/** What the inputs bring. Only where all tasks before have succeeded is there a result for sure. */
export type InputsOf<I, R> = {
  readonly [K in keyof I]: I[K] extends ItemRef<infer T> ? T : I[K] extends MappedRef<infer T> ? Maybe<T, R>[] : I[K] extends TaskRef<infer T> ? Maybe<T, R> : never;
};

type Maybe<T, R> = R extends "all_success" ? T : T | null;
