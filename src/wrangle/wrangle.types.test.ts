import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { sql } from "../model/sql-tag.ts";
import { table } from "../model/table.ts";
import { fill, pivotLonger, required, trim, wrangle } from "./index.ts";

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
