import { afterAll, beforeAll } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { stateConformance } from "./conformance.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { postgresTurns } from "./postgres-turns.ts";
import { openPostgresState } from "./postgres.ts";
import { runConformance } from "./run-conformance.ts";
import { RunRemoval } from "./run-removal.ts";
import { shardConformance } from "./shard-conformance.ts";
import { createShards } from "./shard-schema.ts";
import { SqlRuns } from "./sql-runs.ts";
import { SqlState } from "./sql-state.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** A schema for each check. */
const schemaOf = (name: string) => name.slice(0, 60).replaceAll("-", "_");
const opened = (name: string) => PostgresDatabase.open({ connection: { url: server.url() }, schema: schemaOf(name) }, 4, () => createShards(16));

stateConformance("postgres", async (name) => {
  const database = await opened(name);
  return new SqlState(database, postgresTurns(database));
});

runConformance("postgres", async (name) => {
  const [database, other] = [await opened(name), await opened(name)];
  return { runs: new SqlRuns({ database, removal: new RunRemoval(database), shard: 0, close: () => database.close() }), state: new SqlState(other, postgresTurns(other)) };
});

shardConformance("postgres", async (name) => {
  const { state, runs } = await openPostgresState({ connection: { url: server.url() }, schema: schemaOf(`shards-${name}`), shards: 4, leaseMs: 400 });
  await state.close();
  return runs;
});
