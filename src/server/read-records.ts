import { MillraceError } from "../errors.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import { type Cursor, cursorText, parseCursor } from "./cursor.ts";
import { type RecordFilter, recordFilter } from "./record-filter.ts";
import { type RecordView, RecordViewer } from "./record-view.ts";
import { shortened } from "./shortened.ts";

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
  /** `previous` of a page: the newest records before it. Goes before all but `cursor`. */
  before?: string;
  /** See `recordFilter`. A page then holds what was found within a bounded look; `next` and `previous` go on behind it. */
  filter?: string;
  /** Longest text, in characters, within a record. Absent: all of it. */
  textMax?: number;
  limit: number;
}

export interface RecordPage {
  topic: string;
  /** In order of offset within a partition; partitions are merged by the time at which the log took their batches. */
  records: RecordView[];
  /** Cursor of the next page. There is always one: more records may come. */
  next: string;
  /** Where the page begins: sent as `before`, it gives the page before this one. */
  previous: string;
  /** Nothing stands before the page in any partition that it reads. */
  atStart: boolean;
  /** Records that were looked at. */
  scanned: number;
  /** The page reached the end of every partition it reads. */
  atEnd: boolean;
}

/** Bytes read for one page, as stored. A page may hold fewer records than asked for. */
const pageBytesMax = 4 * 1024 * 1024;

/** Records looked at for one page with a filter, and milliseconds: the process that looks has other things to do. */
const scannedMax = 20_000;
const scanMsMax = 60;
const scanBytesMax = 512 * 1024;

/** @throws MillraceError `MR-LOG-004`, `MR-LOG-005`, `MR-HTTP-006` */
export async function readRecords(log: LogDriver, topic: TopicInfo, request: ReadRequest): Promise<RecordPage> {
  const page = await pageOf(log, topic, request);
  const { textMax } = request;
  return textMax === undefined ? page : { ...page, records: page.records.map((record) => shortened(record, textMax)) };
}

async function pageOf(log: LogDriver, topic: TopicInfo, request: ReadRequest): Promise<RecordPage> {
  const { cursor, before, from, limit } = request;
  const partitions = partitionsOf(topic, request.partition);
  const matches = request.filter === undefined ? undefined : recordFilter(request.filter);
  if (cursor === undefined && (before !== undefined || from === "end")) {
    const ends = before === undefined ? new Map(partitions.map((p) => [p, topic.partitionInfo[p].end])) : parseCursor(before, topic, "query parameter `before`");
    return backward(log, topic, { ends, limit, matches });
  }
  const start = await startOf(log, topic, partitions, request);
  return forward(log, topic, { ...start, limit, matches });
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
    return { cursor: new Map(partitions.map((p, i) => [p, Math.max(starts[i], topic.partitionInfo[p].start)])), sinceMs };
  }
  return { cursor: new Map(partitions.map((p) => [p, topic.partitionInfo[p].start])) };
}

interface Forward {
  cursor: Cursor;
  /** Leave out what comes before the first record of this event time in each partition. */
  sinceMs?: number;
  limit: number;
  matches?: RecordFilter;
}

async function forward(log: LogDriver, topic: TopicInfo, { cursor, sinceMs, limit, matches }: Forward): Promise<RecordPage> {
  const viewer = new RecordViewer(topic);
  const { entries, ends } = await log.fetch({ partitions: [...cursor].map(([partition, offset]) => ({ topic: topic.name, partition, offset })), bytesMax: matches ? scanBytesMax : pageBytesMax, waitMs: 0 });
  const next = new Map(cursor);
  const reached = new Set<number>();
  const records: RecordView[] = [];
  const budget = new ScanBudget();
  for (const entry of mergeByAppend([...Map.groupBy(entries, (each) => each.partition).values()])) {
    const full = (): boolean => records.length >= limit || (matches !== undefined && budget.spent);
    if (full()) break;
    const from = next.get(entry.partition) as number;
    let last = entry.next - 1;
    for (const record of viewer.records(entry, from, entry.next - from)) {
      if (full()) {
        last = record.offset - 1;
        break;
      }
      budget.count++;
      if (sinceMs !== undefined && !reached.has(entry.partition) && Date.parse(record.eventTime) < sinceMs) continue;
      reached.add(entry.partition);
      if (!matches || matches(record)) records.push(record);
    }
    next.set(entry.partition, last + 1);
  }
  const atStart = [...cursor].every(([partition, offset]) => offset <= topic.partitionInfo[partition].start);
  return { topic: topic.name, records, next: cursorText(next), previous: cursorText(cursor), atStart, atEnd: ends.every(({ partition, end }) => (next.get(partition) as number) >= end), scanned: budget.count };
}

