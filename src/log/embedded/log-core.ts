import { crc32 } from "node:zlib";
import { MillraceError } from "../../errors.ts";
import type { LaneMark, Position, TopicInfo, TopicSpec } from "../driver.ts";
import type { FrameHeader, FrameOutput } from "./frame.ts";
import { Journal } from "./journal.ts";
import { factsJson, LogIndex, type Ref, refIndexAt, topicInfo } from "./log-index.ts";

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
  by: string;
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
}

interface Pending {
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
  seqs: Map<string, { seq: number; offsets: number[] }>;
}

/**
 * The log in the process that writes it. Requests that arrive while the disk is busy are written together with one sync
 * (group commit); each is checked in turn, against the index and the requests before it.
 */
export class LogCore {
  readonly index = new LogIndex();
  readonly folder: string;
  readonly #journal: Journal;
  readonly #now: () => number;
  #queue: Pending[] = [];
  #flushing: Promise<void> | undefined;
  #waiters = new Map<string, Set<() => void>>();
  #closed = false;

  constructor(options: LogCoreOptions) {
    this.folder = options.folder;
    this.#now = options.now ?? Date.now;
    this.#journal = Journal.open(
      { folder: options.folder, segmentBytes: options.segmentBytes, checkpoint: () => ({ k: "checkpoint", facts: factsJson(this.index.facts()) }) },
      (frame) => this.index.apply(frame),
    );
  }

  get journal(): Journal {
    return this.#journal;
  }

  topics(): TopicInfo[] {
    return [...this.index.topics.values()].map(topicInfo).sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  async ensureTopic(spec: TopicSpec): Promise<void> {
    await this.#submit(() => {
      const known = this.index.topics.get(spec.name)?.spec;
      if (known) requireSameShape(known, spec);
      if (known && JSON.stringify(known) === JSON.stringify(spec)) return { answer: () => undefined };
      return { write: { header: { k: "topic", spec }, parts: [] }, answer: () => undefined };
    });
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#submit(() => (this.index.topics.has(topic) ? { write: { header: { k: "drop", topic }, parts: [] }, answer: () => undefined } : { answer: () => undefined }));
  }

  async assign(group: string, member: string, tasks: [number, number][]): Promise<void> {
    await this.#submit(() => ({ write: { header: { k: "assign", group, member, tasks }, parts: [] }, answer: () => undefined }));
  }

  async seek(group: string, positions: Position[]): Promise<void> {
    await this.#submit(() => {
      for (const { topic, partition } of positions) this.index.partition(topic, partition);
      return { write: { header: { k: "seek", group, positions }, parts: [] }, answer: () => undefined };
    });
  }

  /** @returns the offset given to each output, in order */
  commit(epoch: EncodedEpoch): Promise<number[]> {
    return this.#submit((draft) => this.#planEpoch(epoch, draft));
  }

  #planEpoch(epoch: EncodedEpoch, draft: Draft): Planned {
    const last = draft.seqs.get(epoch.by) ?? this.index.writers.get(epoch.by);
    if (epoch.seq > 0 && last && epoch.seq <= last.seq) {
      // Sent again because the answer was lost: it is in the log already.
      return { answer: () => (epoch.seq === last.seq ? last.offsets : []) };
    }
    this.#requireOwner(epoch);
    if (epoch.group !== undefined && last && epoch.seq !== last.seq + 1) throw outOfOrder(epoch.by, epoch.seq, last.seq);
    const outputs = epoch.outputs.map((output) => this.#place(output, draft));
    const offsets = outputs.map((output) => output.o);
    if (epoch.seq > 0) draft.seqs.set(epoch.by, { seq: epoch.seq, offsets });
    const state = epoch.state?.map(({ task, kind, bytes }) => ({ task, kind, l: bytes.byteLength, c: crc32(bytes) }));
    const header: FrameHeader = { k: "epoch", at: this.#now(), by: epoch.by, seq: epoch.seq, group: epoch.group, positions: epoch.positions, outputs, state };
    const parts = [...epoch.outputs.filter((output) => output.bytes.byteLength > 0), ...(epoch.state ?? [])].map((part) => part.bytes);
    return { write: { header, parts }, answer: () => offsets };
  }

  #requireOwner({ group, fences, by }: EncodedEpoch): void {
    if (group === undefined) return;
    const { owners } = this.index.group(group);
    for (const [task, fence] of fences ?? []) {
      const owner = owners.get(task);
      if (owner?.fence !== fence || `${group}/${owner.member}` !== by) throw fenced(group, task, fence, owner?.fence);
    }
  }

  #place({ topic, partition, records, timeMin, timeMax, mark, bytes }: EncodedOutput, draft: Draft): FrameOutput {
    const known = this.index.partition(topic, partition).end;
    const key = `${topic}/${partition}`;
    const offset = draft.ends.get(key) ?? known;
    draft.ends.set(key, offset + Math.max(1, records));
    return { t: topic, p: partition, o: offset, n: records, l: bytes.byteLength, c: bytes.byteLength > 0 ? crc32(bytes) : 0, lo: timeMin, hi: timeMax, m: mark };
  }

  #submit<T>(plan: (draft: Draft) => Planned): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ plan, resolve, reject });
      this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    });
  }

  async #flush(): Promise<void> {
    // One turn of the event loop gathers what other connections have already sent.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) await this.#writeGroup(this.#queue.splice(0, groupMax));
  }

  async #writeGroup(group: Pending[]): Promise<void> {
    const draft: Draft = { ends: new Map(), seqs: new Map() };
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
      for (const frame of writes.length > 0 ? await this.#journal.write(writes) : []) {
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
        bytes += index.refs[i].bytes + markerBytes;
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
    this.#journal.close();
  }
}

/** Frames written with one sync at the most. */
const groupMax = 512;
/** What a marker counts for in a fetch, so that a long row of them ends too. */
const markerBytes = 64;

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

function outOfOrder(writer: string, seq: number, last: number): MillraceError {
  return new MillraceError("MR-LOG-011", { what: `epoch ${seq} came after epoch ${last}`, where: `writer "${writer}"`, mend: "an epoch before it was refused; the stage starts anew from its last position" });
}

function outOfRange(topic: string, partition: number, offset: number, start: number): MillraceError {
  return new MillraceError("MR-LOG-005", {
    what: `offsets ${offset} to ${start - 1} are gone: retention removed them before they were read`,
    where: `topic "${topic}", partition ${partition}`,
    mend: `seek the group to ${start} to accept the gap, and give the topic a longer retention`,
  });
}
