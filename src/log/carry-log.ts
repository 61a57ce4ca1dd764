import { createHash, type Hash, randomUUID } from "node:crypto";
import { type Batch, indexAtOffset } from "../batch/batch.ts";
import { headersAt, keyAt, rowReader } from "../batch/rows.ts";
import { slice } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import type { Json } from "../model/manifest.ts";
import type { AssignedTask, Entry, LogDriver, Member, Output, Position, StateEntry, TopicInfo, TopicSpec } from "./driver.ts";

/*
 * Brings a log to another one. Whoever copies is a source of the other log: each epoch holds records and, at once, how far
 * their topics are copied, so that it may be ended at any moment and begun again. Offsets are others there; where a group is
 * to stand follows from how many records lie before it.
 */

/** The group that copies. It stays, with where it was, and reads nothing. */
const carrier = "millrace.migrate";
const bookmark = "copied";
const fetchBytes = 4 << 20;

/** A place between two records of a partition. */
export interface Spot {
  topic: string;
  partition: number;
  offset: number;
}

export interface CarriedPartition {
  topic: string;
  partition: number;
  records: number;
  /** Over all records, and the marks between them. */
  digest: string;
}

/** Where a spot of the one log is in the other. One in a topic that is gone stays as it is. */
export type SpotMove = (spot: Spot) => number;

/** Copies topics and their records. @param onRecords - called with what is on the disk there */
export async function carryRecords(from: LogDriver, to: LogDriver, onRecords: (topic: string, records: number) => void = () => undefined): Promise<void> {
  const topics = await from.topics();
  // What is old would go at once, and what is compacted could not be counted.
  for (const topic of topics) await to.ensureTopic(unbounded(topic));
  const { member, positions } = await alone(to, { group: carrier, topics: [], tasks: 1 });
  try {
    const saved = positions.find(({ topic }) => topic === bookmark);
    const copied = { ...(saved?.metadata as Record<string, number> | undefined) };
    let epochs = saved?.offset ?? 0;
    for (const { name: topic, partitionInfo } of topics) {
      for (const { partition, start, end } of partitionInfo) {
        const id = `${topic}/${partition}`;
        for await (const entries of entriesOf(from, { topic, partition, offset: copied[id] ?? start }, end)) {
          copied[id] = entries[entries.length - 1].next;
          await member.commit({ tasks: [0], positions: [{ topic: bookmark, partition: 0, offset: ++epochs, metadata: { ...copied } as Json }], outputs: entries.map(({ batch, mark }): Output => ({ topic, partition, batch, mark })) });
          onRecords(topic, entries.reduce((sum, { batch }) => sum + (batch?.count ?? 0), 0));
        }
      }
    }
  } finally {
    await member.leave();
  }
}

/**
 * Compares all records of both logs.
 *
 * @param spots - whose places there are wanted
 * @throws MillraceError `MR-MIGRATE-002` for the first partition that differs
 */
export async function verifyRecords(from: LogDriver, to: LogDriver, spots: readonly Spot[]): Promise<{ partitions: CarriedPartition[]; move: SpotMove }> {
  const partitions: CarriedPartition[] = [];
  const moved = new Map<string, number>();
  for (const { name: topic, partitionInfo } of await from.topics()) {
    const there = await to.topic(topic);
    for (const { partition, start, end } of partitionInfo) {
      const offsets = spots.filter((spot) => spot.topic === topic && spot.partition === partition).map(({ offset }) => offset);
      const wanted = await walk(from, { topic, partition, offset: start }, end, { offsets });
      const { start: first, end: last } = there.partitionInfo[partition];
      const found = await walk(to, { topic, partition, offset: first }, last, { counts: [...wanted.before.values()] });
      if (wanted.digest !== found.digest) throw differs(`topic "${topic}", partition ${partition}`, wanted.records, found.records);
      for (const [offset, count] of wanted.before) moved.set(idOf({ topic, partition, offset }), found.at.get(count) ?? last);
      partitions.push({ topic, partition, records: wanted.records, digest: wanted.digest });
    }
  }
  return { partitions, move: (spot) => moved.get(idOf(spot)) ?? spot.offset };
}

/** Where all groups of the log stand, in topics that it has. */
export async function groupSpots(from: LogDriver): Promise<Spot[]> {
  return (await from.groups()).flatMap(({ positions }) => positions);
}

/** Brings positions and state of all groups over. What stands there of them is replaced. */
export async function carryGroups(from: LogDriver, to: LogDriver, move: SpotMove): Promise<string[]> {
  const topics = new Map((await from.topics()).map((topic) => [topic.name, topic]));
  const groups = await from.groups();
  for (const { group, positions, lag } of groups) {
    const read = [...new Set([...lag.map(({ topic }) => topic), ...positions.map(({ topic }) => topic)])].filter((topic) => topics.has(topic));
    const tasks = read.length === 0 ? Math.max(1, ...positions.map(({ partition }) => partition + 1)) : Math.max(...read.map((topic) => (topics.get(topic) as TopicInfo).partitions));
    const standing = await standingOf(from, { group, topics: read, tasks });
    const placed = positions.map((position): Position => (topics.has(position.topic) ? { ...position, offset: move(position) } : position));
    const { member } = await alone(to, { group, topics: read, tasks });
    await member.commit({ tasks: Array.from({ length: tasks }, (_, task) => task), positions: placed, outputs: [], state: standing }).finally(() => member.leave());
  }
  return groups.map(({ group }) => group);
}

