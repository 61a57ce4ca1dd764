import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { detectRows } from "./detect-rows.ts";
import { engineError, outOfTime } from "./engine-error.ts";
import { withConditions } from "./column-conditions.ts";
import type { DetectSpec } from "../quality/detect/detect.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { followed, type LineageWhenNamed } from "./lineage/lineage-of.ts";
import type { ChildLimits, StoreMessage, ToChild, WriteMessage } from "./messages.ts";
import { mentionedNames } from "./mentioned-names.ts";
import { type PlainStatement, plainStatement, type SqlTrees } from "./plain-statement.ts";
import { readByCalls, withCallsExpanded } from "./reshaping-calls.ts";
import { sendRows } from "./result-rows.ts";
import type { QueryEngine } from "./query-engine.ts";
import { type Channel, gone, SourceOpener } from "./source-opener.ts";
import { isRowByRow } from "./row-order.ts";
import { checkSqlText } from "./sql-text.ts";
import { gateStatement, parseTree, type SerializedSql } from "./statement-gate.ts";
import { storeResult } from "./store-result.ts";
import { folderBytes, resultColumns, type ShapedTarget, writeRows } from "./write-rows.ts";

/** In the process's folder: what the engine has no memory for. */
export const spillFolder = "spill";

/**
 * One statement from its text to its last row, in a process made for it. The order is what protects: the text is parsed
 * and gated before anything of the user's is opened; what it may read is set up by trusted code; then the engine is
 * locked, for good, and only then the statement runs.
 */
export class QuerySession {
  readonly #engine: QueryEngine;
  readonly #channel: Channel;
  readonly #sql: string;
  readonly #limits: ChildLimits;
  readonly #query: Extract<ToChild, { type: "query" }>;
  readonly #folder: string;
  readonly #onParentGone: () => void;
  #next: Promise<ToChild | undefined> | undefined;
  /** Why we interrupted the engine. */
  #stopped: MillraceError | undefined;
  /** Of what the engine runs, before the statement's own text. */
  #bytesBefore = 0;
  /** What the engine runs is a text of ours that means the same. */
  #rewritten = false;

  /**
   * @param folder - for what must stand on disk while the session lasts
   * @param onParentGone - called when the parent has closed its end, also in the midst of the statement
   */
  constructor(engine: QueryEngine, channel: Channel, query: Extract<ToChild, { type: "query" }>, folder: string, onParentGone: () => void) {
    this.#engine = engine;
    this.#channel = channel;
    this.#sql = query.sql;
    this.#limits = query.limits;
    this.#query = query;
    this.#folder = folder;
    this.#onParentGone = onParentGone;
  }

  async run(): Promise<void> {
    const timer = setTimeout(() => this.#interrupt(outOfTime()), this.#limits.timeoutMs);
    try {
      await this.#steps();
    } catch (error) {
      throw engineError(error, this.#sql, { stopped: this.#stopped, bytesBefore: this.#bytesBefore, rewritten: this.#rewritten });
    } finally {
      void this.#watchParent();
      clearTimeout(timer);
    }
  }

  /** What the parent says when all is done; it says nothing while the statement runs. */
  get next(): Promise<ToChild | undefined> {
    return this.#watchParent();
  }

  #watchParent(): Promise<ToChild | undefined> {
    this.#next ??= this.#channel.receive().then(
      (received) => {
        if (!received) this.#onParentGone();
        return received?.message;
      },
      () => {
        this.#onParentGone();
        return undefined;
      },
    );
    return this.#next;
  }

