import { expect, test } from "vitest";
import { type GraphEdge, type GraphNode, pictureOf, type ProjectGraph } from "./scope.ts";

const node = (id: string, more: Partial<GraphNode> = {}): GraphNode => ({ id, kind: id.split(":")[0] as GraphNode["kind"], name: id.slice(id.indexOf(":") + 1), form: "", ...more });
const edge = (from: string, to: string, kind: GraphEdge["kind"] = "data"): GraphEdge => ({ from, to, kind });
const graph: ProjectGraph = {
  release: "r",
  nodes: [
    node("topic:a"), node("topic:a.large"), node("topic:b"), node("topic:pick.dlq", { internal: true }), node("table:s.x"), node("table:s.y"),
    node("source:in"), node("stage:pick"), node("stage:mix"), node("stage:write"), node("dag:d"), node("task:d/t", { parent: "dag:d", name: "t" }),
  ],
  edges: [edge("source:in", "topic:a"), edge("topic:a", "stage:pick"), edge("stage:pick", "topic:a.large"), edge("stage:pick", "topic:pick.dlq"), edge("topic:a", "stage:mix"), edge("stage:mix", "topic:b"), edge("topic:b", "stage:write"), edge("stage:write", "table:s.x"), edge("table:s.x", "task:d/t"), edge("task:d/t", "table:s.y")],
};
const shown = (scope: Parameters<typeof pictureOf>[1]) => {
  const { parts, edges } = pictureOf(graph, scope);
  return { ids: parts.map(({ id }) => id).sort(), edges: edges.map(({ from, to }) => `${from} > ${to}`).sort() };
};

test("all parts are seen, save what Millrace makes for itself", () => {
  expect(shown({ zoom: "parts", hidden: false }).ids).toEqual(["dag:d", "source:in", "stage:mix", "stage:pick", "stage:write", "table:s.x", "table:s.y", "task:d/t", "topic:a", "topic:a.large", "topic:b"]);
  expect(shown({ zoom: "parts", hidden: true }).ids).toContain("topic:pick.dlq");
});

test("as a system, families are one each and what lies inside of them is not seen", () => {
  expect(shown({ zoom: "system", hidden: false })).toEqual({
    ids: ["dag:d", "database:s", "source:in", "stage:mix", "stage:write", "topics:a", "topics:b"],
    edges: ["dag:d > database:s", "database:s > dag:d", "source:in > topics:a", "stage:mix > topics:b", "stage:write > database:s", "topics:a > stage:mix", "topics:b > stage:write"],
  });
});

test("what fills a table belongs to its database in the system", () => {
  const filled: ProjectGraph = { release: "r", nodes: [node("topic:a"), node("table:s.x"), node("stage:table:s.x", { form: "table" })], edges: [edge("topic:a", "stage:table:s.x"), edge("stage:table:s.x", "table:s.x")] };
  const { parts, edges } = pictureOf(filled, { zoom: "system", hidden: false });
  expect(parts.map(({ id, members }) => [id, members.length])).toEqual([["topics:a", 1], ["database:s", 2]]);
  expect(edges).toEqual([edge("topics:a", "database:s")]);
});

test("around a node only what is before or behind it within the depth is left", () => {
  const around = (side: "before" | "after" | "both", depth: number) => shown({ zoom: "parts", hidden: false, around: { id: "topic:b", side, depth } }).ids;
  expect(around("before", 2)).toEqual(["stage:mix", "topic:a", "topic:b"]);
  expect(around("after", 1)).toEqual(["stage:write", "topic:b"]);
  expect(around("both", 99)).toEqual(["source:in", "stage:mix", "stage:write", "table:s.x", "table:s.y", "task:d/t", "topic:a", "topic:b"]);
});
