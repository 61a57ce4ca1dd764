import type { Batch } from "../batch/batch.ts";
import type { Json, TopicDecl } from "../model/manifest.ts";

/**
 * The log: topics of partitions of records, and the epochs that stages commit to them.
 *
 * Rules that every driver keeps, tested by `conformance.ts`:
 * - A partition is a sequence of batches. Offsets grow by one per record; a gap is allowed (compaction, markers).
 * - The partition of a keyed record is `partitionFor(key)`, Kafka's murmur2; order holds inside a partition only.
 * - `append` and `commit` are atomic over all their partitions and are on disk when they resolve.
 *   A reader never sees a part of what one wrote to a partition; partitions may show theirs one after the other.
 * - A group's tasks are numbered; task `i` owns partition `i` of each topic that the group reads. One member owns a
 *   task at a time; each change of owner raises the task's fence, and the log refuses a commit from a lower one.
 */
export interface LogDriver {
  /**
   * Creates the topic, or changes retention of one that exists.
   * @throws MillraceError `MR-LOG-010` when it exists with another key or partition count
   */
  ensureTopic(spec: TopicSpec): Promise<void>;
  /** Removes the topic and its records. Removing what is not there is no error. */
  deleteTopic(name: string): Promise<void>;
  /** All topics, by name in UTF-8 order. */
  topics(): Promise<TopicInfo[]>;
  /** @throws MillraceError `MR-LOG-003` */
  topic(name: string): Promise<TopicInfo>;
  /** Writes batches atomically, outside any group: what an edge does. */
  append(request: AppendRequest): Promise<AppendResult>;
  /**
   * Entries at or after the offsets given, in order per partition. Waits up to `waitMs` while there are none.
   * An offset below the start of the partition is an error, never a silent jump; one past its end waits.
   * @throws MillraceError `MR-LOG-005` with the range that is gone
   */
  fetch(request: FetchRequest): Promise<FetchResult>;
  /**
   * Where the batches from the given offsets on stand on this machine's disk, up to the ends at the time of the call, for
   * a reader that opens the files itself. Absent: the driver's records are not files here; `fetch` them.
   */
  readonly places?: (partitions: { topic: string; partition: number; offset: number }[]) => Promise<PlacedEntries>;
  /** The first offset whose entry has an event time at or after `timestampMs`; the end where there is none. */
  offsetForTime(topic: string, partition: number, timestampMs: number): Promise<number>;
  /** Where the group stands, for each partition that it has committed. */
  positions(group: string): Promise<Position[]>;
  /** Every group that has ever committed or joined. */
  groups(): Promise<GroupInfo[]>;
  /** Moves a group; its members are fenced and start again from there. Positions not named stay. */
  seek(group: string, positions: Position[]): Promise<void>;
  /** Joins a group. Resolves when the log knows the member; tasks come by `onAssigned`. */
  join(request: JoinRequest): Promise<Member>;
  /**
   * Takes members that are known to be dead out of a group: their tasks move at once, and not when their silence is noticed. One
   * that lives is out too. Absent: the log notices at once who is gone.
   * @param isDead - asked for each member there is, by the name it joined under
   */
  readonly dismiss?: (group: string, isDead: (member: string) => boolean) => Promise<void>;
  close(): Promise<void>;
}

export interface TopicSpec extends Pick<TopicDecl, "name" | "partitions" | "key" | "retentionMs" | "retentionBytes" | "compact"> {
  /** The declaration it came from, kept for those who read the topic without the project. */
  decl?: TopicDecl;
}

export interface TopicInfo extends TopicSpec {
  partitionInfo: PartitionInfo[];
}

export interface PartitionInfo {
  partition: number;
  /** First offset that can be read, inclusive. */
  start: number;
  /** One past the last offset. */
  end: number;
  /** Records between the two, without markers; where offsets have gaps at most so many. */
  records: number;
  bytes: number;
  /** Highest event time of its records, milliseconds. Absent while there are none, and where the log cannot tell. */
  eventTimeMax?: number;
}

/** How far a producer's event time has come. A lane is one stage's task, or one source. */
export interface LaneMark {
  /** `stage/task`. */
  lane: string;
  /** No record of the lane with an event time below this comes any more, except as a late one. Milliseconds. */
  watermark: number;
  /** `active` holds readers' watermarks; `idle` does so until it speaks again; `end` never again. */
  status: "active" | "idle" | "end";
}

