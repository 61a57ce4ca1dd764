import type { Json } from "../../model/manifest.ts";
import type { Position, StateEntry } from "../driver.ts";
import type { OwnRecord } from "./committed.ts";
import { recordsOf } from "./committed.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { Spot } from "./kafka-port.ts";
import type { RecordBatch, RecordBatchWriter } from "./record-batch.ts";
import type { StoredSnapshot } from "./state-snapshots.ts";
import { encodeHeaders, RecordBatchWriter as Writer, whole } from "./record-batch.ts";

/**
 * Where a task stands: the newest of these in its partition of the group's state topic counts, and says all there is to know.
 * Kafka's own offsets of a group could not: what stands beside one is limited to 4 KiB, they go when a group rests for a
 * week, and there are none for a source, which reads no topic.
 */
export interface TaskRecord {
  /** Rises with each owner. */
  fence: number;
  /** The transactional id of its owner; absent: it has been let go. */
  owner?: string;
  positions: StoredPosition[];
  /** Offset in this very partition from which the task's state is read where no snapshot on files shortens that; absent: it has none. */
  state?: number;
  /** On files, the newest first. */
  snapshots?: StoredSnapshot[];
}

export interface StoredPosition {
  topic: string;
  offset: number;
  metadata?: Json;
  /** Kafka's id of the topic, where it is one: of a topic made anew under an old name nothing has been read. */
  id?: string;
}

const emptyRecord: TaskRecord = { fence: 0, positions: [] };

const recordKey = "task";
const partHeader = "mr.log.part";
/** State is written in pieces of at most this many bytes. */
const pieceBytes = 8 * 1024 * 1024;
/** Bytes of one batch of pieces. */
const batchBytes = 32 * 1024 * 1024;

export function addTaskRecord(writer: RecordBatchWriter, record: TaskRecord): void {
  writer.add(Date.now(), whole(Buffer.from(recordKey)), whole(Buffer.from(JSON.stringify(record))), encodeHeaders([]));
}

/** State in batches, the last of which may take more. */
export function stateBatches(entries: readonly StateEntry[]): { full: RecordBatch[]; last: RecordBatchWriter } {
  const full: RecordBatch[] = [];
  let last = new Writer();
  for (const { kind, bytes } of entries) {
    for (let at = 0; at === 0 || at < bytes.byteLength; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      if (last.count > 0 && last.bytes + piece.byteLength > batchBytes) {
        full.push(last.finish());
        last = new Writer();
      }
      const more = at + pieceBytes < bytes.byteLength;
      last.add(Date.now(), whole(Buffer.from(kind)), whole(piece), encodeHeaders(more ? [[partHeader, "more"]] : []));
    }
  }
  return { full, last };
}

/** A task's record, and where it stands. */
export interface FoundRecord {
  record: TaskRecord;
  /** -1: there is none yet. */
  offset: number;
  /** One past all that is committed. */
  end: number;
}

const firstLook = 32;

/**
 * The newest record of each task, from the ends of their partitions backwards.
 *
 * @param before - what was found of each earlier: nothing is read of a partition that has not grown since
 */
export async function newestRecords(cluster: KafkaCluster, spots: readonly Spot[], before: readonly (FoundRecord | undefined)[] = []): Promise<FoundRecord[]> {
  const [starts, ends] = await Promise.all([cluster.offsets("start", [...spots]), cluster.offsets("end", [...spots])]);
  const isAsBefore = spots.map((_, i) => before[i]?.end === ends[i]);
  const found = spots.map((_, i): FoundRecord => (isAsBefore[i] ? (before[i] as FoundRecord) : { record: emptyRecord, offset: -1, end: ends[i] }));
  for (let look = firstLook; ; look *= 16) {
    const left = spots.map((spot, i) => ({ ...spot, i, from: Math.max(starts[i], ends[i] - look), to: ends[i] })).filter(({ i }) => found[i].offset < 0 && !isAsBefore[i]);
    if (left.length === 0) return found;
    const at = new Map(left.map(({ topic, partition, i }) => [`${topic}/${partition}`, i]));
    for await (const record of recordsOf(cluster, left)) {
      const i = at.get(`${record.topic}/${record.partition}`);
      if (i !== undefined && record.key === recordKey) found[i] = { ...found[i], record: parsed(record), offset: record.offset };
    }
    if (left.every(({ i, from }) => found[i].offset >= 0 || from <= starts[i])) return found;
  }
}

/** The task records of a stretch of its partition, in order. */
export async function recordsBetween(cluster: KafkaCluster, spot: Spot, from: number, to: number): Promise<{ record: TaskRecord; offset: number }[]> {
  const all: { record: TaskRecord; offset: number }[] = [];
  for await (const record of recordsOf(cluster, [{ ...spot, from, to }])) if (record.key === recordKey) all.push({ record: parsed(record), offset: record.offset });
  return all;
}

function parsed({ value }: OwnRecord): TaskRecord {
  return JSON.parse(Buffer.from(value ?? []).toString("utf8")) as TaskRecord;
}

/** The state of a task, from where it begins. */
export async function* stateFrom(cluster: KafkaCluster, spot: Spot, from: number, to: number): AsyncGenerator<StateEntry> {
  let pieces: Uint8Array[] = [];
  for await (const { key, value, headers } of recordsOf(cluster, [{ ...spot, from, to }])) {
    if (key !== "snapshot" && key !== "delta") continue;
    // Copied: the next fetch must not hold what was fetched before for as long as somebody keeps a few bytes of it.
    pieces.push(Uint8Array.from(value ?? []));
    if (headers.some(([name]) => name === partHeader)) continue;
    yield { kind: key, bytes: pieces.length === 1 ? pieces[0] : Buffer.concat(pieces) };
    pieces = [];
  }
}

export function positionsOf({ positions }: TaskRecord, task: number, idOf: (topic: string) => string | undefined): Position[] {
  const standing = positions.filter(({ topic, id }) => id === undefined || idOf(topic) === id);
  return standing.map(({ topic, offset, metadata }): Position => ({ topic, partition: task, offset, ...(metadata !== undefined && { metadata }) }));
}
