import type { JoinToken } from "../../govern/join-tokens.ts";
import { durationMs } from "../../model/duration.ts";
import { type Route, route } from "../route.ts";
import { count, list, moment, momentOrNull, object, text } from "../schemas.ts";
import type { JoinTokenCreate, WorkerView } from "../worker-control.ts";

const stageOrPool = { stage: { ...text, description: "The stage; or" }, pool: { ...text, description: "the pool whose tasks it runs." } };
const worker = object({ worker: text, ...stageOrPool, machine: text, version: text, pid: count, token: text, connected: { type: "boolean" }, joinedAt: moment, heardAt: moment, identityUntil: moment, working: { ...count, description: "Attempts of tasks that it has; of a stage, its tasks." } }, ["stage", "pool"]);
const token = object({ id: text, ...stageOrPool, createdAt: moment, expiresAt: { ...momentOrNull, description: "Null: workers may join with it until it is revoked." }, revokedAt: momentOrNull, lastUsedAt: momentOrNull }, ["stage", "pool"]);
const createBody = object(
  {
    stage: { type: "string", minLength: 1, maxLength: 192, description: "The stage that its workers run; or" },
    pool: { type: "string", minLength: 1, maxLength: 128, description: "the pool whose tasks they run." },
    for: { type: "string", maxLength: 32, description: 'For how long workers may join with it: a duration, as "1h". Absent: until it is revoked.' },
  },
  ["stage", "pool", "for"],
);

/** As REST shows it: `stage` or `pool` beside the rest. */
export type WorkerJson = Omit<WorkerView, "purpose"> & { stage?: string; pool?: string };
export type JoinTokenJson = Omit<JoinToken, "purpose"> & { stage?: string; pool?: string };

const workerJson = ({ purpose, ...rest }: WorkerView): WorkerJson => ({ ...rest, ...purpose });
const joinTokenJson = ({ purpose, ...rest }: JoinToken): JoinTokenJson => ({ ...rest, ...purpose });

export const workerRoutes: Route[] = [
  route({
    method: "GET",
    path: "/api/v1/workers",
    id: "listWorkers",
    summary: "Processes on other machines that have joined, in that order.",
    permission: "read",
    responses: { 200: { description: "All of them.", schema: object({ workers: list(worker) }) } },
    handler: ({ control }) => ({ workers: control.workers.list().map(workerJson) }),
  }),
  route({
    method: "GET",
    path: "/api/v1/workers/tokens",
    id: "listJoinTokens",
    summary: "Tokens that workers join with; not the tokens themselves.",
    permission: "operate",
    responses: { 200: { description: "All of them.", schema: object({ tokens: list(token) }) } },
    handler: ({ control }) => ({ tokens: control.workers.tokens().map(joinTokenJson) }),
  }),
  route<{ Body: { stage?: string; pool?: string; for?: string } }>({
    method: "POST",
    path: "/api/v1/workers/tokens",
    id: "createJoinToken",
    summary: "Makes a token that workers of one stage or one pool join with. It is told this once, and never again.",
    permission: "operate",
    body: { schema: { ...createBody, oneOf: [{ required: ["stage"] }, { required: ["pool"] }] }, bytesMax: 4_096 },
    responses: { 200: { description: "The token.", schema: object({ secret: { ...text, description: "What a worker is started with." }, token }) } },
    handler: async ({ control }, { body }) => {
      const made = await control.workers.createToken({ purpose: body.stage === undefined ? { pool: body.pool as string } : { stage: body.stage }, ...(body.for !== undefined && { lastsMs: durationMs(body.for, "body, field `for`") }) } satisfies JoinTokenCreate);
      return { secret: made.secret, token: joinTokenJson(made.token) };
    },
  }),
  route<{ Params: { token: string } }>({
    method: "POST",
    path: "/api/v1/workers/tokens/:token/revoke",
    id: "revokeJoinToken",
    summary: "Ends a token for good, and cuts off the workers that have joined with it.",
    permission: "operate",
    responses: { 200: { description: "The token.", schema: token } },
    handler: async ({ control }, { params }) => joinTokenJson(await control.workers.revokeToken(params.token)),
  }),
];
