import { crc32 } from "node:zlib";
import { MillraceError } from "../../errors.ts";
import type { LaneMark, Position, TopicInfo, TopicSpec } from "../driver.ts";
import { factsJson } from "./facts.ts";
import type { FrameHeader, FrameOutput } from "./frame.ts";
import { Journal } from "./journal.ts";
import { epochsUnderWayMax, LogIndex, memberKey, producerKey, refIndexAt, topicInfo, type WriterMemory } from "./log-index.ts";
import type { Ref } from "./ref.ts";

/** A batch on its way into the log: encoded, with what the index wants to know of it. */
export interface EncodedOutput {
  topic: string;
  partition: number;
  records: number;
  timeMin?: number;
  timeMax?: number;
  mark?: LaneMark;
  /** Empty for a marker. */
  bytes: Uint8Array;
}

export interface EncodedState {
  task: number;
  kind: "snapshot" | "delta";
  bytes: Uint8Array;
}

export interface EncodedEpoch {
  /** The member of `group`; without a group, the producer. */
  by: string;
  /** The life of the member that counts `seq`: a member of the same name that starts anew counts from 1 again. */
  session?: string;
  /** From 1, growing by one with each epoch of `by`; 0: not counted, and not recognised when sent twice. */
  seq: number;
  outputs: EncodedOutput[];
  group?: string;
  fences?: [task: number, fence: number][];
  positions?: Position[];
  state?: EncodedState[];
}

export interface FetchedRefs {
  refs: (Ref & { topic: string; partition: number })[];
  ends: { topic: string; partition: number; end: number }[];
}

export interface LogCoreOptions {
  folder: string;
  segmentBytes?: number;
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number;
  /** Called once when the disk failed for good: nothing is acknowledged any more and the process should end. */
  onFailure?: (error: MillraceError) => void;
  /** Brings a file's data to disk. Default: `fdatasync`. */
  sync?: (fd: number) => Promise<void>;
}

interface Pending {
  /** A fact that others are checked against: it is written by itself, so that what comes after it is checked with it. */
  alone: boolean;
  plan: (draft: Draft) => Planned;
  resolve: (value: any) => void;
  reject: (error: unknown) => void;
}

interface Planned {
  /** Absent: there is nothing to write; the answer stands. */
  write?: { header: FrameHeader; parts: Uint8Array[] };
  answer: () => unknown;
}

/** Offsets and counts given out by the group of frames in the making, on top of the index. */
interface Draft {
  ends: Map<string, number>;
  writers: Map<string, WriterMemory>;
}

/**
 * The log in the process that writes it. Requests that arrive while the disk is busy are written together with one sync
 * (group commit); each is checked in turn, against the index and the requests before it.
 */
export class LogCore {
  readonly index = new LogIndex();
  readonly folder: string;
  readonly journal: Journal;
  readonly #now: () => number;
  #queue: Pending[] = [];
  #flushing: Promise<void> | undefined;
  #waiters = new Map<string, Set<() => void>>();
  #closed = false;

  constructor(options: LogCoreOptions) {
    this.folder = options.folder;
    this.#now = options.now ?? Date.now;
    this.journal = Journal.open(
      { folder: options.folder, segmentBytes: options.segmentBytes, onFailure: options.onFailure, sync: options.sync, checkpoint: () => ({ k: "checkpoint", facts: factsJson(this.index.facts()) }) },
      { sealed: (segment, index) => this.index.applySealed(segment, index), frame: (frame) => this.index.apply(frame) },
    );
  }

  get now(): number {
    return this.#now();
  }

