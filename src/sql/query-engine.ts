import { dirname, resolve, sep } from "node:path";
import * as api from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";
import { literalPattern, sqlText } from "../lake/duckdb.ts";
import { keyRows, keysTable } from "../wrangle/steps/protect/sql-keys.ts";
import { anyOrder as anyOrderSql } from "./row-order.ts";

const threads = 2;

/** Folders of files outside of the lake that an engine stays open for, at most. */
const foldersMax = 200;

/** What a statement may open, as it was locked. */
interface Lock {
  settings: string;
  /** Statements that follow may read, and write, what is below. Empty: the engine is for one statement. */
  shared: readonly string[];
}

/** A file that the engine reads where it is. */
export interface OpenedFile {
  path: string;
  /** Tells whether it was changed; absent of files that never are. */
  version?: string;
}

/**
 * The engine that a statement runs in. A new one costs some 15 ms of processor time, which is more than a small statement
 * does. Where statements of one author follow each other, and read nothing but files that the engine opens where they are,
 * it stays for the next one, with what was made taken away; else each statement has its own.
 */
export class QueryEngine {
  readonly api: typeof api = api;
  readonly bindings: typeof bindings = bindings;
  #instance: DuckDBInstance;
  #connection: DuckDBConnection;
  #settings = "";
  #lock: Lock | undefined;
  /** Where files of this statement, and of those before, may lie; undefined when no other is to meet what it leaves behind. */
  #shared: Set<string> | undefined;
  /** Folders outside of those that statements were said to share, from which files were read. */
  readonly #outside = new Set<string>();
  /** Files as this engine has seen them: it keeps what it has read of them. */
  readonly #versions = new Map<string, string>();
  /** What takes away what was made. */
  readonly #undo = new Set<string>();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(): Promise<QueryEngine> {
    const { instance, connection } = await openInstance();
    return new QueryEngine(instance, connection);
  }

  get connection(): DuckDBConnection {
    return this.#connection;
  }

  /** The engine has been locked for statements that follow as well. */
  get isShared(): boolean {
    return this.#lock !== undefined && this.#lock.shared.length > 0;
  }

  /**
   * Begins a statement, with limits of the engine's own. They are the polite ones; the operating system's stand behind them.
   *
   * @param folders - where it writes
   * @param shared - folders, absolute, whose files all statements of this process may read; absent: this one shares nothing
   */
  async begin(settings: Record<string, string>, folders: readonly string[], shared: readonly string[] | undefined): Promise<void> {
    this.#settings = Object.entries(settings).map(([name, value]) => `set ${name} = ${sqlText(value)};`).join(" ");
    this.#shared = shared && new Set([...shared, ...this.#outside]);
    if (this.#lock === undefined) await this.#connection.run(this.#settings);
    else if (this.#shared === undefined || this.#lock.settings !== this.#settings || !this.#isOpen(folders)) await this.#another();
  }

  /**
   * To be called before any of the files is opened.
   * @param files - undefined: something else is read as well, of which something could stay behind
   */
  async reads(files: readonly OpenedFile[] | undefined): Promise<void> {
    const isFit = files !== undefined && this.#shared !== undefined && this.#learn(files);
    if (!isFit) this.#shared = undefined;
    if (this.#lock !== undefined && !(isFit && this.#isOpen(files.map(({ path }) => path)) && this.#areUnchanged(files))) await this.#another();
    for (const { path, version } of files ?? []) if (version !== undefined) this.#versions.set(path, version);
  }

  /** @param schema - quoted, of a database that is there */
  async createView(schema: string, name: string, select: string): Promise<void> {
    const isMain = /\."main"$/i.test(schema);
    if (!isMain) await this.#connection.run(`create schema if not exists ${schema}`);
    await this.#connection.run(`create view ${schema}.${name} as ${select}`);
    this.#undo.add(isMain ? `drop view ${schema}.${name}` : `drop schema ${schema} cascade`);
  }

  /**
   * Puts keys of steps where the statement finds them. What is run has no text of them.
   * @returns the names of the secrets that are keys
   */
  async putKeys(secrets: Readonly<Record<string, string>> = {}): Promise<ReadonlySet<string>> {
    const rows = keyRows(secrets);
    if (rows.length === 0) return new Set();
    await this.#connection.run(`create schema ${keysTable.schema}; create table ${keysTable.name} (${keysTable.columns})`);
    this.#undo.add(`drop schema ${keysTable.schema} cascade`);
    const insert = await this.#connection.prepare(`insert into ${keysTable.name} values ($1, $2, $3, $4)`);
    for (const { secret, purpose, innerPad, outerPad } of rows) {
      insert.bindVarchar(1, secret);
      insert.bindVarchar(2, purpose);
      insert.bindBlob(3, innerPad);
      insert.bindBlob(4, outerPad);
      await insert.run();
    }
    insert.destroySync();
    return new Set(rows.map(({ secret }) => secret));
  }

  /**
   * From here on the engine opens what is given and nothing else, and no setting of it changes any more.
   * @param anyOrder - rows may come in any order, which is quicker; not set where it would hold for other statements too
   */
  async lock(paths: readonly string[], folders: readonly string[], anyOrder: boolean): Promise<void> {
    if (this.#lock !== undefined) return;
    const shared = [...(this.#shared ?? [])];
    // A folder is not below itself.
    const files = [...folders, ...(shared.length > 0 ? [] : paths.flatMap((path) => [path, literalPattern(path)]))];
    const order = anyOrder && shared.length === 0 ? `${anyOrderSql}; ` : "";
    const allowed = `set allowed_paths = ${list(new Set(files))}; set allowed_directories = ${list([...folders, ...shared])};`;
    await this.#connection.run(`${order}${allowed} set enable_external_access = false; set lock_configuration = true`);
    this.#lock = { settings: this.#settings, shared };
  }

  /** Makes ready for another statement: the same engine, empty again, or a new one. */
  async next(): Promise<void> {
    if (!this.isShared) return this.#renew();
    if (this.#undo.size > 0) await this.#connection.run([...this.#undo].join("; "));
    this.#undo.clear();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  /** @returns false where files lie in too many folders */
  #learn(files: readonly OpenedFile[]): boolean {
    for (const folder of new Set(files.filter(({ path }) => !isBelowAny(path, this.#shared as Set<string>)).map(({ path }) => dirname(path)))) {
      this.#outside.add(folder);
      this.#shared?.add(folder);
    }
    return this.#outside.size <= foldersMax;
  }

  #isOpen(paths: readonly string[]): boolean {
    return paths.every((path) => isBelowAny(path, this.#lock?.shared ?? []));
  }

  #areUnchanged(files: readonly OpenedFile[]): boolean {
    return files.every(({ path, version }) => (this.#versions.get(path) ?? version) === version);
  }

  /** In the midst of a statement, before anything of it is opened. */
  async #another(): Promise<void> {
    await this.#renew();
    await this.#connection.run(this.#settings);
  }

  async #renew(): Promise<void> {
    this.close();
    const { instance, connection } = await openInstance();
    [this.#instance, this.#connection, this.#lock] = [instance, connection, undefined];
    this.#undo.clear();
    this.#versions.clear();
  }
}

function isBelowAny(path: string, folders: Iterable<string>): boolean {
  const whole = resolve(path);
  for (const folder of folders) if (whole.startsWith(`${folder}${sep}`)) return true;
  return false;
}

const list = (paths: Iterable<string>): string => `[${Array.from(paths, sqlText).join(", ")}]`;

/** As it is before a statement is known: no extensions, no automatic downloads, nothing of the user's. */
async function openInstance(): Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> {
  const instance = await api.DuckDBInstance.create(":memory:", {
    threads: String(threads),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    allow_unsigned_extensions: "false",
    errors_as_json: "true",
  });
  const connection = await instance.connect();
  // A file is looked into when its view is made, when the statement is planned and when it runs: its footer is kept between.
  await connection.run("set parquet_metadata_cache = true; set TimeZone = 'UTC'; set enable_progress_bar = true; set enable_progress_bar_print = false; attach ':memory:' as topics");
  return { instance, connection };
}
