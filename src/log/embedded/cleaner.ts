import { ClockWatch } from "./clock-watch.ts";
import { keptBy, noteKeys, type Replaced } from "./compaction.ts";
import type { LogCore } from "./log-core.ts";
import type { PartitionIndex } from "./log-index.ts";
import type { Ref } from "./ref.ts";
import { Reserve } from "./reserve.ts";
import { expiredStarts } from "./retention.ts";
import { removeSegment } from "./sealed-segment.ts";
import { SegmentReader } from "./segment-reader.ts";
import { rewriteSegment } from "./segment-rewriter.ts";

export interface CleanerOptions {
  /** Share of a sealed segment that must be dead before it is written anew, 0 to 1. Default 0.5. */
  deadRatio?: number;
  /** Share of a compacted partition that must be new since the last round over it, 0 to 1. Default 0.5. */
  dirtyRatio?: number;
  /** How long a tombstone stays, so that slow readers see it, in milliseconds. Default 24 h. */
  deleteRetentionMs?: number;
  /** Keys of one partition held in memory at once; the rest waits for the next round. Default 1,000,000. */
  keysMax?: number;
  /** Told of a round that failed; the next one tries again. */
  onError?: (error: unknown) => void;
  /** Milliseconds that pass at the pace of time. Default `performance.now`. */
  monotonic?: () => number;
}

export interface CleanReport {
  /** Partitions whose start moved. */
  trimmed: number;
  /** Names of segments that were written anew and of those removed. */
  rewritten: string[];
  removed: string[];
}

const cleanEveryMsDefault = 60_000;

/**
 * Takes away what retention, compaction, dropped topics and newer snapshots have left dead.
 *
 * Only sealed segments are touched, whole ones from the oldest on, so that what a segment says of topics is never missing
 * for one behind it. Damage is never a reason to remove: it ends the round, and the file stays.
 */
export class Cleaner {
  readonly #core: LogCore;
  readonly #options: Required<CleanerOptions>;
  readonly #clock: ClockWatch;
  readonly #reserve: Reserve;
  /** Where the compaction of each partition has come to; an index that is gone takes its entry with it. */
  readonly #cleanedTo = new WeakMap<PartitionIndex, number>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<CleanReport> | undefined;
  #stopped = false;

  constructor(core: LogCore, options: CleanerOptions = {}) {
    this.#core = core;
    this.#options = { deadRatio: 0.5, dirtyRatio: 0.5, deleteRetentionMs: 86_400_000, keysMax: 1_000_000, onError: () => undefined, monotonic: () => performance.now(), ...options };
    this.#reserve = new Reserve(core.folder);
    this.#clock = new ClockWatch(core.index.newestAppend || core.now, this.#options.monotonic);
  }

  /** Cleans every `everyMs` from now on. */
  start(everyMs = cleanEveryMsDefault): void {
    this.#timer = setInterval(() => void this.run().catch(this.#options.onError), everyMs).unref();
  }