  topics(): TopicInfo[] {
    return [...this.index.topics.values()].map(topicInfo).sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  async ensureTopic(spec: TopicSpec): Promise<void> {
    requireSoundSpec(spec);
    await this.#submitAlone(() => {
      const known = this.index.topics.get(spec.name)?.spec;
      if (known) requireSameShape(known, spec);
      if (known && JSON.stringify(known) === JSON.stringify(spec)) return { answer: () => undefined };
      return { write: { header: { k: "topic", spec }, parts: [] }, answer: () => undefined };
    });
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#submitAlone(() => (this.index.topics.has(topic) ? { write: { header: { k: "drop", topic }, parts: [] }, answer: () => undefined } : { answer: () => undefined }));
  }

  async assign(group: string, member: string, tasks: [number, number][]): Promise<void> {
    await this.#submitAlone(() => ({ write: { header: { k: "assign", group, member, tasks }, parts: [] }, answer: () => undefined }));
  }

  async seek(group: string, positions: Position[]): Promise<void> {
    await this.#submitAlone(() => {
      this.requirePositions(positions);
      return { write: { header: { k: "seek", group, positions }, parts: [] }, answer: () => undefined };
    });
  }

  /** @throws MillraceError when a position names no partition, or an offset that is none */
  requirePositions(positions: Position[]): void {
    for (const { topic, partition, offset } of positions) {
      this.index.partition(topic, partition);
      requireCount(offset, "an offset", `topic "${topic}", partition ${partition}`);
    }
  }

  /** Moves the starts of partitions up: what stands before is gone for every reader once this resolves. */
  async trim(starts: [topic: string, partition: number, start: number][]): Promise<void> {
    await this.#submitAlone(() => ({ write: { header: { k: "trim", starts }, parts: [] }, answer: () => undefined }));
  }

  /** @returns the offset given to each output, in order */
  async commit(epoch: EncodedEpoch): Promise<number[]> {
    requireSound(epoch);
    return this.#submit((draft) => this.#planEpoch(epoch, draft));
  }

  #planEpoch(epoch: EncodedEpoch, draft: Draft): Planned {
    const by = epoch.group === undefined ? producerKey(epoch.by) : memberKey(epoch.group, epoch.by, epoch.session ?? "");
    const known = this.index.writers.get(by);
    const drafted = draft.writers.get(by);
    const written = drafted?.recent.get(epoch.seq) ?? known?.recent.get(epoch.seq);
    // Sent again because the answer was lost: it is in the log already, or will be with this group.
    if (epoch.seq > 0 && written) return { answer: () => written };
    this.#requireOwner(epoch);
    const last = drafted?.seq ?? known?.seq ?? 0;
    // A group's epochs build on one another; a producer's do not, and one that was refused may come again.
    if (epoch.group !== undefined ? epoch.seq !== last + 1 : epoch.seq > 0 && epoch.seq <= last - epochsUnderWayMax) throw outOfOrder(epoch, last);
    for (const { topic, partition } of epoch.outputs) this.index.partition(topic, partition);
    const outputs = epoch.outputs.map((output) => this.#place(output, draft));
    const offsets = outputs.map((output) => output.o);
    if (epoch.seq > 0) draft.writers.set(by, { seq: Math.max(last, epoch.seq), recent: (drafted?.recent ?? new Map()).set(epoch.seq, offsets) });
    const state = epoch.state?.map(({ task, kind, bytes }) => ({ task, kind, l: bytes.byteLength, c: crc32(bytes) }));
    const header: FrameHeader = { k: "epoch", at: this.#now(), by, seq: epoch.seq, group: epoch.group, positions: epoch.positions, outputs, state };
    const parts = [...epoch.outputs.filter((output) => output.bytes.byteLength > 0), ...(epoch.state ?? [])].map((part) => part.bytes);
    return { write: { header, parts }, answer: () => offsets };
  }

  #requireOwner({ group, fences, by }: EncodedEpoch): void {
    if (group === undefined) return;
    const owners = this.index.groups.get(group)?.owners;
    for (const [task, fence] of fences ?? []) {
      const owner = owners?.get(task);
      if (owner?.fence !== fence || owner.member !== by) throw fenced(group, task, fence, owner?.fence);
    }
  }

  #place({ topic, partition, records, timeMin, timeMax, mark, bytes }: EncodedOutput, draft: Draft): FrameOutput {
    const known = this.index.partition(topic, partition).end;
    const key = `${topic}/${partition}`;
    const offset = draft.ends.get(key) ?? known;
    draft.ends.set(key, offset + Math.max(1, records));
    return { t: topic, p: partition, o: offset, n: records, l: bytes.byteLength, c: bytes.byteLength > 0 ? crc32(bytes) : 0, lo: timeMin, hi: timeMax, m: mark };
  }

  #submitAlone(plan: () => Planned): Promise<void> {
    return this.#submit<void>(plan, true);
  }

  #submit<T>(plan: (draft: Draft) => Planned, alone = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ alone, plan, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async #flush(): Promise<void> {
    // One turn of the event loop gathers what other connections have already sent.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) await this.#writeGroup(this.#nextGroup());
    // In the same turn as the last look at the queue: a request that comes between the two would wait for ever.
    this.#flushing = undefined;
  }

  #nextGroup(): Pending[] {
    const barrier = this.#queue.findIndex(({ alone }) => alone);
    return this.#queue.splice(0, barrier === 0 ? 1 : Math.min(groupMax, barrier < 0 ? groupMax : barrier));
  }

  async #writeGroup(group: Pending[]): Promise<void> {
    const draft: Draft = { ends: new Map(), writers: new Map() };
    const planned: (Planned & Pending)[] = [];
    for (const pending of group) {
      try {
        planned.push({ ...pending, ...pending.plan(draft) });
      } catch (error) {
        pending.reject(error);
      }
    }
    const writes = planned.flatMap(({ write }) => (write ? [write] : []));
    try {
      for (const frame of writes.length > 0 ? await this.journal.write(writes) : []) {
        this.index.apply(frame);
        this.#wake(frame.header);
      }
    } catch (error) {
      for (const { reject } of planned) reject(error);
      return;
    }
    for (const { resolve, answer } of planned) resolve(answer());
  }

  #wake(header: FrameHeader): void {
    if (header.k !== "epoch") return;
    for (const { t, p } of header.outputs) {
      const waiting = this.#waiters.get(`${t}/${p}`);
      if (!waiting) continue;
      this.#waiters.delete(`${t}/${p}`);
      for (const wake of waiting) wake();
    }
  }

  /** Where the entries stand that the reader asks for; empty when none came within `waitMs` or `signal` spoke. */
  async fetch(partitions: { topic: string; partition: number; offset: number }[], bytesMax: number, waitMs: number, signal?: AbortSignal): Promise<FetchedRefs> {
    let found = this.#find(partitions, bytesMax);
    if (found.refs.length === 0 && waitMs > 0 && !signal?.aborted && !this.#closed) {
      await this.#wait(partitions, waitMs, signal);
      found = this.#find(partitions, bytesMax);
    }
    return found;
  }

  #find(partitions: { topic: string; partition: number; offset: number }[], bytesMax: number): FetchedRefs {
    const share = bytesMax / Math.max(1, partitions.length);
    const refs: FetchedRefs["refs"] = [];
    const ends = partitions.map(({ topic, partition, offset }) => {
      const index = this.index.partition(topic, partition);
      if (offset < index.start) throw outOfRange(topic, partition, offset, index.start);
      let bytes = 0;
      for (let i = refIndexAt(index.refs, offset); i < index.refs.length && (bytes === 0 || bytes < share); i++) {
        refs.push({ ...index.refs[i], topic, partition });
        bytes += index.refs[i].bytes + refBytes;
      }
      return { topic, partition, end: index.end };
    });
    return { refs, ends };
  }

  #wait(partitions: { topic: string; partition: number }[], waitMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const keys = partitions.map(({ topic, partition }) => `${topic}/${partition}`);
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        for (const key of keys) this.#waiters.get(key)?.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      signal?.addEventListener("abort", done, { once: true });
      for (const key of keys) {
        const waiting = this.#waiters.get(key);
        if (waiting) waiting.add(done);
        else this.#waiters.set(key, new Set([done]));
      }
    });
  }

  offsetForTime(topic: string, partition: number, timestampMs: number): number {
    const { refs, end } = this.index.partition(topic, partition);
    return refs.find((ref) => ref.timeMax !== undefined && ref.timeMax >= timestampMs)?.offset ?? end;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiters.values()) for (const wake of [...waiting]) wake();
    await this.#flushing;
    this.journal.close();
  }
}

