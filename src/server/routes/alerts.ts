import type { AlertState } from "../../state/run-store.ts";
import type { AlertView } from "../dag-control.ts";
import { nameSchema, type Route, route } from "../route.ts";
import { taskIndex } from "../run-schemas.ts";
import { count, errorObject, list, moment, momentOrNull, object, orNull, span, text, textOrNull } from "../schemas.ts";

interface AlertsQuery {
  dag?: string;
  state?: string;
  before?: string;
  limit: number;
}

const alertStates: AlertState[] = ["gathering", "pending", "sent", "failed"];
const anyState = alertStates.join("|");

const alertsQuery = {
  dag: { ...nameSchema, description: "Of this DAG alone." },
  state: { type: "string", pattern: `^(${anyState})(,(${anyState}))*$`, description: "In this state, or in one of several with commas between them." },
  before: { ...nameSchema, description: "`next` of the page before." },
  limit: { type: "integer", minimum: 1, maximum: 1_000, default: 100, description: "Most alerts of the page." },
};

const alertView = object({
  id: { ...text, description: "What its receiver tells doubles by." },
  dag: text,
  kind: { type: "string", enum: ["failure", "success", "retry", "deadline", "check", "anomaly"] },
  to: { ...text, description: "In words; without what may be secret in the address of a webhook." },
  run: text,
  release: text,
  interval: span,
  task: textOrNull,
  index: taskIndex,
  attempt: { type: ["integer", "null"], minimum: 0 },
  text,
  at: moment,
  lastAt: moment,
  count: { ...count, description: "Things that have happened and that it tells of." },
  state: { type: "string", enum: alertStates, description: "`gathering`: others are still joined to it. `pending`: is to be sent, now or at `nextAt`." },
  tries: count,
  nextAt: momentOrNull,
  endedAt: momentOrNull,
  error: { ...orNull(errorObject), description: "Why the last try failed." },
});

/** A full page may be the last one; the page behind it is empty then. */
const pageOf = (alerts: AlertView[], limit: number): { alerts: AlertView[]; next: string | null } => ({ alerts, next: alerts.length < limit ? null : alerts[alerts.length - 1].id });

export const alertRoutes: Route[] = [
  route<{ Querystring: AlertsQuery }>({
    method: "GET",
    path: "/api/v1/alerts",
    id: "listAlerts",
    summary: "Alerts of DAGs and whether they were sent, the newest first.",
    permission: "read",
    query: alertsQuery,
    responses: { 200: { description: "A page of alerts.", schema: object({ alerts: list(alertView), next: textOrNull }) } },
    handler: async ({ control }, { query: { state, ...filter } }) => {
      const states = state === undefined ? {} : { states: [...new Set(state.split(","))] as AlertState[] };
      return pageOf(await control.dags.alerts({ ...filter, ...states }), filter.limit);
    },
  }),
];
