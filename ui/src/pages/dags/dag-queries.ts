import { api } from "../../api/client.ts";

export const dagQuery = (dag: string) => api.queryOptions("get", "/api/v1/dags/{dag}", { params: { path: { dag } } });

const gridRuns = 40;

/** The newest runs of a DAG with their tasks, or those before one. */
export const dagGridQuery = (dag: string, before?: string) => api.queryOptions("get", "/api/v1/dags/{dag}/grid", { params: { path: { dag }, query: { before, limit: gridRuns } } });

export const runGridQuery = (run: string) => api.queryOptions("get", "/api/v1/runs/{run}/grid", { params: { path: { run } } });
