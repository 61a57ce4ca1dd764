import fc from "fast-check";
import { expect, test } from "vitest";
import { type InferredType, mergeTypes, typeText } from "./inferred-type.ts";

const scalar = fc.constantFrom("null", "boolean", "long", "double", "date", "time", "timestamp", "timestamptz", "string", "uuid", "binary").map((kind): InferredType => ({ kind, count: 1 }) as InferredType);
const decimal = fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38)).filter(([precision, scale]) => scale <= precision).map(([precision, scale]): InferredType => ({ kind: "decimal", precision, scale, count: 1 }));
const { type: anyType } = fc.letrec<{ single: InferredType; type: InferredType }>((tie) => ({
  single: fc.oneof({ depthSize: "small" }, scalar, decimal, tie("type").map((element): InferredType => ({ kind: "list", element, count: 1 })), tie("type").map((value): InferredType => ({ kind: "map", value, count: 1 })), fc.dictionary(fc.constantFrom("a", "b", "c"), tie("type"), { maxKeys: 3 }).map((fields): InferredType => ({ kind: "struct", fields: Object.entries(fields).map(([name, type]) => ({ name, type })), count: 1 }))),
  // A choice arises from merging alone.
  type: fc.array(tie("single"), { minLength: 1, maxLength: 3 }).map((types) => types.reduce(mergeTypes)),
}));

/** The type without its counts, and the fields of structs in the order of their names. */
function shape(type: InferredType): string {
  return JSON.stringify(type, (key, value) => (key === "count" ? undefined : key === "fields" ? [...value].sort((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)) : value));
}

test("merging is commutative, associative and idempotent, and never narrows", () => {
  fc.assert(
    fc.property(anyType, anyType, anyType, (a, b, c) => {
      expect(shape(mergeTypes(a, b))).toBe(shape(mergeTypes(b, a)));
      expect(shape(mergeTypes(mergeTypes(a, b), c))).toBe(shape(mergeTypes(a, mergeTypes(b, c))));
      expect(shape(mergeTypes(a, a))).toBe(shape(a));
      // What has taken a type in does not change when it comes again.
      expect(shape(mergeTypes(mergeTypes(a, b), b))).toBe(shape(mergeTypes(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test("counts of evidence add up", () => {
  const merged = mergeTypes({ kind: "long", count: 3 }, mergeTypes({ kind: "string", count: 2 }, { kind: "double", count: 5 }));
  expect(merged).toEqual({ kind: "choice", count: 10, members: [{ kind: "double", count: 8 }, { kind: "string", count: 2 }] });
  expect(typeText(merged)).toBe("choice<double | string>");
});

test("dates widen to timestamps, but with and without a zone only text is certain", () => {
  const text = (a: "date" | "timestamp" | "timestamptz", b: "date" | "timestamp" | "timestamptz"): string => typeText(mergeTypes({ kind: a, count: 1 }, { kind: b, count: 1 }));
  expect([text("date", "timestamp"), text("timestamp", "timestamptz"), text("date", "timestamptz")]).toEqual(["timestamp", "string", "string"]);
});
