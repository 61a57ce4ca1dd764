import { eventStreamHeaders } from "../event-stream.ts";
import type { FigurePoint, StageFigures } from "../insight-control.ts";
import { logLine } from "../log-line.ts";
import { type Route, route } from "../route.ts";
import { count, list, object, orNull, text, textOrNull } from "../schemas.ts";

interface OneStage {
  Params: { stage: string };
}

const values = list({ type: ["number", "null"] });
const figures = object({
  stepMs: { ...count, description: "Between two points." },
  at: { ...list(count), description: "The points, the oldest first: milliseconds since 1970. What follows has a value for each; null is not known." },
  recordsIn: { ...values, description: "A second; rates are means of the ten seconds before." },
  recordsOut: values,
  lag: values,
  latencyP50Ms: { ...values, description: "From the log's taking of a record to the commit of the epoch that has it: half of the records came through within. Within a fifth." },
  latencyP99Ms: { ...values, description: "99 in 100 of them." },
  cores: { ...values, description: "Processors in use." },
  memoryBytes: values,
});
const file = object({ path: text, line: count, export: textOrNull, text: { ...textOrNull, description: "As the release has it; null where its copy is gone. Cut behind 256 KiB." } });
const code = object({ release: text, kind: text, reads: list(text), writes: list(text), file: orNull(file) });

const lineQuery = { after: { ...count, description: "`number` of a line: those behind it." } };

/** Seven digits are what is kept. */
const short = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(7)));

function columns({ stepMs, points }: StageFigures): object {
  const of = (name: Exclude<keyof FigurePoint, "atMs">) => points.map((point) => short(point[name]));
  return { stepMs, at: points.map(({ atMs }) => atMs), recordsIn: of("recordsIn"), recordsOut: of("recordsOut"), lag: of("lag"), latencyP50Ms: of("latencyP50Ms"), latencyP99Ms: of("latencyP99Ms"), cores: of("cores"), memoryBytes: of("memoryBytes") };
}

export const insightRoutes: Route[] = [
  route<OneStage & { Querystring: { minutes: number } }>({
    method: "GET",
    path: "/api/v1/stages/:stage/figures",
    id: "getStageFigures",
    summary: "How a stage has done since the control plane's start: up to ten minutes second by second, up to six hours in steps of ten.",
    permission: "read",
    query: { minutes: { type: "integer", minimum: 1, maximum: 360, default: 10 } },
    responses: { 200: { description: "Its figures over time.", schema: figures } },
    handler: async ({ control }, { params, query }) => columns(control.insight.figures(params.stage, query.minutes * 60_000)),
  }),
  route<OneStage & { Querystring: { after?: number } }>({
    method: "GET",
    path: "/api/v1/stages/:stage/log",
    id: "getStageLog",
    summary: "The last lines that a stage's processes on this machine have said, the oldest first.",
    permission: "read",
    query: lineQuery,
    responses: { 200: { description: "Those that are kept: the last thousand, or fewer where they are long.", schema: object({ lines: list(logLine) }) } },
    handler: async ({ control }, { params, query }) => ({ lines: control.insight.log(params.stage).lines(query.after) }),
  }),
  route<OneStage & { Querystring: { after?: number } }>({
    method: "GET",
    path: "/api/v1/stages/:stage/log/tail",
    id: "tailStageLog",
    summary: "Follows a stage's log as server-sent events.",
    permission: "read",
    query: lineQuery,
    responses: { 200: { description: "Events `lines`, each a list of lines.", contentType: "text/event-stream" } },
    handler: async ({ control, lineTails }, { params, query }, reply) => {
      const lines = control.insight.log(params.stage);
      lineTails.follow(reply.raw, params.stage, { lines, after: query.after ?? 0, headers: { ...(reply.getHeaders() as Record<string, string>), ...eventStreamHeaders }, takeOver: () => reply.hijack() });
      return reply;
    },
  }),
  route<OneStage>({
    method: "GET",
    path: "/api/v1/stages/:stage/code",
    id: "getStageCode",
    summary: "The release that a stage runs, what it reads and writes, and the file that declares it.",
    permission: "read",
    responses: { 200: { description: "The code.", schema: code } },
    handler: ({ control }, { params }) => control.insight.code(params.stage),
  }),
];
