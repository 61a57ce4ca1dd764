import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { sqlText } from "../lake/duckdb.ts";
import { engineError, outOfTime } from "./engine-error.ts";
import type { ChildLimits, ToChild, WriteMessage } from "./messages.ts";
import { type PlainStatement, plainStatement, type SqlTrees } from "./plain-statement.ts";
import { sendRows } from "./result-rows.ts";
import { type Channel, type Engine, gone, SourceOpener } from "./source-opener.ts";
import { checkSqlText } from "./sql-text.ts";
import { gateStatement, parseTree, type SerializedSql } from "./statement-gate.ts";
import { folderBytes, resultColumns, type ShapedTarget, writeRows } from "./write-rows.ts";

/**
 * One statement from its text to its last row, in a process made for it. The order is what protects: the text is parsed
 * and gated before anything of the user's is opened; what it may read is set up by trusted code; then the engine is
 * locked, for good, and only then the statement runs.
 */
export class QuerySession {
  readonly #engine: Engine;
  readonly #channel: Channel;
  readonly #sql: string;
  readonly #limits: ChildLimits;
  readonly #target: WriteMessage | undefined;
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
  constructor(engine: Engine, channel: Channel, query: Extract<ToChild, { type: "query" }>, folder: string, onParentGone: () => void) {
    this.#engine = engine;
    this.#channel = channel;
    this.#sql = query.sql;
    this.#limits = query.limits;
    this.#target = query.write;
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
    const references = gateStatement(this.#sql, tree);
    const statement = await plainStatement(this.#sql, tree, references, this.#trees);
    this.#rewritten = statement.sql !== this.#sql;
    const opener = new SourceOpener(this.#engine, this.#channel, this.#folder, this.#trees);
    await opener.open(references, statement.names);
    await this.#lock(opener.paths);
    const target = this.#target && (await this.#shaped(this.#target, statement));
    void this.#watchParent();
    await this.#reportingProgress(() => (target ? this.#write(target, statement) : this.#execute(statement)));
  }

  get #trees(): SqlTrees {
    return { parse: (sql) => this.#parse(sql, true), print: (json) => this.#print(json) };
  }

  /** The target with its columns: those that the parent makes of what the statement gives, where it has not said them yet. */
  async #shaped(target: WriteMessage, { sql }: PlainStatement): Promise<ShapedTarget> {
    if (target.columns !== undefined) return { ...target, columns: target.columns };
    await this.#channel.send({ type: "shape", columns: await resultColumns(this.#engine.connection, sql) });
    const { columns } = (await this.#receive()) as Extract<ToChild, { type: "columns" }>;
    return { ...target, columns };
  }

  /** Limits of the engine's own. They are the polite ones; the operating system's stand behind them. */
  async #bound(): Promise<void> {
    const { memoryBytes, spillBytesMax } = this.#limits;
    await this.#set("memory_limit", `${Math.floor(memoryBytes * 0.75)}B`);
    await this.#set("temp_directory", join(this.#folder, "spill"));
    await this.#set("max_temp_directory_size", `${spillBytesMax}B`);
  }

  async #set(name: string, value: string): Promise<void> {
    await this.#engine.connection.run(`set ${name} = ${sqlText(value)}`);
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

  /** From here on the engine opens the files given and nothing else, and no setting of it changes any more. */
  async #lock(paths: string[]): Promise<void> {
    const { connection } = this.#engine;
    const folders = this.#target ? [this.#target.folder] : [];
    await connection.run(`set allowed_paths = [${[...paths, ...folders].map(sqlText).join(", ")}]`);
    await connection.run(`set allowed_directories = [${folders.map(sqlText).join(", ")}]`);
    await connection.run("set enable_external_access = false");
    await connection.run("set lock_configuration = true");
  }

  async #execute({ sql }: PlainStatement): Promise<void> {
    const result = await this.#engine.connection.stream(sql);
    const names = result.columnNames();
    await this.#channel.send({ type: "columns", columns: result.columnTypes().map((type, i) => ({ name: names[i], type: String(type) })) });
    const truncated = await sendRows(result, this.#limits, (message) => this.#channel.send(message));
    await this.#channel.send({ type: "end", truncated });
  }

  async #write(target: ShapedTarget, { sql, tree }: PlainStatement): Promise<void> {
    const statement = { sql, tree, parse: (text: string) => this.#parse(text, this.#rewritten) };
    const files = await writeRows(this.#engine.connection, statement, target, (bytesBefore) => (this.#bytesBefore = bytesBefore));
    const { resultBytesMax = Number.POSITIVE_INFINITY } = this.#limits;
    if (files.reduce((total, { bytes }) => total + bytes, 0) > resultBytesMax) throw filesTooLarge(resultBytesMax);
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
    if (!this.#target || resultBytesMax === undefined) return;
    const bytes = await folderBytes(this.#target.folder).catch(() => 0);
    if (bytes > resultBytesMax) this.#interrupt(filesTooLarge(resultBytesMax));
  }

  async #receive(): Promise<ToChild> {
    return ((await this.#channel.receive()) ?? gone()).message;
  }
}

function filesTooLarge(bytesMax: number): MillraceError {
  return new MillraceError("MR-SQL-004", { what: `the files of the result are larger than ${bytesMax} bytes`, where: "the result", mend: "write fewer rows or columns, or allow more: resultBytesMax" });
}
