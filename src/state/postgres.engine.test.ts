import { afterAll, beforeAll } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { stateConformance } from "./conformance.ts";
import { entrySchema } from "./entries.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { postgresTurns } from "./postgres-turns.ts";
import { runConformance } from "./run-conformance.ts";
import { RunRemoval } from "./run-removal.ts";
import { runSchema } from "./run-schema.ts";
import { SqlRuns } from "./sql-runs.ts";
import { SqlState } from "./sql-state.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** A schema for each check. */
const opened = (name: string) => PostgresDatabase.open({ url: server.url(), schema: name.slice(0, 60).replaceAll("-", "_") }, 4, [entrySchema, runSchema]);

stateConformance("postgres", async (name) => {
  const database = await opened(name);
  return new SqlState(database, postgresTurns(database));
});

runConformance("postgres", async (name) => {
  const [database, other] = [await opened(name), await opened(name)];
  return { runs: new SqlRuns({ database, removal: new RunRemoval(database), shard: 0, close: () => database.close() }), state: new SqlState(other, postgresTurns(other)) };
});
