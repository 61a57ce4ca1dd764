import { expect, test } from "vitest";
import type { Manifest } from "../../../../src/model/manifest.ts";
import { readersOf } from "./readers-of.ts";

const model = (kind: string, ...reads: string[]) => ({ model: { materialize: { kind }, reads } });
const manifest = {
  marts: { finance: { name: "finance", readers: ["team", "audit"], tables: ["finance.revenue", "finance.monthly"] } },
  tables: { "finance.revenue": model("view", "s.between"), "s.between": model("ephemeral", "s.daily"), "finance.monthly": model("table", "s.hidden") },
} as unknown as Manifest;
const said = (name: string) => readersOf(manifest, name).map(({ audience, table, isWhole }) => `${audience}: ${table}${isWhole ? "" : ", a part"}`);

test("a mart's table is open to its readers, and so is what its views stand on; what a table of its own was made of is not", () => {
  expect(said("finance.revenue")).toEqual(["audit: finance.revenue", "team: finance.revenue"]);
  expect(said("s.daily")).toEqual(["audit: finance.revenue, a part", "team: finance.revenue, a part"]);
  expect(said("s.hidden")).toEqual([]);
});
