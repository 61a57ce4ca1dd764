import type { PostgresConnection } from "../model/postgres-connection.ts";
import { type PgConnection, pgPlace } from "./load-pg.ts";
import { BrokenConnection } from "./postgres-error.ts";

/** Longest wait for a connection to be made, in milliseconds. */
const connectMs = 5_000;
/** Longest wait for an answer: behind a cut line none may ever come. The server gives up earlier. */
const answerMs = 15_000;
const statementMs = 10_000;
/** A transaction whose process is frozen or cut off is undone after this time, and holds up nobody any more. */
const idleInTransactionMs = 5_000;

export interface PostgresAddress {
  /** With secrets filled in. */
  connection: PostgresConnection;
  /** Where the tables are. Small letters, digits and underscores, 1 to 63, no digit first. */
  schema: string;
  /** What the server calls this client in `pg_stat_activity` and its log, of which it keeps 63 bytes. Default `millrace`. */
  client?: string;
}

/** A connection that is not made yet. Numbers come as numbers: all that we store are exact in them. */
export function newConnection(Client: new (settings: object) => PgConnection, { connection, client: name }: PostgresAddress, given: { patient?: boolean } = {}): PgConnection {
  const types = { getTypeParser: (oid: number) => (oid === 20 || oid === 23 ? Number : oid === 16 ? (text: string) => text === "t" : String) };
  const client = new Client({ ...pgPlace(connection, name), connectionTimeoutMillis: connectMs, query_timeout: given.patient ? 0 : answerMs, keepAlive: true, pipeline: true, types });
  // What happens to a connection is told to whoever waits for an answer.
  client.on("error", () => undefined);
  return client;
}

/** Commits wait for the disk, whatever the server's own settings are. */
export function settings({ schema }: PostgresAddress, given: { patient?: boolean } = {}): string {
  const wanted = {
    ...{ search_path: `"${schema}"`, synchronous_commit: "on", standard_conforming_strings: "on", client_min_messages: "error", jit: "off", default_transaction_isolation: "'read committed'" },
    ...{ statement_timeout: given.patient ? 0 : statementMs, idle_in_transaction_session_timeout: idleInTransactionMs },
  };
  return Object.entries(wanted).map(([name, value]) => `set ${name} to ${value}`).join("; ");
}

/** A few connections, each of them one caller's at a time; more callers than connections stand in line. */
export class PostgresConnections {
  readonly #open: () => Promise<PgConnection>;
  readonly #idle: PgConnection[] = [];
  readonly #line: (() => void)[] = [];
  #free: number;
  #isClosed = false;

  /** @param max - connections at a time, 1 or more */
  constructor(open: () => Promise<PgConnection>, max: number) {
    this.#open = open;
    this.#free = max;
  }

  /** @throws what `work` throws, or what the connection ends with; in doubt about a connection it is not used again */
  async use<T>(work: (connection: PgConnection) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    try {
      return await this.#with(this.#idle.pop() ?? (await this.#opened()), work);
    } finally {
      const next = this.#line.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.end().catch(() => undefined);
  }

  async #opened(): Promise<PgConnection> {
    if (this.#isClosed) throw new BrokenConnection(new Error("the store is closed"));
    const connection = await this.#open();
    connection.on("error", () => {
      const place = this.#idle.indexOf(connection);
      if (place >= 0) this.#idle.splice(place, 1);
    });
    return connection;
  }

  async #with<T>(connection: PgConnection, work: (connection: PgConnection) => Promise<T>): Promise<T> {
    try {
      const result = await work(connection);
      this.#keep(connection);
      return result;
    } catch (error) {
      if (error instanceof BrokenConnection) connection.connection.stream.destroy();
      else this.#keep(connection);
      throw error;
    }
  }

  #keep(connection: PgConnection): void {
    if (this.#isClosed) connection.end().catch(() => undefined);
    else this.#idle.push(connection);
  }
}
