import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { skippedTexts } from "../../sql/skipped-text.ts";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { Reader } from "../../govern/reader.ts";
import type { SqlRequest, SqlResult } from "../../server/control-plane.ts";
import type { PlanRequest, QueryControl, QueryFilter, QueryPlan, QueryRead, QueryState, QuerySubmit, QueryView, ResultPage, ResultPageRequest } from "../../server/query-control.ts";
import type { GatedInfo, QueryRequest, QueryResult, Resolution, SqlSource, TableReference } from "../../sql/query-request.ts";
import { columnsOfWindow, keptRowsSql } from "../../sql/result-file.ts";
import type { KeptResult, SqlRunner } from "../../sql/sql-runner.ts";
import type { HistoryLogger, QueryHistory } from "./query-history.ts";
import { readPlan } from "./read-plan.ts";
import { errorForReader, type QueryPhase } from "./reader-error.ts";
import { RecentMap } from "../recent-map.ts";
import { type GatedText, resultKey } from "./result-cache.ts";
import type { ResultFile, ResultFiles } from "./result-files.ts";

export interface QueryServiceParts {
  runner: SqlRunner;
  /** Reads pages of results that the project's own statements gave. Default: `runner`. */
  pages?: SqlRunner;
  /** Finds what statements name. @param reader - who asks, where not all may be named */
  resolve(references: TableReference[], statement: GatedInfo, reader?: Reader): Promise<Resolution>;
  history: QueryHistory;
  results: ResultFiles;
  logger: HistoryLogger;
  /** Milliseconds since 1970. */
  clock?: () => number;
}

/** Statements that have not ended; more are refused. */
const openMax = 200;
/** Those of one reader's token. */
const openMaxOfReader = 20;
/** The file of a result. */
const resultBytesMax = 1024 ** 3;
/** Results of `POST /sql` in memory, as JSON together. */
const cachedBytesMax = 32 * 1024 * 1024;
/** Texts of which it is known what they read. */
const gatedBytesMax = 4 * 1024 * 1024;
/** A lineage in a record. */
const lineageBytesMax = 64 * 1024;
const sweepMs = 3_600_000;

/** The answer to a statement was there already. */
class CacheHit<T> extends Error {
  readonly result: T;

  constructor(result: T) {
    super("the result was there already");
    this.result = result;
  }
}

/** What is learned of a statement while it runs. */
interface Learned {
  /** Who asks, where not all may be named. */
  reader?: Reader;
  phase: QueryPhase;
  /** Some of what the statement names are views. */
  throughViews: boolean;
  sources: SqlSource[];
  key?: string;
}

const nothingLearned = (reader: Reader | undefined): Learned => ({ reader, phase: "stated", throughViews: false, sources: [] });

/** Runs statements, keeps their records and results, and gives the same result again where nothing has changed. */
export class QueryService implements QueryControl {
  readonly #parts: QueryServiceParts;
  readonly #clock: () => number;
  readonly #open = new Map<string, AbortController>();
  readonly #ended = new Map<string, Promise<void>>();
  readonly #gated = new RecentMap<GatedText>(gatedBytesMax);
  readonly #answers = new RecentMap<QueryResult>(cachedBytesMax);
  /** By result key: the query whose file holds it. */
  readonly #kept = new RecentMap<string>(1024 * 1024);
  readonly #sweep: NodeJS.Timeout;

  constructor(parts: QueryServiceParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? Date.now;
    this.#sweep = setInterval(() => void parts.results.sweep().catch((error: unknown) => parts.logger.warn({ err: error }, "old results could not be removed; it is tried again in an hour")), sweepMs).unref();
  }