/** Frames written with one sync at the most. */
const groupMax = 512;
/** What an entry counts for in a fetch beside its batch: what it takes to name it, so that a long row of markers ends too. */
const refBytes = 256;
/** An epoch larger than this, in bytes, is refused: a frame must stay far below what its lengths can say. */
const epochBytesMax = 256 * 1024 * 1024;
const outputsMax = 65_536;
const metadataBytesMax = 1024 * 1024;

/** What comes from other processes is checked before it is counted with: a count that is none would spoil every offset after it. */
function requireSound({ by, outputs, positions, state, seq, group, fences }: EncodedEpoch): void {
  const where = `an epoch of "${group ?? by}"`;
  let bytes = 0;
  requireCount(seq, "its number", where);
  for (const output of outputs) {
    requireCount(output.records, "a count of records", where);
    if (output.records > 0 !== output.bytes.byteLength > 0) throw malformed(`an output of ${output.records} records and ${output.bytes.byteLength} bytes`, where);
    for (const time of [output.timeMin, output.timeMax]) if (time !== undefined && !Number.isFinite(time)) throw malformed("an event time that is no number", where);
    bytes += output.bytes.byteLength;
  }
  const named = (task: number): boolean => group === undefined || fences?.some(([other]) => other === task) === true;
  if (group !== undefined && !fences?.length) throw malformed("an epoch of a group that names no task", where);
  for (const { offset, partition, metadata } of positions ?? []) {
    requireCount(offset, "an offset", where);
    requireCount(partition, "a partition", where);
    if (!named(partition)) throw malformed(`a position of partition ${partition}, whose task the epoch does not name`, where);
    if (metadata !== undefined && JSON.stringify(metadata).length > metadataBytesMax) throw malformed(`a position with more than ${metadataBytesMax} bytes beside it`, where);
  }
  for (const part of state ?? []) {
    if (part.kind !== "snapshot" && part.kind !== "delta") throw malformed("a state that is neither snapshot nor delta", where);
    if (!named(part.task)) throw malformed(`state of task ${part.task}, which the epoch does not name`, where);
    bytes += part.bytes.byteLength;
  }
  if (bytes > epochBytesMax || outputs.length > outputsMax) throw malformed(`${bytes} bytes in ${outputs.length} outputs; ${epochBytesMax} in ${outputsMax} are the most`, where);
}

