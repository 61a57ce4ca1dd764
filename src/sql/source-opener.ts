import { basename, join } from "node:path";
import { MillraceError } from "../errors.ts";
import { fileVersion } from "../formats/file-source.ts";
import { digestOfFile } from "../lake/data-file.ts";
import { filesSql, sqlName } from "../lake/duckdb.ts";
import { readPlaces } from "../log/read-places.ts";
import { CopiedRows } from "./copied-rows.ts";
import { inputSchema } from "./input-schema.ts";
import type { InputSchema, InputSchemas, InputView } from "./lineage/lineage.ts";
import type { MessageChannel } from "./message-channel.ts";
import type { FilesMessage, FromChild, SourceMessage, ToChild } from "./messages.ts";
import { openEachFile } from "./open-each-file.ts";
import { type OpenedFiles, openFiles } from "./open-files.ts";
import { type PlainStatement, plainStatement, type SqlTrees } from "./plain-statement.ts";
import type { OpenedFile, QueryEngine } from "./query-engine.ts";
import type { DataFile, GatedInfo, TableReference, TableSource } from "./query-request.ts";
import { RecordSpool } from "./record-spool.ts";
import { readByCalls, withCallsExpanded } from "./reshaping-calls.ts";
import { rowNumber } from "./result-file.ts";
import { gateStatement, type SerializedSql } from "./statement-gate.ts";
import { tableViewSql } from "./table-view.ts";
import { registerTopicScan } from "./topic-scan.ts";

export type Channel = MessageChannel<ToChild, FromChild>;

/** Something to read, under the name that stands for it in a statement. */
interface Opened {
  name: string[];
  /** The statement that gives its rows. */
  select: string;
  /** Of a view: that statement as a tree. */
  tree?: SerializedSql;
  /** Keys of what that statement reads. */
  below: string[];
  /** What the lineage of whatever reads it follows; absent where there is nothing to follow. */
  input?: InputSchema | InputView;
}

/** What stands behind a name, before it is made readable. */
interface Found {
  select: string;
  tree?: SerializedSql;
  /** What it reads in turn, and the names of that in it. */
  names: string[][];
  references: TableReference[];
  input?: InputSchema | InputView;
}

type Spool = RecordSpool | CopiedRows;

const standsAlone = { names: [], references: [] };

/** Views that stand on views, one upon the other. */
const roundsMax = 50;

/** Columns of a table from which on those that a statement does not use are left out: each costs time in each place that names the table. */
const wideMin = 100;

function narrowed<Source extends Pick<TableSource, "columns">>(source: Source, used: readonly string[] | undefined): Source {
  if (used === undefined || source.columns.length < wideMin) return source;
  const names = new Set(used);
  const columns = source.columns.filter(({ name }) => names.has(name.toLowerCase()));
  // Rows are counted by some column.
  return { ...source, columns: columns.length > 0 ? columns : source.columns.slice(0, 1) };
}

/**
 * Makes what a statement reads readable under the names that it uses: the parent says what stands behind each name; of a view
 * it gives the statement, which passes the gate like any other, and whose names are asked for in turn.
 */
export class SourceOpener {
  readonly #engine: QueryEngine;
  readonly #channel: Channel;
  readonly #folder: string;
  readonly #trees: SqlTrees;
  readonly #opened = new Map<string, Opened>();
  /** By name, the version that stands behind it. */
  readonly #versions = new Map<string, string>();
  /** Files that are read. */
  readonly paths: string[] = [];
  readonly #files: OpenedFiles[] = [];
  #topics = 0;
  readonly #bytesMax: number;
  #bytes = 0;

  /**
   * @param folder - for what must stand on disk while the statement runs
   * @param bytesMax - of the rows of files that are written down there
   */
  constructor(engine: QueryEngine, channel: Channel, folder: string, trees: SqlTrees, bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#engine = engine;
    this.#channel = channel;
    this.#folder = folder;
    this.#trees = trees;
  }

