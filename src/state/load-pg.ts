import { MillraceError } from "../errors.ts";
import type { PostgresConnection } from "../model/postgres-connection.ts";

/** A request as `pg` takes it. One with a name is prepared once on each connection. */
export interface PgRequest {
  text: string;
  name?: string;
  values?: readonly unknown[];
}

export interface PgAnswer {
  rows: unknown[];
  rowCount: number | null;
}

/** The few calls that are made of a connection. */
export interface PgConnection {
  connect(): Promise<unknown>;
  query(request: PgRequest | string): Promise<PgAnswer>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "notification", listener: (message: { payload?: string }) => void): void;
  readonly connection: { readonly stream: { destroy(): void } };
}

const library = "pg";

/**
 * The library for PostgreSQL, which is not among ours: who uses a PostgreSQL installs it.
 *
 * @param where - what needs it, for the error
 * @throws MillraceError `MR-CONNECT-005` without it
 */
export async function loadPg<Client>(where: string): Promise<new (settings: object) => Client> {
  const found = (await import(library).catch((cause: unknown) => {
    throw new MillraceError("MR-CONNECT-005", { what: "the library for PostgreSQL is not installed", where, mend: "npm install pg", cause });
  })) as { Client?: unknown; default?: unknown };
  const { Client } = (found.default ?? found) as { Client: new (settings: object) => Client };
  return Client;
}

/**
 * How `pg` is told where a server is.
 *
 * @param connection - with secrets filled in
 * @param client - what the server is to call the connection's owner
 */
export function pgPlace({ url, ssl, ...rest }: PostgresConnection, client = "millrace"): object {
  const encrypted = ssl === undefined ? {} : { ssl: ssl === "no-verify" ? { rejectUnauthorized: false } : ssl };
  return { ...(url === undefined ? rest : { connectionString: url }), ...encrypted, application_name: client };
}