  /** Ends after the segment under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#round?.catch(() => undefined);
  }

  /** One round. A call during a round gives that round's report. */
  run(): Promise<CleanReport> {
    this.#round ??= this.#clean().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #clean(): Promise<CleanReport> {
    const report: CleanReport = { trimmed: 0, rewritten: [], removed: [] };
    const { index } = this.#core;
    const starts = expiredStarts(index, this.#clock.believes(this.#core.now, index.newestAppend) ? this.#core.now : undefined);
    if (starts.length > 0) await this.#reserve.spend(() => this.#core.trim(starts));
    report.trimmed = starts.length;
    this.#removeOldest(report);
    const { replaced, segments, done } = await this.#compact();
    if (!(await this.#rewrite(report, replaced, segments))) return report;
    for (const [partition, to] of done) this.#cleanedTo.set(partition, to);
    this.#removeOldest(report);
    this.#reserve.hold();
    return report;
  }

  /** The oldest segments in which nothing lives; one that lives ends the row. */
  #removeOldest(report: CleanReport): void {
    const { folder, index, journal } = this.#core;
    const living = index.livingWeights();
    for (const { name } of journal.sealed) {
      if (living.has(name) || this.#stopped) return;
      removeSegment(folder, name);
      index.weights.delete(name);
      report.removed.push(name);
    }
  }

  /**
   * In order, oldest first: a tombstone may only go after all that it replaces is gone.
   *
   * @returns whether all of them were done
   */
  async #rewrite(report: CleanReport, replaced: Map<string, Replaced>, segments: Set<string>): Promise<boolean> {
    const { folder, index, journal } = this.#core;
    const living = index.livingWeights();
    for (const segment of journal.sealed) {
      if (this.#stopped) return false;
      const weight = index.weights.get(segment.name) ?? 0;
      const dead = weight - (living.get(segment.name) ?? 0);
      if (!segments.has(segment.name) && (dead <= 0 || dead < weight * this.#options.deadRatio)) continue;
      await rewriteSegment(folder, index, segment, replaced, breathe);
      report.rewritten.push(segment.name);
    }
    return true;
  }

  /** What compaction replaces in each partition that is dirty enough, and the segments where it stands. */
  async #compact(): Promise<{ replaced: Map<string, Replaced>; segments: Set<string>; done: [PartitionIndex, number][] }> {
    const replaced = new Map<string, Replaced>();
    const done: [PartitionIndex, number][] = [];
    const segments = new Set<string>();
    const sealed = new Set(this.#core.journal.sealed.map(({ name }) => name));
    const reader = new SegmentReader(this.#core.folder);
    try {
      for (const { spec, partitions } of this.#core.index.topics.values()) {
        if (!spec.compact) continue;
        for (const [p, partition] of partitions.entries()) {
          const plan = await this.#compactPartition(partition, sealed, reader, segments);
          if (!plan) continue;
          replaced.set(`${spec.name}/${p}`, plan);
          done.push([partition, plan.cleanedTo]);
        }
      }
      return { replaced, segments, done };
    } finally {
      reader.close();
    }
  }

  async #compactPartition(partition: PartitionIndex, sealed: Set<string>, reader: SegmentReader, segments: Set<string>): Promise<(Replaced & { cleanedTo: number }) | undefined> {
    const refs = [...partition.refs];
    const old = refs.filter(({ segment, bytes }) => bytes > 0 && sealed.has(segment));
    const from = this.#cleanedTo.get(partition) ?? 0;
    const bytesOf = (some: Ref[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0);
    const dirty = old.filter(({ offset }) => offset >= from);
    if (dirty.length === 0 || bytesOf(dirty) < bytesOf(old) * this.#options.dirtyRatio) return undefined;
    const { newest, to } = await this.#keys(refs, from, reader);
    const plan: Replaced = { newest, to, tombstonesBefore: this.#core.now - this.#options.deleteRetentionMs };
    for (const ref of old) {
      if (ref.offset >= to || segments.has(ref.segment)) continue;
      const [batch] = reader.batches([ref]);
      if (batch && keptBy(plan, batch, ref)) segments.add(ref.segment);
      await breathe();
    }
    return { ...plan, cleanedTo: Math.min(to, (old.at(-1) as Ref).next) };
  }

  /** The newest offset of each key from `from` on, as far as memory allows: up to `to`, exclusive. */
  async #keys(refs: Ref[], from: number, reader: SegmentReader): Promise<{ newest: Map<string, number>; to: number }> {
    const newest = new Map<string, number>();
    let to = from;
    for (const ref of refs) {
      if (ref.offset < from) continue;
      if (newest.size >= this.#options.keysMax) break;
      const [batch] = reader.batches([ref]);
      if (batch) noteKeys(newest, batch, ref);
      to = ref.next;
      await breathe();
    }
    return { newest, to };
  }
}

/** Lets everyone else have a turn: cleaning is never urgent. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
