import { expect, test } from "vitest";
import { z } from "zod";
import { topic } from "../topic.ts";
import { brokenPromises } from "./kept-promises.ts";
import { accepted, notNull, pattern, range, textLength } from "./column-checks.ts";
import { freshness, unique, volume } from "./dataset-checks.ts";
import { contract } from "./contract.ts";
import type { Check } from "./check-definition.ts";

const orders = topic("orders", { schema: z.object({ id: z.string(), amount: z.number(), n: z.int(), note: z.string().nullable() }) });
const columns = [
  { name: "id", type: "string", nullable: false },
  { name: "amount", type: "number", nullable: false },
  { name: "n", type: "integer", nullable: false },
  { name: "note", type: "string", nullable: true },
] as const;
const broken = (wanted: Parameters<typeof contract>[1], promised: Check[] = []) => brokenPromises(contract("billing", wanted).decl, { columns, checks: promised.map(({ decl }) => decl) });

test("columns that are gone or of another type break a contract; a schema keeps what it says by itself", () => {
  expect(broken({ on: orders, columns: { id: "string", n: "number", note: null } })).toEqual([]);
  expect(broken({ on: orders, columns: { customer: "string", amount: "integer" } })).toEqual(['column "customer" is gone', 'column "amount" is number and not integer']);
  expect(broken({ on: orders, checks: [notNull("id")] })).toEqual([]);
  expect(broken({ on: orders, checks: [notNull("note")] })).toEqual(["nothing says any more that notNull holds of note"]);
});

test.each<[string, Check, Check, boolean]>([
  ["the same", range("amount", { min: 0 }), range("amount", { min: 0 }), true],
  ["a narrower range", range("amount", { min: 1, max: 5 }), range("amount", { min: 0 }), true],
  ["a wider range", range("amount", { min: -1 }), range("amount", { min: 0 }), false],
  ["a bound that is included", range("amount", { min: 0 }), range("amount", { above: 0 }), false],
  ["a bound that is left out", range("amount", { above: 0 }), range("amount", { min: 0 }), true],
  ["no upper bound", range("amount", { min: 0 }), range("amount", { min: 0, max: 9 }), false],
  ["fewer values", accepted("note", ["a"]), accepted("note", ["a", "b"]), true],
  ["one value more", accepted("note", ["a", "b", "c"]), accepted("note", ["a", "b"]), false],
  ["another pattern", pattern("note", /a/), pattern("note", /b/), false],
  ["a key of fewer columns", unique("id"), unique(["id", "n"]), true],
  ["a key of more columns", unique(["id", "n"]), unique("id"), false],
  ["a shorter text", textLength("note", { max: 5 }), textLength("note", { max: 9 }), true],
  ["a longer time", freshness({ within: "2h" }), freshness({ within: "1h" }), false],
  ["more rows", volume({ min: 10 }), volume({ min: 1 }), true],
  ["a check that only warns", notNull("note", { severity: "warn" }), notNull("note"), false],
  ["a tolerance", notNull("note", { tolerance: 3 }), notNull("note"), false],
  ["a smaller tolerance", notNull("note", { tolerance: "1%" }), notNull("note", { tolerance: "2%" }), true],
  ["another column", notNull("n"), notNull("note"), false],
])("%s keeps a promise or not", (_what, promised, wanted, isKept) => {
  expect(broken({ on: orders, checks: [wanted] }, [promised]).length === 0).toBe(isKept);
});

test("a contract that asks for nothing, or of a type that there is not, is refused where it is written", () => {
  expect(() => contract("c", { on: orders })).toThrow(/asks for nothing/);
  expect(() => contract("c", { on: orders, columns: { id: "text" as never } })).toThrow(/"text"/);
});
