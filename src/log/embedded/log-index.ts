import { MillraceError } from "../../errors.ts";
import type { Json } from "../../model/manifest.ts";
import type { LaneMark, PartitionInfo, Position, TopicInfo, TopicSpec } from "../driver.ts";
import { align8, type FrameHeader, type FrameOutput } from "./frame.ts";
import type { StoredFrame } from "./journal.ts";

/** Where a batch stands on disk. */
export interface Ref {
  offset: number;
  /** One past its last offset. */
  next: number;
  records: number;
  segment: string;
  /** Position in the segment's file; a multiple of 8. */
  at: number;
  /** 0 for a marker. */
  bytes: number;
  crc: number;
  timeMin?: number;
  timeMax?: number;
  mark?: LaneMark;
  appendedAt: number;
}

export interface StateRef {
  kind: "snapshot" | "delta";
  segment: string;
  at: number;
  bytes: number;
  crc: number;
}

export interface PartitionIndex {
  start: number;
  end: number;
  refs: Ref[];
}

export interface TopicIndex {
  spec: TopicSpec;
  partitions: PartitionIndex[];
}

export interface TaskOwner {
  member: string;
  fence: number;
}

export interface GroupIndex {
  /** By `topic/partition`. */
  positions: Map<string, Position>;
  owners: Map<number, TaskOwner>;
  /** State written since each task's last snapshot, that snapshot first. */
  states: Map<number, StateRef[]>;
}

/** The last epoch of a writer: what answers the same epoch when it is sent again. */
export interface LastEpoch {
  seq: number;
  offsets: number[];
}

/**
 * What the log knows, in memory: made from the frames when it opens, and changed by a frame only once the frame is on
 * disk. Whoever looks here sees nothing that a crash could take back.
 */
export class LogIndex {
  readonly topics = new Map<string, TopicIndex>();
  readonly groups = new Map<string, GroupIndex>();
  readonly writers = new Map<string, LastEpoch>();

  topic(name: string): TopicIndex {
    const topic = this.topics.get(name);
    if (!topic) throw noSuchTopic(name, this.topics.keys());
    return topic;
  }

  partition(topic: string, partition: number): PartitionIndex {
    const found = this.topic(topic).partitions[partition];
    if (found) return found;
    throw new MillraceError("MR-LOG-004", {
      what: `topic "${topic}" has no partition ${partition}`,
      where: `topic "${topic}", ${this.topic(topic).partitions.length} partitions`,
      mend: "ask for one of its partitions; the first is 0",
    });
  }

  group(name: string): GroupIndex {
    let group = this.groups.get(name);
    if (!group) this.groups.set(name, (group = { positions: new Map(), owners: new Map(), states: new Map() }));
    return group;
  }

  apply({ header, segment, bodyAt }: StoredFrame): void {
    switch (header.k) {
      case "topic":
        return this.#applyTopic(header.spec);
      case "drop":
        this.topics.delete(header.topic);
        return;
      case "assign":
        for (const [task, fence] of header.tasks) this.group(header.group).owners.set(task, { member: header.member, fence });
        return;
      case "seek":
        for (const position of header.positions) this.#move(header.group, position);
        return;
      case "checkpoint":
        return this.#applyFacts(header.facts as unknown as Facts);
      case "epoch":
        return this.#applyEpoch(header, segment, bodyAt);
    }
  }

