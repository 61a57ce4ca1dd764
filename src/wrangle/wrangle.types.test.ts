import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { sql } from "../model/sql-tag.ts";
import { table } from "../model/table.ts";
import { cast, extract, fill, inRange, mapValues, nullify, parseMoney, parseNumber, pivotLonger, required, trim, wrangle, wrangled } from "./index.ts";

const raw = table("raw.income", { schema: z.object({ religion: z.string().nullable(), low: z.int(), high: z.int() }), writtenBy: "tasks" });

test("the type of the rows goes from step to step", () => {
  const long = wrangle(raw, trim("religion"), required("religion"), pivotLonger(["low", "high"], { namesTo: "income", valuesTo: "people" }));
  expectTypeOf(long.row).toEqualTypeOf<{ religion: string; income: "low" | "high"; people: number } | undefined>();
  const filled = wrangle(long, fill("people", { orderBy: ["-people"], by: ["religion"] }));
  expectTypeOf(filled.row).toEqualTypeOf<{ religion: string; income: "low" | "high"; people: number } | undefined>();
  expectTypeOf(long.rejected.row).toExtend<{ rule: string; reason: string } | undefined>();
  expectTypeOf(sql`select * from ${long}`).toHaveProperty("text");
});

test("a column that is not there is refused where it is written", () => {
  // @ts-expect-error there is no such column
  wrangle(raw, trim("religio"));
  // @ts-expect-error the step before made other columns
  wrangle(raw, pivotLonger(["low", "high"]), trim("low"));
});

const prices = table("raw.prices", { schema: z.object({ id: z.string(), price: z.string().nullable(), kind: z.string(), count: z.int() }), writtenBy: "tasks" });

test("steps that read texts say what comes of them", () => {
  const read = wrangle(prices, parseNumber("id"), parseMoney("price", { misfits: "null" }), mapValues("kind", { a: 1, b: null }, { else: "null" }), cast("count", "string"));
  expectTypeOf(read.row).toEqualTypeOf<{ id: number; price: string | null; currency: string | null; kind: 1 | null; count: string } | undefined>();
  const kept = wrangle(prices, parseNumber("price"), mapValues("kind", { a: "x" }), nullify("count"), extract("id", "(?<head>a+)-(?<tail>b+)", { keep: false }));
  expectTypeOf(kept.row).toEqualTypeOf<{ price: number | null; kind: string; count: number | null; head: string | null; tail: string | null } | undefined>();
  expectTypeOf(wrangled("clean.prices", kept).record).toEqualTypeOf<typeof kept.row>();
});

test("a step that reads texts refuses columns of numbers, and bounds are of the column's type", () => {
  // @ts-expect-error it holds numbers
  wrangle(prices, parseNumber("count"));
  // @ts-expect-error it was read by the step before
  wrangle(prices, parseNumber("id"), trim("id"), parseNumber("id"));
  // @ts-expect-error a text is no bound of numbers
  wrangle(prices, inRange("count", { min: "1" }));
});
