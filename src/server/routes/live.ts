import { type Route, route } from "../route.ts";

export const liveRoutes: Route[] = [
  route({
    method: "GET",
    path: "/api/v1/live",
    id: "followProject",
    summary: "Follows the project as server-sent events: its status, at most once a second, and hints of what else has changed.",
    permission: "read",
    responses: { 200: { description: "Events `status` with what `/api/v1/status` answers, `changed` with the kinds of things that are to be asked for anew, `trouble` with the error while the status cannot be had, and `alive`.", contentType: "text/event-stream" } },
    handler: async ({ live }, _request, reply) => {
      live.follow(reply.raw, reply.getHeaders() as Record<string, string>, () => reply.hijack());
      return reply;
    },
  }),
];
