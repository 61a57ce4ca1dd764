import { loadPg, type PgConnection } from "./load-pg.ts";
import { newConnection, type PostgresAddress } from "./postgres-connections.ts";
import { ask } from "./postgres-error.ts";

export interface PostgresFacts {
  /** As `server_version_num` has it: 150004 for 15.4. */
  number: number;
  version: string;
}

/**
 * Asks the server what it is, and tries whether its user may make tables in the schema: in a transaction that is undone.
 *
 * @throws what `pg` and the server say; MillraceError `MR-CONNECT-005` without the library
 */
export async function lookAtPostgres(address: PostgresAddress): Promise<PostgresFacts> {
  const connection = newConnection(await loadPg<PgConnection>("the state store in PostgreSQL"), address);
  await connection.connect();
  try {
    const { number, version } = (await ask(connection, "select current_setting('server_version_num')::int as number, current_setting('server_version') as version")).rows[0] as PostgresFacts;
    await ask(connection, `begin; create schema if not exists "${address.schema}"; create table "${address.schema}".millrace_doctor (n integer); rollback`);
    return { number, version };
  } finally {
    await connection.end().catch(() => undefined);
  }
}
