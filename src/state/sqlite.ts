import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import { loadSqlite } from "./node-sqlite.ts";
import type { StateStore, Versioned } from "./store.ts";

/**
 * `floor` outlives the rows: a key that is removed and written again goes on above its old versions, so that a writer
 * who read the old value can never swap the new one.
 */
const schema = `
  create table if not exists entry (
    collection text not null, key text not null, version integer not null, value text not null,
    primary key (collection, key)
  ) without rowid;
  create table if not exists floor (collection text primary key, version integer not null) without rowid;
`;

/** How long a writer waits for another process's write, in milliseconds. Writes take about one. */
const busyTimeoutMs = 10_000;

/**
 * The embedded state store: one SQLite file that several processes open at once. Every write is on disk when it resolves.
 *
 * @param path - of the file; it and its folder are made when they are not there
 * @throws MillraceError `MR-STATE-001` when the file cannot be opened
 */
export async function sqliteState(path: string): Promise<StateStore> {
  const { DatabaseSync } = await loadSqlite();
  try {
    await mkdir(dirname(path), { recursive: true });
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    await prepare(database);
    return new SqliteState(database, path);
  } catch (error) {
    throw refused(error, path);
  }
}

/** Turning on the WAL needs the file alone and does not wait its turn: of processes that start together, some try again. */
async function prepare(database: DatabaseSync): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec("pragma journal_mode = wal; pragma synchronous = full;");
      database.exec(schema);
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

class SqliteState implements StateStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #update: StatementSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #raiseFloor: StatementSync;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#get = database.prepare("select version, value from entry where collection = ? and key = ?");
    this.#list = database.prepare("select key, version, value from entry where collection = ? order by key");
    this.#update = database.prepare("update entry set version = version + 1, value = ? where collection = ? and key = ? returning version");
    this.#insert = database.prepare(
      "insert into entry values (?, ?, 1 + coalesce((select version from floor where collection = ?), 0), ?) returning version",
    );
    this.#remove = database.prepare("delete from entry where collection = ? and key = ? returning version");
    this.#raiseFloor = database.prepare(
      "insert into floor values (?, ?) on conflict (collection) do update set version = max(version, excluded.version)",
    );
  }

  async get<T>(collection: string, key: string): Promise<Versioned<T> | undefined> {
    return this.#guard(`${collection}/${key}`, () => this.#read<T>(collection, key));
  }

  async list<T>(collection: string): Promise<(Versioned<T> & { key: string })[]> {
    return this.#guard(collection, () =>
      (this.#list.all(collection) as unknown as (Row & { key: string })[]).map((row) => ({ key: row.key, ...decode<T>(row) })),
    );
  }

  async put<T>(collection: string, key: string, value: T): Promise<number> {
    const text = encode(value, `${collection}/${key}`);
    return this.#write(`${collection}/${key}`, () => this.#store(collection, key, text));
  }

  async compareAndSwap<T>(collection: string, key: string, expected: number, value: T): Promise<number | undefined> {
    const text = encode(value, `${collection}/${key}`);
    return this.#write(`${collection}/${key}`, () => {
      const standing = this.#read(collection, key)?.version ?? 0;
      return standing === expected ? this.#store(collection, key, text) : undefined;
    });
  }

  async delete(collection: string, key: string): Promise<void> {
    this.#write(`${collection}/${key}`, () => {
      const removed = this.#remove.get(collection, key) as { version: number } | undefined;
      if (removed !== undefined) this.#raiseFloor.run(collection, removed.version);
    });
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #read<T>(collection: string, key: string): Versioned<T> | undefined {
    const row = this.#get.get(collection, key) as unknown as Row | undefined;
    return row && decode<T>(row);
  }

  #store(collection: string, key: string, text: string): number {
    const updated = this.#update.get(text, collection, key) as { version: number } | undefined;
    return (updated ?? (this.#insert.get(collection, key, collection, text) as { version: number })).version;
  }

  /** Takes the write lock before it reads: a reader that turns writer later would be refused at once, without waiting. */
  #write<T>(where: string, work: () => T): T {
    return this.#guard(where, () => {
      this.#database.exec("begin immediate");
      try {
        const result = work();
        this.#database.exec("commit");
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("rollback");
        throw error;
      }
    });
  }

  #guard<T>(where: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw refused(error, `${this.#path}, ${where}`);
    }
  }
}

interface Row {
  version: number;
  value: string;
}

function decode<T>({ version, value }: Row): Versioned<T> {
  return { version, value: JSON.parse(value) as T };
}

function encode(value: unknown, where: string): string {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw notJson(where, cause);
  }
  throw notJson(where);
}

function notJson(where: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-STATE-001", {
    what: "a value is not JSON",
    where: `state ${where}`,
    mend: "store plain JSON; integers beyond 2^53 as strings",
    cause,
  });
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
