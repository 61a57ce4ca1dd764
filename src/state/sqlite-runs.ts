import { entrySchema } from "./entries.ts";
import { RunRemoval } from "./run-removal.ts";
import { runSchema } from "./run-schema.ts";
import type { RunStore } from "./run-store.ts";
import { SqlRuns } from "./sql-runs.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

/**
 * The embedded run store, in the file of the embedded state store, so that a commit can make swaps there too. It has one
 * shard, which belongs to whoever takes it last.
 *
 * @param path - of the file; it and its folder are made when they are not there
 * @throws MillraceError `MR-STATE-001` when the file cannot be opened; `MR-STATE-004` when a newer Millrace has written it
 */
export async function sqliteRuns(path: string): Promise<RunStore> {
  const database = await SqliteDatabase.open(path, [entrySchema, runSchema]);
  return new SqlRuns({ database, removal: new RunRemoval(database), shard: 0, close: () => database.close() });
}
