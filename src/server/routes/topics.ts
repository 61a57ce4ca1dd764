import { MillraceError } from "../../errors.ts";
import { stageAccess } from "../../engine/stage-plan.ts";
import type { GroupInfo, TopicInfo } from "../../log/driver.ts";
import type { JsonSchema, Manifest } from "../../model/manifest.ts";
import type { ControlPlane } from "../control-plane.ts";
import { type Cursor, parseCursor } from "../cursor.ts";
import { type PageRequest, pageByName } from "../page.ts";
import { partitionsOf, readRecords, type ReadRequest } from "../read-records.ts";
import { recordFilter } from "../record-filter.ts";
import { type Route, route } from "../route.ts";
import { anyObject, count, flag, list, moment, momentOrNull, object, paging, text, textOrNull } from "../schemas.ts";
import { unknownName } from "../unknown-name.ts";

const topicSize = { name: text, records: { ...count, description: "On Kafka, which counts ends of transactions too, at most so many." }, bytes: count, partitions: count };

export const topicStatus = object({ ...topicSize, newestAt: { ...momentOrNull, description: "When the log took the newest record; null while that is not known." }, recordsPerSecond: { type: "number", description: "Records that came, whoever wrote them: the mean of the last ten seconds." } });

export const offset = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
export const partition = { type: "integer", minimum: 0, maximum: 2 ** 31 - 1 };

const partitionInfo = object({ partition: count, start: count, end: count, records: count, bytes: count, eventTimeMax: { type: "number", description: "Milliseconds since 1970." } }, ["eventTimeMax"]);
const topicGroup = object({ group: text, members: list(object({ member: text, tasks: list(count) })), partitions: list(object({ partition: count, offset: count, lag: { ...count, description: "Records not yet read." } })), lag: count });
const column = object({ name: text, type: text, nullable: flag, optional: flag }, ["optional"]);

const topicInfo = object(
  {
    name: text,
    partitions: count,
    key: text,
    eventTime: text,
    retentionMs: count,
    retentionBytes: count,
    compact: flag,
    internal: text,
    columns: list(column),
    schema: anyObject,
    partitionInfo: list(partitionInfo),
    writtenBy: { ...list(text), description: "Stages of this release." },
    readBy: list(text),
  },
  ["key", "eventTime", "retentionMs", "retentionBytes", "compact", "internal", "columns", "schema"],
);

const recordView = object({
  partition: count,
  offset: count,
  eventTime: moment,
  appendedAt: moment,
  key: textOrNull,
  headers: list(list(text)),
  value: { type: ["object", "null"], additionalProperties: true },
  shortened: { type: "boolean", description: "Parts of it were left out, as `textMax` asks for." },
}, ["shortened"]);

export const recordPage = object({
  topic: text,
  records: list(recordView),
  next: { ...text, description: "Cursor of the next page: there is always one, for more may come." },
  previous: { ...text, description: "Sent as `before`: the page before this one." },
  atStart: flag,
  atEnd: flag,
  scanned: { ...count, description: "Records that were looked at." },
});

const filter = { type: "string", maxLength: 2_000, description: "Comparisons joined by `and`: `delay > 60 and origin = SFO`; names are fields, `key`, `partition`, `offset`, `time` and `header.<name>`; `~` looks for text. A page then has what was found within a bounded look." };
const textMax = { type: "integer", minimum: 1, maximum: 1_000_000, description: "Longest text within a record; what is longer is cut, and of more than 2,000 values the first are shown." };

export const readQuery: Record<string, JsonSchema> = {
  partition: { ...partition, description: "One partition; without it, all of them." },
  offset: { ...offset, description: "First offset; needs `partition`." },
  time: { ...moment, description: "From the first record of this event time or later." },
  from: { type: "string", enum: ["start", "end"], default: "start", description: "`end`: the newest records." },
  cursor: { type: "string", maxLength: 4_096, description: "`next` of the page before." },
  before: { type: "string", maxLength: 4_096, description: "`previous` of a page: the newest records before it." },
  filter,
  textMax,
  limit: { type: "integer", minimum: 1, maximum: 1_000, default: 100, description: "Most records of the page." },
};

interface TailQuery {
  partition?: number;
  from: "start" | "end";
  filter?: string;
  textMax?: number;
  behindMax?: number;
}

interface OneTopic {
  Params: { topic: string };
}

/**
 * The topic as the log has it, with its declaration of this release. Topics of earlier releases can still be read.
 * @throws MillraceError `MR-LOG-003` with the names that there are
 */
export async function topicNamed(control: ControlPlane, name: string): Promise<TopicInfo> {
  const topic = await control.log.topic(name).catch(async (error) => {
    if (!(error instanceof MillraceError) || error.code !== "MR-LOG-003") throw error;
    throw unknownName("MR-LOG-003", "topic", name, (await control.log.topics()).map((each) => each.name), "the address");
  });
  const { topics } = control.manifest();
  return Object.hasOwn(topics, name) ? { ...topic, decl: topics[name] } : topic;
}

function shown({ decl, ...topic }: TopicInfo): object {
  return { ...topic, eventTime: decl?.eventTime, internal: decl?.internal, columns: decl?.columns, schema: decl?.schema };
}

