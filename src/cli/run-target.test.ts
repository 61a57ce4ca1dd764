import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Manifest, StageDecl } from "../model/manifest.ts";
import { readProject } from "../supervisor/definitions/read-project.ts";
import { runTarget } from "./run-target.ts";

const { manifest: flights } = await readProject(fileURLToPath(new URL("../../examples/flights", import.meta.url)));

test("a stage, a source that ends, a table", () => {
  expect(runTarget(flights, "route-flights")).toEqual(["route-flights"]);
  expect(runTarget(flights, "flights-replay")).toEqual(["flights-replay"]);
  expect(runTarget(flights, "flights.clean")).toEqual(["table:flights.clean"]);
  expect(runTarget(flights, "table:flights.clean")).toEqual(["table:flights.clean"]);
});

test("rows that a stage emits to a table: the stage and the table's writer belong together", () => {
  const like = flights.stages["route-flights"];
  const stages: Record<string, StageDecl> = {
    fill: { ...like, name: "fill", to: { rows: "lake.rows.feed" } },
    "table:lake.rows": { ...flights.stages["table:flights.clean"], name: "table:lake.rows", from: ["lake.rows.feed"], table: "lake.rows" },
  };
  const topics = { "lake.rows.feed": { ...flights.topics.flights, name: "lake.rows.feed", internal: "feed" as const } };
  const manifest: Manifest = { ...flights, stages, topics, tables: { "lake.rows": { ...flights.tables["flights.clean"], name: "lake.rows" } } };
  expect(runTarget(manifest, "fill")).toEqual(["fill", "table:lake.rows"]);
  expect(runTarget(manifest, "lake.rows")).toEqual(["table:lake.rows", "fill"]);
});

test("what has no end, and what is not there", () => {
  expect(() => runTarget(flights, "flights-intake")).toThrow(expect.objectContaining({ code: "MR-CLI-001" }));
  expect(() => runTarget(flights, "route-flihgts")).toThrow(/MR-ENGINE-005[\s\S]*did you mean "route-flights"/);
  const problems = [{ file: "broken.ts", code: "MR-MODEL-001" as const, what: "a bracket is missing", where: "line 1", mend: "close it", retryable: false }];
  expect(() => runTarget({ ...flights, problems }, "in.broken.ts")).toThrow(/broken\.ts, mend that first: a bracket is missing/);
  expect(() => runTarget(flights, "__proto__")).toThrow(expect.objectContaining({ code: "MR-ENGINE-005" }));
});
