import type { FastifyReply } from "fastify";
import type { ModelPublish, ModelTestRequest } from "../model-control.ts";
import { type Route, route } from "../route.ts";
import { anyObject, count, errorObject, list, momentOrNull, object, orNull, span, text, textOrNull } from "../schemas.ts";

const kinds = ["table", "view", "ephemeral", "interval", "append", "merge", "replace-keys", "history", "seed"];
const selectors = { type: "array", items: { type: "string", minLength: 1, maxLength: 512 }, maxItems: 1_000, description: "Names, patterns, tag:name, with + for what stands around." };

const viewFields = {
  name: text,
  kind: { type: "string", enum: kinds },
  dag: { ...textOrNull, description: "Builds it; null for one that is not built." },
  description: textOrNull,
  owner: textOrNull,
  tags: list(text),
  reads: list(text),
  checks: list(text),
  unitTests: list(text),
  state: { type: ["string", "null"], enum: ["built", "changed", "never", null], description: "changed: built by another statement than it has now." },
  builtAt: momentOrNull,
  filled: { ...orNull(list(span)), description: "Of a model by interval: what is filled by its statement." },
};
const modelView = object(viewFields);
const modelDetail = object({
  ...viewFields,
  sql: { ...text, description: "With places such as {{ interval.start }}." },
  columns: list(object({ name: text, type: text, note: textOrNull })),
  lineage: { ...anyObject, description: "Where the columns come from: `outputs` and `indirect`; or `known: false` with a reason." },
});

const testResult = object({
  model: text,
  name: text,
  kind: { type: "string", enum: ["check", "unit"] },
  state: { type: "string", enum: ["passed", "failed", "warned", "skipped", "error"] },
  failures: count,
  sample: list(anyObject),
  error: orNull(errorObject),
});

/** Aborted when the caller goes before the answer has come. */
function gone(reply: FastifyReply): AbortSignal {
  const stop = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) stop.abort();
  });
  return stop.signal;
}

/** In a query string, with spaces between. */
const words = (value: string | undefined): string[] => value?.split(/\s+/).filter((word) => word !== "") ?? [];
const wordsSchema = { type: "string", maxLength: 16_384, description: "Selectors, with spaces between." };

export const modelRoutes: Route[] = [
  route<{ Querystring: { select?: string; exclude?: string } }>({
    method: "GET",
    path: "/api/v1/models",
    id: "listModels",
    summary: "Models, each behind those it reads.",
    permission: "read",
    query: { select: wordsSchema, exclude: wordsSchema },
    responses: { 200: { description: "All that were chosen; without a choice all there are.", schema: object({ models: list(modelView) }) } },
    handler: async ({ control }, { query }) => ({ models: await control.models.list({ select: words(query.select), exclude: words(query.exclude) }) }),
  }),
  route<{ Params: { model: string } }>({
    method: "GET",
    path: "/api/v1/models/:model",
    id: "showModel",
    summary: "One model: its statement, its columns and where they come from.",
    permission: "read",
    responses: { 200: { description: "The model.", schema: modelDetail } },
    handler: ({ control }, { params }, reply) => control.models.show(params.model, gone(reply)),
  }),
  route<{ Body: ModelPublish }>({
    method: "POST",
    path: "/api/v1/models/publish",
    id: "publishModels",
    summary: "Makes what was built on a branch of models' tables the tables themselves.",
    permission: "operate",
    body: { schema: object({ branch: { type: "string", minLength: 1, maxLength: 64 }, select: selectors, exclude: selectors }, ["select", "exclude"]), bytesMax: 1024 * 1024 },
    responses: { 200: { description: "The models that had the branch.", schema: object({ models: list(text) }) } },
    handler: async ({ control }, { body }) => ({ models: await control.models.publish(body) }),
  }),
  route<{ Body: ModelTestRequest }>({
    method: "POST",
    path: "/api/v1/models/test",
    id: "testModels",
    summary: "Runs the checks of models over the rows that are there, and their unit tests.",
    permission: "query",
    body: { schema: object({ select: selectors, exclude: selectors, kinds: { type: "array", items: { type: "string", enum: ["check", "unit"] } } }, ["select", "exclude", "kinds"]), bytesMax: 1024 * 1024 },
    responses: { 200: { description: "What came of each.", schema: object({ results: list(testResult) }) } },
    handler: async ({ control }, { body }, reply) => ({ results: await control.models.test(body, gone(reply)) }),
  }),
];