  /** The quick way: the answer is not kept waiting for its record. Throws as `SqlRunner.run` does. */
  async sql({ sql, limit, timeoutMs, by, reader }: SqlRequest, signal: AbortSignal): Promise<SqlResult> {
    const started = performance.now();
    const view = this.#newView({ sql, timeoutMs, by, reader }, "sql", "running");
    const learned = nothingLearned(reader);
    try {
      const { result, cached } = await this.#answer({ sql, signal, lineage: true, limits: { rowsMax: limit, timeoutMs } }, learned);
      const { columns, rows, rowCount, truncated, lineage } = result;
      this.#soon(() => this.#record(view, learned, { state: "succeeded", columns, cached, lineage: shortLineage(lineage) }, started, { rows: rowCount }));
      const notes = skippedTexts(result.stats.skipped, reader === undefined);
      return { columns, rows, rowCount, truncated, ...(notes.length > 0 && { notes }), elapsedMs: performance.now() - started };
    } catch (thrown) {
      const error = this.#told(thrown, view, learned, signal);
      this.#soon(() => this.#record(view, learned, endOf(error, signal), started));
      throw error;
    }
  }

  /** What is told of a failure; what else there is to say stands in the log. */
  #told(thrown: unknown, { id }: QueryView, learned: Learned, signal: AbortSignal): unknown {
    if (learned.reader === undefined || signal.aborted) return thrown;
    const error = errorForReader(thrown, learned);
    if (error !== thrown) this.#parts.logger.warn({ err: thrown, query: id, token: learned.reader.token }, "a statement of a reader failed, who is told less");
    return error;
  }

  /** After the answer has gone out. */
  #soon(work: () => void): void {
    setImmediate(work);
  }

  async #answer(request: Omit<QueryRequest, "resolve">, learned: Learned): Promise<{ result: QueryResult; cached: boolean }> {
    const find = (key: string): QueryResult | undefined => this.#answers.get(key);
    try {
      await this.#tryKnownText(request, learned, find);
      const result = await this.#parts.runner.run({ ...request, onOpened: () => (learned.phase = "running"), resolve: this.#resolver(request, learned, find) });
      if (learned.key) this.#answers.set(learned.key, result, weightOf(result));
      return { result, cached: false };
    } catch (error) {
      if (error instanceof CacheHit) return { result: error.result as QueryResult, cached: true };
      throw error;
    }
  }

  /** A text that was seen before needs no process to know what it reads. @throws CacheHit */
  async #tryKnownText<T>({ sql, limits }: Omit<QueryRequest, "resolve">, learned: Learned, find: (key: string) => T | undefined): Promise<void> {
    const gated = this.#gated.get(textKey(sql, learned.reader));
    if (gated?.fingerprint === undefined) return;
    for (const [round, references] of gated.rounds.entries()) {
      // A name that means nothing any more is told by the usual way.
      const resolution = await this.#parts.resolve(references, infoOf(gated.fingerprint, round), learned.reader).catch(() => undefined);
      if (!resolution?.sources.every((source) => source !== undefined)) return;
      this.#learn(learned, resolution.sources as SqlSource[], gated.fingerprint, limits?.rowsMax, find);
    }
  }

  #resolver<T>({ sql, limits }: Omit<QueryRequest, "resolve">, learned: Learned, find: (key: string) => T | undefined): QueryRequest["resolve"] {
    const rounds: TableReference[][] = [];
    let fingerprint: string | undefined;
    return async (references: TableReference[], info: GatedInfo) => {
      // Asked from the beginning: an engine that crashed is followed by another.
      if (!info.inViews) {
        rounds.length = 0;
        fingerprint = info.fingerprint;
        learned.phase = "stated";
        // What the text was known to read may have changed since.
        learned.sources = [];
      }
      const resolution = references.length === 0 ? { sources: [], known: [] } : await this.#parts.resolve(references, infoOf(fingerprint, rounds.length), learned.reader);
      if (rounds.length === 0) learned.throughViews = resolution.sources.some((source) => source?.kind === "view");
      rounds.push(references);
      this.#gated.set(textKey(sql, learned.reader), { fingerprint, rounds: [...rounds] }, 2 * sql.length + 200 * rounds.length);
      const isWhole = resolution.sources.every((source) => source !== undefined);
      if (isWhole) learned.phase = "opening";
      if (isWhole) this.#learn(learned, resolution.sources as SqlSource[], fingerprint, limits?.rowsMax, find);
      return resolution;
    };
  }

  /** @throws CacheHit when the result is there */
  #learn<T>(learned: Learned, sources: SqlSource[], fingerprint: string | undefined, rowsMax: number | undefined, find: (key: string) => T | undefined): void {
    learned.sources = [...learned.sources, ...sources];
    learned.key = resultKey({ fingerprint, sources: learned.sources, rowsMax, token: learned.reader?.token });
    const result = learned.key === undefined ? undefined : find(learned.key);
    if (result !== undefined) throw new CacheHit(result);
  }

  async submit(request: QuerySubmit): Promise<QueryView> {
    if (this.#open.size >= openMax) throw new MillraceError("MR-HTTP-008", { what: `${openMax} queries wait or run`, where: "the queries", mend: "wait until some have ended, or cancel some", retryable: true });
    this.#checkShare(request.reader);
    const view = this.#newView(request, "query", "queued");
    const stop = new AbortController();
    this.#open.set(view.id, stop);
    try {
      await this.#parts.history.add(view);
    } catch (error) {
      this.#open.delete(view.id);
      throw error;
    }
    this.#ended.set(view.id, this.#run(view, request, stop.signal));
    // Who asked will look at the rows: their reader is ready by then.
    if (request.reader === undefined) this.#parts.pages?.warm();
    return this.get(view.id);
  }

  /** One reader leaves room for the others. */
  #checkShare(reader: Reader | undefined): void {
    if (reader === undefined) return;
    const own = [...this.#open.keys()].filter((id) => this.#parts.history.get(id).token === reader.token).length;
    if (own >= openMaxOfReader) throw new MillraceError("MR-HTTP-008", { what: `${openMaxOfReader} queries of this token wait or run`, where: "the queries", mend: "wait until some have ended, or cancel some", retryable: true });
  }

  async #run(view: QueryView, { sql, timeoutMs, reader }: QuerySubmit, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    const learned = nothingLearned(reader);
    const { history } = this.#parts;
    const request = { sql, signal, lineage: true, limits: { timeoutMs, resultBytesMax }, onProgress: ({ percent }: { percent?: number }): void => this.#progress(view.id, percent) };
    try {
      const kept = await this.#keep(view.id, request, learned, () => this.#change(view.id, { state: "running" }));
      this.#record(view, learned, { state: "succeeded", ...kept.view }, started, { rows: kept.rows, resultBytes: kept.file.bytes });
    } catch (error) {
      this.#record(view, learned, endOf(this.#told(error, view, learned, signal), signal), started);
    } finally {
      this.#open.delete(view.id);
      this.#ended.delete(view.id);
      await history.settled();
    }
  }

  async #keep(id: string, request: Omit<QueryRequest, "resolve">, learned: Learned, onRunning: () => void): Promise<{ rows: number; file: ResultFile; view: Partial<QueryView> }> {
    const { runner, results } = this.#parts;
    const find = (key: string): string | undefined => this.#usable(key);
    try {
      await this.#tryKnownText(request, learned, find);
      const resolve = this.#resolver(request, learned, find);
      const stored = await runner.store({ ...request, onOpened: () => (learned.phase = "running"), resolve: (references, info) => (onRunning(), resolve(references, info)) }, results.folderOf(id));
      const file = await results.keep(id, stored.bytes);
      if (learned.key) this.#kept.set(learned.key, id, learned.key.length);
      return { rows: stored.rows, file, view: resultView(stored, file, learned.reader === undefined) };
    } catch (error) {
      if (!(error instanceof CacheHit)) throw error;
      return this.#shared(String(error.result));
    }
  }

  /** The query whose kept result has the key. */
  #usable(key: string): string | undefined {
    const id = this.#kept.get(key);
    return id !== undefined && this.#parts.results.get(id) ? id : undefined;
  }

  /** The result of another query, which is kept as long as that one's. */
  #shared(other: string): { rows: number; file: ResultFile; view: Partial<QueryView> } {
    const { columns, lineage, cost } = this.#parts.history.get(other);
    const file = this.#parts.results.get(other) as ResultFile;
    return { rows: cost.rows ?? 0, file, view: { columns, lineage, cached: true, resultOf: other, resultUntil: new Date(file.until).toISOString() } };
  }

  #progress(id: string, percent: number | undefined): void {
    this.#change(id, { progress: percent ?? null });
  }

  /** In memory alone: what passes is not worth a write. */
  #change(id: string, change: Partial<QueryView>): void {
    const view = this.#parts.history.get(id);
    if (view.endedAt === null) this.#parts.history.touch({ ...view, ...change });
  }

  #newView({ sql, by, reader }: QuerySubmit, kind: QueryView["kind"], state: QueryState): QueryView {
    return {
      id: this.#parts.history.newId(),
      sql,
      by: by ?? null,
      token: reader?.token ?? null,
      kind,
      state,
      createdAt: new Date(this.#clock()).toISOString(),
      endedAt: null,
      progress: null,
      cost: { ms: null, rows: null, bytesScanned: 0, filesRead: 0, filesPruned: 0, resultBytes: null },
      reads: [],
      columns: null,
      lineage: null,
      cached: false,
      resultOf: null,
      error: null,
      resultUntil: null,
    };
  }

  #record(view: QueryView, { sources }: Learned, end: Partial<QueryView>, started: number, cost: Partial<QueryView["cost"]> = {}): void {
    const reads = distinct(sources.flatMap(readOf));
    const total = (of: (read: QueryRead) => number): number => (end.cached ? 0 : reads.reduce((sum, read) => sum + of(read), 0));
    this.#parts.history.record({
      ...view,
      ...end,
      endedAt: new Date(this.#clock()).toISOString(),
      reads,
      cost: { ...view.cost, ms: performance.now() - started, bytesScanned: total(({ bytes }) => bytes), filesRead: total(({ files }) => files), filesPruned: total(({ filesPruned }) => filesPruned), ...cost },
    });
  }

  /**
   * How the engine would run a statement; with `measured` it runs, and its steps are told with their times.
   * @throws MillraceError as `SqlRunner.run` does
   */
  async plan({ sql, measured, timeoutMs }: PlanRequest, signal: AbortSignal): Promise<QueryPlan> {
    const { rows } = await this.#parts.runner.run({ sql, signal, explain: measured ? "measured" : "estimated", limits: { timeoutMs }, resolve: (references, gated) => this.#parts.resolve(references, gated) });
    return readPlan(String(rows[0]?.[1] ?? "null"));
  }

  list(filter: QueryFilter): QueryView[] {
    return this.#parts.history.list(filter);
  }

  get(id: string): QueryView {
    return this.#parts.history.get(id);
  }

  async wait(id: string, waitMs: number): Promise<QueryView> {
    const ended = this.#ended.get(id);
    if (ended && waitMs > 0) await endsWithin(ended, waitMs);
    return this.get(id);
  }

  cancel(id: string): QueryView {
    const view = this.get(id);
    this.#open.get(id)?.abort(new MillraceError("MR-SQL-006", { what: "the statement was cancelled", where: "the statement", mend: "send it again if it is wanted after all" }));
    return view;
  }

  async page(id: string, request: ResultPageRequest, signal: AbortSignal): Promise<ResultPage> {
    const { view, file } = this.#resultOf(id);
    const all = view.columns ?? [];
    const columns = columnsOfWindow(all, request);
    if (columns.length === 0) throw new MillraceError("MR-HTTP-006", { what: `the result has ${all.length} columns`, where: "the address, `columnsFrom`", mend: "begin with one of these; the first is 0" });
    if (request.order !== undefined && request.order.column >= all.length) throw new MillraceError("MR-HTTP-006", { what: `the result has ${all.length} columns`, where: "the address, `orderBy`", mend: "order by one of these; the first is 0" });
    const { runner, pages = runner } = this.#parts;
    const waits = whileWaiting(signal);
    // What a reader's statement has left is opened by a process that nobody else meets.
    const { rows } = await (view.token === null ? pages : runner).run({
      sql: keptRowsSql("result", all, request),
      signal: waits.signal,
      limits: { rowsMax: request.limit },
      resolve: async () => {
        waits.over();
        return { sources: [{ kind: "result", path: file.path }], known: [] };
      },
    });
    return { columns, rows, rowCount: view.cost.rows ?? 0 };
  }

  async parquet(id: string): Promise<{ bytes: number; body: Readable }> {
    const { file } = this.#resultOf(id);
    return { bytes: file.bytes, body: createReadStream(file.path) };
  }

  #resultOf(id: string): { view: QueryView; file: ResultFile } {
    const view = this.get(id);
    if (view.error) throw MillraceError.fromJSON(view.error);
    const file = this.#parts.results.get(view.resultOf ?? id);
    if (view.state === "succeeded" && file) return { view, file };
    const what = view.endedAt === null ? `query "${id}" has not ended` : view.kind === "sql" ? `the result of "${id}" was answered at once and is not kept` : `the result of "${id}" is kept no more`;
    throw new MillraceError("MR-HTTP-005", { what, where: `query "${id}"`, mend: view.endedAt === null ? "ask again when it has" : "send the statement again with POST /api/v1/queries" });
  }

  /** Ends what runs. Its records say so when the next process opens them, or now where there is time. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const { runner, pages, history } = this.#parts;
    for (const stop of this.#open.values()) stop.abort(new MillraceError("MR-SQL-005", { what: "Millrace is shutting down", where: "the statement", mend: "send it again when it is back", retryable: true }));
    await Promise.all(this.#ended.values());
    await Promise.all([runner.close(), pages?.close()]);
    await history.settled();
  }
}

function readOf(source: SqlSource): QueryRead[] {
  if (source.kind === "result") return [];
  const dataset = source.dataset ?? "";
  if (source.kind === "files") return [{ dataset, kind: "files", snapshot: null, files: source.files.length, filesPruned: source.filesPruned ?? 0, bytes: 0 }];
  if (source.kind !== "table") return [{ dataset, kind: source.kind, snapshot: null, files: 0, filesPruned: 0, bytes: 0 }];
  const bytes = source.files.flatMap((file) => [file, ...(file.deletes ?? [])]).reduce((total, file) => total + (file.bytes ?? 0), 0);
  return [{ dataset, kind: "table", snapshot: source.snapshotId === undefined ? null : String(source.snapshotId), files: source.files.length, filesPruned: source.filesPruned ?? 0, bytes }];
}

/** What one reader's statement was found to read is no answer for another's. */
const textKey = (sql: string, reader: Reader | undefined): string => `${reader?.token ?? ""}\n${sql}`;

