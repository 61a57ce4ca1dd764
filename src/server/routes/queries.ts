import type { FastifyReply } from "fastify";
import { durationMs } from "../../model/duration.ts";
import { MillraceError } from "../../errors.ts";
import { csvText, spreadsheetText } from "../../sql/csv-text.ts";
import { arrowStream } from "../../sql/arrow-stream.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import { goneSignal } from "../gone-signal.ts";
import type { QueryControl, QueryState, QueryView, ResultPageRequest } from "../query-control.ts";
import { queriesOf } from "../reader-queries.ts";
import { nameSchema, type Route, route } from "../route.ts";
import { amount, anyObject, columnsOfResult, count, errorObject, flag, list, moment, momentOrNull, object, orNull, rowsOfResult, text, textOrNull } from "../schemas.ts";

const states: QueryState[] = ["queued", "running", "succeeded", "failed", "cancelled"];
const anyState = states.join("|");
const waitSecondsMax = 60;
const timeoutMsMax = 24 * 3_600_000;

const read = object({ dataset: text, kind: { type: "string", enum: ["table", "topic", "view", "files", "copy"] }, snapshot: { ...textOrNull, description: "Id of the version of a table." }, files: count, filesPruned: count, bytes: count });
const cost = object({ ms: orNull(amount), rows: orNull(count), bytesScanned: { ...count, description: "Size of the data files that were opened." }, filesRead: count, filesPruned: count, resultBytes: orNull(count) });

const summaryProperties = {
  id: text,
  sql: text,
  by: textOrNull,
  token: { ...textOrNull, description: "Id of the reader's token that it was made with; null: the project's." },
  kind: { type: "string", enum: ["query", "sql"], description: "`sql`: it was answered at once, and its result is not kept." },
  state: { type: "string", enum: states },
  createdAt: moment,
  endedAt: momentOrNull,
  progress: { anyOf: [{ type: "number" }, { type: "null" }], description: "In percent; null while it is not known." },
  cost,
  cached: { ...flag, description: "Nothing had changed since the same statement ran." },
  error: orNull(errorObject),
};
const querySummary = object(summaryProperties);
const queryView = object({
  ...summaryProperties,
  reads: list(read),
  columns: orNull(columnsOfResult),
  notes: { ...list(text), description: "What the reader of the result should know, such as rows of files that were left out." },
  lineage: { ...orNull(anyObject), description: "Where the columns of the result come from: `outputs` and `indirect`; or `known: false` with a reason." },
  resultOf: { ...textOrNull, description: "The query whose kept result this one shares." },
  resultUntil: { ...momentOrNull, description: "When the result is removed." },
}, ["notes"]);
const page = object({ columns: columnsOfResult, rows: rowsOfResult, rowCount: { ...count, description: "Of the whole result." }, next: { ...textOrNull, description: "`page` of the next page; null on the last." } });

const submitBody = object(
  {
    sql: { type: "string", minLength: 1, maxLength: 64 * 1024, description: "One SELECT statement." },
    timeout: { type: "string", maxLength: 32, default: "10m", description: 'A duration, as "30s"; at most "24h".' },
    wait: { type: "integer", minimum: 0, maximum: waitSecondsMax, default: 0, description: "Seconds to wait for the end." },
    by: { type: "string", minLength: 1, maxLength: 200, description: "Who asks." },
  },
  ["timeout", "wait", "by"],
);

const wait = { type: "integer", minimum: 0, maximum: waitSecondsMax, default: 0, description: "Seconds to wait for the end." };

interface Submit {
  sql: string;
  timeout: string;
  wait: number;
  by?: string;
}

interface OneQuery {
  Params: { query: string };
}

type Format = "json" | "csv" | "spreadsheet" | "arrow" | "parquet";

interface ResultsQuery {
  format: Format;
  limit: number;
  page: string;
  columnsFrom: number;
  columns?: number;
  cellChars?: number;
  orderBy?: number;
  descending: boolean;
}

const windowOf = ({ page: from, limit, columnsFrom, columns, cellChars, orderBy, descending }: ResultsQuery): ResultPageRequest => ({
  from: Number(from),
  limit,
  ...((columnsFrom > 0 || columns !== undefined) && { columns: { from: columnsFrom, count: columns ?? Number.MAX_SAFE_INTEGER } }),
  ...(cellChars !== undefined && { cellChars }),
  ...(orderBy !== undefined && { order: { column: orderBy, descending } }),
});

function readTimeout(timeout: string): number {
  const ms = durationMs(timeout, "body, field `timeout`");
  if (ms <= timeoutMsMax) return ms;
  throw new MillraceError("MR-HTTP-006", { what: `a query may not take "${timeout}"`, where: "body, field `timeout`", mend: 'give "24h" or less' });
}

/** A page in a form of its own says in a header where the next one begins. */
const nextPage = "millrace-next-page";

const isEnded = ({ endedAt }: QueryView): boolean => endedAt !== null;

async function sendPage(queries: QueryControl, id: string, format: Exclude<Format, "parquet">, request: ResultPageRequest, reply: FastifyReply): Promise<unknown> {
  const { columns, rows, rowCount } = await queries.page(id, request, goneSignal(reply));
  const end = request.from + rows.length;
  const next = end < rowCount && rows.length > 0 ? String(end) : null;
  if (format === "json") return { columns, rows, rowCount, next };
  if (next !== null) reply.header(nextPage, next);
  if (format !== "arrow") return reply.type("text/csv; charset=utf-8; header=present").send(Buffer.from((format === "csv" ? csvText : spreadsheetText)({ columns, rows })));
  return reply.type("application/vnd.apache.arrow.stream").send(Buffer.from(await arrowStream(columns, rows as QueryValue[][])));
}