  /**
   * @param names - of the references, in the statement that will be run
   * @param about - the statement, for the parent
   */
  async open(references: TableReference[], names: string[][], about: GatedInfo): Promise<void> {
    let round: { reference: TableReference; name: string[] }[] = references.map((reference, i) => ({ reference, name: names[i] }));
    for (const each of round) this.#claim(each.name, each.reference);
    for (let n = 0; ; n++) {
      if (n > roundsMax) throw new MillraceError("MR-SQL-002", { what: `more than ${roundsMax} views stand one upon the other`, where: "the views that the statement reads", mend: "let one of them be a table" });
      await this.#channel.send({ type: "references", references: round.map(({ reference }) => reference), ...(n === 0 && about) });
      round = await this.#openRound(round, n === 0);
      if (round.length === 0) break;
    }
    for (const key of this.#opened.keys()) await this.#create(key, []);
    await this.#channel.send({ type: "checked" });
  }

  /** What stands behind each name, for the lineage. */
  readonly schemas: InputSchemas = (parts) => this.#opened.get(keyOf(parts))?.input;

  /** @returns what the views of the round read, and is not open yet */
  async #openRound(round: { reference: TableReference; name: string[] }[], isFirst: boolean): Promise<{ reference: TableReference; name: string[] }[]> {
    const { message } = (await this.#channel.receive()) ?? gone();
    const { sources } = message as Extract<ToChild, { type: "sources" }>;
    await this.#makeWay(sources);
    // A view's statement may use columns of the same tables that this one does not.
    const mayNarrow = isFirst && sources.every(({ kind }) => kind !== "view");
    const spools = await this.#receiveRecords(sources);
    const next = new Map<string, { reference: TableReference; name: string[] }>();
    for (const [i, source] of sources.entries()) {
      const { name, reference } = round[source.reference];
      const found = await this.#found(mayNarrow && source.kind === "table" ? narrowed(source, reference.columns) : source, i, spools.get(i));
      this.#opened.set(keyOf(name), { name, select: found.select, tree: found.tree, below: found.names.map(keyOf), input: found.input });
      for (const [place, below] of found.names.entries()) this.#claim(below, found.references[place]);
      for (const [place, below] of found.names.entries()) next.set(keyOf(below), { reference: found.references[place], name: below });
    }
    for (const key of this.#opened.keys()) next.delete(key);
    return [...next.values()];
  }

  /** An engine that stays for others is not given what could stay in it. */
  async #makeWay(sources: SourceMessage[]): Promise<void> {
    const files: OpenedFile[] = [];
    for (const source of sources) {
      const opened = await filesInPlace(source);
      if (opened === undefined) return this.#engine.reads(undefined);
      for (const file of opened) files.push(file);
    }
    await this.#engine.reads(files);
  }

  /** @throws MillraceError `MR-SQL-002` when another version stands under the name: one of the two would be read in place of the other */
  #claim(name: string[], { at, where }: TableReference): void {
    const version = JSON.stringify(at ?? null);
    const known = this.#versions.get(keyOf(name));
    if (known !== undefined && known !== version) throw new MillraceError("MR-SQL-002", { what: `"${name.join(".")}" is read in two versions, and columns are called by its whole name`, where, mend: "give the table an alias where it is read AT a version, and call its columns by that" });
    this.#versions.set(keyOf(name), version);
  }

