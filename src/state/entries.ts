import type { Schema } from "./schema.ts";
import { all, one, run, type Work } from "./work.ts";

/**
 * `floor` outlives the rows: a key that is removed and written again goes on above its old versions, so that a writer
 * who read the old value can never swap the new one.
 */
export const entrySchema: Schema = {
  part: "entries",
  steps: [
    `
  create table if not exists entry (
    collection text not null, key text not null, version integer not null, value text not null,
    primary key (collection, key)
  ) without rowid;
  create table if not exists floor (collection text primary key, version integer not null) without rowid;
  `,
  ],
};

export interface Entry {
  version: number;
  value: string;
}

/** The versioned values of a state store, as JSON text. Whoever writes holds the lock of the key. */
export const entries = {
  get: (collection: string, key: string): Work<Entry | undefined> => one<Entry>("select version, value from entry where collection = ? and key = ?", collection, key),

  list: (collection: string): Work<(Entry & { key: string })[]> => all<Entry & { key: string }>("select key, version, value from entry where collection = ? order by key", collection),

  /** @returns the new version */
  *put(collection: string, key: string, value: string): Work<number> {
    const updated = yield* one<{ version: number }>("update entry set version = version + 1, value = ? where collection = ? and key = ? returning version", value, collection, key);
    if (updated) return updated.version;
    const version = yield* this.firstVersion(collection);
    yield* run("insert into entry (collection, key, version, value) values (?, ?, ?, ?)", collection, key, version, value);
    return version;
  },

  /** The version of what stands there; 0 when nothing does. */
  *version(collection: string, key: string): Work<number> {
    return (yield* this.get(collection, key))?.version ?? 0;
  },

  /** The version that a key gets which is not there. */
  *firstVersion(collection: string): Work<number> {
    return 1 + ((yield* one<{ version: number }>("select version from floor where collection = ?", collection))?.version ?? 0);
  },

  *remove(collection: string, key: string): Work<void> {
    const removed = yield* one<{ version: number }>("delete from entry where collection = ? and key = ? returning version", collection, key);
    if (removed === undefined) return;
    yield* run("insert into floor (collection, version) values (?, ?) on conflict (collection) do update set version = excluded.version where floor.version < excluded.version", collection, removed.version);
  },
};

/** What a writer of a key locks. */
export const lockOf = (collection: string, key: string): string => `entry ${JSON.stringify([collection, key])}`;