async function sendParquet(queries: QueryControl, id: string, reply: FastifyReply): Promise<unknown> {
  const { bytes, body } = await queries.parquet(id);
  return reply.type("application/vnd.apache.parquet").header("content-length", bytes).send(body);
}

export const queryRoutes: Route[] = [
  route<{ Body: Submit }>({
    method: "POST",
    path: "/api/v1/queries",
    id: "submitQuery",
    summary: "Runs one SELECT, and keeps its result for a day.",
    permission: "query",
    readers: true,
    body: { schema: submitBody, bytesMax: 512 * 1024 },
    responses: { 200: { description: "It has ended while the call waited.", schema: queryView }, 202: { description: "It waits or runs.", schema: queryView } },
    handler: async ({ control }, { body: { sql, timeout, wait: seconds, by }, reader }, reply) => {
      const queries = queriesOf(control, reader);
      const { id } = await queries.submit({ sql, timeoutMs: readTimeout(timeout), by });
      const view = await queries.wait(id, seconds * 1_000);
      return reply.status(isEnded(view) ? 200 : 202).send(view);
    },
  }),
  route<{ Querystring: { state?: string; q?: string; before?: string; limit: number } }>({
    method: "GET",
    path: "/api/v1/queries",
    id: "listQueries",
    summary: "Statements that ran or run, the newest first.",
    permission: "query",
    readers: true,
    query: {
      state: { type: "string", pattern: `^(${anyState})(,(${anyState}))*$`, description: "In this state, or in one of several with commas between them." },
      q: { type: "string", maxLength: 1_000, description: "Those whose statement has this in it, in whatever case." },
      before: { ...nameSchema, description: "`next` of the page before." },
      limit: { type: "integer", minimum: 1, maximum: 1_000, default: 100, description: "Most queries of the page." },
    },
    responses: { 200: { description: "A page of queries.", schema: object({ queries: list(querySummary), next: textOrNull }) } },
    handler: ({ control }, { query: { state, q, before, limit }, reader }) => {
      const queries = queriesOf(control, reader).list({ states: state?.split(",") as QueryState[] | undefined, text: q, before, limit });
      return { queries, next: queries.length < limit ? null : queries[queries.length - 1].id };
    },
  }),
  route<OneQuery & { Querystring: { wait: number } }>({
    method: "GET",
    path: "/api/v1/queries/:query",
    id: "getQuery",
    summary: "One query: state, progress, cost, what it read, lineage.",
    permission: "query",
    readers: true,
    query: { wait },
    responses: { 200: { description: "The query.", schema: queryView } },
    handler: ({ control }, { params, query, reader }) => queriesOf(control, reader).wait(params.query, query.wait * 1_000),
  }),
  route<OneQuery & { Querystring: ResultsQuery }>({
    method: "GET",
    path: "/api/v1/queries/:query/results",
    id: "readQueryResults",
    summary: `The result of a query, by pages; as Parquet all of it. CSV and Arrow name the next page in the header ${nextPage}.`,
    permission: "query",
    readers: true,
    query: {
      format: { type: "string", enum: ["json", "csv", "spreadsheet", "arrow", "parquet"], default: "json", description: "spreadsheet: CSV in which no text is taken for a formula." },
      limit: { type: "integer", minimum: 1, maximum: 100_000, default: 1_000, description: "Most rows of the page." },
      page: { type: "string", pattern: "^\\d{1,15}$", default: "0", description: "`next` of the page before, or any number of rows before the first." },
      columnsFrom: { type: "integer", minimum: 0, default: 0, description: "Columns before the first." },
      columns: { type: "integer", minimum: 1, maximum: 10_000, description: "Most columns; absent: all." },
      orderBy: { type: "integer", minimum: 0, description: "Column, the first being 0, by whose values the rows are ordered, nulls last. Absent: as the statement gave them. Not as Parquet." },
      descending: { ...flag, default: false, description: "The greatest first, with `orderBy`." },
      cellChars: { type: "integer", minimum: 1, maximum: 10_000_000, description: "For looking at them: texts, and nested values as JSON, are cut behind so many characters, and one that was cut is one character longer. Absent: they are whole." },
    },
    responses: { 200: { description: "A page of rows, as arrays in the order of the columns.", schema: page } },
    handler: ({ control }, { params, query, reader }, reply) => {
      const queries = queriesOf(control, reader);
      return query.format === "parquet" ? sendParquet(queries, params.query, reply) : sendPage(queries, params.query, query.format, windowOf(query), reply);
    },
  }),
  route<OneQuery>({
    method: "POST",
    path: "/api/v1/queries/:query/cancel",
    id: "cancelQuery",
    summary: "Ends a query; one that has ended stays as it is.",
    permission: "query",
    readers: true,
    responses: { 200: { description: "The query.", schema: queryView } },
    handler: async ({ control }, { params, reader }) => {
      const queries = queriesOf(control, reader);
      queries.cancel(params.query);
      return queries.wait(params.query, 5_000);
    },
  }),
];
