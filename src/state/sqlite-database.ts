import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { Database } from "./database.ts";
import { loadSqlite } from "./node-sqlite.ts";
import { isCurrent, type Schema, upgrade } from "./schema.ts";
import type { Request, Work } from "./work.ts";

/** How long a writer waits for another process's write, in milliseconds. Writes take about one. */
const busyTimeoutMs = 10_000;

/** With SQLite's own 2 MiB, commits beside ten million stored tasks take a quarter longer (bench `sched.history`). */
const cacheKib = 32 * 1024;

/** A SQLite file that several processes open at once. What a transaction wrote is on disk when it ends. */
export class SqliteDatabase implements Database {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #prepared = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /**
   * @param path - of the file; it and its folder are made when they are not there
   * @param schemas - of the tables that are to be in it
   * @throws MillraceError `MR-STATE-001` when the file cannot be opened; `MR-STATE-004` when a newer Millrace has written it
   */
  static async open(path: string, schemas: readonly Schema[]): Promise<SqliteDatabase> {
    const { DatabaseSync } = await loadSqlite();
    const file = await mkdir(dirname(path), { recursive: true }).then(
      () => new SqliteDatabase(new DatabaseSync(path, { timeout: busyTimeoutMs }), path),
    ).catch((error: unknown) => Promise.reject(refused(error, path)));
    try {
      await file.#prepare(schemas);
      return file;
    } catch (error) {
      await file.close();
      throw error instanceof MillraceError ? error : refused(error, path);
    }
  }

  /** In one breath, as all that is done here: nobody of this process sees a transaction half done. */
  async read<T>(where: string, work: () => Work<T>): Promise<T> {
    try {
      return this.#answered(work());
    } catch (error) {
      throw ofSqlite(error) ? refused(error, `${this.#path}, ${where}`) : asMillraceError(error, `${this.#path}, ${where}`);
    }
  }

  /**
   * Takes the write lock of the whole file, whatever locks are named, and before it reads: a reader that turns writer later
   * would be refused at once, without waiting.
   */
  async write<T>(where: string, _locks: readonly string[], work: () => Work<T>): Promise<T> {
    try {
      return this.#inTransaction(work);
    } catch (error) {
      throw ofSqlite(error) ? refused(error, `${this.#path}, ${where}`) : asMillraceError(error, `${this.#path}, ${where}`);
    }
  }

  async close(): Promise<void> {
    this.#close();
  }

  #inTransaction<T>(work: () => Work<T>): T {
    this.#database.exec("begin immediate");
    try {
      const result = this.#answered(work());
      this.#database.exec("commit");
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #answered<T>(work: Work<T>): T {
    for (let next = work.next(); ; next = work.next(this.#answer(next.value))) {
      if (next.done) return next.value;
    }
  }

  #answer(request: Request): unknown {
    switch (request.kind) {
      case "rows":
        return this.#statement(request.text).all(...request.values);
      case "count":
        return Number(this.#statement(request.text).run(...request.values).changes);
      case "insert": {
        const statement = this.#statement(`${request.into} values (${request.columns.map(() => "?").join(", ")}) ${request.conflict}`);
        return request.rows.reduce((changes, row) => changes + Number(statement.run(...row).changes), 0);
      }
      case "script":
        return this.#database.exec(request.text);
      case "batch":
        return request.requests.map((each) => this.#answer(each));
    }
  }

  /** Texts are made by the code, and few. */
  #statement(text: string): StatementSync {
    let statement = this.#prepared.get(text);
    if (!statement) this.#prepared.set(text, (statement = this.#database.prepare(text)));
    return statement;
  }

  /** Where that cannot be done either, what the connection sees is not known any more: it is closed, and says so from then on. */
  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec("rollback");
    } catch {
      this.#close();
    }
  }

  #close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Turning on the WAL needs the file alone and does not wait its turn: of processes that start together, some try again. */
  async #prepare(schemas: readonly Schema[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#database.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -${cacheKib};`);
        for (const schema of schemas) if (!this.#answered(isCurrent(schema))) this.#inTransaction(() => upgrade(schema));
        return;
      } catch (error) {
        if (!isBusy(error) || attempt === 100) throw error;
        await wait(5 + Math.random() * 20);
      }
    }
  }
}

/** SQLite's own code, 0 when the error is none of its: the lower eight bits; the higher ones say more. */
const codeOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

/** SQLITE_BUSY and SQLITE_LOCKED. */
const isBusy = (error: unknown): boolean => codeOf(error) === 5 || codeOf(error) === 6;

/** What the disk, the file or another process brings about. A broken constraint (SQLITE_CONSTRAINT, 19) comes from the caller. */
function ofSqlite(error: unknown): boolean {
  return (codeOf(error) !== 0 && codeOf(error) !== 19) || (error as { code?: string }).code === "ERR_INVALID_STATE";
}

function refused(error: unknown, where: string): MillraceError {
  const why = error instanceof Error ? error.message : String(error);
  if (isBusy(error)) return new MillraceError("MR-STATE-006", { what: `the state store does not answer: ${why}`, where, mend: "another process holds the store for long: try again, or end that process", retryable: true, cause: error });
  return new MillraceError("MR-STATE-001", { what: `the state store refused: ${why}`, where, mend: "look at the disk's space and the file's rights", cause: error });
}
