import { expect, test } from "vitest";
import { codeDigest } from "./code-digest.ts";
import { fieldsRead } from "./fields-read.ts";

/* The functions are only looked at, never called. */
type Emit = (...args: unknown[]) => void;
const known: [string, (...args: never[]) => unknown, string[] | undefined][] = [
  ["a branch on one field", (order: { amount: number }, emit: Emit) => emit(order.amount > 1_000 ? "large" : "small", order), ["amount"]],
  ["several fields, a block and an async body", async (order: { a: number; b: number }, emit: Emit) => { await null; if (order.a) { emit({ b: order.b }); } }, ["a", "b"]],
  ["a pattern", ({ id, amount: sum = 0 }: { id: string; amount?: number }, emit: Emit) => emit({ id, sum }), ["amount", "id"]],
  ["nothing but passing on", (order: unknown, emit: Emit) => emit(order), []],
  ["a method of an object", { run(order: { a: number }, emit: Emit) { emit(order.a); } }.run, ["a"]],
  ["a function expression", function (order: { a: number }, emit: Emit) { emit(order.a); }, ["a"]],
  ["optional access", (order: { a?: { b: number } }, emit: Emit) => emit(order.a?.b), ["a"]],
  ["a name that is only a property elsewhere", (order: { a: number }, emit: Emit) => emit({ order: order.a }), ["a"]],
  ["a spread", (order: object, emit: Emit) => emit({ ...order }), undefined],
  ["another function", (order: object, emit: Emit) => emit(JSON.stringify(order)), undefined],
  ["a computed name", (order: Record<string, unknown>, emit: Emit) => emit(order["a".trim()]), undefined],
  ["a copy in a variable", (order: object, emit: Emit) => { const copy = order; emit(copy); }, undefined],
  ["a shorthand property", (order: object, emit: Emit) => emit({ order }), undefined],
  ["a rest pattern", ({ ...rest }: object, emit: Emit) => emit(rest), undefined],
  ["a write", (order: { a: number }, emit: Emit) => { order.a = 1; emit(order); }, undefined],
  ["a count up", (order: { a: number }, emit: Emit) => { order.a++; emit(order); }, undefined],
  ["a method", (order: object, emit: Emit) => { if (order.hasOwnProperty("a")) emit(order); }, undefined],
  ["a method of a field", (order: { a: string }, emit: Emit) => { if (order.a.startsWith("x")) emit(order); }, ["a"]],
  ["a delete", (order: { a?: number }, emit: Emit) => { delete order.a; emit(order); }, undefined],
  ["a write by pattern", (order: { a: number }, emit: Emit) => { [order.a] = [1]; ({ b: order.a } = { b: 2 }); emit(order); }, undefined],
  ["an object that reads", (order: { a: number }, emit: Emit) => emit({ b: order.a }), ["a"]],
  ["arguments", function (order: { a: number }, emit: Emit) { emit(order.a, arguments[0]); }, undefined],
  ["a return", (order: object) => order, undefined],
  ["no parameter", () => 1, undefined],
  ["a native function", Math.max as never, undefined],
  ["a bound function", ((order: { a: number }, emit: Emit) => emit(order.a)).bind(null) as never, undefined],
];

for (const [title, code, fields] of known) {
  test(`fields read: ${title}`, () => {
    expect(fieldsRead(code)).toEqual(fields && { of: codeDigest(code), fields });
  });
}
