import type { LaneMark, Output } from "../log/driver.ts";

export interface IngestLaneOptions {
  /** Name of the lane: the source's. */
  lane: string;
  topic: string;
  /** Without a post for this long, the lane stops holding readers back. Milliseconds, default 1,000. */
  idleAfterMs?: number;
  /** Appends markers; what it is given last must be stored last. */
  append: (outputs: Output[]) => Promise<unknown>;
  /** A marker could not be stored; it is tried again. */
  onError: (error: unknown) => void;
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number;
}

/**
 * The event time of an open door. Nobody knows when the next post comes, so the lane holds the watermark of its readers
 * only while posts come: each batch carries how far the lane has come, and after a quiet time a marker lets go.
 *
 * A partition that gets no records while others do is told now and then how far the lane has come, or it would hold back
 * its readers for as long as anybody posts.
 */
export class IngestLane {
  readonly #options: Required<IngestLaneOptions>;
  /** Partitions in which the lane is active, with the watermark that they know and when they heard of it. */
  readonly #active = new Map<number, { watermark: number; atMs: number }>();
  #watermark = -Infinity;
  #lastMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: IngestLaneOptions) {
    this.#options = { idleAfterMs: 1_000, now: Date.now, ...options };
  }

  /**
   * The mark for records that go to these partitions. Call it in the same turn as the append, so that marks and records
   * are stored in one order.
   *
   * @param eventTimeMax - highest event time of those records, milliseconds
   */
  mark(partitions: Iterable<number>, eventTimeMax: number): LaneMark {
    // One record from the future must not make those of now late: event time comes no further than the clock.
    this.#watermark = Math.max(this.#watermark, Math.min(eventTimeMax, this.#options.now()));
    this.#lastMs = performance.now();
    for (const partition of partitions) this.#active.set(partition, { watermark: this.#watermark, atMs: this.#lastMs });
    this.#arm();
    return { lane: this.#options.lane, watermark: this.#watermark, status: "active" };
  }

  /** Lets go of partitions that a process before this one may have left active; not of those that have had posts since. */
  async release(partitions: number[]): Promise<void> {
    const left = partitions.filter((partition) => !this.#active.has(partition));
    if (left.length > 0) await this.#say(left, "idle");
  }

  /** Lets go of everything. No mark may be asked for afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#active.size > 0) await this.#say([...this.#active.keys()], "idle");
  }

  #arm(): void {
    if (this.#timer || this.#closed) return;
    const waitMs = this.#lastMs + this.#options.idleAfterMs - performance.now();
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, Math.ceil(waitMs)));
    this.#timer.unref();
  }

  #tick(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    // A timer may fire a little before its time.
    const quiet = nowMs - this.#lastMs >= this.#options.idleAfterMs - 1;
    const partitions = quiet ? [...this.#active.keys()] : this.#behind(nowMs);
    if (partitions.length > 0) this.#say(partitions, quiet ? "idle" : "active").catch((error) => this.#failed(partitions, error));
    if (this.#active.size > 0) this.#arm();
  }

  #behind(nowMs: number): number[] {
    const old = [...this.#active].filter(([, { watermark, atMs }]) => watermark < this.#watermark && nowMs - atMs >= this.#options.idleAfterMs);
    return old.map(([partition]) => partition);
  }

  async #say(partitions: number[], status: LaneMark["status"]): Promise<void> {
    const { lane, topic, append } = this.#options;
    const mark = { lane, watermark: this.#watermark, status };
    for (const partition of partitions) {
      if (status === "idle") this.#active.delete(partition);
      else this.#active.set(partition, { watermark: this.#watermark, atMs: performance.now() });
    }
    await append(partitions.map((partition) => ({ topic, partition, mark })));
  }

  #failed(partitions: number[], error: unknown): void {
    if (this.#closed) return;
    for (const partition of partitions) if (!this.#active.has(partition)) this.#active.set(partition, { watermark: -Infinity, atMs: 0 });
    this.#lastMs = Math.max(this.#lastMs, performance.now() - this.#options.idleAfterMs / 2);
    this.#arm();
    this.#options.onError(error);
  }
}
