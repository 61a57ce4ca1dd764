import { invalid } from "./option-checks.ts";
import { type ConnectionDefinition, isConnection, secretNames } from "./secret.ts";

/** As the packages of PostgreSQL call them; `url` in place of the others. */
export interface PostgresConnection {
  url?: string;
  host?: string;
  port?: number;
  database?: string;
  user?: string;
  password?: string;
  /** `true`: the server's certificate is checked. `no-verify`: it is not. Default: no encryption. */
  ssl?: boolean | "no-verify";
}

/** How a server is reached, where it is declared: one of the two. */
export interface PostgresPlace {
  /** `host`, `port`, `database`, `user`, `password`, `ssl`, or a `url`. */
  connection?: ConnectionDefinition<PostgresConnection>;
  /** In place of a connection: `postgres://user@host:5432/database`. One with a password must be a secret. */
  url?: string;
}

const fields = ["url", "host", "port", "database", "user", "password", "ssl"] as const;

/**
 * The connection that a declaration names, as plain JSON.
 * @throws MillraceError `MR-MODEL-001` when it names none or both, and for a password that is no secret
 */
export function postgresConnection({ connection, url }: PostgresPlace, where: string): PostgresConnection {
  if ((connection === undefined) === (url === undefined)) throw invalid(connection ? "there are both `connection` and `url`" : "nothing says how the database is reached", where, "give connection: connection(…), or url: secret(…)");
  if (connection !== undefined && !isConnection(connection)) throw invalid("`connection` is no connection", where, 'give what connection("name", { host, database, user, password }) returned');
  const settings: PostgresConnection = connection ? { ...(connection.settings as PostgresConnection) } : { url };
  const given = Object.fromEntries(fields.filter((field) => settings[field] !== undefined).map((field) => [field, settings[field]])) as PostgresConnection;
  if (given.password !== undefined && secretNames(given.password).length === 0) throw inClear(where);
  if (given.url !== undefined && secretNames(given.url).length === 0 && hasPassword(given.url, where)) throw inClear(where);
  return given;
}

function hasPassword(url: string, where: string): boolean {
  const read = URL.parse(url);
  if (read === null || !/^postgres(ql)?:$/.test(read.protocol)) throw invalid("the url cannot be read", where, "write postgres://user@host:5432/database, or url: secret(…)");
  return read.password !== "" || read.searchParams.has("password");
}

const inClear = (where: string): Error => invalid("the password stands in the project", where, 'name it in place of writing it: password: secret("shop-password"), or the whole url: secret("shop-url")');
