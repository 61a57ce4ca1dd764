import type { MillraceError } from "../../errors.ts";
import type { PostgresConnection } from "../../model/postgres-connection.ts";
import { loadPg, pgPlace } from "../../state/load-pg.ts";
import { serverError } from "./server-error.ts";

/** The few calls that are made to the library, which is not among ours: who mounts a database installs it. */
export interface PgClient {
  connect(): Promise<unknown>;
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  query(submittable: PgSubmittable): unknown;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): void;
  readonly connection: PgConnection;
}

export interface PgConnection {
  readonly stream: { pause(): void; resume(): void; destroy(): void };
  query(text: string): void;
}

/** A request whose answer is taken as it comes. */
export interface PgSubmittable {
  submit(connection: PgConnection): void;
  handleCopyData(message: { chunk: Buffer }): void;
  handleCommandComplete(message: { text: string }): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

const connectMs = 10_000;

export interface SessionOptions {
  /** With secrets filled in. */
  connection: PostgresConnection;
  statementTimeoutMs: number;
  /** Names what is connected to, for errors. */
  where: string;
  /** Takes secrets out of a text. */
  mask(text: string): string;
}

/** A connection in one read-only transaction, which sees the database as it was when it began. */
export class PostgresSession {
  readonly #client: PgClient;
  readonly #options: SessionOptions;

  private constructor(client: PgClient, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** @throws MillraceError `MR-CONNECT-001` when nobody answers, `-002` when access is refused, `-005` without the library */
  static async open(options: SessionOptions): Promise<PostgresSession> {
    const client = await newClient(options);
    // What happens to the connection is told to whoever waits for an answer.
    client.on("error", () => undefined);
    const session = new PostgresSession(client, options);
    try {
      await client.connect();
      await client.query(settings(options.statementTimeoutMs));
      return session;
    } catch (error) {
      session.close();
      throw session.error(error);
    }
  }

  /** @throws MillraceError `MR-CONNECT-001` to `-004` */
  async rows<T>(text: string, values: readonly unknown[]): Promise<T[]> {
    try {
      return (await this.#client.query(text, values)).rows as T[];
    } catch (error) {
      throw this.error(error);
    }
  }

  submit(request: PgSubmittable): void {
    this.#client.query(request);
  }

  error(error: unknown): MillraceError {
    return serverError(error, this.#options);
  }

  /** Does not wait for the server, which ends what it still does for us when it finds nobody there. */
  close(): void {
    this.#client.end().catch(() => undefined);
  }
}

async function newClient({ connection, where }: SessionOptions): Promise<PgClient> {
  const Client = await loadPg<PgClient>(where);
  return new Client({ ...pgPlace(connection), connectionTimeoutMillis: connectMs });
}

/** Values are to be written in one way, whatever the server's own settings are. */
function settings(statementTimeoutMs: number): string {
  const local = { statement_timeout: statementTimeoutMs, timezone: "UTC", datestyle: "ISO, YMD", intervalstyle: "postgres", bytea_output: "hex", extra_float_digits: 3, standard_conforming_strings: "on", client_encoding: "UTF8" };
  return ["begin isolation level repeatable read read only", ...Object.entries(local).map(([name, value]) => `set local ${name} = '${value}'`)].join("; ");
}
