import { askEarly } from "../../api/ask-early.ts";
import { api } from "../../api/client.ts";
import { loadFlowGraph } from "../../design/graph/load-flow-graph.ts";

export const dagQuery = (dag: string) => api.queryOptions("get", "/api/v1/dags/{dag}", { params: { path: { dag } } });

const gridRuns = 40;

/** The newest runs of a DAG with their tasks, or those before one. */
export const dagGridQuery = (dag: string, before?: string) => api.queryOptions("get", "/api/v1/dags/{dag}/grid", { params: { path: { dag }, query: { before, limit: gridRuns } } });

export const runGridQuery = (run: string) => api.queryOptions("get", "/api/v1/runs/{run}/grid", { params: { path: { run } } });

const offeredRuns = 50;

/** The newest runs of a DAG, for one of them to be chosen. */
export const newestRunsQuery = (dag: string) => api.queryOptions("get", "/api/v1/runs", { params: { query: { dag, limit: offeredRuns } } });

/** What the page of a DAG shows first, and the script that draws it. */
export function askForDag(dag: string, { tab = "grid", before, run }: { tab?: string; before?: string; run?: string }): void {
  askEarly(dagQuery(dag));
  if (tab === "grid") askEarly(dagGridQuery(dag, before));
  if (tab !== "graph" && tab !== "gantt") return;
  askEarly(newestRunsQuery(dag));
  if (run !== undefined) askEarly(runGridQuery(run));
  if (tab === "graph") loadGraphEarly();
}

export function askForRun(run: string, { tab }: { tab?: string }): void {
  askEarly(runGridQuery(run));
  if (tab === "graph") loadGraphEarly();
}

/** What fails is said by the page, which asks for the same. */
const loadGraphEarly = (): void => void loadFlowGraph().catch(() => undefined);
