import { MillraceError } from "../errors.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import { type Cursor, cursorText, parseCursor } from "./cursor.ts";
import { type RecordView, RecordViewer } from "./record-view.ts";

export interface ReadRequest {
  /** Absent: all partitions. */
  partition?: number;
  /** First offset; with `partition` alone. */
  offset?: number;
  /** First event time, ISO 8601: from the first record at or after it on. */
  time?: string;
  /** `end`: the newest records. Default `start`. */
  from?: "start" | "end";
  /** `next` of the page before; goes before everything else. */
  cursor?: string;
  limit: number;
}

export interface RecordPage {
  topic: string;
  /** In order of offset within a partition; partitions are merged by the time at which the log took their batches. */
  records: RecordView[];
  /** Cursor of the next page. There is always one: more records may come. */
  next: string;
  /** The page reached the end of every partition it reads. */
  atEnd: boolean;
}

/** Bytes read for one page, as stored. A page may hold fewer records than asked for. */
const pageBytesMax = 4 * 1024 * 1024;

/** @throws MillraceError `MR-LOG-004`, `MR-LOG-005`, `MR-HTTP-006` */
export async function readRecords(log: LogDriver, topic: TopicInfo, request: ReadRequest): Promise<RecordPage> {
  const partitions = partitionsOf(topic, request.partition);
  if (request.from === "end" && request.cursor === undefined) return newest(log, topic, partitions, request.limit);
  const { cursor, sinceMs } = await startOf(log, topic, partitions, request);
  return forward(log, topic, cursor, request.limit, sinceMs);
}

/** @throws MillraceError `MR-LOG-004` when the topic has no such partition */
export function partitionsOf(topic: TopicInfo, partition: number | undefined): number[] {
  if (partition === undefined) return topic.partitionInfo.map((info) => info.partition);
  if (partition < topic.partitions) return [partition];
  throw new MillraceError("MR-LOG-004", { what: `topic "${topic.name}" has no partition ${partition}`, where: "query parameter `partition`", mend: `give a partition from 0 to ${topic.partitions - 1}` });
}

async function startOf(log: LogDriver, topic: TopicInfo, partitions: number[], request: ReadRequest): Promise<{ cursor: Cursor; sinceMs?: number }> {
  const { cursor, offset, time, partition } = request;
  if (cursor !== undefined) return { cursor: parseCursor(cursor, topic, "query parameter `cursor`") };
  if (offset !== undefined) {
    if (partition === undefined) throw new MillraceError("MR-HTTP-006", { what: "an offset counts within a partition, and none is given", where: "query parameter `offset`", mend: "add `partition`" });
    return { cursor: new Map([[partition, offset]]) };
  }
  if (time !== undefined) {
    const sinceMs = Date.parse(time);
    const starts = await Promise.all(partitions.map((p) => log.offsetForTime(topic.name, p, sinceMs)));
    return { cursor: new Map(partitions.map((p, i) => [p, starts[i]])), sinceMs };
  }
  return { cursor: new Map(partitions.map((p) => [p, topic.partitionInfo[p].start])) };
}

/** @param sinceMs - leave out what comes before the first record of this event time in each partition */
async function forward(log: LogDriver, topic: TopicInfo, cursor: Cursor, limit: number, sinceMs?: number): Promise<RecordPage> {
  const viewer = new RecordViewer(topic);
  const { entries, ends } = await log.fetch({ partitions: [...cursor].map(([partition, offset]) => ({ topic: topic.name, partition, offset })), bytesMax: pageBytesMax, waitMs: 0 });
  const next = new Map(cursor);
  const reached = new Set<number>();
  const records: RecordView[] = [];
  for (const entry of mergeByAppend([...Map.groupBy(entries, (each) => each.partition).values()])) {
    if (records.length >= limit) break;
    const from = next.get(entry.partition) as number;
    let last = entry.next - 1;
    for (const record of viewer.records(entry, from, entry.next - from)) {
      if (records.length >= limit) {
        last = record.offset - 1;
        break;
      }
      if (sinceMs !== undefined && !reached.has(entry.partition) && Date.parse(record.eventTime) < sinceMs) continue;
      reached.add(entry.partition);
      records.push(record);
    }
    next.set(entry.partition, last + 1);
  }
  return { topic: topic.name, records, next: cursorText(next), atEnd: ends.every(({ partition, end }) => (next.get(partition) as number) >= end) };
}

/** Merges lists by the time of their append; the order within each list stays, even where the log's clock went back. */
function mergeByAppend<T extends { appendedAt: number | string }>(lists: T[][]): T[] {
  const queues = lists.map((list) => ({ list, at: 0 }));
  const out: T[] = [];
  for (;;) {
    let first: (typeof queues)[number] | undefined;
    for (const queue of queues) {
      if (queue.at < queue.list.length && (!first || queue.list[queue.at].appendedAt < first.list[first.at].appendedAt)) first = queue;
    }
    if (!first) return out;
    out.push(first.list[first.at++]);
  }
}

async function newest(log: LogDriver, topic: TopicInfo, partitions: number[], limit: number): Promise<RecordPage> {
  const found = await Promise.all(partitions.map((partition) => newestOf(log, topic, partition, limit)));
  const records = mergeByAppend(found.map((each) => each.records));
  return { topic: topic.name, records: records.slice(-limit), next: cursorText(new Map(partitions.map((partition, i) => [partition, found[i].end]))), atEnd: true };
}

/** Goes back in steps that double: markers and compaction leave offsets without a record. */
async function newestOf(log: LogDriver, topic: TopicInfo, partition: number, limit: number): Promise<{ records: RecordView[]; end: number }> {
  const { start, end } = topic.partitionInfo[partition];
  const viewer = new RecordViewer(topic);
  for (let back = limit; ; back *= 2) {
    const from = Math.max(start, end - back);
    const records = await recordsBetween(log, topic.name, partition, from, end, limit, viewer);
    if (records.length >= limit || from === start || back > limit * 1_024) return { records, end };
  }
}

async function recordsBetween(log: LogDriver, topic: string, partition: number, from: number, end: number, limit: number, viewer: RecordViewer): Promise<RecordView[]> {
  let records: RecordView[] = [];
  for (let offset = from; offset < end; ) {
    const { entries } = await log.fetch({ partitions: [{ topic, partition, offset }], bytesMax: pageBytesMax, waitMs: 0 });
    if (entries.length === 0) break;
    for (const entry of entries) {
      for (const record of viewer.records(entry, offset, entry.next - offset)) if (record.offset < end) records.push(record);
      offset = entry.next;
    }
    records = records.slice(-limit);
  }
  return records;
}
