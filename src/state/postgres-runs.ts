import { PostgresClaims } from "./postgres-claims.ts";
import type { PostgresAddress } from "./postgres-connections.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { PostgresMail } from "./postgres-mail.ts";
import { RunRemoval } from "./run-removal.ts";
import type { Removal, RunStore } from "./run-store.ts";
import { forgetOldAnswers } from "./shard-mail.ts";
import { createShards, shardCount } from "./shard-schema.ts";
import type { Claim, RunHistory, ShardedRuns } from "./shards.ts";
import { SqlHistory, SqlRuns } from "./sql-runs.ts";

export interface PostgresRunsOptions extends PostgresAddress {
  /** Into how many shards DAGs are divided, 1 or more, when the tables are made; later it is what it was then. Default 16. */
  shards?: number;
  /** Open at a time, beside one that listens, 1 or more. Default 8. */
  connections?: number;
  /** For how long a plane that says nothing keeps its shards. Default 10,000. */
  leaseMs?: number;
}

/** How often traces of commits and requests that nobody asks for any more are removed. */
const tidyMs = 10 * 60_000;

/**
 * Runs in a schema of a PostgreSQL database of version 15 or later, which any number of control planes share; with the
 * entries of its state store, so that a commit can make swaps there too.
 *
 * @throws MillraceError `MR-STATE-001` when the database cannot be used, `-006` when it does not answer; `MR-STATE-004` when a newer Millrace has made the tables; `MR-CONNECT-005` without `pg`
 */
export async function postgresRuns({ leaseMs = 10_000, ...options }: PostgresRunsOptions): Promise<ShardedRuns> {
  const database = await openRunsDatabase(options);
  return new PostgresRuns(database, await database.read("the shards", shardCount), leaseMs);
}

/** The database below them, with the tables of entries, runs and shards. @throws MillraceError as `postgresRuns` */
export function openRunsDatabase({ connection, schema, shards = 16, connections = 8 }: Omit<PostgresRunsOptions, "leaseMs">): Promise<PostgresDatabase> {
  return PostgresDatabase.open({ connection, schema }, connections, () => createShards(shards));
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
  readonly #tidying: NodeJS.Timeout;

  constructor(database: PostgresDatabase, shards: number, leaseMs: number) {
    this.#database = database;
    this.shards = shards;
    this.claims = new PostgresClaims(database, leaseMs);
    this.mail = new PostgresMail(database);
    this.#tidying = setInterval(() => void this.#tidy().catch(() => undefined), tidyMs).unref();
    this.#removal = new RunRemoval(database);
    this.history = new OpenHistory(database, this.#removal, this.#open);
  }

  async open(shard: number, claim: Claim): Promise<RunStore> {
    const close = async (): Promise<void> => void this.#open.delete(store);
    const store: RunStore = new SqlRuns({ database: this.#database, removal: this.#removal, shard, claim, close });
    this.#open.add(store);
    return store;
  }

  async close(): Promise<void> {
    clearInterval(this.#tidying);
    await this.mail.close();
    await this.#database.close();
  }

  async #tidy(): Promise<void> {
    await this.#database.forgetMarks();
    await this.#database.read("the mail", forgetOldAnswers);
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
