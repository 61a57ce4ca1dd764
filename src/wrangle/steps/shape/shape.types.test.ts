import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { secret } from "../../../model/secret.ts";
import { table } from "../../../model/table.ts";
import { apply, complete, derive, drop, fill, filterRows, generalise, hash, impute, imputeFrom, interpolate, nest, pivotWider, rename, reorder, select, separate, summarise, topRows, transform, unite, unnest, wrangle } from "../../index.ts";

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
  const sure = wrangle(rents, select(["city", "rent"]), imputeFrom("rent", { otherwise: 0 }, { flag: "guessed" }));
  expectTypeOf(sure.row).toEqualTypeOf<{ city: string; rent: number; guessed: boolean } | undefined>();
  const learnt = wrangle(rents, select(["city", "rent"]), imputeFrom("rent", { by: ["city"], values: [{ city: "Oslo", value: 1 }] }));
  expectTypeOf(learnt.row).toEqualTypeOf<{ city: string; rent: number | null } | undefined>();
  const wrong = () => [
    // @ts-expect-error a text has no mean
    wrangle(rents, summarise("city", { n: { mean: "day" } })),
    // @ts-expect-error rooms are numbers
    wrangle(rents, filterRows([["rooms", "=", "two"]])),
    // @ts-expect-error cities are texts
    wrangle(rents, pivotWider({ namesFrom: "city", valuesFrom: "rooms", values: [1] })),
    // @ts-expect-error only texts come apart
    wrangle(rents, separate("rooms", { into: ["a"], separator: "," })),
  ];
  expectTypeOf(wrong).toBeFunction();
});
