import { type Route, route } from "../route.ts";
import { count, list, moment, object, text, textOrNull } from "../schemas.ts";
import type { SavedQueryText } from "../saved-query-control.ts";

const head = { id: text, name: text, by: textOrNull, changedAt: moment, version: count };
const savedQuery = object({ ...head, sql: text });
const textFields = {
  name: { type: "string", minLength: 1, maxLength: 200 },
  sql: { type: "string", minLength: 1, maxLength: 64 * 1024 },
  by: { type: "string", minLength: 1, maxLength: 200, description: "Who keeps it." },
};
const bytesMax = 512 * 1024;

interface One {
  Params: { saved: string };
}

/** Text that may stand in the editor: several statements, and those that are not finished. It is run by nobody here. */
export const savedQueryRoutes: Route[] = [
  route({
    method: "GET",
    path: "/api/v1/saved-queries",
    id: "listSavedQueries",
    summary: "Queries that are kept under a name, without their text.",
    permission: "query",
    responses: { 200: { description: "All of them, by name.", schema: object({ saved: list(object(head)) }) } },
    handler: async ({ control }) => ({ saved: await control.savedQueries.list() }),
  }),
  route<{ Body: SavedQueryText }>({
    method: "POST",
    path: "/api/v1/saved-queries",
    id: "saveQuery",
    summary: "Keeps a query under a name, for all who work on the project.",
    permission: "operate",
    body: { schema: object(textFields, ["by"]), bytesMax },
    responses: { 200: { description: "The query.", schema: savedQuery } },
    handler: ({ control }, { body }) => control.savedQueries.add(body),
  }),
  route<One>({
    method: "GET",
    path: "/api/v1/saved-queries/:saved",
    id: "getSavedQuery",
    summary: "One saved query.",
    permission: "query",
    responses: { 200: { description: "The query.", schema: savedQuery } },
    handler: ({ control }, { params }) => control.savedQueries.get(params.saved),
  }),
  route<One & { Body: SavedQueryText & { version: number } }>({
    method: "PUT",
    path: "/api/v1/saved-queries/:saved",
    id: "replaceSavedQuery",
    summary: "Changes a saved query, unless somebody else was first.",
    permission: "operate",
    body: { schema: object({ ...textFields, version: { ...count, description: "Of the query that was seen before the change." } }, ["by"]), bytesMax },
    responses: { 200: { description: "The query.", schema: savedQuery } },
    handler: ({ control }, { params, body: { version, ...query } }) => control.savedQueries.replace(params.saved, version, query),
  }),
  route<One>({
    method: "POST",
    path: "/api/v1/saved-queries/:saved/remove",
    id: "removeSavedQuery",
    summary: "Removes a saved query; one that is gone stays so.",
    permission: "operate",
    responses: { 200: { description: "It is gone.", schema: object({ removed: text }) } },
    handler: async ({ control }, { params }) => {
      await control.savedQueries.remove(params.saved);
      return { removed: params.saved };
    },
  }),
];