export interface Output {
  topic: string;
  partition: number;
  /** Absent: a marker that only carries `mark`. */
  batch?: Batch;
  mark?: LaneMark;
}

export interface AppendRequest {
  /** Who writes: a stage's name, or `api:<token>`. */
  producer: string;
  outputs: Output[];
}

export interface AppendResult {
  /** First offset given to each output, in the order of the request. */
  offsets: number[];
}

export interface FetchRequest {
  partitions: { topic: string; partition: number; offset: number }[];
  /** Stop adding entries at about this many bytes. At least one entry comes even if it is larger. */
  bytesMax: number;
  waitMs: number;
  signal?: AbortSignal;
}

export interface Entry {
  topic: string;
  partition: number;
  /** Offset of the first record of the batch. */
  offset: number;
  /** Where to read on: behind the entry's last record, and behind what follows it and is none. */
  next: number;
  /** Absent for a marker, and where nothing is left but to read on. The first record may lie before the offset asked for: skip `offset - entry.offset` records. */
  batch?: Batch;
  mark?: LaneMark;
  /** Bytes of the batch as stored. */
  bytes: number;
  /** When the log took it, milliseconds since 1970. */
  appendedAt: number;
}

export interface PlacedEntries {
  folder: string;
  /** Entries with records only. */
  entries: { topic: string; partition: number; offset: number; next: number; place: { segment: string; at: number; bytes: number; crc: number } }[];
}

export interface FetchResult {
  entries: Entry[];
  /** End of each partition asked for, at the time of the answer: what lag is measured against. */
  ends: { topic: string; partition: number; end: number }[];
}

export interface Position {
  topic: string;
  partition: number;
  /** The next offset to read. */
  offset: number;
  /** What the reader keeps beside its position: lanes of its inputs, a source's bookmark. */
  metadata?: Json;
}

export interface GroupInfo {
  group: string;
  members: { member: string; tasks: number[] }[];
  positions: Position[];
  /** Records not yet read, per partition. */
  lag: { topic: string; partition: number; records: number }[];
}

export interface JoinRequest {
  group: string;
  /** Unique per process start. */
  member: string;
  /** Topics read. A source reads none and has one task, 0. */
  topics: string[];
  /** Tasks when `topics` is empty. Default 1. */
  tasks?: number;
  /** Called when tasks become this member's, never before `join` has resolved. Work on them may begin. */
  onAssigned(tasks: AssignedTask[]): void;
  /** Called when tasks must be given up: finish or drop the epoch under way, then resolve. They move on after that. */
  onRevoked(tasks: number[]): Promise<void>;
  /** The member is out: fenced, or the log is gone for good. Everything in memory is stale; start anew. */
  onLost(error: Error): void;
}

export interface AssignedTask {
  task: number;
  fence: number;
  positions: Position[];
}

export interface Member {
  /**
   * Commits an epoch: outputs, positions and state of the tasks named, at once.
   * Calls may overlap; they are committed in the order of the calls, and after one that was refused all later ones are.
   * An epoch refused with a retryable error may be committed again, as the same object, and then those after it.
   * @throws MillraceError `MR-LOG-006` when a task is no longer this member's: drop what is in memory
   * @throws MillraceError `MR-LOG-007` when the disk refused it, retryable when it may take it later
   * @throws MillraceError `MR-LOG-011` when an epoch before it was refused, or when it is malformed
   */
  commit(epoch: Epoch): Promise<AppendResult>;
  /**
   * The state of a task: a snapshot, then the deltas after it, in order; or all deltas.
   * @throws MillraceError `MR-LOG-012` when snapshots that it is made of are gone or damaged
   */
  restore(task: number): AsyncIterable<StateEntry>;
  /** Leaves the group; the tasks move at once. */
  leave(): Promise<void>;
}

export interface Epoch {
  tasks: number[];
  positions: Position[];
  outputs: Output[];
  state?: (StateEntry & { task: number })[];
}

export interface StateEntry {
  /**
   * A snapshot replaces all that came before it; a delta adds to it. A snapshot just behind a delta of the same epoch says
   * nothing new: the log may keep the delta and store the snapshot beside it, or not at all, for it only makes restoring short.
   */
  kind: "snapshot" | "delta";
  bytes: Uint8Array;
}
