import { encodeBatch } from "../batch/codec.ts";
import { type ErrorJson, errorCodes, MillraceError } from "../errors.ts";
import { nearest } from "../model/names.ts";
import { outOfTime } from "./engine-error.ts";
import { FarFiles } from "./far-files.ts";
import type { KnownFiles } from "./known-files.ts";
import type { Lineage } from "./lineage/lineage.ts";
import type { MemoryLimiter } from "./memory-limit.ts";
import { HeldVersions } from "./held-versions.ts";
import { explained } from "./missing-file.ts";
import type { FromChild, SourceMessage, StoreMessage, WriteMessage, WrittenFile } from "./messages.ts";
import type { CopySource, GatedInfo, QueryColumn, QueryLimits, QueryRequest, QueryStats, QueryValue, Resolution, SkippedRows, SqlSource, TableReference, TopicSource } from "./query-request.ts";
import { EngineCrash, type SqlProcess } from "./sql-process.ts";
import type { StoredResult } from "./store-result.ts";
import type { WriteColumn } from "./write-request.ts";
import type { Detected, DetectSpec } from "../quality/detect/detect.ts";
import type { ResultColumn } from "../lake/result-schema.ts";

/** A result on its way: columns are known, rows come as they are made. */
export interface QueryStream {
  columns: QueryColumn[];
  lineage?: Lineage;
  /** In chunks of a few hundred kilobytes. Leaving the loop early ends the query. Read it once. */
  rows: AsyncIterable<QueryValue[][]>;
  /** Resolves when `rows` has been read to its end. */
  finished: Promise<{ truncated: boolean; stats: QueryStats }>;
}

/** What the process may say before it runs the statement. */
const before = ["references", "found", "checked"] as const;

const mebibyte = 1024 * 1024;

export const defaultLimits = { timeoutMs: 30_000, memoryBytes: 1024 * mebibyte, spillBytesMax: 2048 * mebibyte, rowsMax: 10_000, resultBytesMax: 64 * mebibyte };

/** The process is killed this long after its time: until then the engine may stop by itself and say more. */
const killAfterMs = 2_000;

/** Where the rows go when they do not come back. */
export interface RowTarget {
  write?: WriteMessage;
  store?: StoreMessage;
  /** What is looked for in them. */
  detect?: DetectSpec;
}

/** What becomes of a process whose statement has come to a good end. */
export interface Keeper {
  /** Takes the process, in place of ending it. */
  take(process: SqlProcess): void;
  /** Folders whose files all of its statements may read, so that they can share an engine. */
  shared?: readonly string[];
}

/** The parent's side of one statement, from its limits to its last row. */
export class RunningQuery {
  readonly limits: Pick<QueryLimits, "timeoutMs" | "memoryBytes" | "spillBytesMax"> & Partial<QueryLimits>;
  readonly aborted: AbortSignal;
  readonly finished: QueryStream["finished"];
  readonly #request: QueryRequest;
  readonly #target: RowTarget;
  readonly #known: KnownFiles;
  readonly #limiter: MemoryLimiter;
  readonly #started = performance.now();
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #finish: PromiseWithResolvers<{ truncated: boolean; stats: QueryStats }>;
  readonly #closers: (() => void)[] = [];
  readonly #keep: Keeper | undefined;
  #process: SqlProcess | undefined;
  /** The process has said something of the statement. */
  #heard = false;
  /** All that there was has been received. */
  #whole = false;
  #columnsMs = 0;
  #copiedBytes = 0;
  readonly #skipped: SkippedRows[] = [];
  /** All that it reads. */
  readonly #sources: SqlSource[] = [];
  readonly #versions: HeldVersions;
  readonly #far = new FarFiles();

  /**
   * @param keep - absent: the process is ended
   */
  constructor(request: QueryRequest, known: KnownFiles, limiter: MemoryLimiter, keep?: Keeper, target: RowTarget = {}) {
    this.#keep = keep;
    this.#request = request;
    this.#target = target;
    this.#known = known;
    this.#limiter = limiter;
    this.limits = { ...pick(defaultLimits), ...request.limits };
    checkLimits(this.limits);
    this.#versions = new HeldVersions(holdAfterMs, this.limits.timeoutMs + killAfterMs);
    this.#closers.push(() => this.#versions.release());
    this.#closers.push(() => this.#far.release());
    this.aborted = this.#abort.signal;
    this.#finish = Promise.withResolvers();
    this.finished = this.#finish.promise;
    // Whoever only reads the rows learns of the error there.
    this.finished.catch(() => undefined);
    this.#timer = setTimeout(() => this.#stop(outOfTime()), this.limits.timeoutMs + killAfterMs);
    const { signal } = request;
    if (signal?.aborted) this.#stop(signal.reason);
    const stop = (): void => this.#stop(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    this.#closers.push(() => signal?.removeEventListener("abort", stop));
  }