  async #found(source: SourceMessage, place: number, spool: Spool | undefined): Promise<Found> {
    if (source.kind === "view") return this.#view(source.sql);
    if (source.kind === "files") return { ...(await this.#openFiles(source, place)), ...standsAlone };
    return { select: await this.#select(source, spool), input: inputSchema(source), ...standsAlone };
  }

  async #openFiles(source: FilesMessage, place: number): Promise<{ select: string; input: InputSchema }> {
    const open = source.perFile ? openEachFile : openFiles;
    const opened = await open(this.#engine.connection, source, this.#folder, (bytes) => this.#wrote(bytes, source.dataset));
    const { shape, skipped, checked, files, opens, select, columns } = opened;
    const isNews = shape !== undefined || files !== undefined || skipped !== undefined || checked.reading !== source.checked?.reading || checked.files.length !== source.checked.files.length;
    if (isNews) await this.#channel.send({ type: "found", source: place, shape, skipped, checked, files });
    this.#files.push(opened);
    // Not all as arguments of one call: a table may have a hundred thousand files.
    for (const path of opens) this.paths.push(path);
    return { select, input: { dataset: source.dataset ?? `source ${source.reference + 1}`, columns } };
  }

  /** What is written down for the statement counts as what it spills. */
  #wrote(bytes: number, dataset = "the files"): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax) return;
    throw new MillraceError("MR-SQL-004", { what: `the rows of files that are written down for the statement are larger than ${this.#bytesMax} bytes`, where: dataset, mend: "read fewer files, bring them into the lake, or allow more: spillBytesMax" });
  }

  /** Files that somebody else writes are still what they were. @throws MillraceError `MR-FORMAT-004` */
  async checkUnchanged(): Promise<void> {
    for (const files of this.#files) await files.checkUnchanged();
  }

  async #view(sql: string): Promise<Found> {
    const tree = await this.#trees.parse(sql);
    const references = gateStatement(sql, await readByCalls(sql, tree, this.#trees));
    const plain: PlainStatement = await plainStatement(sql, tree, references, this.#trees);
    return { select: plain.sql, tree: plain.tree, names: plain.names, references, input: { view: plain.tree } };
  }

  async #select(source: Exclude<SourceMessage, { kind: "view" | "files" }>, spool: Spool | undefined): Promise<string> {
    if (source.kind === "topic") return this.#topic(source, spool as RecordSpool | undefined);
    if (source.kind === "copy") {
      const copied = spool as CopiedRows;
      this.paths.push(copied.path);
      return copied.select(source.columns);
    }
    if (source.kind === "result") {
      this.paths.push(source.path);
      return `select * from read_parquet(${filesSql([source.path])}, hive_partitioning = false, ${rowNumber} = true)`;
    }
    await checkFiles(source.files);
    for (const { path, deletes = [] } of source.files) this.paths.push(path, ...deletes.map((file) => file.path));
    return tableViewSql(this.#engine.connection, source);
  }

  async #receiveRecords(sources: SourceMessage[]): Promise<Map<number, Spool>> {
    const spools = new Map<number, Spool>();
    for (const [i, source] of sources.entries()) {
      if (source.kind === "topic" && !source.segments) spools.set(i, new RecordSpool(this.#folder, `records-${this.#topics++}`));
      if (source.kind === "copy") spools.set(i, new CopiedRows(join(this.#folder, `rows-${this.#topics++}.csv`)));
    }
    for (;;) {
      const { message, body } = (await this.#channel.receive()) ?? gone();
      if (message.type === "rows") await (spools.get(message.source) as CopiedRows).add(body);
      else if (message.type === "batch") await (spools.get(message.source) as RecordSpool).add(message, body);
      else break;
    }
    for (const spool of spools.values()) await spool.finish();
    return spools;
  }

  #topic(source: Extract<SourceMessage, { kind: "topic" }>, spool: RecordSpool | undefined): string {
    const { folder, batches } = spool ?? (source.segments as { folder: string; batches: RecordSpool["batches"] });
    const name = `millrace_topic_${this.#topics++}`;
    const { api, bindings, connection } = this.#engine;
    registerTopicScan(api, bindings, connection, { name, columns: source.columns, batches, reader: readPlaces(folder) });
    return `select * from system.main.${name}()`;
  }

  /** The engine looks at what a view reads when it is made: that comes first. */
  async #create(key: string, above: string[]): Promise<void> {
    const opened = this.#opened.get(key);
    if (opened === undefined || opened.select === "") return;
    if (above.includes(key)) throw new MillraceError("MR-SQL-002", { what: "views read each other in a circle", where: `view ${opened.name.join(".")}`, mend: "let one of them read something else" });
    for (const below of opened.below) await this.#create(below, [...above, key]);
    const select = opened.tree ? await this.#withoutCalls(opened, opened.tree) : opened.select;
    await this.#createView({ ...opened, select });
    opened.select = "";
  }

  /** @param opened - a view, whose lineage is that of what its calls come to */
  async #withoutCalls(opened: Opened, tree: SerializedSql): Promise<string> {
    const expanded = await withCallsExpanded({ sql: opened.select, tree }, this.#trees, this.#engine.connection);
    opened.input = { view: expanded.tree };
    return expanded.sql;
  }

  async #createView({ name: parts, select }: Opened): Promise<void> {
    const path = parts[0].toLowerCase() === "topics" ? ["topics", ...(parts.length === 2 ? ["main"] : []), ...parts.slice(1)] : ["memory", ...(parts.length === 1 ? ["main"] : []), ...parts];
    const schema = path.slice(0, 2).map(sqlName).join(".");
    await this.#engine.createView(schema, sqlName(path[2]), select);
  }
}

/** Files outside of the lake that are asked for their version once more, at most. */
const versionsMax = 1_000;

/** Files that the engine reads where they are, and of which nothing else stays in it; undefined of every other source. */
async function filesInPlace(source: SourceMessage): Promise<OpenedFile[] | undefined> {
  if (source.kind === "view") return [];
  if (source.kind === "table") return source.files.flatMap(({ path, deletes = [] }) => [{ path }, ...deletes.map((file) => ({ path: file.path }))]);
  if (source.kind !== "files" || source.perFile || source.format?.kind !== "parquet" || source.files.length > versionsMax) return undefined;
  return Promise.all(source.files.map(async ({ path }) => ({ path, version: await fileVersion(path).catch(() => "gone") })));
}

/** SQL sees no case. */
function keyOf(name: string[]): string {
  return JSON.stringify(name).toLowerCase();
}

export function gone(): never {
  throw new Error("the process that asked is gone");
}

async function checkFiles(files: DataFile[]): Promise<void> {
  for (const { path, sha256, deletes = [] } of files) {
    await checkFiles(deletes);
    if (sha256 === undefined) continue;
    const found = await digestOfFile(path).catch((error: NodeJS.ErrnoException) => error.code ?? "unreadable");
    if (found === sha256) continue;
    throw new MillraceError("MR-LAKE-004", {
      what: found.length === 64 ? "a data file is not what was written: its digest does not agree" : `a data file cannot be read (${found})`,
      where: basename(path),
      mend: "restore the file from a backup, or roll the table back to a snapshot without it",
    });
  }
}