  #applyTopic(spec: TopicSpec): void {
    const known = this.topics.get(spec.name);
    if (known) known.spec = spec;
    else this.topics.set(spec.name, { spec, partitions: Array.from({ length: spec.partitions }, () => ({ start: 0, end: 0, refs: [] })) });
  }

  #move(group: string, position: Position): void {
    this.group(group).positions.set(`${position.topic}/${position.partition}`, position);
  }

  #applyEpoch(header: Extract<FrameHeader, { k: "epoch" }>, segment: string, bodyAt: number): void {
    let at = bodyAt;
    for (const output of header.outputs) {
      // A topic may have been dropped since: its batches are passed over.
      const partition = this.topics.get(output.t)?.partitions[output.p];
      if (partition) addRef(partition, output, segment, at, header.at);
      at += align8(output.l);
    }
    if (header.group !== undefined) {
      for (const position of header.positions ?? []) this.#move(header.group, position);
      const { states } = this.group(header.group);
      for (const { task, kind, l, c } of header.state ?? []) {
        const ref: StateRef = { kind, segment, at, bytes: l, crc: c };
        if (kind === "snapshot") states.set(task, [ref]);
        else if (states.has(task)) states.get(task)?.push(ref);
        else states.set(task, [ref]);
        at += align8(l);
      }
    }
    if (header.seq > 0) this.#remember(header.by, { seq: header.seq, offsets: header.outputs.map((output) => output.o) });
  }

  #remember(writer: string, last: LastEpoch): void {
    this.writers.delete(writer);
    this.writers.set(writer, last);
    // A writer is a process's life: the oldest are long gone.
    if (this.writers.size > writersMax) this.writers.delete(this.writers.keys().next().value as string);
  }

  /** Everything that is not a batch, to outlive the segments that said it. */
  facts(): Facts {
    return {
      topics: [...this.topics.values()].map(({ spec, partitions }) => ({ spec, partitions: partitions.map(({ start, end }) => [start, end]) })),
      groups: [...this.groups].map(([group, { positions, owners }]) => ({ group, positions: [...positions.values()], owners: [...owners].map(([task, { member, fence }]) => [task, member, fence]) })),
      writers: [...this.writers].map(([writer, { seq, offsets }]) => [writer, seq, offsets]),
    };
  }

  #applyFacts(facts: Facts): void {
    for (const { spec, partitions } of facts.topics) {
      this.#applyTopic(spec);
      partitions.forEach(([start, end], p) => {
        const partition = this.topic(spec.name).partitions[p];
        partition.start = Math.max(partition.start, start);
        partition.end = Math.max(partition.end, end);
        partition.refs = partition.refs.filter((ref) => ref.next > partition.start);
      });
    }
    for (const { group, positions, owners } of facts.groups) {
      for (const position of positions) this.#move(group, position);
      for (const [task, member, fence] of owners) this.group(group).owners.set(task, { member, fence });
    }
    for (const [writer, seq, offsets] of facts.writers) this.#remember(writer, { seq, offsets });
  }
}

const writersMax = 4_096;

/** The index without its batches, as JSON. */
export interface Facts {
  topics: { spec: TopicSpec; partitions: [start: number, end: number][] }[];
  groups: { group: string; positions: Position[]; owners: [task: number, member: string, fence: number][] }[];
  writers: [writer: string, seq: number, offsets: number[]][];
}

export const factsJson = (facts: Facts): Json => facts as unknown as Json;

function addRef(partition: PartitionIndex, output: FrameOutput, segment: string, at: number, appendedAt: number): void {
  const next = output.o + (output.span ?? Math.max(1, output.n));
  if (next <= partition.start) return;
  partition.refs.push({ offset: output.o, next, records: output.n, segment, at, bytes: output.l, crc: output.c, timeMin: output.lo, timeMax: output.hi, mark: output.m, appendedAt });
  partition.end = Math.max(partition.end, next);
}

/** Index of the first ref that reaches past `offset`; `refs.length` when there is none. */
export function refIndexAt(refs: Ref[], offset: number): number {
  let low = 0;
  let high = refs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (refs[middle].next > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Records at or after `offset`: what a reader that stands there has not read. */
export function recordsFrom({ refs }: PartitionIndex, offset: number): number {
  let records = 0;
  for (let i = refIndexAt(refs, offset); i < refs.length; i++) {
    const ref = refs[i];
    records += offset > ref.offset ? Math.min(ref.records, ref.next - offset) : ref.records;
  }
  return records;
}

export function topicInfo({ spec, partitions }: TopicIndex): TopicInfo {
  return { ...spec, partitionInfo: partitions.map(partitionInfo) };
}

function partitionInfo({ start, end, refs }: PartitionIndex, partition: number): PartitionInfo {
  let records = 0;
  let bytes = 0;
  let eventTimeMax: number | undefined;
  for (const ref of refs) {
    records += ref.records;
    bytes += ref.bytes;
    if (ref.timeMax !== undefined && !(eventTimeMax !== undefined && eventTimeMax >= ref.timeMax)) eventTimeMax = ref.timeMax;
  }
  return { partition, start, end, records, bytes, eventTimeMax };
}

export function noSuchTopic(name: string, known: Iterable<string>): MillraceError {
  const names = [...known].filter((other) => !other.startsWith("__"));
  const shown = names.slice(0, 8).map((other) => `"${other}"`).join(", ");
  return new MillraceError("MR-LOG-003", {
    what: `topic "${name}" does not exist`,
    where: "the log",
    mend: names.length > 0 ? `declare it with topic("${name}"), or use one of ${shown}` : `declare it with topic("${name}")`,
  });
}