  #stop(reason: unknown): void {
    this.#abort.abort(reason);
    this.#process?.kill(reason);
  }

  /** Waits for something that takes no signal; what comes too late goes to `late`. */
  async guard<T>(promise: Promise<T>, late?: (value: T) => unknown): Promise<T> {
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(this.aborted.reason);
    if (this.aborted.aborted) onAbort();
    this.aborted.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([promise, stopped]);
    } catch (error) {
      if (late) promise.then(late, () => undefined);
      else promise.catch(() => undefined);
      throw error;
    } finally {
      this.aborted.removeEventListener("abort", onAbort);
    }
  }

  holds(release: () => void): void {
    this.#closers.push(release);
  }

  onClosed(callback: () => void): void {
    this.#closers.push(callback);
  }

  /** Everything up to the moment when the engine runs the statement. */
  async begin(process: SqlProcess): Promise<void> {
    this.#process = process;
    const { timeoutMs, memoryBytes, spillBytesMax, rowsMax, resultBytesMax } = this.limits;
    await this.guard(process.limit(memoryBytes, timeoutMs)).catch(async (error) => {
      throw process.running ? error : await process.failure();
    });
    const leftMs = Math.max(1, Math.ceil(this.#started + timeoutMs - performance.now()));
    await process.channel.send({ type: "query", sql: this.#request.sql, limits: { timeoutMs: leftMs, memoryBytes, spillBytesMax, rowsMax, resultBytesMax }, ...this.#target, lineage: this.#request.lineage, tree: this.#request.tree, explain: this.#request.explain, secrets: this.#request.secrets, ...(this.#keep && { shared: this.#keep.shared }) });
    const confirms: (() => void)[] = [];
    let asked: SqlSource[] | undefined;
    for (let said = await this.#next(...before); said.type !== "checked"; said = await this.#next(...before)) {
      if (said.type === "found") {
        this.#found(asked?.[said.source], said);
        continue;
      }
      const resolved = await this.guard(this.#resolve(said.references, { fingerprint: said.fingerprint, tree: said.tree, ...(asked && { inViews: true }) }));
      const { sources, confirm } = this.#known.digests.unchecked(await this.#near(resolved));
      confirms.push(confirm);
      asked = sources;
      this.#sources.push(...sources);
      this.#versions.add(sources);
      await this.#sendSources(process, sources);
    }
    for (const confirm of confirms) confirm();
    this.#request.onOpened?.();
  }

  /** What lies elsewhere is brought here first. */
  async #near(sources: SqlSource[]): Promise<SqlSource[]> {
    const near: SqlSource[] = [];
    for (const source of sources) {
      if (source.kind === "table" && source.bring) this.#closers.push((await this.guard(source.bring(this.aborted), (late) => late.release())).release);
      const { source: found, skipped } = source.kind === "files" ? await this.guard(this.#far.near(source, this.aborted)) : { source };
      if (skipped) this.#skipped.push(skipped);
      near.push(found);
    }
    return near;
  }

  #found(source: SqlSource | undefined, { shape, skipped, checked, files }: Extract<FromChild, { type: "found" }>): void {
    if (source?.kind !== "files") return;
    if (shape) source.found?.(shape);
    if (files) source.onFiles?.(files);
    this.#known.files.learn(source, checked);
    if (skipped) this.#skipped.push({ ...(source.dataset !== undefined && { dataset: source.dataset }), ...skipped, first: { ...skipped.first, file: this.#far.named(skipped.first.file) } });
  }

  async #resolve(references: TableReference[], about: GatedInfo): Promise<SqlSource[]> {
    const resolution = await this.#request.resolve(references, about);
    return references.map((reference, i) => resolution.sources[i] ?? unknownName(reference, resolution));
  }

  async #sendSources(process: SqlProcess, sources: SqlSource[]): Promise<void> {
    const messages = sources.map((source, reference): SourceMessage => {
      if (source.kind === "result") return { kind: "result", reference, path: source.path };
      if (source.kind === "files") return { reference, ...source, checked: this.#known.files.of(source) };
      const { dataset } = source;
      if (source.kind === "copy") return { kind: "copy", reference, dataset, columns: source.columns };
      if (source.kind === "table") return { kind: "table", reference, dataset, columns: source.columns, files: source.files, byFile: source.byFile };
      if (source.kind === "view") return { kind: "view", reference, sql: source.sql };
      const { columns, records } = source;
      return { kind: "topic", reference, dataset, columns, ...(records.kind === "segments" && { segments: { folder: records.folder, batches: records.batches } }) };
    });
    await process.channel.send({ type: "sources", sources: messages });
    for (const [i, source] of sources.entries()) {
      if (source.kind === "topic") await this.#sendRecords(process, i, source);
      if (source.kind === "copy") await this.#sendEach(this.#bounded(source), (piece) => process.channel.send({ type: "rows", source: i }, piece));
    }
    await process.channel.send({ type: "sourcesEnd" });
  }

  async #sendRecords(process: SqlProcess, index: number, { records }: TopicSource): Promise<void> {
    if (records.kind !== "stream") return;
    await this.#sendEach(records.batches, ({ partition, offset, skip = 0, batch, take = batch.count }) =>
      process.channel.send({ type: "batch", source: index, partition, offset, skip, take }, encodeBatch(batch)),
    );
  }

  /** What is kept on disk for the statement counts as what it spills. @throws MillraceError `MR-SQL-004` past that */
  async *#bounded({ dataset, rows }: CopySource): AsyncGenerator<Uint8Array> {
    const { spillBytesMax } = this.limits;
    for await (const piece of rows) {
      this.#copiedBytes += piece.byteLength;
      if (this.#copiedBytes > spillBytesMax) throw new MillraceError("MR-SQL-004", { what: `what the statement reads from elsewhere is larger than ${spillBytesMax} bytes`, where: dataset ?? "the statement", mend: "name the columns that are needed in place of *, and compare a column with a constant; or allow more: spillBytesMax" });
      yield piece;
    }
  }

  async #sendEach<T>(items: AsyncIterable<T>, send: (item: T) => Promise<void>): Promise<void> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.guard(iterator.next());
        if (done) return;
        await send(value);
      }
    } finally {
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }

  async columns(): Promise<{ columns: QueryColumn[]; lineage?: Lineage }> {
    const { columns, lineage } = await this.#next("columns");
    this.#columnsMs = performance.now() - this.#started;
    return { columns, lineage };
  }

  async *rows(): AsyncGenerator<QueryValue[][]> {
    try {
      for (;;) {
        const message = await this.#next("rows", "end");
        if (message.type === "end") return this.#ended(message.truncated);
        yield message.rows;
      }
    } catch (error) {
      this.#finish.reject(error);
      throw error;
    } finally {
      this.#finish.reject(new Error("the rows were not read to their end"));
      const closed = this.close();
      // With all rows there, nobody waits for the end of the process: it takes some 10 ms.
      if (!this.#whole) await closed;
    }
  }

  #ended(truncated: boolean): void {
    this.#whole = true;
    this.#finish.resolve({ truncated, stats: { ...this.stats(), firstRowMs: this.#columnsMs } });
  }

  /** The files of a statement whose rows do not come back. @param columnsOf - makes their columns of what the statement gives, where they were not said before */
  async written(columnsOf?: (result: ResultColumn[]) => Promise<WriteColumn[]>): Promise<WrittenFile[]> {
    if (columnsOf) {
      const { columns } = await this.#next("shape");
      await (this.#process as SqlProcess).channel.send({ type: "columns", columns: await this.guard(columnsOf(columns)) });
    }
    const { files } = await this.#next("written");
    this.#whole = true;
    return files;
  }

  /** The file of a statement whose result is kept. */
  async stored(): Promise<StoredResult & { lineage?: Lineage }> {
    const { result, lineage } = await this.#next("stored");
    this.#whole = true;
    return { ...result, lineage };
  }

  /** What was found in the rows of a statement. */
  async detected(): Promise<Detected> {
    const { detected } = await this.#next("detected");
    this.#whole = true;
    return detected;
  }

  stats(): Pick<QueryStats, "ms" | "memoryLimit" | "skipped"> {
    return { ms: performance.now() - this.#started, memoryLimit: this.#limiter === "none" ? "engine" : "system", ...(this.#skipped.length > 0 && { skipped: this.#skipped }) };
  }

  /** The next message of these types; progress is handed on meanwhile. */
  async #next<T extends FromChild["type"]>(...types: T[]): Promise<Extract<FromChild, { type: T }>> {
    const process = this.#process as SqlProcess;
    for (;;) {
      const received = await process.channel.receive().catch(() => undefined);
      if (!received) throw await this.#failure(process);
      const { message } = received;
      this.#heard = true;
      if (message.type === "error") throw this.aborted.aborted ? this.aborted.reason : await explained(errorOf(this.#far.error(message.error)), this.#sources);
      if (message.type === "progress") this.#request.onProgress?.({ percent: message.percent });
      else if ((types as string[]).includes(message.type)) return message as Extract<FromChild, { type: T }>;
      else throw new MillraceError("MR-INTERNAL-001", { what: `the SQL process said "${message.type}" out of turn`, where: "the SQL process", mend: "report this with the statement" });
    }
  }

  /** The channel has closed: the process is about to end, or it was cut off by us because it said too much. */
  async #failure(process: SqlProcess): Promise<unknown> {
    const patience = setTimeout(() => process.kill(new MillraceError("MR-SQL-005", { what: "the process that ran the statement stopped answering", where: "the SQL process", mend: "run the statement again", retryable: true })), 1_000);
    try {
      const why = await process.failure();
      // One that was kept may have been killed while it had nothing to do.
      return why instanceof MillraceError && !this.#heard && !this.aborted.aborted && process.used > 1 ? new EngineCrash(why.code, why.parts) : why;
    } finally {
      clearTimeout(patience);
    }
  }

  /** Ends the process, or lets another statement have it; gives back what the query held. Calling it again does nothing. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const closers = this.#closers.splice(0);
    const process = this.#process;
    this.#process = undefined;
    if (process && this.#whole && !this.aborted.aborted && this.#keep) this.#keep.take(process);
    else await process?.end();
    for (const close of closers) close();
  }
}

/** From when on a statement keeps what it reads from expiry. */
const holdAfterMs = 1_000;

const pick = ({ timeoutMs, memoryBytes, spillBytesMax }: typeof defaultLimits): Pick<QueryLimits, "timeoutMs" | "memoryBytes" | "spillBytesMax"> => ({ timeoutMs, memoryBytes, spillBytesMax });

const memoryBytesMin = 64 * mebibyte;

function checkLimits(limits: Partial<QueryLimits>): void {
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= (name === "memoryBytes" ? memoryBytesMin : name === "rowsMax" || name === "spillBytesMax" ? 0 : 1))) continue;
    throw new MillraceError("MR-SQL-002", { what: `limit ${name} cannot be ${value}`, where: "the limits of the statement", mend: "give a whole number above 0; memoryBytes at least 64 MiB" });
  }
  if ((limits.timeoutMs as number) > 24 * 3_600_000) throw new MillraceError("MR-SQL-002", { what: "a statement cannot have more than 24 hours", where: "the limits of the statement", mend: "give timeoutMs a smaller value" });
}

function unknownName({ namespace, name, where }: TableReference, { known }: Resolution): never {
  const full = namespace === undefined ? name : `${namespace}.${name}`;
  const last = (text: string): string => text.slice(text.lastIndexOf(".") + 1).toLowerCase();
  const near = nearest(full, known) ?? known.find((candidate) => last(candidate) === last(name));
  const kind = namespace?.toLowerCase() === "topics" ? "topic" : "table";
  const mend = near ? `correct the name (nearest: ${near})` : known.length > 0 ? `read one of those that there are: ${known.slice(0, 5).join(", ")}${known.length > 5 ? ", …" : ""}` : "there is nothing yet that could be read";
  throw new MillraceError("MR-SQL-003", { what: `${kind} ${JSON.stringify(full)} does not exist`, where, mend });
}

/** The child may be in the hands of whoever wrote the statement: only codes that we know come through. */
function errorOf(error: ErrorJson): MillraceError {
  if (Object.hasOwn(errorCodes, error.code)) return MillraceError.fromJSON(error);
  return new MillraceError("MR-INTERNAL-001", { what: "the SQL process gave an error of no known kind", where: "the SQL process", mend: "report this with the statement" });
}
