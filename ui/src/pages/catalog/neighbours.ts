import type { Answer } from "../../api/types.ts";

export type Graph = Answer<"/api/v1/graph">;
type Node = Graph["nodes"][number];

/** Something that has a name, and mostly a page. */
export interface Place {
  kind: string;
  name: string;
  /** Its page; absent where it has none. */
  to?: string;
}

/** A dataset one step away, and what takes the data that step. */
export interface Neighbour {
  /** Absent where data come from outside, or go there. */
  dataset?: Place;
  /** Absent where a statement reads it as it is. */
  by?: Place;
}

const datasets = ["topic", "table", "view", "external"];

/** Of what a dataset is made and what is made of it, by the declared graph: data alone, not the order of tasks. */
export function neighbours({ nodes, edges }: Graph, kind: string, name: string): { up: Neighbour[]; down: Neighbour[] } {
  const own = nodes.find((node) => node.name === name && (kind === "topic" ? node.kind === "topic" : node.kind !== "topic" && datasets.includes(node.kind)));
  if (own === undefined) return { up: [], down: [] };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const data = edges.filter((edge) => edge.kind === "data");
  const next = (id: string, way: "up" | "down"): Node[] => data.flatMap((edge) => (way === "up" ? (edge.to === id ? [edge.from] : []) : edge.from === id ? [edge.to] : [])).flatMap((other) => byId.get(other) ?? []);
  const side = (way: "up" | "down"): Neighbour[] => next(own.id, way).flatMap((node): Neighbour[] => (datasets.includes(node.kind) ? [{ dataset: placeOf(node) }] : beyond(node, next(node.id, way))));
  return { up: side("up"), down: side("down") };
}

/** What a stage or task reads or writes in turn, and the stage alone where that is nothing of ours. */
function beyond(by: Node, nodes: Node[]): Neighbour[] {
  const there = nodes.filter((node) => datasets.includes(node.kind) && node.internal !== true);
  return there.length === 0 ? [{ by: placeOf(by) }] : there.map((node) => ({ dataset: placeOf(node), by: placeOf(by) }));
}

function placeOf({ kind, name, parent }: Node): Place {
  const to = pageOf(kind, encodeURIComponent(name), parent);
  return { kind, name, ...(to !== undefined && { to }) };
}

function pageOf(kind: string, path: string, parent: string | undefined): string | undefined {
  if (kind === "topic") return `/catalog/topic/${path}`;
  if (kind === "dag") return `/dags/${path}`;
  if (kind === "task") return parent === undefined ? undefined : `/dags/${encodeURIComponent(parent.replace(/^dag:/, ""))}`;
  if (kind === "stage" || kind === "source" || kind === "sink") return `/stages/${path}`;
  return `/catalog/table/${path}`;
}
