import type { Header } from "../../batch/batch.ts";
import { MillraceError } from "../../errors.ts";
import type { TopicDecl } from "../../model/manifest.ts";
import { badRecords, rejectionsMax } from "../bad-records.ts";
import type { ControlPlane } from "../control-plane.ts";
import { type Route, route } from "../route.ts";
import { anyObject, count, list, moment, object, rejection } from "../schemas.ts";
import type { RecordExtras } from "../topic-writer.ts";
import { producerOf } from "../writers.ts";
import { topicNamed } from "./topics.ts";

/** A record to be produced, as it comes. */
interface ProducedRecord {
  value: object;
  key?: string | null;
  headers?: Header[];
  /** ISO 8601. */
  eventTime?: string;
}

const record = object(
  {
    value: { ...anyObject, description: "The record; the topic's schema says its fields." },
    key: { type: ["string", "null"], maxLength: 64 * 1024, description: "Default: the value of the topic's key field." },
    headers: { type: "array", maxItems: 128, items: { type: "array", items: { type: "string", maxLength: 64 * 1024 }, minItems: 2, maxItems: 2 }, description: "Pairs of name and value." },
    eventTime: { ...moment, description: "Default: the topic's event-time field, else the time of arrival." },
  },
  ["key", "headers", "eventTime"],
);

const body = { oneOf: [record, object({ records: { type: "array", items: record, minItems: 1 } })] };

const answer = object({
  accepted: list(object({ index: count, partition: count, offset: { type: ["integer", "null"], minimum: 0 } })),
  rejectedCount: count,
  rejected: list(rejection),
});

export const produceRoutes: Route[] = [
  route<{ Params: { topic: string }; Body: ProducedRecord | { records: ProducedRecord[] } }>({
    method: "POST",
    path: "/api/v1/topics/:topic/records",
    id: "produceRecords",
    summary: "Produces one record or many to a topic. Answers with their offsets when they are on disk.",
    permission: "write",
    body: { schema: body, bytesMax: 8 * 1024 * 1024 },
    responses: { 200: { description: "Records are on disk; those that were not taken are listed.", schema: answer } },
    handler: async ({ control, writers, metrics, requestRecordsMax, recordBytesMax }, request, reply) => {
      const where = `POST /api/v1/topics/${request.params.topic}/records`;
      const topic = await openTopic(control, request.params.topic, where);
      const records = "records" in request.body ? request.body.records : [request.body];
      requireSmall(records, request.bodyBytes, requestRecordsMax, recordBytesMax, where);
      const result = await writers.topic(topic).write(
        records.map(({ value }) => value),
        request.bodyBytes,
        (index) => extrasOf(records[index]),
      );
      metrics.ingested(producerOf(topic), request.bodyBytes, result.accepted.length, result.rejected.length);
      const told = { accepted: result.accepted, rejectedCount: result.rejected.length, rejected: result.rejected.slice(0, rejectionsMax) };
      if (result.accepted.length > 0) return told;
      return reply.code(400).send({ error: badRecords(result, where).toJSON(), ...told });
    },
  }),
];

/** @throws MillraceError `MR-LOG-003` for a topic that is not declared, `MR-LOG-008` for one that Millrace keeps for itself */
async function openTopic(control: ControlPlane, name: string, where: string): Promise<TopicDecl> {
  const { decl } = await topicNamed(control, name);
  const { topics } = control.manifest();
  if (!decl || !Object.hasOwn(topics, name)) throw new MillraceError("MR-LOG-003", { what: `topic "${name}" is not of this release: its schema is not known`, where, mend: "declare it, or produce to a topic of the project" });
  if (!decl.internal) return decl;
  throw new MillraceError("MR-LOG-008", { what: `topic "${name}" is kept by Millrace itself`, where, mend: "produce to the topic that its stage reads" });
}

function requireSmall(records: ProducedRecord[], bytes: number, recordsMax: number, recordBytesMax: number, where: string): void {
  if (records.length > recordsMax) throw new MillraceError("MR-HTTP-004", { what: `the request has ${records.length} records; ${recordsMax} are the most`, where, mend: "send them in several requests" });
  if (bytes <= recordBytesMax) return;
  const large = records.findIndex((each) => Buffer.byteLength(JSON.stringify(each)) > recordBytesMax);
  if (large === -1) return;
  throw new MillraceError("MR-HTTP-004", { what: `record ${large} has more than ${recordBytesMax} bytes`, where, mend: "send large contents to a file or an object store, and their address here" });
}

function extrasOf({ key, headers, eventTime }: ProducedRecord): RecordExtras | undefined {
  if (key === undefined && headers === undefined && eventTime === undefined) return undefined;
  return { key, headers, eventTime: eventTime === undefined ? undefined : Date.parse(eventTime) };
}