/** How much may still be looked at. */
class ScanBudget {
  readonly #since = performance.now();
  count = 0;

  get spent(): boolean {
    return this.count >= scannedMax || (this.count % 64 === 0 && this.count > 0 && performance.now() - this.#since > scanMsMax);
  }
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

interface Backward {
  /** One past the last offset, of each partition. */
  ends: Cursor;
  limit: number;
  matches?: RecordFilter;
}

/** The last records before the ends. */
async function backward(log: LogDriver, topic: TopicInfo, { ends, limit, matches }: Backward): Promise<RecordPage> {
  const windowMax = Math.ceil(scannedMax / Math.max(1, ends.size));
  const found = await Promise.all([...ends].map(([partition, end]) => (matches ? scannedBefore(log, topic, { partition, end, windowMax, matches }) : newestBefore(log, topic, { partition, end, limit }))));
  const records = mergeByAppend(found.map((each) => each.records)).slice(-limit);
  const first = new Map(records.toReversed().map(({ partition, offset }) => [partition, offset]));
  const previous = new Map(found.map((each) => [each.partition, startOfPage(each, first.get(each.partition))]));
  return {
    ...{ topic: topic.name, records, next: cursorText(ends), previous: cursorText(previous) },
    ...{ atStart: found.every(({ partition }) => (previous.get(partition) as number) <= topic.partitionInfo[partition].start), atEnd: [...ends].every(([partition, end]) => end >= topic.partitionInfo[partition].end) },
    scanned: found.reduce((sum, { scanned }) => sum + scanned, 0),
  };
}

/** The part of a page that one partition gives. */
interface Found {
  partition: number;
  records: RecordView[];
  /** Everything from here on was looked at. */
  from: number;
  end: number;
  scanned: number;
}

/** What did not fit on the page is before it. @param first - offset of the partition's first record on the page */
function startOfPage({ records, from, end }: Found, first: number | undefined): number {
  if (records.length === 0) return from;
  if (first === undefined) return Math.min(end, records[records.length - 1].offset + 1);
  return records[0].offset === first ? from : first;
}

/** Goes back in steps that double: markers and compaction leave offsets without a record. */
async function newestBefore(log: LogDriver, topic: TopicInfo, { partition, end, limit }: { partition: number; end: number; limit: number }): Promise<Found> {
  const { start } = topic.partitionInfo[partition];
  const viewer = new RecordViewer(topic);
  for (let back = limit; ; back *= 2) {
    const from = Math.max(start, end - back);
    const records = await recordsBetween(log, topic.name, { partition, from, end, limit, viewer });
    if (records.length >= limit) return { partition, records, from: records[0].offset, end, scanned: records.length };
    if (from === start || back > limit * 1_024) return { partition, records, from, end, scanned: records.length };
  }
}

/** Of the last offsets before the end, the records that match. */
async function scannedBefore(log: LogDriver, topic: TopicInfo, { partition, end, windowMax, matches }: { partition: number; end: number; windowMax: number; matches: RecordFilter }): Promise<Found> {
  const from = Math.max(topic.partitionInfo[partition].start, end - windowMax);
  const all = await recordsBetween(log, topic.name, { partition, from, end, limit: windowMax, viewer: new RecordViewer(topic) });
  return { partition, records: all.filter(matches), from, end, scanned: all.length };
}

interface Stretch {
  partition: number;
  from: number;
  end: number;
  /** The last so many. */
  limit: number;
  viewer: RecordViewer;
}

async function recordsBetween(log: LogDriver, topic: string, { partition, from, end, limit, viewer }: Stretch): Promise<RecordView[]> {
  let records: RecordView[] = [];
  for (let offset = from; offset < end; ) {
    const { entries } = await log.fetch({ partitions: [{ topic, partition, offset }], bytesMax: pageBytesMax, waitMs: 0 });
    if (entries.length === 0) break;
    for (const entry of entries) {
      for (const record of viewer.records(entry, offset, entry.next - offset)) if (record.offset < end) records.push(record);
      offset = entry.next;
      if (offset >= end) break;
    }
    records = records.slice(-limit);
  }
  return records;
}