  #interrupt(why: MillraceError): void {
    this.#stopped ??= why;
    this.#engine.connection.interrupt();
  }

  async #steps(): Promise<void> {
    checkSqlText(this.#sql);
    await this.#bound();
    const tree = await this.#parse(this.#sql);
    const gated = await readByCalls(this.#sql, tree, this.#trees);
    const found = withConditions(tree, gated, gateStatement(this.#sql, gated));
    const columns = mentionedNames(tree);
    const references = found.map((reference) => ({ ...reference, columns }));
    const plain = await plainStatement(this.#sql, tree, references, this.#trees);
    const opener = new SourceOpener(this.#engine, this.#channel, this.#folder, this.#trees, this.#limits.spillBytesMax);
    await opener.open(references, plain.names, { fingerprint: fingerprintOf(this.#sql, tree), ...(this.#query.tree && { tree }) });
    await this.#engine.lock(opener.paths, this.#folders, this.#query.write !== undefined && isRowByRow(tree));
    const statement = { ...plain, ...(await withCallsExpanded(plain, this.#trees, this.#engine.connection, await this.#engine.putKeys(this.#query.secrets))) };
    this.#rewritten = statement.sql !== this.#sql;
    const { write, store } = this.#query;
    const target = write && (await this.#shaped(write, statement));
    void this.#watchParent();
    const lineage = (): LineageWhenNamed | undefined => (this.#query.lineage ? followed(statement.tree, opener.schemas) : undefined);
    await this.#reportingProgress(() => {
      if (target) return this.#write(target, statement, opener);
      if (this.#query.detect) return this.#detect(this.#query.detect, statement, opener);
      return store ? this.#store(store, statement, opener, lineage) : this.#execute(statement, opener, lineage);
    });
  }

  /** Where the statement may write. */
  get #folders(): string[] {
    const { write, store } = this.#query;
    return [write, store].flatMap((target) => (target ? [target.folder] : []));
  }

  get #trees(): SqlTrees {
    return { parse: (sql) => this.#parse(sql, true), print: (json) => this.#print(json) };
  }

  /** The target with its columns: those that the parent makes of what the statement gives, where it has not said them yet. */
  async #shaped(target: WriteMessage, { sql }: PlainStatement): Promise<ShapedTarget> {
    const result = await resultColumns(this.#engine.connection, sql);
    if (target.columns !== undefined) return { ...target, columns: target.columns, result };
    await this.#channel.send({ type: "shape", columns: result });
    const { columns } = (await this.#receive()) as Extract<ToChild, { type: "columns" }>;
    return { ...target, columns, result };
  }

  #bound(): Promise<void> {
    const { memoryBytes, spillBytesMax } = this.#limits;
    const settings = { memory_limit: `${Math.floor(memoryBytes * 0.75)}B`, temp_directory: join(this.#folder, spillFolder), max_temp_directory_size: `${spillBytesMax}B` };
    return this.#engine.begin(settings, this.#folders, this.#query.store === undefined ? this.#query.shared : undefined);
  }

  async #parse(sql: string, exact?: boolean): Promise<SerializedSql> {
    return parseTree(await this.#textOf("select json_serialize_sql($1::varchar)", sql), exact);
  }

  #print(tree: string): Promise<string> {
    return this.#textOf("select json_deserialize_sql($1::json)", tree);
  }

  async #textOf(sql: string, value: string): Promise<string> {
    const statement = await this.#engine.connection.prepare(sql);
    statement.bindVarchar(1, value);
    const [[text]] = await (await statement.run()).getRows();
    return String(text);
  }

  /** @param follow - called while the engine works: nobody waits for it */
  async #execute({ sql }: PlainStatement, opener: SourceOpener, follow: () => LineageWhenNamed | undefined): Promise<void> {
    const running = this.#engine.connection.stream(this.#explained(sql));
    const lineage = follow();
    const result = await running;
    const names = result.columnNames();
    await this.#channel.send({ type: "columns", columns: result.columnTypes().map((type, i) => ({ name: names[i], type: String(type) })), lineage: lineage?.(names) });
    const truncated = await sendRows(result, this.#limits, (message) => this.#channel.send(message));
    await opener.checkUnchanged();
    await this.#channel.send({ type: "end", truncated });
  }

  /** What has passed the gate is one SELECT: behind these words it is the same one. */
  #explained(sql: string): string {
    const { explain } = this.#query;
    if (explain === undefined) return sql;
    const before = explain === "measured" ? "explain (analyze, format json) " : "explain (format json) ";
    this.#bytesBefore = before.length;
    return before + sql;
  }

  async #store(target: StoreMessage, { sql, tree }: PlainStatement, opener: SourceOpener, follow: () => LineageWhenNamed | undefined): Promise<void> {
    const statement = { sql, tree, parse: (text: string) => this.#parse(text, this.#rewritten) };
    const storing = storeResult(this.#engine.connection, statement, target);
    const lineage = follow();
    const result = await storing;
    const { resultBytesMax = Number.POSITIVE_INFINITY } = this.#limits;
    if (result.bytes > resultBytesMax) throw filesTooLarge(resultBytesMax);
    await opener.checkUnchanged();
    await this.#channel.send({ type: "stored", result, lineage: lineage?.(result.columns.map(({ name }) => name)) });
  }

  async #detect(spec: DetectSpec, { sql }: PlainStatement, opener: SourceOpener): Promise<void> {
    const detected = await detectRows(await this.#engine.connection.stream(sql), spec);
    await opener.checkUnchanged();
    await this.#channel.send({ type: "detected", detected });
  }

  async #write(target: ShapedTarget, { sql, tree }: PlainStatement, opener: SourceOpener): Promise<void> {
    const statement = { sql, tree, parse: (text: string) => this.#parse(text, this.#rewritten) };
    const files = await writeRows(this.#engine.connection, statement, target, (bytesBefore) => (this.#bytesBefore = bytesBefore));
    const { resultBytesMax = Number.POSITIVE_INFINITY } = this.#limits;
    if (files.reduce((total, { bytes }) => total + bytes, 0) > resultBytesMax) throw filesTooLarge(resultBytesMax);
    await opener.checkUnchanged();
    await this.#channel.send({ type: "written", files });
  }

  async #reportingProgress(work: () => Promise<void>): Promise<void> {
    const timer = setInterval(() => void this.#sendProgress().then(() => this.#watchFiles()), 250);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
  }

  async #sendProgress(): Promise<void> {
    const { percentage } = this.#engine.connection.progress;
    await this.#channel.send({ type: "progress", percent: percentage >= 0 ? percentage : undefined });
  }

  /** Files that grow without end are stopped before they fill the disk. */
  async #watchFiles(): Promise<void> {
    const { resultBytesMax } = this.#limits;
    const [folder] = this.#folders;
    if (folder === undefined || resultBytesMax === undefined) return;
    const bytes = await folderBytes(folder).catch(() => 0);
    if (bytes > resultBytesMax) this.#interrupt(filesTooLarge(resultBytesMax));
  }

  async #receive(): Promise<ToChild> {
    return ((await this.#channel.receive()) ?? gone()).message;
  }
}

function filesTooLarge(bytesMax: number): MillraceError {
  return new MillraceError("MR-SQL-004", { what: `the files of the result are larger than ${bytesMax} bytes`, where: "the result", mend: "write fewer rows or columns, or allow more: resultBytesMax" });
}
