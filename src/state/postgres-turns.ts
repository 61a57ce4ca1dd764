import type { PgConnection } from "./load-pg.ts";
import type { PostgresDatabase } from "./postgres-database.ts";
import { type TurnLocks, Turns } from "./turns.ts";

/** Turns by advisory locks of a session: the server gives them back when its connection ends. */
export function postgresTurns(database: PostgresDatabase): Turns {
  return new Turns(new SessionLocks(database));
}

/** All locks of the process are held by one connection, which is made when the first is wanted. */
class SessionLocks implements TurnLocks {
  readonly pollMs = 5;
  readonly #database: PostgresDatabase;
  #session: Promise<PgConnection> | undefined;
  /** Of requests: a connection does one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async take(place: number): Promise<boolean> {
    const { rows } = await this.#ask(`select pg_try_advisory_lock(${this.#numberOf(place)}) as got`);
    return (rows[0] as { got: boolean }).got;
  }

  /** A connection that is gone has given everything back. */
  async giveBack(place: number): Promise<void> {
    await this.#ask(`select pg_advisory_unlock(${this.#numberOf(place)})`).catch(() => undefined);
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.end().catch(() => undefined);
  }

  #numberOf(place: number): bigint {
    return this.#database.lockNumber(`turn ${place}`);
  }

  #ask(text: string): ReturnType<PgConnection["query"]> {
    const asked = this.#last.then(async () => (await this.#connected()).query(text));
    this.#last = asked.catch(() => this.#drop());
    return asked;
  }

  /** With all that it holds: what stood behind it is not known any more. */
  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    (await session?.catch(() => undefined))?.connection.stream.destroy();
  }

  #connected(): Promise<PgConnection> {
    this.#session ??= this.#database.connect();
    return this.#session;
  }
}
