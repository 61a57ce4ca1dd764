import type { Manifest } from "../../model/manifest.ts";
import { type GraphNodeKind, type ProjectGraph, projectGraph } from "../../model/project-graph.ts";
import { type Route, route } from "../route.ts";
import { amount, anyObject, count, columnsOfResult, errorObject, flag, list, moment, momentOrNull, object, orNull, rowsOfResult, text, textOrNull } from "../schemas.ts";
import { attentionOf } from "../attention.ts";
import { pipelinesOf } from "../pipelines.ts";
import { stageStatus } from "./stages.ts";
import { tableStatus } from "./tables.ts";
import { topicStatus } from "./topics.ts";

const sourceStatus = object({ name: text, bounded: flag, progress: object({ done: amount, total: { type: ["number", "null"] } }), ended: flag }, ["progress"]);
const attentionItem = object({
  kind: { type: "string", enum: ["problem", "stage", "dead-letters", "check", "run", "approval", "alert"] },
  name: { ...text, description: "Of the stage, dataset or DAG; of a problem, the file." },
  tone: { type: "string", enum: ["bad", "warn", "wait", "hold"], description: "`bad`: something is broken. `warn`: something piles up. `wait`: somebody is waited for. `hold`: somebody has stopped it." },
  text,
  at: momentOrNull,
  run: textOrNull,
  task: textOrNull,
});
const problem = object({ ...(errorObject.properties as object), file: text });

const planeStatus = object({
  id: text,
  self: { ...flag, description: "It is the one that answers: figures of stages and services are of its own processes." },
  machine: textOrNull,
  pid: { type: ["integer", "null"] },
  since: momentOrNull,
  lastSeen: moment,
  release: { ...textOrNull, description: "The release that its DAGs run." },
  standsBack: { ...flag, description: "It holds nothing as long as others work: it only looks, or cannot run what the others run." },
  shards: { ...list(count), description: "The parts of the DAGs that it runs." },
  stages: list(text),
  duties: { ...list(text), description: "What it does for all of them." },
  problem: orNull(errorObject),
});

const projectStatus = object({
  project: text,
  release: text,
  startedAt: moment,
  idle: flag,
  planes: list(planeStatus),
  services: list(object({ name: text, pid: { type: ["integer", "null"] }, restarts: count })),
  prices: { ...orNull(object({ currency: text, coreHour: amount, gibHour: amount })), description: "What stages use is charged by: the configuration's `prices`." },
  stages: list(stageStatus),
  topics: list(topicStatus),
  tables: list(tableStatus),
  external: list(object({ name: text, kind: { type: "string", enum: ["files", "postgres"] }, at: text })),
  marts: list(object({ name: text, readers: list(text), tables: count, tokens: { ...count, description: "Tokens that open it now." } })),
  sources: list(sourceStatus),
  problems: list(problem),
});

const nodeKinds: GraphNodeKind[] = ["source", "topic", "stage", "sink", "table", "view", "external", "dag", "task"];
const graph = object({
  release: text,
  nodes: list(object({ id: text, kind: { type: "string", enum: nodeKinds }, name: text, form: { ...text, description: "What kind of stage, table, schedule or task." }, parent: { ...text, description: "Of a task: its DAG." }, internal: { ...flag, description: "Made by Millrace for another one." } }, ["parent", "internal"])),
  edges: list(object({ from: text, to: text, kind: { type: "string", enum: ["data", "order"], description: "Rows or records go along it; or what is behind waits for what is before." } })),
});

/** A manifest stays the same object until the release changes, and so does its graph. */
const graphs = new WeakMap<Manifest, ProjectGraph>();

function graphOf(manifest: Manifest): ProjectGraph {
  const known = graphs.get(manifest) ?? projectGraph(manifest);
  graphs.set(manifest, known);
  return known;
}

const summaryResult = object({ name: text, title: text, sql: text, columns: columnsOfResult, rows: rowsOfResult });

