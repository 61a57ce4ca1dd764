import { expect, test } from "vitest";
import { z } from "zod";
import { dag, files, onUpdate, sourceFolder, sql, stage, table, topic } from "../index.ts";
import { buildManifest } from "./build-manifest.ts";
import { describeModule } from "./describe-module.ts";
import { projectGraph } from "./project-graph.ts";

const Order = z.object({ id: z.string(), amount: z.number() });
const orders = topic("orders", { schema: Order });
const large = topic("large", { schema: Order });
const intake = files("intake", { to: orders, path: "orders.json" });
const pick = stage("pick", { from: orders, to: { large }, run: () => {} });
const lake = table("shop.orders", { from: large });
const total = table("shop.total", { materialize: "table", sql: sql`select sum(amount) as total from ${lake}` });
const view = table("shop.view", { materialize: "view", sql: sql`select * from ${total}` });
const report = dag("report", { schedule: onUpdate(lake) }, ({ task, map }) => {
  const first = task("first", () => [1]);
  task("second", { first }, () => 2);
  map("each", first, (item, { task }) => {
    const one = task("one", { item }, ({ item }) => item);
    task("two", { one }, () => 3);
  });
});

const graph = projectGraph(buildManifest("test", [describeModule("/project", "/project/pipeline.ts", { intake, pick, lake, total, view, report })]));
const edges = (kind: string): string[] => graph.edges.filter((edge) => edge.kind === kind).map(({ from, to }) => `${from} > ${to}`).sort();

test("what reads and writes what is one graph of streams, tables and DAGs", () => {
  expect(graph.nodes.filter(({ internal }) => internal === undefined).map(({ id, kind, form }) => [id, kind, form])).toEqual(
    expect.arrayContaining([
      ["topic:orders", "topic", "topic"],
      ["table:shop.orders", "table", "stage"],
      ["table:shop.total", "table", "table"],
      ["table:shop.view", "view", "view"],
      ["stage:intake", "source", "files"],
      ["stage:pick", "stage", "record"],
      ["stage:table:shop.orders", "stage", "table"],
      ["dag:report", "dag", "onUpdate"],
      ["task:models/shop.total", "task", "model"],
    ]),
  );
  expect(edges("data")).toEqual(
    expect.arrayContaining([
      "stage:intake > topic:orders",
      "topic:orders > stage:pick",
      "stage:pick > topic:large",
      "topic:large > stage:table:shop.orders",
      "stage:table:shop.orders > table:shop.orders",
      "table:shop.orders > task:models/shop.total",
      "task:models/shop.total > table:shop.total",
      "table:shop.total > table:shop.view",
    ]),
  );
  expect(edges("order")).toEqual(
    ["dag:models > task:models/shop.total", "dag:report > task:report/first", "table:shop.orders > dag:report", "task:report/each.one > task:report/each.two", "task:report/first > task:report/each.one", "task:report/first > task:report/second"],
  );
});

test("topics of Millrace's own are marked, and every edge has both its ends", () => {
  expect(graph.nodes.filter(({ internal }) => internal).map(({ id }) => id)).toContain("topic:pick.dlq");
  const ids = new Set(graph.nodes.map(({ id }) => id));
  expect(graph.edges.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
  expect(graph.nodes.find(({ id }) => id === "task:report/second")?.parent).toBe("dag:report");
});

test("a source folder's DAG leads to the tables that it loads", () => {
  const shop = sourceFolder("shop", { at: "raw/*", every: "1m" });
  const { edges } = projectGraph(buildManifest("test", [describeModule("/project", "/project/pipeline.ts", { shop, bought: shop.table("orders") })]));
  expect(edges).toContainEqual({ from: "task:shop/tables.load", to: "table:shop.orders", kind: "data" });
  expect(edges.filter(({ kind }) => kind === "order").map(({ from, to }) => `${from} > ${to}`)).toEqual(["task:shop/crawl > task:shop/changes", "dag:shop > task:shop/crawl", "task:shop/changes > task:shop/tables.load"]);
});
