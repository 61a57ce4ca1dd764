import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { secret } from "../model/secret.ts";
import { sql } from "../model/sql-tag.ts";
import { table } from "../model/table.ts";
import { apply, cast, complete, derive, drop, extract, fill, filterRows, generalise, hash, impute, inRange, interpolate, mapValues, nest, nullify, parseMoney, parseNumber, pivotLonger, pivotWider, rename, reorder, required, select, separate, summarise, topRows, transform, trim, unite, unnest, wrangle, wrangled } from "./index.ts";

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

const rents = table("raw.rents", { schema: z.object({ city: z.string(), day: z.string(), rent: z.number().nullable(), rooms: z.int(), place: z.string() }), writtenBy: "tasks" });

test("steps that shape, impute and protect say which columns there are behind them", () => {
  const told = wrangle(
    rents,
    separate("place", { into: ["street", "house"], separator: "," }),
    impute("rent", { with: "median", by: ["city"], flag: "guessed" }),
    derive("per_room", { divide: ["rent", "rooms"] }),
    transform({ share: { share: "rent" }, before: { lag: "day" } }, { by: ["city"], orderBy: ["day"] }),
    filterRows([["rooms", ">", 1], ["city", "in", ["Oslo"]]]),
    rename({ day: "since" }),
    drop(["street"]),
    hash("house", { key: secret("k") }),
    generalise("rooms", { width: 2 }),
  );
  expectTypeOf(told.row).toEqualTypeOf<{ city: string; since: string; rent: number | null; rooms: string | null; house: string | null; guessed: boolean; per_room: number | null; share: number | null; before: string | null } | undefined>();
  const groups = wrangle(rents, complete(["city", "day"], { steps: { day: 1 } }), summarise(["city"], { n: { count: "*" }, top: { max: "rent" }, all: { list: "rooms" } }));
  expectTypeOf(groups.row).toEqualTypeOf<{ city: string; n: number; top: number | null; all: number[] } | undefined>();
  const wide = wrangle(rents, select(["city", "day", "rooms"]), pivotWider({ namesFrom: "city", valuesFrom: "rooms", values: ["Oslo", "Rome"] }), topRows(1, { orderBy: ["-day"] }), reorder(["Rome"]), interpolate("Oslo", { along: "day", flag: "line" }));
  expectTypeOf(wide.row).toEqualTypeOf<{ day: string; Oslo: number | null; Rome: number | null; line: boolean } | undefined>();
  const packed = wrangle(rents, nest("days", ["day", "rent", "rooms", "place"]), unnest("days"), unite("at", { columns: ["city", "place"] }), fill("rent", { orderBy: ["day"], flag: "filled" }), apply((rows) => rows.map(({ rent }) => ({ rent }))));
  expectTypeOf(packed.row).toEqualTypeOf<{ rent: number | null } | undefined>();
  const wrong = () => [
    // @ts-expect-error a text has no mean
    wrangle(rents, summarise("city", { n: { mean: "day" } })),
    // @ts-expect-error rooms are numbers
    wrangle(rents, filterRows([["rooms", "=", "two"]])),
    // @ts-expect-error only texts come apart
    wrangle(rents, separate("rooms", { into: ["a"], separator: "," })),
  ];
  expectTypeOf(wrong).toBeFunction();
});
