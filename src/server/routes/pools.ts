import { type PageRequest, pageByName } from "../page.ts";
import { type Route, route } from "../route.ts";
import { count, list, note, object, paging, text, textOrNull } from "../schemas.ts";

const slots = { type: "integer", minimum: -1, maximum: 1_000_000, description: "-1: no limit. 0: nothing is started." };
const poolView = object({ name: text, slots, used: count, waiting: count, note: textOrNull });

export const poolRoutes: Route[] = [
  route<{ Querystring: PageRequest }>({
    method: "GET",
    path: "/api/v1/pools",
    id: "listPools",
    summary: "All pools, by name.",
    permission: "read",
    query: paging,
    responses: { 200: { description: "A page of pools.", schema: object({ pools: list(poolView), next: textOrNull }) } },
    handler: async ({ control }, { query }) => {
      const { items, next } = pageByName(await control.dags.pools(), query);
      return { pools: items, next };
    },
  }),
  route<{ Params: { pool: string }; Body: { slots: number; note?: string } }>({
    method: "PUT",
    path: "/api/v1/pools/:pool",
    id: "setPool",
    summary: "Makes a pool, or gives it another size. Tasks that go on keep their slots.",
    permission: "operate",
    body: { schema: object({ slots, note }, ["note"]), bytesMax: 16 * 1024 },
    responses: { 200: { description: "The pool after the change.", schema: poolView } },
    handler: ({ control }, { params, body }) => control.dags.setPool(params.pool, body.slots, body.note),
  }),
];