/** Gives topics their retention, and lets what is compacted be so. */
export async function settleTopics(from: LogDriver, to: LogDriver): Promise<void> {
  for (const topic of await from.topics()) await to.ensureTopic(specOf(topic));
}

const idOf = ({ topic, partition, offset }: Spot): string => `${topic}/${partition}@${offset}`;

function specOf({ partitionInfo: _, ...spec }: TopicInfo): TopicSpec {
  return spec;
}

function unbounded(topic: TopicInfo): TopicSpec {
  const { retentionMs: _, retentionBytes: __, compact: ___, ...spec } = specOf(topic);
  return spec;
}

/** Entries from a spot to `end`, without what lies before the spot. */
async function* entriesOf(log: LogDriver, spot: Spot, end: number): AsyncGenerator<Entry[]> {
  for (let at = spot.offset; at < end; ) {
    const { entries } = await log.fetch({ partitions: [{ ...spot, offset: at }], bytesMax: fetchBytes, waitMs: 0 });
    if (entries.length === 0) return;
    yield entries.map((entry) => {
      const skipped = entry.batch && entry.offset < at ? indexAtOffset(entry.batch, at - entry.offset) : 0;
      return skipped > 0 ? { ...entry, batch: slice(entry.batch as Batch, skipped) } : entry;
    });
    at = entries[entries.length - 1].next;
  }
}

interface Walked {
  records: number;
  digest: string;
  /** By offset asked for, how many records lie before it. */
  before: Map<number, number>;
  /** By count asked for, the offset behind so many records. */
  at: Map<number, number>;
}

async function walk(log: LogDriver, spot: Spot, end: number, { offsets = [], counts = [] }: { offsets?: readonly number[]; counts?: readonly number[] }): Promise<Walked> {
  const hash = createHash("sha256");
  const walked: Walked = { records: 0, digest: "", before: new Map(offsets.map((offset) => [offset, 0])), at: new Map(counts.includes(0) ? [[0, spot.offset]] : []) };
  for await (const entries of entriesOf(log, spot, end)) {
    for (const { offset, next, batch, mark } of entries) {
      if (batch) {
        for (const asked of walked.before.keys()) if (asked > offset) walked.before.set(asked, walked.records + indexAtOffset(batch, asked - offset));
        for (const asked of counts) if (asked > walked.records && asked <= walked.records + batch.count) walked.at.set(asked, behind(batch, asked - walked.records, offset, next));
        addRecords(hash, batch);
        walked.records += batch.count;
      }
      if (mark) hash.update(`${JSON.stringify([mark.lane, mark.status, mark.watermark])}\n`);
    }
  }
  return { ...walked, digest: hash.digest("hex") };
}

/** The offset behind the first `count` records of an entry. */
function behind({ count: all, offsets }: Batch, count: number, offset: number, next: number): number {
  if (count === all) return next;
  return offset + (offsets ? offsets[count] : count);
}

/** Each record by itself: how they lie in batches is the log's matter, and so is the order of the fields of what is nested. */
function addRecords(hash: Hash, batch: Batch): void {
  const row = rowReader(batch);
  for (let i = 0; i < batch.count; i++) {
    const value = batch.tombstones?.[i] ? null : Object.entries(row(i)).filter(([, one]) => one !== null);
    hash.update(`${JSON.stringify([keyAt(batch, i), batch.eventTime[i], value, headersAt(batch, i)], inOrder)}\n`);
  }
}

/** For `JSON.stringify`: objects with their fields by name. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value);
  return fields.every(([name], i) => i === 0 || fields[i - 1][0] < name) ? value : Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The only member of its group, once it has all the tasks. */
async function alone(log: LogDriver, { group, topics, tasks }: { group: string; topics: string[]; tasks: number }): Promise<{ member: Member; positions: Position[] }> {
  const all = Promise.withResolvers<Position[]>();
  const assigned: AssignedTask[] = [];
  const member = await log.join({
    ...{ group, topics, tasks, member: `${carrier}#${randomUUID()}` },
    onAssigned(more) {
      assigned.push(...more);
      if (assigned.length >= tasks) all.resolve(assigned.flatMap(({ positions }) => positions));
    },
    onRevoked: async () => all.reject(taken(group)),
    onLost: (error) => all.reject(error),
  });
  all.promise.catch(() => undefined);
  return { member, positions: await all.promise };
}

async function standingOf(log: LogDriver, group: { group: string; topics: string[]; tasks: number }): Promise<(StateEntry & { task: number })[]> {
  const { member } = await alone(log, group);
  const found: (StateEntry & { task: number })[] = [];
  try {
    for (let task = 0; task < group.tasks; task++) for await (const entry of member.restore(task)) found.push({ ...entry, task });
    return found;
  } finally {
    await member.leave();
  }
}

function taken(group: string): MillraceError {
  return new MillraceError("MR-MIGRATE-001", { what: `somebody else is a member of group "${group}"`, where: "the log", mend: "end all Millraces that use it" });
}

function differs(where: string, wanted: number, found: number): MillraceError {
  const what = wanted === found ? `of ${wanted} records some differ` : `there are ${found} records in the place of ${wanted}`;
  return new MillraceError("MR-MIGRATE-002", { what: `what was carried is not what was there: ${what}`, where, mend: "see that nobody else writes there; empty the place, remove migration.json in the data folder, and run millrace migrate again" });
}
