import type { Flat } from "./schema-types.ts";

/* What nested records become when they are reshaped, as types. What is below the ninth level has the type that it had, whole. */

type Levels = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type Less = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
/** A depth that is no literal, or a greater one, is taken for nine. */
export type Depth<D> = D extends Levels ? (number extends D ? 9 : D) : 9;

/** Objects with named fields. Those with any keys are maps, and stay whole. */
type IsStruct<T> = T extends readonly unknown[] | Date ? false : T extends object ? (string extends keyof T ? false : true) : false;

/** What null or absence of a field adds to those inside of it. */
type Missing<T> = null extends T ? null : undefined extends T ? null : never;

/** Null where it may be, and no `undefined`: a row has all of its columns. */
type Present<T> = Exclude<T, undefined> | (undefined extends T ? null : never);

type Joined<P extends string, K extends string, Sep extends string> = P extends "" ? K : `${P}${Sep}${K}`;

/** A leaf of a record: the column that it becomes. */
interface Leaf {
  name: string;
  value: unknown;
}

type Leaves<T, P extends string, Sep extends string, D extends Levels, N> = {
  [K in keyof T & string]-?: D extends 0
    ? { name: Joined<P, K, Sep>; value: Present<T[K]> | N }
    : IsStruct<NonNullable<T[K]>> extends true
      ? Leaves<NonNullable<T[K]>, Joined<P, K, Sep>, Sep, Less[D] & Levels, N | Missing<T[K]>>
      : { name: Joined<P, K, Sep>; value: Present<T[K]> | N };
}[keyof T & string];

type RowOf<L extends Leaf> = Flat<{ [E in L as E["name"]]: E["value"] }>;

/** A record with its structs opened: `{ a: { b: 1 } }` is `{ "a.b": 1 }`. */
export type Flattened<T, Sep extends string = ".", D extends Levels = 9> = RowOf<Leaves<T, "", Sep, D, never>>;

/** A row of a table of lists: those hold keys. */
type Keyed<L extends Leaf> = Flat<{ [E in L as E["name"]]: NonNullable<E["value"]> extends readonly unknown[] ? string | Extract<E["value"], null> : E["value"] }>;

/** The root table of nested records. */
export type RootRow<T, Sep extends string = "."> = Keyed<Leaves<T, "", Sep, 9, never>>;

type ItemLeaves<I, P extends string, Sep extends string> =
  IsStruct<NonNullable<I>> extends true ? Leaves<NonNullable<I>, `${P}${Sep}val`, Sep, 9, Missing<I>> : { name: `${P}${Sep}val`; value: Present<I> };

/** A list inside of a record, by the name of its table, with the path of its columns. */
interface ListOf {
  table: string;
  prefix: string;
  item: unknown;
}

/** Lists of the leaves, and those inside of their items, four deep. `P` is the path with dots, `S` the one of the columns. */
type ListsIn<L extends Leaf, Sep extends string, Deep extends 0 | 1 | 2 | 3 | 4> = L extends Leaf
  ? NonNullable<L["value"]> extends readonly (infer I)[]
    ? { table: L["name"]; prefix: L["name"]; item: I } | (Deep extends 0 ? never : ListsIn<ItemLeaves<I, L["name"], Sep>, Sep, Less[Deep] & (0 | 1 | 2 | 3 | 4)>)
    : never
  : never;

export type Lists<T> = ListsIn<Leaves<T, "", ".", 9, never>, ".", 4>;

/** Names of the tables that the lists of a record become. */
export type ListName<T> = Extract<Lists<T>, ListOf>["table"];

/** A row of the table of a list, with dots between the names of its columns. */
export type ItemRow<T, Name extends string> = Lists<T> extends infer L ? (L extends { table: Name; prefix: infer P extends string; item: infer I } ? Flat<{ id: string; index: number } & Keyed<ItemLeaves<I, P, ".">>> : never) : never;

/** A name in a path: with a dot or a backtick in it, in backticks. */
type Step<K extends string> = K extends `${string}.${string}` | `${string}\`${string}` ? `\`${K}\`` : K;

/** Paths of all fields of a record, structs and what is in them: `a`, `a.b`. */
/* Of rows whose type nobody has said, as of a SELECT by hand, any. */
export type FieldPath<T, D extends Levels = 9> = D extends 0
  ? never
  : unknown extends T ? string : { [K in keyof T & string]-?: Step<K> | (IsStruct<NonNullable<T[K]>> extends true ? `${Step<K>}.${FieldPath<NonNullable<T[K]>, Less[D] & Levels>}` : never) }[keyof T & string];

/** The value of a field by its path. */
export type ValueAt<T, P extends string> = P extends `\`${infer K}\`.${infer Rest}`
  ? Within<T, K, Rest>
  : P extends `\`${infer K}\``
    ? Present<T[K & keyof T]>
    : P extends `${infer K}.${infer Rest}`
      ? Within<T, K, Rest>
      : Present<T[P & keyof T]>;

type Within<T, K extends string, Rest extends string> = K extends keyof T ? ValueAt<NonNullable<T[K]>, Rest> | Missing<T[K]> : unknown;

/** What the values of a type that a mapping names are in a record. */
export interface MappedTypes {
  string: string;
  boolean: boolean;
  byte: number;
  short: number;
  int: number;
  long: number;
  float: number;
  double: number;
  date: string;
  time: string;
  timestamp: string;
  timestamptz: string;
  uuid: string;
  binary: string;
  json: unknown;
}

/** A type that a value can be cast to. */
export type MappedType = keyof MappedTypes | `decimal(${number},${number})`;

export type MappedValue<N> = N extends keyof MappedTypes ? MappedTypes[N] : N extends `decimal${string}` ? string : never;

/** A struct around a value for each name but the last. */
export type Nested<P extends string, V> = P extends `\`${infer K}\`` ? { [E in K]: V } : P extends `${infer K}.${infer Rest}` ? { [E in K]: Nested<Rest, V> } : { [E in P]: V };

type Both<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;

type Deep<T> = IsStruct<T> extends true ? { [K in keyof T]: Deep<T[K]> } : T;

/** One object of many that each hold a part of it. */
export type Merged<U> = Deep<Both<U>>;
