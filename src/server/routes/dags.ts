import type { ControlPlane } from "../control-plane.ts";
import type { DagDetail, TriggerRequest } from "../dag-control.ts";
import { type PageRequest, pageByName } from "../page.ts";
import { type Route, route } from "../route.ts";
import { params as runParams, plannedRun, runView } from "../run-schemas.ts";
import { anyObject, count, errorObject, flag, instant, list, momentOrNull, note, object, orNull, paging, text, textOrNull } from "../schemas.ts";

const statusProperties = {
  name: text,
  description: text,
  tags: list(text),
  owner: text,
  paused: flag,
  note: textOrNull,
  schedule: { ...text, description: "In words." },
  timezone: text,
  nextRunAt: momentOrNull,
  activeRuns: count,
  queuedRuns: count,
  tasks: count,
  lastRun: orNull(runView),
  problem: { ...orNull(errorObject), description: "Why its timetable in code gives no ticks." },
};

const dagStatus = object(statusProperties, ["description", "owner"]);
const dagDetail = object({ ...statusProperties, decl: { ...anyObject, description: "The DAG as it was declared." } }, ["description", "owner"]);

const pauseBody = { schema: { ...object({ note }, ["note"]), type: ["object", "null"] }, bytesMax: 16 * 1024 };
const triggerBody = {
  schema: {
    ...object({ params: runParams, interval: { ...object({ start: instant, end: instant }), description: "Its end excluded; without an offset on the DAG's clocks. Absent: the last whole interval of the schedule." }, note }, ["params", "interval", "note"]),
    type: ["object", "null"],
  },
  bytesMax: 512 * 1024,
};

interface OneDag {
  Params: { dag: string };
}

/** A change to one DAG, answered with its state after it. */
function change<B>(verb: "pause" | "resume", summary: string, body: Route["body"], act: (control: ControlPlane, dag: string, body: B) => Promise<void>): Route {
  return route<OneDag>({
    method: "POST",
    path: `/api/v1/dags/:dag/${verb}`,
    id: `${verb}Dag`,
    summary,
    permission: "operate",
    body,
    responses: { 200: { description: "The DAG after the change.", schema: dagStatus } },
    handler: async ({ control }, { params, body }): Promise<DagDetail> => {
      await act(control, params.dag, body as B);
      return control.dags.dag(params.dag);
    },
  });
}

export const dagRoutes: Route[] = [
  route<{ Querystring: PageRequest }>({
    method: "GET",
    path: "/api/v1/dags",
    id: "listDags",
    summary: "All DAGs, by name.",
    permission: "read",
    query: paging,
    responses: { 200: { description: "A page of DAGs.", schema: object({ dags: list(dagStatus), next: textOrNull }) } },
    handler: async ({ control }, { query }) => {
      const { items, next } = pageByName(await control.dags.dags(), query);
      return { dags: items, next };
    },
  }),
  route<OneDag>({
    method: "GET",
    path: "/api/v1/dags/:dag",
    id: "getDag",
    summary: "One DAG: its state and its declaration.",
    permission: "read",
    responses: { 200: { description: "The DAG.", schema: dagDetail } },
    handler: ({ control }, { params }) => control.dags.dag(params.dag),
  }),
  change<{ note?: string } | null>("pause", "Makes no more scheduled runs; those that go on end.", pauseBody, (control, dag, body) => control.dags.pauseDag(dag, body?.note)),
  change("resume", "Makes scheduled runs again.", undefined, (control, dag) => control.dags.resumeDag(dag)),
  route<OneDag & { Body: TriggerRequest | null }>({
    method: "POST",
    path: "/api/v1/dags/:dag/runs",
    id: "triggerDag",
    summary: "Makes a run now.",
    permission: "operate",
    body: triggerBody,
    responses: { 200: { description: "The run.", schema: runView } },
    handler: ({ control }, { params, body }) => control.dags.triggerDag(params.dag, body ?? {}),
  }),
  route<OneDag & { Querystring: { count: number } }>({
    method: "GET",
    path: "/api/v1/dags/:dag/next",
    id: "listNextRuns",
    summary: "The coming runs of a DAG's schedule.",
    permission: "read",
    query: { count: { type: "integer", minimum: 1, maximum: 1_000, default: 10, description: "Most runs." } },
    responses: { 200: { description: "The runs, the next one first; none for a DAG without times.", schema: object({ runs: list(plannedRun) }) } },
    handler: async ({ control }, { params, query }) => ({ runs: await control.dags.nextRuns(params.dag, query.count) }),
  }),
];
