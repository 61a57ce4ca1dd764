import { createHash, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { Database } from "./database.ts";
import { loadPg, type PgConnection } from "./load-pg.ts";
import { newConnection, type PostgresAddress, PostgresConnections, settings } from "./postgres-connections.ts";
import { ask, BrokenConnection, isCollision, isOfServer, storeError } from "./postgres-error.ts";
import { postgresInsert, postgresScript, postgresText } from "./postgres-text.ts";
import { type Schema, upgrade } from "./schema.ts";
import type { Bound, Request, Work } from "./work.ts";

/** Times that a transaction is begun, when the server has undone it for another's sake or the connection was gone before its commit. */
const beginningsMax = 5;
/** For how long it is asked whether a commit was made, and for how long it is kept that it was: well beyond. */
const doubtMsMax = 10 * 60_000;
const marksKeptFor = "1 day";
const retryMs = 250;

/**
 * Each transaction leaves a mark of its own in its commit, in place of the one that its connection left before. Where the answer to a commit is lost, a mark that says `false` is
 * put in its place: when that cannot be done the commit was made, and when it can be the commit never will be, for it would
 * have to put its own mark there.
 */
const markSchema: Schema = {
  part: "marks",
  steps: ["create table mark (connection uuid not null, number bigint not null, made boolean not null, at timestamptz not null default clock_timestamp(), primary key (connection, number))"],
};

/** A schema of a PostgreSQL database, which several processes work on at once. */
export class PostgresDatabase implements Database {
  readonly address: PostgresAddress;
  readonly #connections: PostgresConnections;
  readonly #client: new (settings: object) => PgConnection;
  readonly #names = new Map<string, { name: string; text: string }>();
  /** The last one of each connection. */
  readonly #marks = new WeakMap<PgConnection, Mark>();
  #isClosed = false;

  private constructor(Client: new (settings: object) => PgConnection, address: PostgresAddress, connectionsMax: number) {
    this.#client = Client;
    this.address = address;
    this.#connections = new PostgresConnections(() => this.connect(), connectionsMax);
  }

  /**
   * @param create - makes what is missing; of several processes one at a time
   * @throws MillraceError `MR-STATE-001` when the database cannot be used, `-006` when it does not answer; `MR-STATE-004` when a newer Millrace has made the tables; `MR-CONNECT-005` without `pg`
   */
  static async open(address: PostgresAddress, connectionsMax: number, create: () => Work<void>): Promise<PostgresDatabase> {
    const where = `the state store in PostgreSQL, schema ${address.schema}`;
    // What a library says of an address that it cannot read has the password in it.
    if (address.connection.url !== undefined && !URL.canParse(address.connection.url)) throw unreadable(where);
    const database = new PostgresDatabase(await loadPg<PgConnection>(where), address, connectionsMax);
    try {
      await database.#prepare(create);
      return database;
    } catch (error) {
      await database.close();
      throw storeError(error, where);
    }
  }

  async read<T>(where: string, work: () => Work<T>): Promise<T> {
    for (let n = 1; ; n++) {
      try {
        return await this.#connections.use((connection) => this.answered(connection, work()));
      } catch (error) {
        // A connection that stood idle may be gone without anybody having noticed.
        if (n > 1 || !(error instanceof BrokenConnection) || this.#isClosed) throw storeError(error, where);
      }
    }
  }

  async write<T>(where: string, locks: readonly string[], work: () => Work<T>): Promise<T> {
    for (let n = 1; ; n++) {
      const commit: Commit = { mark: undefined };
      try {
        return await this.#connections.use((connection) => this.#inTransaction(connection, commit, locks, work));
      } catch (error) {
        if (commit.mark && error instanceof BrokenConnection && (await this.#wasMade(commit.mark, where))) return commit.result as T;
        // Nothing was written.
        if (n === beginningsMax || this.#isClosed || !(error instanceof BrokenConnection ? n === 1 || commit.mark !== undefined : isCollision(error))) throw storeError(error, where);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#connections.close();
  }

  /** A connection for who needs one to itself. */
  async connect(given: { patient?: boolean } = {}): Promise<PgConnection> {
    const connection = newConnection(this.#client, this.address, given);
    try {
      await connection.connect();
      await ask(connection, settings(this.address, given));
      return connection;
    } catch (error) {
      connection.connection.stream.destroy();
      throw isOfServer(error) ? error : new BrokenConnection(error);
    }
  }

  /** Forgets marks that nobody asks for any more. */
  forgetMarks(): Promise<void> {
    return this.read("marks of commits", function* () {
      yield { kind: "count", text: `delete from mark where at < now() - interval '${marksKeptFor}'`, values: [] };
    });
  }

  /** A number of its own for each name, the same in every process. */
  lockNumber(name: string): bigint {
    return createHash("sha256").update(JSON.stringify([this.address.schema, name])).digest().readBigInt64BE();
  }

  async #inTransaction<T>(connection: PgConnection, commit: Commit, locks: readonly string[], work: () => Work<T>): Promise<T> {
    try {
      // The work's first request does not wait for the answer: where the locks were not got it fails, as all that is asked in the transaction from then on.
      const begun = ask(connection, ["begin", ...this.#lockTexts(locks)].join("; "));
      const [result] = await Promise.all([this.answered(connection, work()), begun]);
      const mark = this.#nextMark(connection);
      Object.assign(commit, { result, mark });
      await ask(connection, `delete from mark where connection = '${mark.connection}' and number < ${mark.number}; insert into mark (connection, number, made) values ('${mark.connection}', ${mark.number}, true); commit`);
      return result;
    } catch (error) {
      if (!(error instanceof BrokenConnection)) await ask(connection, "rollback");
      throw error;
    }
  }

  #nextMark(connection: PgConnection): Mark {
    const last = this.#marks.get(connection) ?? { connection: randomUUID(), number: 0 };
    const mark = { ...last, number: last.number + 1 };
    this.#marks.set(connection, mark);
    return mark;
  }

  /** Always in the same order, so that no two wait for each other. */
  #lockTexts(locks: readonly string[]): string[] {
    const numbers = [...new Set(locks.map((name) => this.lockNumber(name)))].sort((a, b) => (a < b ? -1 : 1));
    return numbers.map((number) => `select pg_advisory_xact_lock(${number})`);
  }

  /** @throws MillraceError `MR-STATE-005` when nobody could be asked for long */
  async #wasMade({ connection: lost, number }: Mark, where: string): Promise<boolean> {
    for (const endMs = performance.now() + doubtMsMax; ; await wait(retryMs)) {
      try {
        return await this.#connections.use(async (connection) => {
          await ask(connection, `insert into mark (connection, number, made) values ('${lost}', ${number}, false) on conflict do nothing`);
          return ((await ask(connection, `select made from mark where connection = '${lost}' and number = ${number}`)).rows[0] as { made: boolean }).made;
        });
      } catch (error) {
        if (this.#isClosed || performance.now() > endMs) throw inDoubt(where, error);
      }
    }
  }

  /** Work that is nobody's transaction, over a connection that the caller has to itself. */
  async answered<T>(connection: PgConnection, work: Work<T>): Promise<T> {
    for (let next = work.next(); ; next = work.next(await this.#answer(connection, next.value))) {
      if (next.done) return next.value;
    }
  }

  async #answer(connection: PgConnection, request: Request): Promise<unknown> {
    switch (request.kind) {
      case "rows":
        return (await ask(connection, { ...this.#prepared(request.text, postgresText), values: request.values.map(storable) })).rows;
      case "count":
        return (await ask(connection, { ...this.#prepared(request.text, postgresText), values: request.values.map(storable) })).rowCount;
      case "insert": {
        const columns = request.columns.map((_, column) => request.rows.map((row) => storable(row[column])));
        return (await ask(connection, { ...this.#prepared(`${request.into} ${request.conflict}`, () => postgresInsert(request)), values: columns })).rowCount;
      }
      case "script":
        await ask(connection, postgresScript(request.text));
        return undefined;
      case "batch":
        // They go out together. Behind one that fails in a transaction the others fail as well, and do nothing.
        return Promise.all(request.requests.map((each) => this.#answer(connection, each)));
    }
  }

  /** Texts are made by the code, and few. */
  #prepared(text: string, translate: (text: string) => string): { name: string; text: string } {
    let found = this.#names.get(text);
    if (!found) this.#names.set(text, (found = { name: `millrace ${this.#names.size}`, text: translate(text) }));
    return found;
  }

  /** Of processes that start together one makes the tables, however long that takes, and the others wait. */
  async #prepare(create: () => Work<void>): Promise<void> {
    const { schema } = this.address;
    const connection = await this.connect({ patient: true });
    try {
      await ask(connection, ["begin", ...this.#lockTexts(["schema"])].join("; "));
      await ask(connection, `create schema if not exists "${schema}"`);
      await this.answered(connection, upgrade(markSchema));
      await this.answered(connection, create());
      await ask(connection, "commit");
    } finally {
      connection.end().catch(() => undefined);
    }
  }
}

/** Of a commit: a connection never has two of the same number. */
interface Mark {
  connection: string;
  number: number;
}

interface Commit {
  /** Undefined until it is asked. From then on it may have been made, whatever is heard of it. */
  mark: Mark | undefined;
  /** What the transaction gives, once it is asked. */
  result?: unknown;
}

/** PostgreSQL's text has everything but U+0000, for which its picture stands; JSON writes it otherwise, and keeps it. */
function storable(value: Bound): Bound {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\u2400") : value;
}

const unreadable = (where: string): MillraceError => new MillraceError("MR-STATE-001", { what: "the address of the state store cannot be read", where, mend: "write postgresql://user:password@host:port/database, with signs of the password as in addresses (%40 for @)" });

function inDoubt(where: string, cause: unknown): MillraceError {
  return new MillraceError("MR-STATE-005", {
    what: "the connection to the state store was lost during a commit, and nobody could be asked since whether it was made",
    where,
    mend: "bring PostgreSQL back, then look what stands there before you write it again",
    cause,
  });
}
