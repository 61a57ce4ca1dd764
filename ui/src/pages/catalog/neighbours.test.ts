import { expect, test } from "vitest";
import { type Graph, neighbours } from "./neighbours.ts";

const node = (id: string, more: object = {}) => ({ id, kind: id.split(":")[0], name: id.slice(id.indexOf(":") + 1), form: "", ...more }) as Graph["nodes"][number];
const graph = {
  nodes: [node("topic:in"), node("topic:in.dlq", { internal: true }), node("stage:split"), node("source:http"), node("topic:out"), node("table:s.t"), node("task:m/s.t", { name: "s.t", parent: "dag:m" }), node("view:s.v"), node("topic:s.t")],
  edges: [["source:http", "topic:in"], ["topic:in", "stage:split"], ["stage:split", "topic:out"], ["stage:split", "topic:in.dlq"], ["topic:out", "task:m/s.t"], ["task:m/s.t", "table:s.t"], ["table:s.t", "view:s.v"]].map(([from, to]) => ({ from, to, kind: "data" })),
} as unknown as Graph;
const said = (kind: string, name: string) => {
  const { up, down } = neighbours(graph, kind, name);
  return [up, down].map((side) => side.map(({ dataset, by }) => `${dataset?.name ?? "outside"} by ${by?.name ?? "itself"}`));
};

test("one step is a dataset and what takes the data there; what Millrace keeps for itself is left out", () => {
  expect(said("topic", "in")).toEqual([["outside by http"], ["out by split"]]);
  expect(said("topic", "out")).toEqual([["in by split"], ["s.t by s.t"]]);
  expect(said("table", "s.t")).toEqual([["out by s.t"], ["s.v by itself"]]);
  expect(said("topic", "s.t")).toEqual([[], []]);
  expect(said("table", "nothing")).toEqual([[], []]);
});

test("each place has its page", () => {
  const [{ dataset, by }] = neighbours(graph, "table", "s.t").up;
  expect([dataset?.to, by?.to]).toEqual(["/catalog/topic/out", "/dags/m"]);
});
