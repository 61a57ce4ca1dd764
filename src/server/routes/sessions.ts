import { type Route, route } from "../route.ts";
import { moment, object, text } from "../schemas.ts";

const pass = object({ secret: text, expiresAt: moment });

export const sessionRoutes: Route[] = [
  route({
    method: "POST",
    path: "/api/v1/sessions/invite",
    id: "inviteToSession",
    summary: "Makes a code that signs a browser in to the web interface: once, and within ten minutes.",
    permission: "operate",
    responses: { 200: { description: "The code. It is told this once.", schema: pass } },
    handler: ({ sessions }) => sessions.invite(),
  }),
  route<{ Body: { code: string } }>({
    method: "POST",
    path: "/api/v1/sessions",
    id: "beginSession",
    summary: "Gives a code from a link for a session of a week, which is sent as a token is.",
    permission: "public",
    body: { schema: object({ code: { type: "string", maxLength: 256 } }), bytesMax: 1_024 },
    responses: { 200: { description: "The session. It is told this once.", schema: pass } },
    handler: ({ sessions }, { body }) => sessions.begin(body.code),
  }),
];
