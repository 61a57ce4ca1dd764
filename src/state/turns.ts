import { setTimeout as wait } from "node:timers/promises";

/** How processes keep turns from one another: a lock for each of a few places, which goes with its process. */
export interface TurnLocks {
  /** Between two tries of one who waits, in milliseconds. */
  readonly pollMs: number;
  /**
   * @returns whether it was got; false while another has it
   * @throws when there are no locks to be had: then nobody waits for one
   */
  take(place: number): Promise<boolean>;
  giveBack(place: number): Promise<void>;
  close(): Promise<void>;
}

/** Names share this many places. Two that share one wait for one another in vain, and no harm is done. */
const placesCount = 64;
/** A process keeps a turn for those in its line for about so long: they find what they need in its memory. */
const keptMsMax = 50;

/** Turns under names. Within a process those who wait stand in line, and one of them asks for the lock. */
export class Turns {
  readonly #locks: TurnLocks;
  readonly #patienceMs: number;
  readonly #lines = new Map<number, Line>();

  /** @param patienceMs - who sees nobody's turn end for so long goes on without one */
  constructor(locks: TurnLocks, patienceMs: number = 2_000) {
    this.#locks = locks;
    this.#patienceMs = patienceMs;
  }

  /** Runs `work` when it is the turn of its caller under each of the names. */
  run<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    // Always in the same order, so that no two wait for each other.
    const places = [...new Set(names.map((name) => hashOf(name) % placesCount))].sort((a, b) => a - b);
    return places.reduceRight((inner: () => Promise<T>, place) => () => this.#line(place).run(inner), work)();
  }

  close(): Promise<void> {
    return this.#locks.close();
  }

  #line(place: number): Line {
    let line = this.#lines.get(place);
    if (line === undefined) this.#lines.set(place, (line = new Line(this.#locks, place, this.#patienceMs)));
    return line;
  }
}

function hashOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  return hash;
}

/** Those of this process who want one turn, and the lock that holds it against other processes. */
class Line {
  readonly #locks: TurnLocks;
  readonly #place: number;
  readonly #patienceMs: number;
  #waiters: (() => void)[] = [];
  #isTaken = false;
  /** Since when this process has the lock; undefined while it has not. */
  #lockedAtMs: number | undefined;
  /** Turns that have ended here. */
  #ended = 0;

  constructor(locks: TurnLocks, place: number, patienceMs: number) {
    this.#locks = locks;
    this.#place = place;
    this.#patienceMs = patienceMs;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!(await this.#comes())) return work();
    try {
      this.#lockedAtMs ??= await this.#lock();
      return await work();
    } finally {
      await this.#passOn();
    }
  }

  /** @returns false when the line does not move */
  async #comes(): Promise<boolean> {
    if (!this.#isTaken) return (this.#isTaken = true);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push(resolve);
    for (;;) {
      const ended = this.#ended;
      const timer = new AbortController();
      const isFirst = await Promise.race([promise.then(() => true), wait(this.#patienceMs, false, { signal: timer.signal })]);
      timer.abort();
      if (isFirst) return true;
      if (this.#ended !== ended) continue;
      this.#waiters = this.#waiters.filter((waiter) => waiter !== resolve);
      return false;
    }
  }

  /** @returns when it was got; undefined when others keep it for long, or there is none to be had */
  async #lock(): Promise<number | undefined> {
    for (const startMs = performance.now(); performance.now() - startMs < this.#patienceMs; ) {
      try {
        if (await this.#locks.take(this.#place)) return performance.now();
      } catch {
        // Without turns commits still are what they are, only more often in vain.
        return undefined;
      }
      await wait(this.#locks.pollMs * (0.5 + Math.random()));
    }
    return undefined;
  }

  async #passOn(): Promise<void> {
    this.#ended += 1;
    if (this.#lockedAtMs !== undefined && (this.#waiters.length === 0 || performance.now() - this.#lockedAtMs > keptMsMax)) {
      this.#lockedAtMs = undefined;
      await this.#locks.giveBack(this.#place);
      // Others look every now and then: without a pause this process would always be first.
      if (this.#waiters.length > 0) await wait(2 * this.#locks.pollMs);
    }
    const next = this.#waiters.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