/** @param round - 0 for what the statement itself names, then for what its views name */
const infoOf = (fingerprint: string | undefined, round: number): GatedInfo => ({ fingerprint, ...(round > 0 && { inViews: true }) });

/** What is asked for again, since a text was known or the engine crashed, is read once. */
function distinct(reads: QueryRead[]): QueryRead[] {
  return [...new Map(reads.map((read) => [JSON.stringify([read.dataset, read.snapshot]), read])).values()];
}

function resultView({ columns, lineage, stats }: KeptResult, file: ResultFile, toldWhere: boolean): Partial<QueryView> {
  const notes = skippedTexts(stats.skipped, toldWhere);
  return { columns, ...(notes.length > 0 && { notes }), lineage: shortLineage(lineage), resultUntil: new Date(file.until).toISOString() };
}

function shortLineage(lineage: QueryResult["lineage"]): QueryView["lineage"] {
  if (lineage === undefined) return null;
  return JSON.stringify(lineage).length <= lineageBytesMax ? lineage : { known: false, reason: "it is too long to be kept" };
}

function endOf(thrown: unknown, signal: AbortSignal): Partial<QueryView> {
  const error = asMillraceError(thrown, "the statement").toJSON();
  return { state: signal.aborted ? "cancelled" : "failed", error, progress: null };
}

/**
 * A signal that nobody heeds once it is over. Who scrolls asks for pages and wants them no more: one that is being read is read to its
 * end, which takes a moment; giving it up would cost its process, and those that come next the start of another.
 */
function whileWaiting(signal: AbortSignal): { signal: AbortSignal; over(): void } {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return { signal: stop.signal, over: () => signal.removeEventListener("abort", onAbort) };
}

/** About as many bytes as the result's JSON has. */
const weightOf = ({ rows, columns }: QueryResult): number => JSON.stringify(rows).length + JSON.stringify(columns).length;

async function endsWithin(promise: Promise<void>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
