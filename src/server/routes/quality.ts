import { goneSignal } from "../gone-signal.ts";
import type { DataRequest } from "../profile-control.ts";
import type { CheckRequest } from "../quality-control.ts";
import { type Route, route } from "../route.ts";
import { anyObject, count, errorObject, flag, list, moment, object, orNull, text, textOrNull } from "../schemas.ts";

const tier = { type: ["integer", "string", "null"], enum: [0, 1, 2, "code", null], description: "code: by a function over all rows. 0: from metadata. 1: by the scan that all checks share. 2: by groups and joins." };
const resultFields = {
  name: text,
  kind: text,
  columns: list(text),
  severity: { type: "string", enum: ["error", "warn"] },
  state: { type: "string", enum: ["passed", "failed", "warned", "error", "skipped"] },
  tier,
  failures: { ...orNull(count), description: "Rows that break it; null where the dataset is judged as a whole." },
  atLeast: { ...flag, description: "There may be more such rows." },
  rows: orNull(count),
  value: { type: ["number", "string", "null"], description: "The figure that the dataset is judged by." },
  expected: text,
  error: orNull(errorObject),
};
const judgementFields = { id: text, dataset: text, at: moment, version: { ...textOrNull, description: "Snapshot." }, keptBack: flag, score: { type: ["number", "null"], minimum: 0, maximum: 100 } };
const judgement = object({ ...judgementFields, results: list(object({ ...resultFields, keys: { ...list(anyObject), description: "Of some rows that break it the values of its own columns." } })) });
const judgementDetail = object({ ...judgementFields, results: list(object({ ...resultFields, sample: list(anyObject) })) });
const explanation = object({
  checks: list(object({ name: text, expected: text, tier, how: text, sql: list(text), error: orNull(errorObject) })),
  statements: list(object({ tier: { type: "integer", enum: [1, 2] }, sql: text })),
});
const body = {
  schema: object({ version: { type: "string", minLength: 1, maxLength: 128, description: "A snapshot, tag or branch. Of others than the current version nothing is kept." }, exact: { ...flag, description: "Count what breaks a check also where it is known that something does." } }, ["version", "exact"]),
  bytesMax: 64 * 1024,
};

const number = { type: "number" };
const anomaly = object({ metric: text, at: moment, value: number, expected: number, usual: list(number), score: number, text });
const watched = object({ dataset: text, version: text, last: orNull(moment), versions: count, pace: { enum: ["daily", "hourly", "other", null] }, anomalies: list(anomaly) });

type Params = { dataset: string };

export const qualityRoutes: Route[] = [
  route({
    method: "GET",
    path: "/api/v1/quality",
    id: "listQuality",
    summary: "Datasets that have checks, as they were judged last.",
    permission: "read",
    responses: { 200: { description: "All of them.", schema: object({ datasets: list(object({ dataset: text, checks: list(text), last: orNull(judgement), since: { type: "object", additionalProperties: moment, description: "Of each check that does not hold, since when it has not without a break." } })) }) } },
    handler: async ({ control }) => ({ datasets: await control.quality.list() }),
  }),
  route({
    method: "GET",
    path: "/api/v1/watch",
    id: "listWatched",
    summary: "Tables of the lake as they are watched: how often versions come, and what was not as usual.",
    permission: "read",
    responses: { 200: { description: "All that were looked at.", schema: object({ datasets: list(watched) }) } },
    handler: async ({ control }) => ({ datasets: await control.quality.watched() }),
  }),
  route<{ Params: Params }>({
    method: "GET",
    path: "/api/v1/watch/:dataset",
    id: "getMeasured",
    summary: "What was measured of the last versions of a table, the oldest first: rows, rows that came, shares of nulls.",
    permission: "read",
    responses: { 200: { description: "At most 120 versions, and 30 figures of each.", schema: object({ versions: list(object({ version: text, at: moment, values: { type: "object", additionalProperties: number } })) }) } },
    handler: async ({ control }, { params }) => ({ versions: await control.quality.measured(params.dataset) }),
  }),
  route<{ Params: Params; Body: CheckRequest }>({
    method: "POST",
    path: "/api/v1/quality/:dataset/check",
    id: "checkDataset",
    summary: "Judges a dataset by its checks, now. Topics are called topics.<name>.",
    permission: "query",
    body,
    responses: { 200: { description: "What came of each check, with some of the rows that break it.", schema: judgementDetail } },
    handler: ({ control }, { params, body }, reply) => control.quality.check(params.dataset, body, goneSignal(reply)),
  }),
  route<{ Params: Params; Body: DataRequest }>({
    method: "POST",
    path: "/api/v1/quality/:dataset/validate",
    id: "validateData",
    summary: "Judges data that the request brings by the checks of a dataset, as if they were its rows. Nothing of them is kept.",
    permission: "query",
    body: {
      schema: object({ content: { type: "string", minLength: 1, description: "The data: CSV, JSON, Parquet and others, by their content." }, encoding: { enum: ["text", "base64"], description: "Of `content`. Default: text." } }, ["encoding"]),
      bytesMax: 16 * 1024 * 1024,
    },
    responses: { 200: { description: "What came of each check that looks at rows, with some of those that break it.", schema: object({ results: list(object({ ...resultFields, sample: list(anyObject) })) }) } },
    handler: async ({ control }, { params, body }, reply) => ({ results: await control.quality.validate(params.dataset, body, goneSignal(reply)) }),
  }),
  route<{ Params: Params; Body: CheckRequest }>({
    method: "POST",
    path: "/api/v1/quality/:dataset/explain",
    id: "explainChecks",
    summary: "How a dataset would be judged: the tier of each check, and the statements.",
    permission: "query",
    body,
    responses: { 200: { description: "Nothing was judged.", schema: explanation } },
    handler: ({ control }, { params, body }, reply) => control.quality.explain(params.dataset, body, goneSignal(reply)),
  }),
  route<{ Params: Params; Querystring: { before?: string; limit?: number } }>({
    method: "GET",
    path: "/api/v1/quality/:dataset/judgements",
    id: "listJudgements",
    summary: "How a dataset was judged, the newest first.",
    permission: "read",
    query: { before: { type: "string", maxLength: 64, description: "`id` of the last one of the page before." }, limit: { type: "integer", minimum: 1, maximum: 1_000, default: 20 } },
    responses: { 200: { description: "A page.", schema: object({ judgements: list(judgement) }) } },
    handler: async ({ control }, { params, query }) => ({ judgements: await control.quality.history(params.dataset, { before: query.before, limit: query.limit ?? 20 }) }),
  }),
];
