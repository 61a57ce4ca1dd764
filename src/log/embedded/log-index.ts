import { MillraceError } from "../../errors.ts";
import type { PartitionInfo, Position, TopicInfo, TopicSpec } from "../driver.ts";
import type { Facts } from "./facts.ts";
import { align8, type FrameHeader, frameWeight, partWeight } from "./frame.ts";
import type { Ref, StateRef } from "./ref.ts";
import type { StoredFrame } from "./segment-file.ts";
import type { SegmentIndex } from "./segment-index.ts";

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

/** What a writer has written lately: what answers the same epoch when it is sent again. */
export interface WriterMemory {
  /** Highest number of an epoch. */
  seq: number;
  /** Offsets that its latest epochs got, by their numbers; a number that is missing was refused. */
  recent: Map<number, number[]>;
}

/** Epochs that a writer may have under way at once: those that the log recognises when they come again. */
export const epochsUnderWayMax = 64;

/** Names one life of a group's member among the writers. A name from `append` can never be the same: see `producerKey`. */
export const memberKey = (group: string, member: string, session: string): string => `${group}\n${member}\n${session}`;
export const producerKey = (producer: string): string => `\n${producer}`;

/**
 * What the log knows, in memory: made from the frames when it opens, and changed by a frame only once the frame is on
 * disk. Whoever looks here sees nothing that a crash could take back.
 */
