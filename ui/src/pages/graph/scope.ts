import type { Answer } from "../../api/types.ts";

export type ProjectGraph = Answer<"/api/v1/graph">;
export type GraphNode = ProjectGraph["nodes"][number];
export type GraphEdge = ProjectGraph["edges"][number];
export type Zoom = "system" | "parts";
export type Around = "before" | "after" | "both";

/** A node of the picture, which may stand for several of the project. */
export interface Part extends Omit<GraphNode, "kind"> {
  kind: GraphNode["kind"] | "database" | "topics";
  /** The nodes that it stands for; itself alone where it stands for none. */
  members: GraphNode[];
}

export interface Picture {
  parts: Part[];
  edges: GraphEdge[];
}

export interface Scope {
  zoom: Zoom;
  /** Whether what Millrace makes for itself is in it. */
  hidden: boolean;
  /** The node whose surroundings alone are seen, and how many steps of them. */
  around?: { id: string; side: Around; depth: number };
}

/** What of a project is seen. Pure. */
export function pictureOf(graph: ProjectGraph, { zoom, hidden, around }: Scope): Picture {
  const nodes = graph.nodes.filter(({ internal }) => hidden || internal !== true);
  const groups = zoom === "system" ? systemGroups(nodes, graph.edges) : new Map(nodes.map((node) => [node.id, partOf(node)]));
  const edges = new Map<string, GraphEdge>();
  for (const { from, to, kind } of graph.edges) {
    const [source, target] = [groups.get(from)?.id, groups.get(to)?.id];
    if (source === undefined || target === undefined || source === target) continue;
    const key = `${source} ${target}`;
    // Rows that go along say more than an order.
    if (kind === "data" || !edges.has(key)) edges.set(key, { from: source, to: target, kind });
  }
  const picture = { parts: [...new Set(groups.values())], edges: [...edges.values()] };
  return around === undefined ? picture : surroundings(picture, around);
}

const partOf = (node: GraphNode): Part => ({ ...node, members: [node] });

/** Databases, families of topics and DAGs, each as one; a stage between two datasets of one family is inside of it. */
function systemGroups(nodes: GraphNode[], edges: readonly GraphEdge[]): Map<string, Part> {
  const parts = new Map<string, Part>();
  const groups = new Map<string, Part>();
  const put = (node: GraphNode, id: string, kind: Part["kind"], name: string, form: string): void => {
    const part = parts.get(id) ?? { id, kind, name, form, members: [] };
    part.members.push(node);
    parts.set(id, part);
    groups.set(node.id, part);
  };
  const family = ({ kind, name, parent, id }: GraphNode): [string, Part["kind"], string] | undefined => {
    const first = name.split(".")[0];
    if (kind === "table" || kind === "view") return [`database:${first}`, "database", first];
    if (kind === "topic") return [`topics:${first}`, "topics", first];
    if (kind === "dag") return [id, "dag", name];
    return parent === undefined ? undefined : [parent, "dag", parent.slice(4)];
  };
  for (const node of nodes) {
    const found = family(node);
    if (found) put(node, found[0], found[1], found[2], found[1]);
  }
  const ends = endsByNode(edges);
  for (const node of nodes) {
    if (groups.has(node.id)) continue;
    const around = new Set((ends.get(node.id) ?? []).flatMap((id) => groups.get(id)?.id ?? []));
    const [only] = around;
    // What fills a table belongs to where that stands.
    const filled = node.form === "table" ? (ends.get(node.id) ?? []).find((id) => id.startsWith("table:")) : undefined;
    const home = filled !== undefined ? groups.get(filled) : node.kind === "stage" && around.size === 1 ? parts.get(only) : undefined;
    if (home) put(node, home.id, home.kind, home.name, home.form);
    else put(node, node.id, node.kind, node.name, node.form);
  }
  return groups;
}

function endsByNode(edges: readonly GraphEdge[]): Map<string, string[]> {
  const ends = new Map<string, string[]>();
  const add = (id: string, other: string): void => void ends.set(id, [...(ends.get(id) ?? []), other]);
  for (const { from, to } of edges) {
    add(from, to);
    add(to, from);
  }
  return ends;
}

function surroundings({ parts, edges }: Picture, { id, side, depth }: NonNullable<Scope["around"]>): Picture {
  const center = parts.find((part) => part.id === id || part.members.some((member) => member.id === id))?.id;
  if (center === undefined) return { parts, edges };
  const seen = new Set([center, ...(side === "after" ? [] : reached(edges, center, "before", depth)), ...(side === "before" ? [] : reached(edges, center, "after", depth))]);
  return { parts: parts.filter((part) => seen.has(part.id)), edges: edges.filter(({ from, to }) => seen.has(from) && seen.has(to)) };
}

/** What lies so many steps before or behind, the center left out. */
export function reached(edges: readonly GraphEdge[], center: string, side: "before" | "after", depth: number): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const [near, far] = side === "after" ? [from, to] : [to, from];
    next.set(near, [...(next.get(near) ?? []), far]);
  }
  const seen = new Set([center]);
  let edge = [center];
  for (let step = 0; step < depth && edge.length > 0; step++) {
    edge = [...new Set(edge.flatMap((id) => next.get(id) ?? []))].filter((id) => !seen.has(id));
    for (const id of edge) seen.add(id);
  }
  seen.delete(center);
  return [...seen];
}