function stagesOf({ stages }: Manifest, topic: string): { writtenBy: string[]; readBy: string[] } {
  const all = Object.values(stages).map((stage) => ({ name: stage.name, ...stageAccess(stage) }));
  return { writtenBy: all.filter(({ writes }) => writes.includes(topic)).map(({ name }) => name), readBy: all.filter(({ reads }) => reads.includes(topic)).map(({ name }) => name) };
}

function groupsOf(topic: string, groups: readonly GroupInfo[]): object[] {
  return groups.flatMap(({ group, members, positions, lag }) => {
    const unread = new Map(lag.flatMap((each) => (each.topic === topic ? [[each.partition, each.records]] : [])));
    const partitions = positions.filter((each) => each.topic === topic).map(({ partition, offset }) => ({ partition, offset, lag: unread.get(partition) ?? 0 }));
    if (partitions.length === 0) return [];
    return [{ group, members, partitions: partitions.sort((a, b) => a.partition - b.partition), lag: partitions.reduce((sum, each) => sum + each.lag, 0) }];
  });
}

function tailStart(topic: TopicInfo, query: { partition?: number; from: "start" | "end" }, lastEventId: unknown): Cursor {
  if (typeof lastEventId === "string" && lastEventId !== "") return parseCursor(lastEventId, topic, "header `Last-Event-ID`");
  const side = query.from === "start" ? "start" : "end";
  return new Map(partitionsOf(topic, query.partition).map((p) => [p, topic.partitionInfo[p][side]]));
}

export const topicRoutes: Route[] = [
  route<{ Querystring: PageRequest }>({
    method: "GET",
    path: "/api/v1/topics",
    id: "listTopics",
    summary: "All topics, by name.",
    permission: "read",
    query: paging,
    responses: { 200: { description: "A page of topics.", schema: object({ topics: list(object(topicSize)), next: textOrNull }) } },
    handler: async ({ control }, { query }) => {
      const { items, next } = pageByName(await control.log.topics(), query);
      const sum = (topic: TopicInfo, part: "records" | "bytes"): number => topic.partitionInfo.reduce((total, each) => total + each[part], 0);
      return { topics: items.map((topic) => ({ name: topic.name, records: sum(topic, "records"), bytes: sum(topic, "bytes"), partitions: topic.partitions })), next };
    },
  }),
  route<OneTopic>({
    method: "GET",
    path: "/api/v1/topics/:topic",
    id: "getTopic",
    summary: "One topic: schema, retention, partitions with their offsets.",
    permission: "read",
    responses: { 200: { description: "The topic.", schema: topicInfo } },
    handler: async ({ control }, { params }) => ({ ...shown(await topicNamed(control, params.topic)), ...stagesOf(control.manifest(), params.topic) }),
  }),
  route<OneTopic>({
    method: "GET",
    path: "/api/v1/topics/:topic/groups",
    id: "listTopicGroups",
    summary: "Who reads a topic, how far each has come in each partition, and how much is left.",
    permission: "read",
    responses: { 200: { description: "The groups, by name.", schema: object({ groups: list(topicGroup) }) } },
    handler: async ({ control }, { params }) => ({ groups: groupsOf((await topicNamed(control, params.topic)).name, await control.log.groups()) }),
  }),
  route<OneTopic>({
    method: "GET",
    path: "/api/v1/topics/:topic/schemas",
    id: "listTopicSchemas",
    summary: "The schemas that the topic has had, the newest first: those of the releases that this control plane keeps.",
    permission: "read",
    responses: { 200: { description: "Each with the first release that had it; `current` is what records are held against now.", schema: object({ schemas: list(object({ release: text, at: moment, current: flag, schema: anyObject })) }) } },
    handler: async ({ control }, { params }) => ({ schemas: await control.dags.schemasOf((await topicNamed(control, params.topic)).name) }),
  }),
  route<OneTopic & { Querystring: ReadRequest }>({
    method: "GET",
    path: "/api/v1/topics/:topic/records",
    id: "readRecords",
    summary: "A page of a topic's records, from an offset, a time, the start or the end.",
    permission: "read",
    query: readQuery,
    responses: { 200: { description: "A page of records.", schema: recordPage } },
    handler: async ({ control }, { params, query }) => readRecords(control.log, await topicNamed(control, params.topic), query),
  }),
  route<OneTopic & { Querystring: TailQuery }>({
    method: "GET",
    path: "/api/v1/topics/:topic/tail",
    id: "tailTopic",
    summary: "Follows a topic as server-sent events. Send the last id back as `Last-Event-ID` to go on without a gap.",
    permission: "read",
    query: { partition, from: { type: "string", enum: ["start", "end"], default: "end" }, filter, textMax, behindMax: { type: "integer", minimum: 1, maximum: 1_000_000, description: "Go on from the newest where there are more records to come than so many in a partition; `gap` tells what was passed over." } },
    responses: { 200: { description: "Events `record`; `gap` where retention was faster; `cursor`, at the beginning and when nothing came for a while, whose id says where the reader is.", contentType: "text/event-stream" } },
    handler: async ({ control, tails }, request, reply) => {
      const topic = await topicNamed(control, request.params.topic);
      const { query } = request;
      const cursor = tailStart(topic, query, request.headers["last-event-id"]);
      const look = { matches: query.filter === undefined ? undefined : recordFilter(query.filter), textMax: query.textMax, behindMax: query.behindMax };
      await tails.follow(reply.raw, topic, { cursor, look, headers: reply.getHeaders() as Record<string, string>, takeOver: () => reply.hijack() });
      return reply;
    },
  }),
];
