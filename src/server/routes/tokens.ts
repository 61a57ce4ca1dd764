import { durationMs } from "../../model/duration.ts";
import { type Route, route } from "../route.ts";
import { count, list, moment, momentOrNull, object, text, textOrNull } from "../schemas.ts";

const token = object({
  id: text,
  name: text,
  audience: { ...text, description: "What marts name as their readers." },
  createdAt: moment,
  expiresAt: { ...momentOrNull, description: "Null: it does not end by itself." },
  revokedAt: momentOrNull,
  lastUsedAt: { ...momentOrNull, description: "To the minute or so." },
});
const event = object({ id: text, what: { type: "string", enum: ["created", "revoked", "refused"] }, at: moment, lastAt: moment, count, token: text, name: text, audience: text, detail: text });
const createBody = object(
  {
    audience: { type: "string", minLength: 1, maxLength: 64, description: "What marts name as their readers." },
    name: { type: "string", minLength: 1, maxLength: 100, description: "What the token is for, as \"Power BI\"." },
    expires: { type: "string", maxLength: 32, description: 'A duration, as "90d". Absent: it does not end by itself.' },
  },
  ["expires"],
);

export const tokenRoutes: Route[] = [
  route({
    method: "GET",
    path: "/api/v1/tokens",
    id: "listTokens",
    summary: "Tokens of readers, with when each was last used; not the tokens themselves.",
    permission: "operate",
    responses: { 200: { description: "All of them.", schema: object({ tokens: list(token) }) } },
    handler: ({ control }) => ({ tokens: control.access.tokens() }),
  }),
  route<{ Body: { audience: string; name: string; expires?: string } }>({
    method: "POST",
    path: "/api/v1/tokens",
    id: "createToken",
    summary: "Makes a token for an audience of marts. It is told this once, and never again.",
    permission: "operate",
    body: { schema: createBody, bytesMax: 4_096 },
    responses: { 200: { description: "The token.", schema: object({ secret: { ...text, description: "What its holder sends." }, token }) } },
    handler: ({ control }, { body: { expires, ...request } }) => control.access.createToken({ ...request, ...(expires !== undefined && { lastsMs: durationMs(expires, "body, field `expires`") }) }),
  }),
  route<{ Params: { token: string } }>({
    method: "POST",
    path: "/api/v1/tokens/:token/revoke",
    id: "revokeToken",
    summary: "Ends a token at once and for good.",
    permission: "operate",
    responses: { 200: { description: "The token.", schema: token } },
    handler: ({ control }, { params }) => control.access.revokeToken(params.token),
  }),
  route<{ Querystring: { limit: number; before?: string } }>({
    method: "GET",
    path: "/api/v1/tokens/events",
    id: "listTokenEvents",
    summary: "What was done with readers' tokens and refused to them, the newest first.",
    permission: "operate",
    query: { limit: { type: "integer", minimum: 1, maximum: 1_000, default: 100, description: "Most events of the page." }, before: { type: "string", maxLength: 64, description: "`next` of the page before." } },
    responses: { 200: { description: "A page of events.", schema: object({ events: list(event), next: textOrNull }) } },
    handler: ({ control }, { query: { limit, before } }) => {
      const events = control.access.events({ limit, before });
      return { events, next: events.length < limit ? null : events[events.length - 1].id };
    },
  }),
];
