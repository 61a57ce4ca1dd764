import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { sqlText } from "../../lake/duckdb.ts";
import { stagedRows } from "../../lake/lake-for-tests.ts";
import type { TableDefinition } from "../../model/definition.ts";
import { modelDescription } from "../../model/models/describe-model.ts";
import { sql } from "../../model/sql-tag.ts";
import { table } from "../../model/table.ts";
import { people, peopleColumns } from "../../wrangle/entities/people-for-tests.ts";
import { dedupe, entities, type EntityRules, link } from "../../wrangle/index.ts";
import { StatementTasks } from "./statement-tasks-for-tests.ts";

/* The tables of `entities` as models: built by tasks, checked, published. */

let tasks: StatementTasks;
const rows = people(300);
beforeAll(async () => {
  tasks = await StatementTasks.open();
  const types = { VARCHAR: "string", BIGINT: "long", DATE: "date" } as const;
  const columns = Object.entries(peopleColumns).map(([name, type], i) => ({ id: i + 1, name, required: false, type: types[type] }));
  const input = await tasks.data.lake.openOrCreate("crm.people", columns);
  const shape = `[{${Object.entries(peopleColumns).map(([name, type]) => `"${name}": "${type}"`).join(", ")}}]`;
  await (await input.append({ files: [await stagedRows(input, `select unnest(from_json(${sqlText(JSON.stringify(rows))}, ${sqlText(shape)}), recursive := true)`)], attempt: randomUUID() })).publish();
});
afterAll(() => tasks.close());

const Person = z.object({ id: z.string(), given: z.string().nullable(), surname: z.string().nullable(), born: z.iso.date().nullable() });
const persons = table("crm.people", { schema: Person, writtenBy: "tasks" });
const rules: EntityRules<"id" | "given" | "surname" | "born"> = {
  key: "id",
  block: ["surname", "born"],
  compare: [
    { column: "given", levels: ["exact", { jaroWinkler: 0.8 }] },
    { column: "surname", levels: ["exact", { damerau: 2 }], frequency: true },
    { column: "born", levels: ["exact", { days: 31 }] },
  ],
};
const found = dedupe(persons, rules);
const model = { prior: 0.002, levels: { given: { m: [0.8, 0.15, 0.05], u: [0.02, 0.02, 0.96] }, surname: { m: [0.8, 0.15, 0.05], u: [0.002, 0.001, 0.997] }, born: { m: [0.85, 0.05, 0.1], u: [0.0002, 0.002, 0.9978] } } };

function declare(definition: TableDefinition): string {
  const { decl } = modelDescription(definition, definition.model as NonNullable<TableDefinition["model"]>, definition.name, { module: "pipeline.ts", export: "linked" });
  tasks.model(definition.name, decl.sql, decl.materialize, decl);
  return definition.name;
}

test("pairs, clusters and the reasons for a pair are tables like others", async () => {
  const { pairs, clusters, why } = entities("crm.doubles", { from: found, model, probability: 0.9 });
  expect([pairs, clusters, why].map(({ name }) => name)).toEqual(["crm.doubles_pairs", "crm.doubles_clusters", "crm.doubles_why"]);
  expect(await tasks.run(declare(pairs))).toMatchObject({ checks: 0 });
  expect(await tasks.run(declare(clusters))).toEqual({ rows: rows.length, checks: 1 });
  const clustered = (await tasks.rows(clusters.name)) as { id: string; cluster: string; size: string }[];
  const truth = new Map(rows.map(({ id, entity }) => [id, entity]));
  const together = clustered.filter(({ id, cluster }) => id !== cluster);
  expect(together.filter(({ id, cluster }) => truth.get(id) === truth.get(cluster)).length / together.length).toBeGreaterThan(0.9);
  expect(together.length).toBeGreaterThan(60);
  for (const { cluster, size } of clustered) expect(clustered.filter((other) => other.cluster === cluster)).toHaveLength(Number(size));
  declare(why);
  const steps = (await tasks.models.runner.run({ sql: `select * from (${tasks.tables[why.name].model?.sql}) order by id_l, id_r, step limit 4`, resolve: tasks.data.resolver({ declared: { tables: tasks.tables, external: {} } }) })).rows.map((row) => row.slice(2));
  expect(steps[0].slice(0, 5)).toEqual([0, "before anything is compared", "", null, null]);
  expect(steps.map((step) => step[1])).toEqual(["before anything is compared", "given", "surname", "born"]);
  const total = steps.reduce((sum, step) => sum + Number(step[5]), 0);
  const [pair] = (await tasks.rows(pairs.name)) as { weight: number; probability: number }[];
  expect([Number(steps[3][6]), pair.weight]).toEqual([expect.closeTo(total, 9), expect.closeTo(total, 9)]);
  expect(Number(steps[3][7])).toBeCloseTo(pair.probability, 9);
});

test("clusters of two sources name both, and keys that both have stay apart", async () => {
  // Every row is in both sources, under the same key.
  const both = link(persons, sql`select * from ${persons}`, { sources: ["crm", "shop"], ...rules });
  const { pairs, clusters, why } = entities("mdm.linked", { from: both, model, probability: 0.5 });
  await tasks.run(declare(pairs));
  expect(await tasks.run(declare(clusters))).toEqual({ rows: 2 * rows.length, checks: 1 });
  declare(why);
  const clustered = (await tasks.rows(clusters.name)) as { source: string; id: string; cluster: string; size: string }[];
  const of = (source: string, wanted: string) => clustered.find((row) => row.source === source && row.id === wanted)?.cluster;
  const whole = rows.filter(({ given, surname, born }) => given !== null && surname !== null && born !== null);
  for (const { id } of whole) expect(of("crm", id), id).toBe(of("shop", id));
  expect(clustered.every(({ cluster }) => /^(crm|shop)\/p\d{7}$/.test(cluster))).toBe(true);
  const reasons = await tasks.models.runner.run({ sql: `select count(*)::int, count(distinct (source_l, source_r))::int, count(value_l)::int from (${tasks.tables[why.name].model?.sql})`, resolve: tasks.data.resolver({ declared: { tables: tasks.tables, external: {} } }) });
  const [[steps, sources, values]] = reasons.rows as number[][];
  const linked = await tasks.rows(pairs.name);
  expect([steps, sources]).toEqual([4 * linked.length, 1]);
  expect(values).toBeGreaterThan(2 * linked.length);
});

test("a cluster of more rows than anybody has doubles is not published", async () => {
  const { pairs, clusters } = entities("crm.greedy", { from: found, model: { ...model, prior: 0.4 }, probability: 0.01, keep: 0.01, clusterMax: 3 });
  await tasks.run(declare(pairs));
  await expect(tasks.run(declare(clusters))).rejects.toMatchObject({ code: "MR-QUALITY-001", parts: { what: expect.stringContaining("no_giant_cluster") } });
});

test("options that cannot be", () => {
  expect(() => entities("people", { from: found, model })).toThrow(expect.objectContaining({ code: "MR-MODEL-001" }));
  expect(() => entities("crm.x", { from: found, model, probability: 2 })).toThrow(expect.objectContaining({ code: "MR-MODEL-001" }));
  expect(() => entities("crm.x", { from: found, model: { prior: 0, levels: {} } })).toThrow(expect.objectContaining({ code: "MR-WRANGLE-001" }));
  expect(() => entities("crm.x", { from: found } as never)).toThrow(expect.objectContaining({ parts: expect.objectContaining({ what: "there is no model" }) }));
});
