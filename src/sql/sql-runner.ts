import { rm } from "node:fs/promises";
import { MillraceError } from "../errors.ts";
import { KnownFiles } from "./known-files.ts";
import { type MemoryLimiter, memoryLimiter } from "./memory-limit.ts";
import type { Lineage } from "./lineage/lineage.ts";
import type { QueryRequest, QueryResult, QueryStats, QueryValue } from "./query-request.ts";
import type { Detected, DetectSpec } from "../quality/detect/detect.ts";
import { resultFileName } from "./result-file.ts";
import { defaultLimits, type Keeper, RunningQuery, type QueryStream } from "./running-query.ts";
import { EngineCrash, SqlProcess } from "./sql-process.ts";
import type { StoredResult } from "./store-result.ts";
import { Turnstile } from "./turnstile.ts";
import type { WriteRequest, WriteResult } from "./write-request.ts";
import { makeFolder, stagedParquet, writeTarget } from "./write-target.ts";

export interface SqlRunnerOptions {
  /** Statements at once; more wait, and their waiting counts as their time. Default 4. */
  concurrencyMax?: number;
  /**
   * How long one process stays ready, with the engine loaded, after a query, milliseconds. It saves the next query about
   * 150 ms and costs about 95 MB meanwhile. Default 60,000; 0 keeps none.
   */
  standbyMs?: number;
  /**
   * Statements that a process runs at most, one after the other, each in an engine of its own; it is ended after any that
   * fails. More than 1 saves about 0.4 s of processor time for each, and is for statements of one author, for who breaks out
   * of the engine meets those that come after. Default 1.
   */
  statementsPerProcess?: number;
  /**
   * Folders, absolute, whose files every statement may read: those that follow each other in a process and read nothing else
   * share an engine, which saves some 20 ms of processor time for each. Default: none, and each has its own.
   */
  shared?: readonly string[];
  /** Default: the best that this system has. */
  limiter?: MemoryLimiter;
}

/** A result in its file. */
export interface KeptResult extends StoredResult {
  lineage?: Lineage;
  stats: Pick<QueryStats, "ms" | "memoryLimit" | "skipped">;
}

/** Most bytes of the files that one statement writes. */
const writtenBytesMax = 32 * 1024 ** 3;

