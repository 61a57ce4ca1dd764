import { entrySchema } from "./entries.ts";
import { SqlState } from "./sql-state.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { sqliteTurns } from "./sqlite-turns.ts";
import type { StateStore } from "./store.ts";

/**
 * The embedded state store: one SQLite file that several processes open at once. Every write is on disk when it resolves.
 *
 * @param path - of the file; it and its folder are made when they are not there
 * @throws MillraceError `MR-STATE-001` when the file cannot be opened
 */
export async function sqliteState(path: string): Promise<StateStore> {
  return new SqlState(await SqliteDatabase.open(path, [entrySchema]), sqliteTurns(`${path}-turns`));
}
