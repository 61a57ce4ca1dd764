import { expect, test } from "vitest";
import { fieldChanges } from "./field-changes.ts";

test("fields that differ are told, absent ones as null, and those that do not count are left out", () => {
  expect(fieldChanges({ a: 1, b: [1], at: "x" }, { b: [1], c: "n", at: "y" }, ["at"])).toEqual([
    { field: "a", before: 1, after: null },
    { field: "c", before: null, after: "n" },
  ]);
});

test("however deep, what may be a secret is not told; a reference to one is", () => {
  const [change] = fieldChanges({ http: { headers: { "x-api-key": "k1", accept: "json" } } }, { http: { headers: { "x-api-key": "Bearer {{ secrets.key }}", accept: "csv" }, steps: [{ apiKey: "k2", to: "smtp://a:b@c" }] } }, []);
  expect(change).toEqual({ field: "http", before: { headers: { "x-api-key": "(hidden)", accept: "json" } }, after: { headers: { "x-api-key": "Bearer {{ secrets.key }}", accept: "csv" }, steps: [{ apiKey: "(hidden)", to: "smtp://a:(hidden)@c" }] } });
});
