import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import type * as Api from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import { digestOf } from "../lake/data-file.ts";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import type { Bindings } from "../lake/fill-vector.ts";
import { readPlaces } from "../log/read-places.ts";
import { engineError, outOfTime } from "./engine-error.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { ChildLimits, FromChild, SourceMessage, ToChild, WriteMessage } from "./messages.ts";
import type { DataFile, TableReference } from "./query-request.ts";
import { RecordSpool } from "./record-spool.ts";
import { sendRows } from "./result-rows.ts";
import { checkSqlText } from "./sql-text.ts";
import { gateStatement, parseTree, type SerializedSql } from "./statement-gate.ts";
import { tableViewSql } from "./table-view.ts";
import { registerTopicScan } from "./topic-scan.ts";
import { folderBytes, writeRows } from "./write-rows.ts";

export interface Engine {
  api: typeof Api;
  bindings: Bindings;
  connection: DuckDBConnection;
}

type Channel = MessageChannel<ToChild, FromChild>;

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
      throw engineError(error, this.#sql, { stopped: this.#stopped, bytesBefore: this.#bytesBefore });
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
    await this.#channel.send({ type: "references", references });
    const paths = await this.#open(references);
    void this.#watchParent();
    await this.#lock(paths);
    await this.#reportingProgress(() => (this.#target ? this.#write(this.#target, tree) : this.#execute()));
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

  async #parse(sql: string): Promise<SerializedSql> {
    const statement = await this.#engine.connection.prepare("select json_serialize_sql($1::varchar)");
    statement.bindVarchar(1, sql);
    const [[text]] = await (await statement.run()).getRows();
    return parseTree(String(text));
  }

  /** @returns the files that the statement may read */
  async #open(references: TableReference[]): Promise<string[]> {
    const message = (await this.#receive()) as Extract<ToChild, { type: "sources" }>;
    const spools = await this.#receiveRecords(message.sources);
    await this.#engine.connection.run("attach ':memory:' as topics");
    const paths: string[] = [];
    for (const [i, source] of message.sources.entries()) {
      if (source.kind === "table") {
        await checkFiles(source.files);
        paths.push(...source.files.map(({ path }) => path));
      }
      const select = source.kind === "table" ? await tableViewSql(this.#engine.connection, source) : this.#openTopic(i, source, spools.get(i));
      await this.#createView(references[source.reference].parts, select);
    }
    await this.#channel.send({ type: "checked" });
    return paths;
  }

  async #receiveRecords(sources: SourceMessage[]): Promise<Map<number, RecordSpool>> {
    const spools = new Map<number, RecordSpool>();
    for (const [i, source] of sources.entries()) if (source.kind === "topic" && !source.segments) spools.set(i, new RecordSpool(this.#folder, `records-${i}`));
    for (;;) {
      const { message, body } = (await this.#channel.receive()) ?? gone();
      if (message.type !== "batch") break;
      const { source, partition, offset, skip, take } = message;
      await spools.get(source)?.add({ partition, offset, skip, take }, body);
    }
    for (const spool of spools.values()) await spool.finish();
    return spools;
  }

  #openTopic(index: number, source: Extract<SourceMessage, { kind: "topic" }>, spool: RecordSpool | undefined): string {
    const { folder, batches } = spool ?? (source.segments as { folder: string; batches: RecordSpool["batches"] });
    const name = `millrace_topic_${index}`;
    const { api, bindings, connection } = this.#engine;
    registerTopicScan(api, bindings, connection, { name, columns: source.columns, batches, reader: readPlaces(folder) });
    return `select * from system.main.${name}()`;
  }

  async #createView(parts: string[], select: string): Promise<void> {
    const path = parts[0].toLowerCase() === "topics" ? ["topics", ...(parts.length === 2 ? ["main"] : []), ...parts.slice(1)] : ["memory", ...(parts.length === 1 ? ["main"] : []), ...parts];
    const schema = path.slice(0, 2).map(sqlName).join(".");
    if (path[1].toLowerCase() !== "main") await this.#engine.connection.run(`create schema if not exists ${schema}`);
    await this.#engine.connection.run(`create view ${schema}.${sqlName(path[2])} as ${select}`);
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

  async #execute(): Promise<void> {
    const result = await this.#engine.connection.stream(this.#sql);
    const names = result.columnNames();
    await this.#channel.send({ type: "columns", columns: result.columnTypes().map((type, i) => ({ name: names[i], type: String(type) })) });
    const truncated = await sendRows(result, this.#limits, (message) => this.#channel.send(message));
    await this.#channel.send({ type: "end", truncated });
  }

  async #write(target: WriteMessage, tree: SerializedSql): Promise<void> {
    const statement = { sql: this.#sql, tree, parse: (sql: string) => this.#parse(sql) };
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

function gone(): never {
  throw new Error("the process that asked is gone");
}

function filesTooLarge(bytesMax: number): MillraceError {
  return new MillraceError("MR-SQL-004", { what: `the files of the result are larger than ${bytesMax} bytes`, where: "the result", mend: "write fewer rows or columns, or allow more: resultBytesMax" });
}

async function checkFiles(files: DataFile[]): Promise<void> {
  for (const { path, sha256 } of files) {
    if (sha256 === undefined) continue;
    const found = await digestOf(createReadStream(path, { highWaterMark: 1 << 20 })).catch((error: NodeJS.ErrnoException) => error.code ?? "unreadable");
    if (found === sha256) continue;
    throw new MillraceError("MR-LAKE-004", {
      what: found.length === 64 ? "a data file is not what was written: its digest does not agree" : `a data file cannot be read (${found})`,
      where: basename(path),
      mend: "restore the file from a backup, or roll the table back to a snapshot without it",
    });
  }
}
