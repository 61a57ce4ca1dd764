import { afterAll, beforeAll } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { stateConformance } from "./conformance.ts";
import type { PostgresAddress } from "./postgres-connections.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { postgresState } from "./postgres.ts";
import { postgresRuns } from "./postgres-runs.ts";
import { runConformance } from "./run-conformance.ts";
import { RunRemoval } from "./run-removal.ts";
import { shardConformance } from "./shard-conformance.ts";
import { createShards } from "./shard-schema.ts";
import { SqlRuns } from "./sql-runs.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** A schema for each check. */
const placeOf = (name: string): PostgresAddress => ({ connection: { url: server.url() }, schema: name.slice(0, 60).replaceAll("-", "_") });
const opened = (name: string) => PostgresDatabase.open(placeOf(name), 4, () => createShards(16));

stateConformance("postgres", (name) => postgresState(placeOf(name)));

runConformance("postgres", async (name) => {
  const database = await opened(name);
  return { runs: new SqlRuns({ database, removal: new RunRemoval(database), shard: 0, close: () => database.close() }), state: await postgresState(placeOf(name)) };
});

shardConformance("postgres", (name) => postgresRuns({ ...placeOf(`shards-${name}`), shards: 4, leaseMs: 400 }));
