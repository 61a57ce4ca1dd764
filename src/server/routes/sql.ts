import { durationMs } from "../../model/duration.ts";
import { MillraceError } from "../../errors.ts";
import { goneSignal } from "../gone-signal.ts";
import { type Route, route } from "../route.ts";
import { amount, anyObject, columnsOfResult, count, flag, list, object, orNull, rowsOfResult, text } from "../schemas.ts";

const timeoutMsMax = 10 * 60 * 1_000;

const body = object(
  {
    sql: { type: "string", minLength: 1, maxLength: 64 * 1024, description: "One SELECT statement." },
    limit: { type: "integer", minimum: 1, maximum: 100_000, default: 1_000, description: "Most rows of the answer." },
    timeout: { type: "string", maxLength: 32, default: "30s", description: 'A duration, as "30s"; at most "10m".' },
    by: { type: "string", minLength: 1, maxLength: 200, description: "Who asks." },
  },
  ["limit", "timeout", "by"],
);

const result = object({ columns: columnsOfResult, rows: rowsOfResult, rowCount: count, truncated: flag, notes: list(text), elapsedMs: amount }, ["notes"]);

function readTimeout(timeout: string): number {
  const ms = durationMs(timeout, "body, field `timeout`");
  if (ms <= timeoutMsMax) return ms;
  throw new MillraceError("MR-HTTP-006", { what: `a statement may not take "${timeout}"`, where: "body, field `timeout`", mend: 'give "10m" or less' });
}

const planBody = object({ sql: { type: "string", minLength: 1, maxLength: 64 * 1024, description: "One SELECT statement." }, measured: { ...flag, default: false, description: "Run it, and say what each step took." }, timeout: { type: "string", maxLength: 32, default: "30s", description: 'A duration, as "30s"; at most "10m".' } }, ["measured", "timeout"]);
const step = object({ name: text, details: list(object({ name: text, text })), rows: orNull(count), ms: orNull(amount), steps: { ...list(anyObject), description: "Those whose rows it reads." } });

export const sqlRoutes: Route[] = [
  route<{ Body: { sql: string; limit: number; timeout: string; by?: string } }>({
    method: "POST",
    path: "/api/v1/sql",
    id: "runSql",
    summary: "Runs one SELECT over tables and topics.",
    permission: "query",
    readers: true,
    body: { schema: body, bytesMax: 512 * 1024 },
    responses: { 200: { description: "Columns, and rows as arrays in their order.", schema: result } },
    handler: ({ control }, request, reply) => {
      const { sql, limit, timeout, by } = request.body;
      const { reader } = request;
      return control.sql({ sql, limit, timeoutMs: readTimeout(timeout), ...(reader === undefined ? { by } : { by: reader.name, reader }) }, goneSignal(reply));
    },
  }),
  route<{ Body: { sql: string; measured: boolean; timeout: string } }>({
    method: "POST",
    path: "/api/v1/sql/plan",
    id: "planSql",
    summary: "How the engine would run one SELECT, or with `measured` what each step of it took.",
    permission: "query",
    body: { schema: planBody, bytesMax: 512 * 1024 },
    responses: { 200: { description: "The steps; each over those whose rows it reads.", schema: object({ ms: orNull(amount), steps: list(step) }) } },
    handler: ({ control }, { body: { sql, measured, timeout } }, reply) => control.queries.plan({ sql, measured, timeoutMs: readTimeout(timeout) }, goneSignal(reply)),
  }),
];
