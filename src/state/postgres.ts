import { PostgresClaims } from "./postgres-claims.ts";
import type { PostgresAddress } from "./postgres-connections.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { PostgresMail } from "./postgres-mail.ts";
import { postgresTurns } from "./postgres-turns.ts";
import { RunRemoval } from "./run-removal.ts";
import type { Removal, RunStore } from "./run-store.ts";
import { forgetOldAnswers } from "./shard-mail.ts";
import { createShards, shardCount } from "./shard-schema.ts";
import type { Claim, RunHistory, ShardedRuns } from "./shards.ts";
import { SqlHistory, SqlRuns } from "./sql-runs.ts";
import { SqlState } from "./sql-state.ts";
import type { StateStore } from "./store.ts";

/** The place, with secrets filled in; its user must be allowed to make a schema in the database, unless it is there. */
export interface PostgresOptions extends PostgresAddress {
  /** Into how many shards DAGs are divided, 1 or more, when the tables are made; later it is what it was then. Default 16. */
  shards?: number;
  /** That are open at a time, beside two that listen and hold turns, 2 or more. Default 4. */
  connections?: number;
  /** For how long a plane that says nothing keeps its shards. Default 10,000. */
  leaseMs?: number;
}

export interface PostgresState {
  state: StateStore;
  runs: ShardedRuns;
}

/** How often traces of commits and requests that nobody asks for any more are removed. */
const tidyMs = 10 * 60_000;

/**
 * State and runs in a PostgreSQL database of version 15 or later, which any number of processes share. Connections end when
 * both are closed.
 *
 * @throws MillraceError `MR-STATE-001` when the database cannot be used; `MR-STATE-004` when a newer Millrace has made the tables; `MR-CONNECT-005` without `pg`
 */
export async function openPostgresState({ connection, schema, shards = 16, connections = 4, leaseMs = 10_000 }: PostgresOptions): Promise<PostgresState> {
  const database = await PostgresDatabase.open({ connection, schema }, connections, () => createShards(shards));
  const mail = new PostgresMail(database);
  const tidying = setInterval(() => void tidy(database).catch(() => undefined), tidyMs).unref();
  let open = 2;
  const end = async (): Promise<void> => {
    if (--open > 0) return;
    clearInterval(tidying);
    await database.close();
  };
  const endRuns = async (): Promise<void> => {
    await mail.close();
    await end();
  };
  const count = await database.read("the shards", shardCount);
  return { state: new SqlState(database, postgresTurns(database), end), runs: new PostgresRuns(database, count, new PostgresClaims(database, leaseMs), mail, endRuns) };
}

async function tidy(database: PostgresDatabase): Promise<void> {
  await database.forgetMarks();
  await database.read("the mail", forgetOldAnswers);
}

class PostgresRuns implements ShardedRuns {
  readonly shards: number;
  readonly claims: PostgresClaims;
  readonly mail: PostgresMail;
  readonly history: RunHistory;
  readonly #database: PostgresDatabase;
  readonly #removal: RunRemoval;
  /** Those that this process has open. */
  readonly #open = new Set<RunStore>();
  readonly #end: () => Promise<void>;

  constructor(database: PostgresDatabase, shards: number, claims: PostgresClaims, mail: PostgresMail, end: () => Promise<void>) {
    this.#database = database;
    this.shards = shards;
    this.claims = claims;
    this.mail = mail;
    this.#removal = new RunRemoval(database);
    this.history = new OpenHistory(database, this.#removal, this.#open);
    this.#end = end;
  }

  async open(shard: number, claim: Claim): Promise<RunStore> {
    const close = async (): Promise<void> => void this.#open.delete(store);
    const store: RunStore = new SqlRuns({ database: this.#database, removal: this.#removal, shard, claim, close });
    this.#open.add(store);
    return store;
  }

  close(): Promise<void> {
    return this.#end();
  }
}

class OpenHistory extends SqlHistory implements RunHistory {
  readonly #open: ReadonlySet<RunStore>;

  constructor(database: PostgresDatabase, removal: RunRemoval, open: ReadonlySet<RunStore>) {
    super(database, removal);
    this.#open = open;
  }

  /** Of the shards that this process has open: who holds a shard knows which of its runs are about to be changed. */
  async removeRuns(removal: Removal): Promise<number> {
    let removed = 0;
    for (const store of [...this.#open]) removed += await store.removeRuns({ ...removal, limit: (removal.limit ?? Infinity) - removed });
    return removed;
  }

  async close(): Promise<void> {}
}
