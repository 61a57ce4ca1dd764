import type { ScheduleDecl } from "../calendar/schedule.ts";
import type { DagDecl, TaskDecl } from "./dag-manifest.ts";
import type { Manifest, StageDecl, TableDecl } from "./manifest.ts";

export type GraphNodeKind = "source" | "topic" | "stage" | "sink" | "table" | "view" | "external" | "dag" | "task";

/** Something that runs, or a dataset between. */
export interface GraphNode {
  /** `topic:orders`, `table:sales.daily`, `stage:branch`, `dag:report`, `task:report/send`. A task's may hold a slash once: names have none. */
  id: string;
  kind: GraphNodeKind;
  name: string;
  /** What kind of stage, task or table it is: `aggregate`, `sql`, `model`. */
  form: string;
  /** Of a task: the node of its DAG. */
  parent?: string;
  /** Made by Millrace for another one, as topics of dead letters are. */
  internal?: true;
}

/** `data`: rows or records go along it. `order`: what is behind waits for what is before. */
export interface GraphEdge {
  from: string;
  to: string;
  kind: "data" | "order";
}

/** A project as one picture, of what is declared. Nodes in the order of their declaration, edges each once. */
export interface ProjectGraph {
  release: string;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

const sources: ReadonlySet<StageDecl["kind"]> = new Set(["source", "http", "files"]);

/** What reads and writes what. What a task's code reads is not known before it runs, and is not in it. Pure; its cost grows with the manifest. */
export function projectGraph(manifest: Manifest): ProjectGraph {
  const graph = new GraphBuilder(manifest);
  for (const { name, internal } of Object.values(manifest.topics)) graph.add({ id: `topic:${name}`, kind: "topic", name, form: "topic", ...(internal && { internal: true }) });
  for (const table of Object.values(manifest.tables)) addTable(graph, table);
  for (const [name, { kind }] of Object.entries(manifest.external ?? {})) graph.add({ id: `external:${name}`, kind: "external", name, form: kind });
  for (const stage of Object.values(manifest.stages)) addStage(graph, stage);
  for (const dag of Object.values(manifest.dags)) addDag(graph, dag);
  return graph.whole();
}

class GraphBuilder {
  readonly #manifest: Manifest;
  readonly #nodes = new Map<string, GraphNode>();
  readonly #edges = new Map<string, GraphEdge>();

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  add(node: GraphNode): void {
    this.#nodes.set(node.id, node);
  }

  link(from: string | undefined, to: string | undefined, kind: GraphEdge["kind"] = "data"): void {
    if (from !== undefined && to !== undefined && from !== to) this.#edges.set(`${kind} ${from} ${to}`, { from, to, kind });
  }

  /** The node of a dataset as statements and tasks name it: `sales.daily`, `topics.orders`; a table of a database that is mounted stands in that one. */
  dataset(name: string): string | undefined {
    const { topics, tables, external = {} } = this.#manifest;
    if (name.startsWith("topics.") && name.slice(7) in topics) return `topic:${name.slice(7)}`;
    if (name in tables) return `table:${name}`;
    if (name in topics) return `topic:${name}`;
    return [name, name.split(".")[0]].filter((each) => each in external).map((each) => `external:${each}`)[0];
  }

  /** What leads to something that is not declared, such as a dataset of a problem, is left out. */
  whole(): ProjectGraph {
    const edges = [...this.#edges.values()].filter(({ from, to }) => this.#nodes.has(from) && this.#nodes.has(to));
    return { release: this.#manifest.release, nodes: [...this.#nodes.values()], edges };
  }
}

function addTable(graph: GraphBuilder, { name, model, loadedBy, writtenBy }: TableDecl): void {
  const id = `table:${name}`;
  const isView = model?.materialize.kind === "view" || model?.materialize.kind === "ephemeral";
  graph.add({ id, kind: isView ? "view" : "table", name, form: model?.materialize.kind ?? (loadedBy === undefined ? (writtenBy ?? "stage") : "loaded") });
  if (isView) for (const read of model.reads) graph.link(graph.dataset(read), id);
}

function addStage(graph: GraphBuilder, { name, kind, from, to, table, dlq, late, redrive }: StageDecl): void {
  const id = `stage:${name}`;
  graph.add({ id, kind: sources.has(kind) ? "source" : kind === "sink" ? "sink" : "stage", name, form: kind });
  for (const topic of from) graph.link(`topic:${topic}`, id);
  if (redrive !== undefined) graph.link(`topic:${redrive}`, id);
  for (const topic of [...Object.values(to), dlq, late]) if (topic !== undefined) graph.link(id, `topic:${topic}`);
  if (table !== undefined) graph.link(id, `table:${table}`);
}

function addDag(graph: GraphBuilder, dag: DagDecl): void {
  const parent = `dag:${dag.name}`;
  graph.add({ id: parent, kind: "dag", name: dag.name, form: dag.schedule.kind });
  for (const name of datasetsOf(dag.schedule)) graph.link(graph.dataset(name), parent, "order");
  for (const task of dag.tasks) addTask(graph, parent, dag.name, task);
  for (const task of dag.tasks.filter(({ after }) => after.length === 0)) graph.link(beginOf(dag, task), `task:${dag.name}/${task.name}`, "order");
}

/** What a task without others before it begins with: its DAG, or in a map what gives the items. */
function beginOf({ name, maps }: DagDecl, { map }: TaskDecl): string {
  const over = maps.find((each) => each.name === map)?.over;
  return over !== undefined && "task" in over ? `task:${name}/${over.task}` : `dag:${name}`;
}

function addTask(graph: GraphBuilder, parent: string, dag: string, { name, kind, after, updates, into, settings }: TaskDecl): void {
  const id = `task:${dag}/${name}`;
  graph.add({ id, kind: "task", name, form: kind, parent });
  for (const before of after) graph.link(`task:${dag}/${before}`, id, "order");
  const written = [...updates, ...(into === undefined ? [] : [into])];
  for (const dataset of written) graph.link(id, graph.dataset(dataset));
  if (kind === "load") for (const { name: loaded, loadedBy } of Object.values(graph.manifest.tables)) if (loadedBy === dag) graph.link(id, `table:${loaded}`);
  const table = kind === "model" ? graph.manifest.tables[into ?? ""] : undefined;
  for (const read of table?.model?.reads ?? []) graph.link(graph.dataset(read), id);
  const named = (settings ?? {}) as { dataset?: unknown; dag?: unknown; stage?: unknown };
  if (kind === "wait" && typeof named.dataset === "string") graph.link(graph.dataset(named.dataset), id, "order");
  if (kind === "dag" && typeof named.dag === "string") graph.link(id, `dag:${named.dag}`, "order");
  if (kind === "stage" && typeof named.stage === "string") graph.link(id, `stage:${named.stage}`, "order");
}

function datasetsOf(schedule: ScheduleDecl): string[] {
  if (schedule.kind === "onUpdate") return schedule.datasets;
  return schedule.kind === "union" ? schedule.of.flatMap(datasetsOf) : [];
}
