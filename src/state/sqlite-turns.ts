import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { loadSqlite } from "./node-sqlite.ts";
import { type TurnLocks, Turns } from "./turns.ts";

/**
 * Turns by the locks that SQLite takes on a file: the system gives them back when a process dies, and nothing is written, so
 * a turn costs no wait for the disk.
 *
 * @param folder - of the files; made when it is first needed
 */
export function sqliteTurns(folder: string, patienceMs?: number): Turns {
  return new Turns(new FileLocks(folder), patienceMs);
}

class FileLocks implements TurnLocks {
  readonly pollMs = 2;
  readonly #folder: string;
  readonly #files = new Map<number, DatabaseSync>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(place: number): Promise<boolean> {
    const file = this.#files.get(place) ?? (await this.#open(place));
    try {
      file.exec("begin immediate");
      return true;
    } catch (error) {
      if ((error as { errcode?: number }).errcode === 5) return false;
      throw error;
    }
  }

  async giveBack(place: number): Promise<void> {
    const file = this.#files.get(place);
    if (file?.isTransaction) file.exec("rollback");
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  async #open(place: number): Promise<DatabaseSync> {
    const { DatabaseSync } = await loadSqlite();
    mkdirSync(this.#folder, { recursive: true });
    const file = new DatabaseSync(join(this.#folder, String(place)), { timeout: 0 });
    this.#files.set(place, file);
    // Nothing is ever written; this keeps SQLite from making a journal all the same.
    file.exec("pragma journal_mode = memory");
    return file;
  }
}
