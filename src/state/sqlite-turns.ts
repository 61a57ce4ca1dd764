import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { loadSqlite } from "./node-sqlite.ts";

/*
 * Turns by the locks that SQLite takes on a file: the system gives them back when a process dies, and nothing is written, so
 * a turn costs no wait for the disk. Within a process those who wait stand in line, and one of them asks for the lock.
 */

/** Names share this many files. Two that share one wait for one another in vain, and no harm is done. */
const filesCount = 64;
const pollMs = 2;
/** A process keeps a turn for those in its line for about so long: they find what they need in its memory. */
const keptMsMax = 50;

export class SqliteTurns {
  readonly #folder: string;
  readonly #patienceMs: number;
  readonly #lines = new Map<number, Line>();

  /**
   * @param folder - of the files; made when it is first needed
   * @param patienceMs - who sees nobody's turn end for so long goes on without one
   */
  constructor(folder: string, patienceMs: number = 2_000) {
    this.#folder = folder;
    this.#patienceMs = patienceMs;
  }

  /** Runs `work` when it is the turn of its caller under each of the names. */
  run<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    // Always in the same order, so that no two wait for each other.
    const files = [...new Set(names.map((name) => hashOf(name) % filesCount))].sort((a, b) => a - b);
    return files.reduceRight((inner: () => Promise<T>, file) => () => this.#line(file).run(inner), work)();
  }

  close(): void {
    for (const line of this.#lines.values()) line.close();
  }

  #line(file: number): Line {
    let line = this.#lines.get(file);
    if (line === undefined) this.#lines.set(file, (line = new Line(this.#folder, String(file), this.#patienceMs)));
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
  readonly #folder: string;
  readonly #file: string;
  readonly #patienceMs: number;
  #database: DatabaseSync | undefined;
  #waiters: (() => void)[] = [];
  #isTaken = false;
  /** Since when this process has the lock; undefined while it has not. */
  #lockedAtMs: number | undefined;
  /** Turns that have ended here. */
  #ended = 0;

  constructor(folder: string, file: string, patienceMs: number) {
    this.#folder = folder;
    this.#file = file;
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

  close(): void {
    this.#database?.close();
    this.#database = undefined;
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

  /** @returns when it was got; undefined when others keep it for long, or there is no such file to be had */
  async #lock(): Promise<number | undefined> {
    for (const startMs = performance.now(); performance.now() - startMs < this.#patienceMs; ) {
      try {
        this.#database ??= await opened(this.#folder, this.#file);
        this.#database.exec("begin immediate");
        return performance.now();
      } catch (error) {
        const isBusy = (error as { errcode?: number }).errcode === 5;
        // Without turns commits still are what they are, only more often in vain.
        if (!isBusy) return undefined;
        await wait(pollMs * (0.5 + Math.random()));
      }
    }
    return undefined;
  }

  async #passOn(): Promise<void> {
    this.#ended += 1;
    if (this.#lockedAtMs !== undefined && (this.#waiters.length === 0 || performance.now() - this.#lockedAtMs > keptMsMax)) {
      this.#lockedAtMs = undefined;
      if (this.#database?.isTransaction) this.#database.exec("rollback");
      // Others look every now and then: without a pause this process would always be first.
      if (this.#waiters.length > 0) await wait(2 * pollMs);
    }
    const next = this.#waiters.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}

async function opened(folder: string, file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await loadSqlite();
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, file), { timeout: 0 });
  // Nothing is ever written; this keeps SQLite from making a journal all the same.
  database.exec("pragma journal_mode = memory");
  return database;
}
