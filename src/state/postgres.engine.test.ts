import { afterAll, beforeAll, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { stateConformance } from "./conformance.ts";
import type { PostgresAddress } from "./postgres-connections.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { postgresState } from "./postgres.ts";
import { postgresRuns } from "./postgres-runs.ts";
import { runConformance } from "./run-conformance.ts";
import { postgresText } from "./postgres-text.ts";
import { RunRemoval } from "./run-removal.ts";
import { runTexts } from "./run-texts-for-tests.ts";
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

test("nothing that is read goes through the history", async () => {
  const place = placeOf("plans");
  await (await postgresRuns(place)).close();
  const statements = runTexts().map(postgresText);
  const plans = statements.map((text, i) => {
    const values = [...new Set(text.match(/\$\d+/g))].map(() => "null").join(", ");
    return server.run(`set search_path to ${place.schema}; set enable_seqscan to off; set plan_cache_mode to force_generic_plan; prepare s${i} as ${text}; explain execute s${i}${values && `(${values})`}`);
  });
  const small = /from (backfill|pool|dag)\b|^select \* from (alert) where .*shard = /;
  expect(statements.filter((text, i) => /Seq Scan on (run|instance|attempt|backfill_interval|alert)\b/.test(plans[i]) && !small.test(text))).toEqual([]);
});
