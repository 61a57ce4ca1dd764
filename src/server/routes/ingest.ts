import { MillraceError } from "../../errors.ts";
import { badRecords, writeAnswer, type WriteAnswer } from "../bad-records.ts";
import { Ndjson } from "../body.ts";
import { parseJson } from "../parse-json.ts";
import { type Route, route } from "../route.ts";
import { count, list, object, rejection } from "../schemas.ts";
import type { Rejection, WriteResult } from "../topic-writer.ts";
import type { SourceLimits } from "../writers.ts";

/** Larger bodies are refused before they are read; a source may declare less. */
export const ingestBytesMax = 16 * 1024 * 1024;

/** Records of a body, and those that cannot even be read. `indices` maps the first to their places in the request. */
interface Posted {
  values: unknown[];
  indices: number[] | undefined;
  unreadable: Rejection[];
}

const answer = object({ accepted: count, rejectedCount: count, rejected: list(rejection) });

export const ingestRoutes: Route[] = [
  route<{ Params: { source: string }; Body: unknown }>({
    method: "POST",
    path: "/ingest/:source",
    id: "ingest",
    summary: "Takes one record, an array of records or a record a line into an HTTP source. Answers when they are on disk.",
    permission: "write",
    body: { schema: { oneOf: [{ type: "object" }, { type: "array", items: { type: "object" } }] }, bytesMax: ingestBytesMax, ndjson: true, unchecked: true },
    responses: { 200: { description: "Records are on disk; those that were not taken are listed.", schema: answer } },
    handler: async ({ control, writers, metrics, requestRecordsMax }, request, reply) => {
      const where = `POST /ingest/${request.params.source}`;
      const source = writers.source(request.params.source);
      requireSize(request.bodyBytes, source, where);
      const posted = readRecords(request.body, request.bodyBytes, source, requestRecordsMax, where);
      const result = withUnreadable(await source.writer.write(posted.values, request.bodyBytes), posted);
      metrics.ingested(request.params.source, request.bodyBytes, result.accepted.length, result.rejected.length);
      control.ingested(request.params.source, result.accepted.length);
      return answerFor(result, where, (error) => reply.code(400).send(error));
    },
  }),
];

/** The answer, or what `refuse` makes of the error when there was something to take and nothing was. */
function answerFor(result: WriteResult, where: string, refuse: (error: object) => unknown): WriteAnswer | unknown {
  const told = writeAnswer(result);
  if (result.accepted.length > 0 || result.rejected.length === 0) return told;
  return refuse({ error: badRecords(result, where).toJSON(), ...told });
}

function requireSize(bytes: number, { requestBytesMax }: SourceLimits, where: string): void {
  if (bytes <= requestBytesMax) return;
  throw new MillraceError("MR-HTTP-004", { what: `the body has ${bytes} bytes; ${requestBytesMax} are the most`, where, mend: "send the records in several requests" });
}

function readRecords(body: unknown, bytes: number, limits: SourceLimits, recordsMax: number, where: string): Posted {
  if (body instanceof Ndjson) return readLines(body, limits, recordsMax, where);
  if (!Array.isArray(body)) {
    if (bytes > limits.recordBytesMax) throw tooLarge(bytes, limits, where);
    return { values: [body], indices: undefined, unreadable: [] };
  }
  if (body.length > recordsMax) throw tooMany(body.length, recordsMax, where);
  return bytes > limits.recordBytesMax ? withoutLarge(body, limits) : { values: body, indices: undefined, unreadable: [] };
}

function readLines(body: Ndjson, limits: SourceLimits, recordsMax: number, where: string): Posted {
  const posted = { values: [] as unknown[], indices: [] as number[], unreadable: [] as Rejection[] };
  let index = 0;
  for (const { line, bytes } of body.lines()) {
    if (index >= recordsMax) throw tooMany(index + 1, recordsMax, where);
    take(posted, index++, () => {
      if (bytes.byteLength > limits.recordBytesMax) return large(bytes.byteLength, limits);
      posted.values.push(parseJson(bytes, `line ${line} of the body`));
      return undefined;
    });
  }
  if (index === 0) throw new MillraceError("MR-HTTP-003", { what: "the body holds no record", where, mend: "send one JSON object a line" });
  return posted;
}

/** Puts down where a record stood, or why it could not be read. */
function take(posted: { indices: number[]; unreadable: Rejection[] }, index: number, read: () => Rejection["violations"] | undefined): void {
  try {
    const violations = read();
    if (violations) posted.unreadable.push({ index, violations });
    else posted.indices.push(index);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    posted.unreadable.push({ index, violations: [{ field: "", rule: "json", message: `${error.parts.what} (${error.parts.where})` }] });
  }
}

/** The size of a record in an array is that of its JSON; it is only looked at where the body is large enough to matter. */
function withoutLarge(body: unknown[], limits: SourceLimits): Posted {
  const posted = { values: [] as unknown[], indices: [] as number[], unreadable: [] as Rejection[] };
  body.forEach((value, index) => {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes > limits.recordBytesMax) posted.unreadable.push({ index, violations: large(bytes, limits) });
    else {
      posted.values.push(value);
      posted.indices.push(index);
    }
  });
  return posted;
}

/** The result in places of the request, with what was never given to the writer. */
function withUnreadable(result: WriteResult, { indices, unreadable }: Posted): WriteResult {
  if (!indices) return result;
  const accepted = result.accepted.map((each) => ({ ...each, index: indices[each.index] }));
  const rejected = result.rejected.map((each) => ({ ...each, index: indices[each.index] }));
  return { accepted, rejected: [...rejected, ...unreadable].sort((a, b) => a.index - b.index) };
}

const large = (bytes: number, { recordBytesMax }: SourceLimits): Rejection["violations"] => [{ field: "", rule: "maxBytes", message: `has ${bytes} bytes; ${recordBytesMax} are the most` }];

function tooLarge(bytes: number, { recordBytesMax }: SourceLimits, where: string): MillraceError {
  return new MillraceError("MR-HTTP-004", { what: `the record has ${bytes} bytes; ${recordBytesMax} are the most`, where, mend: "send large contents to a file or an object store, and their address here" });
}

function tooMany(records: number, recordsMax: number, where: string): MillraceError {
  return new MillraceError("MR-HTTP-004", { what: `the request has ${records === recordsMax + 1 ? `more than ${recordsMax}` : records} records; ${recordsMax} are the most`, where, mend: "send them in several requests" });
}
