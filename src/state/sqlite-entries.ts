import type { DatabaseSync, StatementSync } from "node:sqlite";

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

export interface Entry {
  version: number;
  value: string;
}

/** Makes the tables of entries where they are not there. */
export function createEntries(database: DatabaseSync): void {
  database.exec(schema);
}

/** The versioned values of a state store, as JSON text, over one connection. Whoever calls holds the transaction. */
export class Entries {
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #update: StatementSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #floor: StatementSync;
  readonly #raiseFloor: StatementSync;

  constructor(database: DatabaseSync) {
    this.#get = database.prepare("select version, value from entry where collection = ? and key = ?");
    this.#list = database.prepare("select key, version, value from entry where collection = ? order by key");
    this.#update = database.prepare("update entry set version = version + 1, value = ? where collection = ? and key = ? returning version");
    this.#insert = database.prepare("insert into entry values (?, ?, ?, ?) returning version");
    this.#remove = database.prepare("delete from entry where collection = ? and key = ? returning version");
    this.#floor = database.prepare("select version from floor where collection = ?");
    this.#raiseFloor = database.prepare(
      "insert into floor values (?, ?) on conflict (collection) do update set version = max(version, excluded.version)",
    );
  }

  get(collection: string, key: string): Entry | undefined {
    return this.#get.get(collection, key) as unknown as Entry | undefined;
  }

  list(collection: string): (Entry & { key: string })[] {
    return this.#list.all(collection) as unknown as (Entry & { key: string })[];
  }

  /** Returns the new version. */
  put(collection: string, key: string, value: string): number {
    const updated = this.#update.get(value, collection, key) as { version: number } | undefined;
    return (updated ?? (this.#insert.get(collection, key, this.firstVersion(collection), value) as { version: number })).version;
  }

  /** The version of what stands there; 0 when nothing does. */
  version(collection: string, key: string): number {
    return this.get(collection, key)?.version ?? 0;
  }

  /** The version that a key gets which is not there. */
  firstVersion(collection: string): number {
    return 1 + ((this.#floor.get(collection) as { version: number } | undefined)?.version ?? 0);
  }

  remove(collection: string, key: string): void {
    const removed = this.#remove.get(collection, key) as { version: number } | undefined;
    if (removed !== undefined) this.#raiseFloor.run(collection, removed.version);
  }
}
