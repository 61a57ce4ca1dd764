import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { asMillraceError, MillraceError } from "../errors.ts";
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
   * @param create - makes what is missing in it; may be called again, by several processes at once
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
      throw error instanceof MillraceError ? error : refused(error, path);
    }
  }

  /** @throws MillraceError `MR-STATE-001` when SQLite or the disk refuses; what else is thrown is a fault of ours and says so */
  read<T>(where: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw ofSqlite(error) ? refused(error, `${this.#path}, ${where}`) : asMillraceError(error, `${this.#path}, ${where}`);
    }
  }

  /**
   * Takes the write lock before it reads: a reader that turns writer later would be refused at once, without waiting.
   * Whatever it throws, nothing was written, and the next call begins anew.
   */
  write<T>(where: string, work: () => T): T {
    return this.read(where, () => {
      this.database.exec("begin immediate");
      try {
        const result = work();
        this.database.exec("commit");
        return result;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  /** Where that cannot be done either, what the connection sees is not known any more: it is closed, and says so from then on. */
  #rollBack(): void {
    try {
      if (this.database.isTransaction) this.database.exec("rollback");
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }
}

/** With SQLite's own 2 MiB, commits beside ten million stored tasks take a quarter longer (bench `sched.history`). */
const cacheKib = 32 * 1024;

/** Turning on the WAL needs the file alone and does not wait its turn: of processes that start together, some try again. */
async function prepare(database: DatabaseSync, create: (database: DatabaseSync) => void): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -${cacheKib};`);
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

/** SQLite's own code, 0 when the error is none of its: the lower eight bits; the higher ones say more. */
const codeOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

/** SQLITE_BUSY and SQLITE_LOCKED. */
const isBusy = (error: unknown): boolean => codeOf(error) === 5 || codeOf(error) === 6;

/** What the disk, the file or another process brings about. A broken constraint (SQLITE_CONSTRAINT, 19) comes from the caller. */
function ofSqlite(error: unknown): boolean {
  return (codeOf(error) !== 0 && codeOf(error) !== 19) || (error as { code?: string }).code === "ERR_INVALID_STATE";
}

function refused(error: unknown, where: string): MillraceError {
  const busy = isBusy(error);
  return new MillraceError("MR-STATE-001", {
    what: `the state store refused: ${error instanceof Error ? error.message : String(error)}`,
    where,
    mend: busy ? "another process holds the store for long: try again, or end that process" : "look at the disk's space and the file's rights",
    retryable: busy,
    cause: error,
  });
}