export class LogIndex {
  readonly topics = new Map<string, TopicIndex>();
  readonly groups = new Map<string, GroupIndex>();
  readonly writers = new Map<string, WriterMemory>();
  /** What was written into each segment, as `frameWeight` counts it: against what still lives in it, for the cleaner. */
  readonly weights = new Map<string, number>();

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
        return this.#applyDrop(header.topic);
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
      case "trim":
        for (const [topic, p, start] of header.starts) {
          const partition = this.topics.get(topic)?.partitions[p];
          if (partition) trim(partition, start);
        }
        return;
      case "mark":
        return;
    }
  }

  /** A whole segment that is not written any more, without what the checkpoint behind it says again. */
  applySealed(segment: string, sealed: SegmentIndex): void {
    this.weights.set(segment, sealed.weight);
    this.newestAppend = Math.max(this.newestAppend, sealed.newestAppend);
    sealed.replay(segment, {
      fact: (header) => this.apply({ header, segment, at: 0, bodyAt: 0, bytes: 0 }),
      batch: (topic, partition, ref) => this.#addBatch(topic, partition, ref),
      state: (group, task, ref) => this.#addState(group, task, ref),
    });
  }

  #applyTopic(spec: TopicSpec): void {
    const known = this.topics.get(spec.name);
    if (known) known.spec = spec;
    else this.topics.set(spec.name, { spec, partitions: Array.from({ length: spec.partitions }, () => ({ start: 0, end: 0, refs: [] })) });
  }

  /** Positions go with the topic: a new one of the same name begins at 0. */
  #applyDrop(topic: string): void {
    this.topics.delete(topic);
    for (const { positions } of this.groups.values()) {
      for (const [key, position] of positions) if (position.topic === topic) positions.delete(key);
    }
  }

  #move(group: string, position: Position): void {
    this.group(group).positions.set(`${position.topic}/${position.partition}`, position);
  }

  /** Weight of what still lives, by segment; a segment in which nothing does is not there. */
  livingWeights(): Map<string, number> {
    const weights = new Map<string, number>();
    const add = ({ segment, bytes }: { segment: string; bytes: number }): void => void weights.set(segment, (weights.get(segment) ?? 0) + bytes + partWeight);
    for (const { partitions } of this.topics.values()) for (const { refs } of partitions) refs.forEach(add);
    for (const { states } of this.groups.values()) for (const refs of states.values()) refs.forEach(add);
    return weights;
  }

  /** When the log took its newest record, milliseconds since 1970; 0 while it is empty. */
  newestAppend = 0;

  #applyEpoch(header: Extract<FrameHeader, { k: "epoch" }>, segment: string, bodyAt: number): void {
    this.weights.set(segment, (this.weights.get(segment) ?? 0) + frameWeight(header));
    this.newestAppend = header.at;
    let at = bodyAt;
    for (const output of header.outputs) {
      const { t: topic, p: partition, o: offset, n: records, span, l: bytes, c: crc, lo: timeMin, hi: timeMax, m: mark } = output;
      this.#addBatch(topic, partition, { offset, next: offset + (span ?? Math.max(1, records)), records, segment, at, bytes, crc, timeMin, timeMax, mark, appendedAt: header.at });
      at += align8(bytes);
    }
    if (header.group !== undefined) {
      for (const position of header.positions ?? []) this.#move(header.group, position);
      for (const { task, kind, l, c } of header.state ?? []) {
        this.#addState(header.group, task, { kind, segment, at, bytes: l, crc: c });
        at += align8(l);
      }
    }
    if (header.seq > 0) this.#remember(header.by, header.seq, header.outputs.map((output) => output.o));
  }

  /** A topic may have been dropped since: its batches are passed over. */
  #addBatch(topic: string, p: number, ref: Ref): void {
    const partition = this.topics.get(topic)?.partitions[p];
    if (!partition || ref.next <= partition.start) return;
    partition.refs.push(ref);
    partition.end = Math.max(partition.end, ref.next);
  }

  #addState(group: string, task: number, ref: StateRef): void {
    const { states } = this.group(group);
    const known = states.get(task);
    if (known && ref.kind === "delta") known.push(ref);
    else states.set(task, [ref]);
  }

  #remember(writer: string, seq: number, offsets: number[]): void {
    const memory = this.writers.get(writer) ?? { seq: 0, recent: new Map() };
    memory.seq = Math.max(memory.seq, seq);
    memory.recent.set(seq, offsets);
    if (memory.recent.size > epochsUnderWayMax) memory.recent.delete(memory.recent.keys().next().value as number);
    this.writers.delete(writer);
    this.writers.set(writer, memory);
    if (this.writers.size > writersMax) this.#forgetOldest();
  }

  /** A writer is a process's life: the oldest are long gone, but for members that own tasks and were quiet. */
  #forgetOldest(): void {
    const owners = new Set([...this.groups].flatMap(([group, { owners }]) => [...owners.values()].map(({ member }) => memberKey(group, member, ""))));
    for (const writer of this.writers.keys()) {
      if (this.writers.size <= writersMax / 2) return;
      if (!owners.has(writer.slice(0, writer.lastIndexOf("\n") + 1))) this.writers.delete(writer);
    }
  }

  /** Everything that is not a batch, to outlive the segments that said it. */
  facts(): Facts {
    return {
      topics: [...this.topics.values()].map(({ spec, partitions }) => ({ spec, partitions: partitions.map(({ start, end }) => [start, end]) })),
      groups: [...this.groups].map(([group, { positions, owners }]) => ({ group, positions: [...positions.values()], owners: [...owners].map(([task, { member, fence }]) => [task, member, fence]) })),
      writers: [...this.writers].map(([writer, { recent }]) => [writer, [...recent]]),
    };
  }

  #applyFacts(facts: Facts): void {
    for (const { spec, partitions } of facts.topics) {
      this.#applyTopic(spec);
      partitions.forEach(([start, end], p) => {
        const partition = this.topic(spec.name).partitions[p];
        partition.end = Math.max(partition.end, end);
        trim(partition, start);
      });
    }
    for (const { group, positions, owners } of facts.groups) {
      for (const position of positions) this.#move(group, position);
      for (const [task, member, fence] of owners) this.group(group).owners.set(task, { member, fence });
    }
    for (const [writer, recent] of facts.writers) for (const [seq, offsets] of recent) this.#remember(writer, seq, offsets);
  }
}

const writersMax = 4_096;

function trim(partition: PartitionIndex, start: number): void {
  if (start <= partition.start) return;
  partition.start = Math.min(start, partition.end);
  partition.refs.splice(0, refIndexAt(partition.refs, partition.start));
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

function noSuchTopic(name: string, known: Iterable<string>): MillraceError {
  const names = [...known].filter((other) => !other.startsWith("__"));
  const shown = names.slice(0, 8).map((other) => `"${other}"`).join(", ");
  return new MillraceError("MR-LOG-003", {
    what: `topic "${name}" does not exist`,
    where: "the log",
    mend: names.length > 0 ? `declare it with topic("${name}"), or use one of ${shown}` : `declare it with topic("${name}")`,
  });
}
