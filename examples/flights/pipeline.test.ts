import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { readProject } from "../../src/supervisor/definitions/read-project.ts";
import { summary } from "./summary.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { manifest, config } = await readProject(folder);

test("the project has no problems", () => {
  expect(manifest.problems).toEqual([]);
  expect(manifest.project).toBe("flights");
  expect(config.summary).toEqual(summary);
});

test("the graph is the one that the README draws", () => {
  const edges = Object.values(manifest.stages).flatMap(({ name, kind, from, to, table }) => [`${kind}: ${from.join("+")} -> ${name} -> ${table ?? Object.values(to).join("+")}`]);
  expect(edges).toEqual([
    "record: flights.delayed -> enrich-delayed -> flights.delayed_enriched",
    "http:  -> flights-intake -> flights",
    "files:  -> flights-replay -> flights",
    "aggregate: flights -> hourly-delays -> flights.hourly",
    "record: flights -> route-flights -> flights.delayed+flights.on_time",
    "table: flights -> table:flights.clean -> flights.clean",
    "table: flights.delayed_enriched -> table:flights.delayed_enriched -> flights.delayed_enriched",
    "table: flights.hourly -> table:flights.hourly -> flights.hourly",
  ]);
});

test("topics, windows and tables are as the pipeline says", () => {
  expect(manifest.topics.flights).toMatchObject({
    key: "origin",
    eventTime: "date",
    partitions: 4,
    columns: [
      { name: "date", type: "timestamp", nullable: false },
      { name: "delay", type: "integer", nullable: false },
      { name: "distance", type: "integer", nullable: false },
      { name: "origin", type: "string", nullable: false },
      { name: "destination", type: "string", nullable: false },
    ],
  });
  expect(manifest.stages["hourly-delays"]).toMatchObject({ by: ["origin"], window: { kind: "tumbling", sizeMs: 3_600_000 }, late: "hourly-delays.late", dlq: "hourly-delays.dlq", export: "hourlyDelays" });
  expect(manifest.stages["flights-replay"].settings).toMatchObject({ format: "parquet", orderBy: ["date"], speed: "max" });
  expect(manifest.tables["flights.clean"].partitionBy).toEqual([{ column: "date", transform: "day" }]);
  expect(manifest.tables["flights.hourly"].columns.map(({ name }) => name)).toEqual(["origin", "hour", "flights", "mean_delay", "max_delay", "p95_delay"]);
});

const duckType = { string: "varchar", boolean: "boolean", integer: "bigint", number: "double", timestamp: "timestamptz", date: "date", json: "varchar" };

test("the summary's queries are SQL over the tables declared", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run("create schema flights");
  for (const { name, columns, model } of Object.values(manifest.tables)) {
    if (model) continue;
    await connection.run(`create table ${name} (${columns.map(({ name, type }) => `"${name}" ${duckType[type]}`).join(", ")})`);
  }
  for (const { sql } of summary) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
});
