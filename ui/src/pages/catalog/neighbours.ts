import type { Answer } from "../../api/types.ts";

export type Graph = Answer<"/api/v1/graph">;

/** Something one step away. */
export interface Neighbour {
  kind: string;
  name: string;
  /** Its page; absent where it has none. */
  to?: string;
}

/** What writes a dataset and what reads it, by the declared graph; data alone, not the order of tasks. */
export function neighbours({ nodes, edges }: Graph, kind: string, name: string): { up: Neighbour[]; down: Neighbour[] } {
  const own = nodes.find((node) => node.name === name && (kind === "topic" ? node.kind === "topic" : ["table", "view", "external"].includes(node.kind)));
  if (own === undefined) return { up: [], down: [] };
  const at = (id: string): Neighbour[] => nodes.filter((node) => node.id === id).map(({ kind, name, parent }) => ({ kind, name, to: pageOf(kind, name, parent) }));
  const data = edges.filter((edge) => edge.kind === "data");
  return { up: data.filter(({ to }) => to === own.id).flatMap(({ from }) => at(from)), down: data.filter(({ from }) => from === own.id).flatMap(({ to }) => at(to)) };
}

function pageOf(kind: string, name: string, parent: string | undefined): string | undefined {
  const path = encodeURIComponent(name);
  if (kind === "topic") return `/topics/${path}`;
  if (kind === "dag") return `/dags/${path}`;
  if (kind === "task") return parent === undefined ? undefined : `/dags/${encodeURIComponent(parent.replace(/^dag:/, ""))}`;
  if (kind === "stage" || kind === "source" || kind === "sink") return `/stages/${path}`;
  return `/catalog/table/${path}`;
}
