import type { ControlPlane } from "../control-plane.ts";
import type { DagDetail, TriggerRequest } from "../dag-control.ts";
import { type PageRequest, pageByName } from "../page.ts";
import { nameSchema, type Route, route } from "../route.ts";
import { calendarPage, gridPage, params as runParams, plannedRun, runMark, runView } from "../run-schemas.ts";
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
  recent: { ...list(runMark), description: "Its newest runs, as many as were asked for." },
  problem: { ...orNull(errorObject), description: "Why its timetable in code gives no ticks." },
};

const dagStatus = object(statusProperties, ["description", "owner"]);
const dagDetail = object({ ...statusProperties, decl: { ...anyObject, description: "The DAG as it was declared." } }, ["description", "owner"]);

/** What no run lies beyond. */
const firstInstant = "1000-01-01";
const lastInstant = "9999-12-31";

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

interface DagsQuery extends PageRequest {
  names?: string;
  recent: number;
}

const dagsQuery = {
  ...paging,
  names: { type: "string", maxLength: 10_000, description: "These alone, with commas between them." },
  recent: { type: "integer", minimum: 0, maximum: 30, default: 0, description: "So many of the newest runs of each." },
};
const pastQuery = { before: { ...nameSchema, description: "`next` of the page before." }, limit: { type: "integer", minimum: 1, maximum: 100, default: 30, description: "Most runs of the page; it ends early behind runs of very many tasks." } };
const spanQuery = { from: { ...instant, description: "Intervals that begin here or later." }, to: { ...instant, description: "Intervals that begin before it." } };

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
  route<{ Querystring: DagsQuery }>({
    method: "GET",
    path: "/api/v1/dags",
    id: "listDags",
    summary: "All DAGs, by name.",
    permission: "read",
    query: dagsQuery,
    responses: { 200: { description: "A page of DAGs.", schema: object({ dags: list(dagStatus), next: textOrNull }) } },
    handler: async ({ control }, { query }) => {
      const asked = query.names && new Set(query.names.split(","));
      const wanted = control.dags.names().filter((name) => !asked || asked.has(name));
      const { items, next } = pageByName(wanted.map((name) => ({ name })), query);
      return { dags: await control.dags.dags({ names: items.map(({ name }) => name), recent: query.recent }), next };
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
  route<OneDag & { Querystring: { from?: string; to?: string; limit: number } }>({
    method: "GET",
    path: "/api/v1/dags/:dag/runs",
    id: "listRunsBetween",
    summary: "A DAG's runs by their intervals, the first one first.",
    permission: "read",
    query: { ...spanQuery, limit: { ...paging.limit, description: "Most runs." } },
    responses: { 200: { description: "The runs.", schema: object({ runs: list(runView) }) } },
    handler: async ({ control }, { params, query: { from = firstInstant, to = lastInstant, limit } }) => ({ runs: await control.dags.runsBetween({ dag: params.dag, from, to, limit }) }),
  }),
  route<OneDag & { Querystring: { before?: string; limit: number } }>({
    method: "GET",
    path: "/api/v1/dags/:dag/grid",
    id: "getGrid",
    summary: "A DAG's runs, the newest first, with how their tasks stand.",
    permission: "read",
    query: pastQuery,
    responses: { 200: { description: "A page of runs.", schema: gridPage } },
    handler: ({ control }, { params, query }) => control.dags.grid(params.dag, query),
  }),
  route<OneDag & { Querystring: { from?: string; to?: string } }>({
    method: "GET",
    path: "/api/v1/dags/:dag/calendar",
    id: "getCalendar",
    summary: "A DAG's runs by the days on which their intervals begin.",
    permission: "read",
    query: spanQuery,
    responses: { 200: { description: "The days of the DAG's zone that have runs.", schema: calendarPage } },
    handler: ({ control }, { params, query: { from, to } }) => control.dags.calendar(params.dag, { from: from ?? firstInstant, to: to ?? lastInstant }),
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