/** Runs statements of users in processes, each by default in one that never runs another. The engine is not loaded here. */
export class SqlRunner {
  readonly #options: Required<Omit<SqlRunnerOptions, "shared">> & Pick<SqlRunnerOptions, "shared">;
  readonly #turnstile: Turnstile;
  readonly #known = new KnownFiles();
  readonly #running = new Set<SqlProcess>();
  #standby: { process: Promise<SqlProcess | undefined>; memoryBytes: number } | undefined;
  /** Processes that have run a statement and may run another. */
  readonly #kept = new Set<Promise<SqlProcess | undefined>>();
  #standbyTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SqlRunnerOptions = {}) {
    this.#options = { concurrencyMax: 4, standbyMs: 60_000, statementsPerProcess: 1, limiter: memoryLimiter(), ...options };
    this.#turnstile = new Turnstile(this.#options.concurrencyMax);
  }

  /**
   * The whole result, up to `rowsMax` rows.
   *
   * @throws MillraceError `MR-SQL-001` to `MR-SQL-005`; `MR-LAKE-004` when a data file is damaged; the signal's reason
   */
  async run(request: QueryRequest): Promise<QueryResult> {
    const limits = { rowsMax: defaultLimits.rowsMax, resultBytesMax: defaultLimits.resultBytesMax, ...request.limits };
    const stream = await this.stream({ ...request, limits });
    const rows: QueryValue[][] = [];
    for await (const chunk of stream.rows) for (const row of chunk) rows.push(row);
    return { columns: stream.columns, lineage: stream.lineage, rows, rowCount: rows.length, ...(await stream.finished) };
  }

  /** The result in chunks, at the pace of the reader. Resolves when the columns are known. Throws as `run` does. */
  stream(request: QueryRequest): Promise<QueryStream> {
    return onceMore(() => this.#stream(request));
  }

  async #stream(request: QueryRequest): Promise<QueryStream> {
    const query = new RunningQuery(request, this.#known, this.#options.limiter, this.#keeper);
    try {
      await this.#begin(query);
      const head = await query.columns();
      return { ...head, rows: query.rows(), finished: query.finished };
    } catch (error) {
      await query.close();
      throw error;
    }
  }

  /**
   * Writes the rows into Parquet files, and none of them passes through this process.
   *
   * @throws MillraceError `MR-SQL-001` to `MR-SQL-005`; `MR-LAKE-003` naming the column that does not fit; `MR-LAKE-004` when a
   * data file that is read is damaged; `MR-FILES-002` when the disk is full; the signal's reason
   */
  write(request: WriteRequest): Promise<WriteResult> {
    return onceMore(() => this.#write(request));
  }

  async #write(request: WriteRequest): Promise<WriteResult> {
    const limits = { resultBytesMax: writtenBytesMax, ...request.limits };
    const query = new RunningQuery({ ...request, limits }, this.#known, this.#options.limiter, this.#keeper, { write: writeTarget(request) });
    await makeFolder(request.folder).catch((error) => query.close().then(() => Promise.reject(error)));
    try {
      await this.#begin(query);
      const files = (await query.written(typeof request.columns === "function" ? request.columns : undefined)).filter(({ records }) => records > 0).map((file) => stagedParquet(request.folder, file));
      return { rows: total(files, ({ records }) => records), bytes: total(files, ({ bytes }) => bytes), files, stats: query.stats() };
    } catch (error) {
      // Not before the process has ended: it could write on.
      await query.close();
      await rm(request.folder, { recursive: true, force: true });
      throw error;
    } finally {
      await query.close();
    }
  }

  /**
   * Keeps the whole result in one Parquet file, and no row of it passes through this process.
   *
   * @param folder - of this machine, at which nothing is yet. It is made; when the call fails it is gone again.
   * @throws MillraceError as `run` does; `MR-FILES-002` when the disk is full
   */
  async store(request: QueryRequest, folder: string): Promise<KeptResult> {
    await makeFolder(folder);
    return onceMore(() => this.#store(request, folder)).catch(async (error) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
  }

  async #store(request: QueryRequest, folder: string): Promise<KeptResult> {
    const query = new RunningQuery(request, this.#known, this.#options.limiter, this.#keeper, { store: { folder, file: resultFileName } });
    try {
      await this.#begin(query);
      const stored = await query.stored();
      return { ...stored, stats: query.stats() };
    } finally {
      // A process that failed is ended here, before its folder is removed: it could write on.
      await query.close();
    }
  }

  /**
   * Looks for outliers in the rows, where the statement runs: see `detectSql` for what it must give.
   * @throws MillraceError as `run` does; `MR-QUALITY-005` for a method or option that there is not, and too many rows
   */
  detect(request: QueryRequest, spec: DetectSpec): Promise<Detected> {
    return onceMore(async () => {
      const query = new RunningQuery(request, this.#known, this.#options.limiter, this.#keeper, { detect: spec });
      try {
        await this.#begin(query);
        return await query.detected();
      } finally {
        await query.close();
      }
    });
  }

  async #begin(query: RunningQuery): Promise<void> {
    query.holds(await query.guard(this.#turnstile.enter(query.aborted)));
    await query.begin(await this.#take(query));
  }

  async #take(query: RunningQuery): Promise<SqlProcess> {
    if (this.#closed) throw new MillraceError("MR-SQL-005", { what: "no statements are taken any more", where: "Millrace", mend: "it is shutting down; ask again when it is back", retryable: true });
    const { memoryBytes, timeoutMs } = query.limits;
    const process = await query.guard(this.#ready(memoryBytes, timeoutMs), (late) => late.end());
    process.used++;
    this.#running.add(process);
    query.onClosed(() => {
      this.#running.delete(process);
      this.#refill(memoryBytes, timeoutMs);
    });
    return process;
  }

  async #ready(memoryBytes: number, timeoutMs: number): Promise<SqlProcess> {
    for (const kept of this.#kept) {
      this.#kept.delete(kept);
      const process = await kept;
      if (process?.running && process.suits(memoryBytes, timeoutMs)) return process;
      void process?.end();
    }
    const standby = this.#standby;
    if (standby?.memoryBytes === memoryBytes) {
      this.#standby = undefined;
      const process = await standby.process;
      if (process?.running && process.suits(memoryBytes, timeoutMs)) return process;
      void process?.end();
    }
    return SqlProcess.start(this.#options.limiter, memoryBytes);
  }

  get #keeper(): Keeper | undefined {
    const { statementsPerProcess, shared } = this.#options;
    if (statementsPerProcess === 1) return undefined;
    const take = (process: SqlProcess): void => {
      if (this.#closed || process.used >= statementsPerProcess) return void process.end();
      // One that cannot go on has ended, or is ended.
      this.#kept.add(process.again().catch(() => void process.end()));
    };
    return { take, shared };
  }

  #refill(memoryBytes: number, timeoutMs: number): void {
    const { standbyMs } = this.#options;
    if (this.#closed || standbyMs === 0) return;
    clearTimeout(this.#standbyTimer);
    this.#standbyTimer = setTimeout(() => void this.#dropStandby(), standbyMs);
    this.#standbyTimer.unref();
    if (this.#kept.size > 0) return;
    if (this.#standby?.memoryBytes !== memoryBytes) this.#endStandby();
    this.#standby ??= { memoryBytes, process: this.#limited(memoryBytes, timeoutMs).catch(() => undefined) };
  }

  /** The limits take a program of their own to set: they stand before somebody waits. */
  async #limited(memoryBytes: number, timeoutMs: number): Promise<SqlProcess> {
    const process = await SqlProcess.start(this.#options.limiter, memoryBytes);
    try {
      await process.limit(memoryBytes, timeoutMs);
      return process;
    } catch (error) {
      await process.end();
      throw error;
    }
  }

  #endStandby(): void {
    void this.#standby?.process.then((process) => process?.end());
    this.#standby = undefined;
  }

  async #dropStandby(): Promise<void> {
    const standby = this.#standby;
    const all = [...this.#kept, ...(standby ? [standby.process] : [])];
    this.#standby = undefined;
    this.#kept.clear();
    await Promise.all(all.map(async (process) => (await process)?.end()));
  }

  /** Starts a process ahead of the first query. */
  warm(memoryBytes = defaultLimits.memoryBytes): void {
    this.#refill(memoryBytes, defaultLimits.timeoutMs);
  }

  /** Ends everything that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#standbyTimer);
    await Promise.all([this.#dropStandby(), ...[...this.#running].map((process) => process.end())]);
  }
}

/** Nothing has come of a statement whose engine crashed: it is run again, in a new process and with its whole time, once. */
async function onceMore<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof EngineCrash) return run();
    throw error;
  }
}

function total<T>(items: T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
