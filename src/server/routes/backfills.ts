import type { BackfillCreate, DagControl } from "../dag-control.ts";
import { nameSchema, type Route, route } from "../route.ts";
import { params as runParams, runCounts, runStateOrNull } from "../run-schemas.ts";
import { count, flag, instant, list, moment, momentOrNull, note, object, orNull, span, text, textOrNull } from "../schemas.ts";

const order = { type: "string", enum: ["oldest", "newest"] };
const reprocess = { type: "string", enum: ["none", "failed", "completed"] };

const viewProperties = {
  id: text,
  dag: text,
  state: { type: "string", enum: ["running", "paused", "done", "cancelled"] },
  from: moment,
  to: moment,
  order,
  reprocess,
  maxActiveRuns: count,
  note: textOrNull,
  createdAt: moment,
  endedAt: momentOrNull,
  intervals: count,
  reached: { ...count, description: "Intervals that were looked at." },
  runs: runCounts,
};

const intervalView = object({ ordinal: count, interval: span, run: textOrNull, state: runStateOrNull, decision: { type: "string", enum: ["run", "rerun", "in flight", "already exists"] } });
const backfillView = object(viewProperties);
const backfillDetail = object({ ...viewProperties, reachedIntervals: list(intervalView) });
const backfillPlan = object({ backfill: orNull(backfillView), intervals: list(intervalView) });

const createBody = {
  schema: object(
    {
      dag: nameSchema,
      from: { ...instant, description: "Intervals that begin here or later. A date, or a time without an offset, is read in the DAG's zone." },
      to: { ...instant, description: "Intervals that begin before it." },
      order: { ...order, default: "oldest" },
      reprocess: { ...reprocess, default: "none", description: "Intervals that have a run already: left, run again when it failed, or run again." },
      maxActiveRuns: { type: "integer", minimum: 1, maximum: 10_000, default: 10 },
      params: runParams,
      note,
      dryRun: { ...flag, description: "Only say which intervals it would be." },
    },
    ["order", "reprocess", "maxActiveRuns", "params", "note", "dryRun"],
  ),
  bytesMax: 512 * 1024,
};
const noteBody = { schema: { ...object({ note }, ["note"]), type: ["object", "null"] }, bytesMax: 16 * 1024 };

interface OneBackfill {
  Params: { backfill: string };
}

function change(verb: "pause" | "resume" | "cancel", state: Parameters<DagControl["setBackfill"]>[1], summary: string): Route {
  return route<OneBackfill & { Body: { note?: string } | null }>({
    method: "POST",
    path: `/api/v1/backfills/:backfill/${verb}`,
    id: `${verb}Backfill`,
    summary,
    permission: "operate",
    body: noteBody,
    responses: { 200: { description: "The backfill after the change.", schema: backfillView } },
    handler: ({ control }, { params, body }) => control.dags.setBackfill(params.backfill, state, body?.note),
  });
}

export const backfillRoutes: Route[] = [
  route<{ Querystring: { dag?: string } }>({
    method: "GET",
    path: "/api/v1/backfills",
    id: "listBackfills",
    summary: "All backfills, the newest first.",
    permission: "read",
    query: { dag: { ...nameSchema, description: "Of this DAG alone." } },
    responses: { 200: { description: "The backfills.", schema: object({ backfills: list(backfillView) }) } },
    handler: async ({ control }, { query }) => ({ backfills: await control.dags.backfills(query.dag) }),
  }),
  route<{ Body: BackfillCreate }>({
    method: "POST",
    path: "/api/v1/backfills",
    id: "createBackfill",
    summary: "Runs a DAG over its intervals of a span of time.",
    permission: "operate",
    body: createBody,
    responses: { 200: { description: "The backfill, null in a dry run, and what is done with each interval.", schema: backfillPlan } },
    handler: ({ control }, { body }) => control.dags.createBackfill(body),
  }),
  route<OneBackfill>({
    method: "GET",
    path: "/api/v1/backfills/:backfill",
    id: "getBackfill",
    summary: "One backfill with the intervals that it has reached.",
    permission: "read",
    responses: { 200: { description: "The backfill; of its intervals at most the last 1,000 reached.", schema: backfillDetail } },
    handler: ({ control }, { params }) => control.dags.backfill(params.backfill),
  }),
  change("pause", "paused", "Makes no more runs of it; those that go on end."),
  change("resume", "running", "Lets a paused backfill go on."),
  change("cancel", "cancelled", "Ends a backfill for good."),
];
