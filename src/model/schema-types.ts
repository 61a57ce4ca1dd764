import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { TableDefinition, TopicDefinition } from "./definition.ts";
import type { JsonSchema } from "./manifest.ts";

declare const recordType: unique symbol;

/** A plain JSON Schema that carries the type of its records. */
export type TypedJsonSchema<T> = JsonSchema & { readonly [recordType]?: T };

/** What a user may give as a schema: zod, valibot, arktype (Standard Schema) or plain JSON Schema. */
export type SchemaInput = StandardSchemaV1 | { readonly type: "object"; readonly properties: { readonly [field: string]: unknown } } | TypedJsonSchema<unknown>;

/** The type of the records that a schema describes. */
export type RecordOf<S> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : typeof recordType extends keyof S
    ? NonNullable<S[typeof recordType]>
    : FromJsonSchema<S>;

/** A type from a plain JSON Schema written as a literal, for the keywords that say a type; `unknown` for the rest. */
export type FromJsonSchema<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer B)[] } | { readonly oneOf: readonly (infer B)[] }
      ? B extends unknown
        ? FromJsonSchema<B>
        : never
      : S extends { readonly type: readonly (infer N)[] }
        ? N extends unknown
          ? FromTypeName<N, S>
          : never
        : S extends { readonly type: infer N }
          ? FromTypeName<N, S>
          : unknown;

type FromTypeName<N, S> = N extends "string"
  ? string
  : N extends "number" | "integer"
    ? number
    : N extends "boolean"
      ? boolean
      : N extends "null"
        ? null
        : N extends "array"
          ? S extends { readonly items: infer I }
            ? FromJsonSchema<I>[]
            : unknown[]
          : N extends "object"
            ? FromObject<S>
            : unknown;

type FromObject<S> = S extends { readonly properties: infer P }
  ? Flat<
      { -readonly [K in keyof P as K extends RequiredOf<S> ? K : never]: FromJsonSchema<P[K]> } & {
        -readonly [K in keyof P as K extends RequiredOf<S> ? never : K]?: FromJsonSchema<P[K]>;
      }
    >
  : { [field: string]: unknown };

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

/** An intersection as one object, so that messages and hovers show its fields. */
export type Flat<T> = { [K in keyof T]: T[K] };

/** Names of a record's fields. */
export type FieldOf<T> = keyof T & string;

/** Names of the fields whose values are of type `V`; null and absence aside. */
export type FieldOfType<T, V> = { [K in FieldOf<T>]-?: NonNullable<T[K]> extends V ? K : never }[FieldOf<T>];

/** The type of a dataset's records. */
export type RecordOfDataset<D> = D extends TopicDefinition<infer T> ? T : D extends TableDefinition<infer T> ? T : never;

/**
 * Gives a plain JSON Schema the type of its records, where the schema is not a literal or says more than its type can.
 * @example topic("orders", { schema: jsonSchema<Order>(orderSchema) })
 */
export function jsonSchema<T extends object>(schema: JsonSchema): TypedJsonSchema<T> {
  return schema as TypedJsonSchema<T>;
}