function requireCount(value: number, what: string, where: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(`${what} that is ${JSON.stringify(value)}, not a whole number from 0`, where);
}

function requireSoundSpec({ name, partitions }: TopicSpec): void {
  if (typeof name !== "string" || name.length === 0 || name.length > 249) throw malformed("a topic's name must have 1 to 249 characters", `topic "${String(name).slice(0, 80)}"`);
  if (Number.isInteger(partitions) && partitions > 0 && partitions <= partitionsMax) return;
  throw new MillraceError("MR-LOG-004", {
    what: `a partition count of ${partitions} is not a whole number from 1 to ${partitionsMax}`,
    where: `the declaration of topic "${name}"`,
    mend: "give the topic a partition count in that range",
  });
}

const partitionsMax = 65_536;

function malformed(what: string, where: string): MillraceError {
  return new MillraceError("MR-LOG-011", { what, where, mend: "send less at once; if it is not the size, the client and the log service are of different versions" });
}

function requireSameShape(known: TopicSpec, spec: TopicSpec): void {
  if (known.partitions === spec.partitions && known.key === spec.key) return;
  throw new MillraceError("MR-LOG-010", {
    what: `topic "${spec.name}" exists with ${known.partitions} partitions and key ${JSON.stringify(known.key ?? null)}, not ${spec.partitions} and ${JSON.stringify(spec.key ?? null)}`,
    where: `the declaration of topic "${spec.name}"`,
    mend: "records already stand in the partitions that the old shape chose: declare the topic as it was, or under a new name",
  });
}

function fenced(group: string, task: number, fence: number, current: number | undefined): MillraceError {
  return new MillraceError("MR-LOG-006", {
    what: `a commit with fence ${fence} was refused; the fence is ${current ?? "not given out"}`,
    where: `group "${group}", task ${task}`,
    mend: "nothing to do: another process has taken over, and this one starts anew",
  });
}

function outOfOrder({ seq, by, group }: EncodedEpoch, last: number): MillraceError {
  return new MillraceError("MR-LOG-011", { what: `epoch ${seq} came after epoch ${last}`, where: group === undefined ? `producer "${by}"` : `group "${group}", member "${by}"`, mend: "an epoch before it was refused; the stage starts anew from its last position" });
}

function outOfRange(topic: string, partition: number, offset: number, start: number): MillraceError {
  return new MillraceError("MR-LOG-005", {
    what: `offsets ${offset} to ${start - 1} are gone: retention removed them before they were read`,
    where: `topic "${topic}", partition ${partition}`,
    mend: `seek the group to ${start} to accept the gap, and give the topic a longer retention`,
  });
}
