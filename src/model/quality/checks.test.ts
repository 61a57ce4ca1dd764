import { expect, test } from "vitest";
import { buildManifest } from "../build-manifest.ts";
import { describeModule } from "../describe-module.ts";
import { externalTable } from "../external-table.ts";
import { jsonSchema } from "../schema-types.ts";
import { sql } from "../sql-tag.ts";
import { stage } from "../stage.ts";
import { table } from "../table.ts";
import { topic } from "../topic.ts";
import { checksOf, datasetsWithChecks } from "./checks-of.ts";
import { accepted, castable, notNull, pattern, range, textLength } from "./column-checks.ts";
import { aggregate, dependency, distribution, freshness, hasColumns, relationship, unique, volume } from "./dataset-checks.ts";
import { check, recordCheck, rowCondition, rows } from "./statement-checks.ts";

const Order = jsonSchema<{ id: string; amount: number }>({ type: "object", properties: { id: { type: "string" }, amount: { type: "number" } }, required: ["id", "amount"] });

test("a check is plain data, with a name made of what it asks", () => {
  expect(range("amount", { above: 0, max: 10 }, { tolerance: "0.5%", severity: "warn", where: sql`id <> 'x'`, description: "Money." }).decl).toEqual({
    ...{ kind: "range", name: "range_amount", columns: ["amount"], severity: "warn", where: "id <> 'x'", tolerance: { share: 0.005 }, description: "Money." },
    ...{ min: { value: 0, exclusive: true }, max: { value: 10 } },
  });
  expect([unique(["a", "b"]), dependency("zip", "city"), aggregate("avg", "x", { min: 0 }), volume({ min: 1 }), freshness({ within: "1h" }), distribution("x", { method: "psi" })].map(({ decl }) => decl.name)).toEqual(["unique_a_b", "dependency_zip_city", "avg_x", "volume", "freshness", "distribution_x"]);
});

test.each<[string, () => unknown, string]>([
  ["no column", () => notNull(""), "names no column"],
  ["no values", () => accepted("a", []), "no values to accept"],
  ["no bound", () => range("a", {}), "no bound"],
  ["nothing between", () => range("a", { min: 2, below: 2 }), "nothing lies between"],
  ["two least bounds", () => range("a", { min: 1, above: 0 }), "both `min` and `above`"],
  ["bounds of two types", () => range("a", { min: 1, max: "2" }), "one bound is a number"],
  ["a bound that is no number", () => range("a", { min: Number.NaN }), "a bound is NaN"],
  ["no pattern", () => pattern("a", "("), "no regular expression"],
  ["flags", () => pattern("a", /x/i), "has flags"],
  ["look-around", () => pattern("a", /(?=x)/), "looks around"],
  ["a back reference", () => pattern("a", /(x)\1/), "looks around"],
  ["an unknown type", () => castable("a", "money" as "date"), "no type"],
  ["lengths turned round", () => textLength("a", { min: 3, max: 2 }), "nothing lies between"],
  ["an unknown aggregate", () => aggregate("mode" as "sum", "a", { min: 1 }), "no aggregate"],
  ["an aggregate without a bound", () => aggregate("sum", "a", {}), "no bound"],
  ["a tolerance of a whole", () => volume({ min: 1 }, { tolerance: 1 } as object), 'no option "tolerance"'],
  ["a tolerance that is none", () => notNull("a", { tolerance: "200%" }), "tolerance"],
  ["an unreadable duration", () => freshness({ within: "soon" }), "soon"],
  ["an unknown column type", () => hasColumns({ a: "text" as "string" }), "has type"],
  ["an unknown method", () => distribution("a", { method: "t" as "ks" }), "no method"],
  ["a severity", () => notNull("a", { severity: "fatal" as "warn" }), "severity"],
  ["a condition as text", () => rowCondition("a", "x > 1" as never), "no SQL of the tag's"],
  ["a function that is none", () => recordCheck("a", "x" as never), "no function"],
  ["two of one name", () => topic("t", { schema: Order, checks: [notNull("id"), notNull("id")] }), 'two checks are called "not_null_id"'],
  ["a function on a view", () => table("a.b", { sql: sql`select 1`, materialize: "view", checks: [recordCheck("x", () => true)] }), "is a function"],
  ["more than a record at a stage", () => stage("s", { from: topic("t", { schema: Order }), to: topic("u", { schema: Order }), checks: [unique("id")], run: () => undefined }), "more than one record"],
])("refused: %s", (_, make, what) => {
  expect(make).toThrow(what);
});

test("checks of every kind of dataset stand in the manifest, with what they read", () => {
  const orders = topic("orders", { schema: Order, checks: [notNull("id"), recordCheck("own", () => true)] });
  const good = topic("orders.good", { schema: Order });
  const gate = stage("gate", { from: orders, to: good, checks: [range("amount", { min: 0 })], run: (order, emit) => emit(order) });
  const kept = table("sales.orders", { from: good, checks: [unique("id")] });
  const written = table("sales.written", { schema: Order, writtenBy: "tasks", checks: [relationship("id", kept, "id")] });
  const files = externalTable("raw.files", { at: "*.csv", checks: [check("none", sql`select * from ${rows} where id in (select id from ${kept})`)] });
  const daily = table("sales.daily", { sql: sql`select 1 as n from ${kept}`, checks: [volume({ min: 1 })] });
  const manifest = buildManifest("p", [describeModule("/p", "/p/pipeline.ts", { orders, good, gate, kept, written, files, daily })]);
  expect(manifest.problems).toEqual([]);
  expect(datasetsWithChecks(manifest).sort()).toEqual(["raw.files", "sales.daily", "sales.orders", "sales.written", "topics.orders"]);
  expect(checksOf(manifest, "topics.orders")).toMatchObject([{ kind: "notNull" }, { kind: "record", name: "own" }]);
  expect(manifest.stages.gate.checks).toMatchObject([{ kind: "range", min: { value: 0 } }]);
  expect(checksOf(manifest, "sales.written")).toMatchObject([{ kind: "relationship", to: { table: "sales.orders", column: "id" }, reads: ["sales.orders"] }]);
  expect(checksOf(manifest, "raw.files")[0].reads).toEqual(["sales.orders"]);
  expect(checksOf(manifest, "sales.nobody")).toEqual([]);
});

test("a table's function is found where the table is exported; one that is not has a problem", () => {
  const own = table("a.own", { schema: Order, writtenBy: "tasks", checks: [recordCheck("small", () => true)] });
  const hidden = table("a.hidden", { schema: Order, writtenBy: "tasks", checks: [recordCheck("small", () => true)] });
  const model = table("a.model", { sql: sql`select * from ${own} join ${hidden} using (id)`, checks: [recordCheck("small", () => true)] });
  const manifest = buildManifest("p", [describeModule("/p", "/p/pipeline.ts", { own, model })]);
  expect(checksOf(manifest, "a.own")).toMatchObject([{ kind: "record", code: { module: "pipeline.ts", export: "own" } }]);
  expect(manifest.problems[0]).toMatchObject({ where: expect.stringContaining("a.hidden"), what: expect.stringContaining("the table is not exported") });
});

test("a check of a field that is not there is a problem of its topic", () => {
  const orders = topic("orders", { schema: Order, checks: [notNull("amuont")] });
  const { problems, topics } = buildManifest("p", [describeModule("/p", "/p/pipeline.ts", { orders })]);
  expect(problems.map(({ what, mend }) => [what, mend])).toEqual([['check "not_null_amuont" names the field "amuont", which is not there', 'write "amount"']]);
  expect(topics).toEqual({});
});
