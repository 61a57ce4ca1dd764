import { entrySchema } from "./entries.ts";
import type { PostgresAddress } from "./postgres-connections.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { postgresTurns } from "./postgres-turns.ts";
import { upgrade } from "./schema.ts";
import { SqlState } from "./sql-state.ts";
import type { StateStore } from "./store.ts";

/** At a time, beside one for turns when there are any. */
const connectionsMax = 4;

/**
 * The state store in a schema of a PostgreSQL database of version 15 or later, which any number of processes share.
 *
 * @param address - whose user must be allowed to make the schema, unless it is there
 * @throws MillraceError `MR-STATE-001` when the database cannot be used, `-006` when it does not answer; `MR-STATE-004` when a newer Millrace has made the tables; `MR-CONNECT-005` without `pg`
 */
export async function postgresState(address: PostgresAddress): Promise<StateStore> {
  const database = await PostgresDatabase.open(address, connectionsMax, () => upgrade(entrySchema));
  return new SqlState(database, postgresTurns(database));
}