export const projectRoutes: Route[] = [
  route({
    method: "GET",
    path: "/api/v1/status",
    id: "getStatus",
    summary: "The state of the project: stages, topics, tables, sources.",
    permission: "read",
    responses: { 200: { description: "The state now.", schema: projectStatus } },
    handler: ({ control }) => control.status(),
  }),
  route({
    method: "GET",
    path: "/api/v1/attention",
    id: "listAttention",
    summary: "What needs a person now, the gravest first.",
    permission: "read",
    responses: { 200: { description: "At most 500 things.", schema: object({ items: list(attentionItem) }) } },
    handler: async ({ control }) => ({ items: await attentionOf(control) }),
  }),
  route({
    method: "GET",
    path: "/api/v1/pipelines",
    id: "listPipelines",
    summary: "The parts of the project's graph that have nothing to do with one another: their stages, topics and tables.",
    permission: "read",
    responses: { 200: { description: "By name; they change with the release alone.", schema: object({ pipelines: list(object({ name: text, stages: list(text), topics: list(text), tables: list(text), middle: { ...text, description: "The node of the graph before and behind which most of it stands." } })) }) } },
    handler: async ({ control }) => ({ pipelines: pipelinesOf(control.manifest()) }),
  }),
  route({
    method: "GET",
    path: "/api/v1/summary",
    id: "getSummary",
    summary: "The results of the project's summary queries.",
    permission: "query",
    responses: { 200: { description: "The results now.", schema: object({ results: list(summaryResult) }) } },
    handler: ({ control }) => control.summary(),
  }),
  route({
    method: "GET",
    path: "/api/v1/manifest",
    id: "getManifest",
    summary: "The project as it was declared.",
    permission: "read",
    responses: { 200: { description: "The manifest of the release that runs.", schema: anyObject } },
    handler: ({ control }) => control.manifest(),
  }),
  route({
    method: "GET",
    path: "/api/v1/graph",
    id: "getGraph",
    summary: "The project as a graph: what runs, the datasets between, and what reads and writes what.",
    permission: "read",
    responses: { 200: { description: "The graph of the release that runs.", schema: graph } },
    handler: ({ control }) => graphOf(control.manifest()),
  }),
  route({
    method: "GET",
    path: "/api/v1/openapi.json",
    id: "getOpenApi",
    summary: "This interface as an OpenAPI 3.1 document.",
    permission: "read",
    responses: { 200: { description: "The document.", schema: anyObject } },
    handler: ({ openApi }) => openApi(),
  }),
  route({
    method: "GET",
    path: "/livez",
    id: "isAlive",
    summary: "Answers while the process does.",
    permission: "public",
    responses: { 200: { description: "Alive.", contentType: "text/plain; charset=utf-8" } },
    handler: (_services, _request, reply) => reply.type("text/plain; charset=utf-8").send("ok\n"),
  }),
  route({
    method: "GET",
    path: "/readyz",
    id: "isReady",
    summary: "Whether records would be taken now. The reasons against it are told by `/api/v1/ready`.",
    permission: "public",
    responses: {
      200: { description: "Ready.", contentType: "text/plain; charset=utf-8" },
      503: { description: "Not ready.", contentType: "text/plain; charset=utf-8" },
    },
    handler: async ({ control }, _request, reply) => {
      const { ready } = await control.ready();
      return reply.code(ready ? 200 : 503).type("text/plain; charset=utf-8").send(ready ? "ready\n" : "not ready\n");
    },
  }),
  route({
    method: "GET",
    path: "/api/v1/ready",
    id: "getReadiness",
    summary: "Whether records would be taken now, and why not.",
    permission: "read",
    responses: { 200: { description: "The answer is 200 either way.", schema: object({ ready: flag, reasons: list(text) }) } },
    handler: ({ control }) => control.ready(),
  }),
  route({
    method: "GET",
    path: "/metrics",
    id: "getMetrics",
    summary: "Metrics in Prometheus' text format.",
    permission: "read",
    responses: { 200: { description: "The metrics.", contentType: "text/plain; version=0.0.4; charset=utf-8" } },
    handler: async ({ control, metrics }, _request, reply) => {
      const [own, project] = await Promise.all([metrics.text(), control.metrics()]);
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(`${own.trimEnd()}\n${project.trimEnd()}\n`);
    },
  }),
];
