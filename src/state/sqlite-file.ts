import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import { loadSqlite } from "./node-sqlite.ts";

/** How long a writer waits for another process's write, in milliseconds. Writes take about one. */
const busyTimeoutMs = 10_000;

/** A connection to a SQLite file that several processes open at once. What a transaction wrote is on disk when it ends. */
export class SqliteFile {
  readonly database: DatabaseSync;
  readonly #path: string;

  private constructor(database: DatabaseSync, path: string) {
    this.database = database;
    this.#path = path;
  }

  /**
   * @param path - of the file; it and its folder are made when they are not there
   * @param create - makes what is missing in it; may be called again
   * @throws MillraceError `MR-STATE-001` when the file cannot be opened
   */
  static async open(path: string, create: (database: DatabaseSync) => void): Promise<SqliteFile> {
    const { DatabaseSync } = await loadSqlite();
    try {
      await mkdir(dirname(path), { recursive: true });
      const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
      await prepare(database, create);
      return new SqliteFile(database, path);
    } catch (error) {
      throw refused(error, path);
    }
  }

  read<T>(where: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw refused(error, `${this.#path}, ${where}`);
    }
  }

  /** Takes the write lock before it reads: a reader that turns writer later would be refused at once, without waiting. */
  write<T>(where: string, work: () => T): T {
    return this.read(where, () => {
      this.database.exec("begin immediate");
      try {
        const result = work();
        this.database.exec("commit");
        return result;
      } catch (error) {
        if (this.database.isTransaction) this.database.exec("rollback");
        throw error;
      }
    });
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }
}

/** Turning on the WAL needs the file alone and does not wait its turn: of processes that start together, some try again. */
async function prepare(database: DatabaseSync, create: (database: DatabaseSync) => void): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec("pragma journal_mode = wal; pragma synchronous = full;");
      create(database);
      return;
    } catch (error) {
      if (!isBusy(error) || attempt === 100) {
        database.close();
        throw error;
      }
      await wait(5 + Math.random() * 20);
    }
  }
}

function isBusy(error: unknown): boolean {
  // SQLITE_BUSY is 5, SQLITE_LOCKED 6; the higher bits say more.
  const code = (error as { errcode?: number }).errcode ?? 0;
  return (code & 0xff) === 5 || (code & 0xff) === 6;
}

function refused(error: unknown, where: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const busy = isBusy(error);
  return new MillraceError("MR-STATE-001", {
    what: `the state store refused: ${error instanceof Error ? error.message : String(error)}`,
    where,
    mend: busy ? "another process holds the store for long: try again, or end that process" : "look at the disk's space and the file's rights",
    retryable: busy,
    cause: error,
  });
}
