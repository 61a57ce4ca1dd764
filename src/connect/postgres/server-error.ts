import { MillraceError } from "../../errors.ts";

interface PgError {
  message?: string;
  /** SQLSTATE of the server, or a code of the system. */
  code?: string;
  errors?: PgError[];
}

/** What went wrong, with its secrets taken out. */
export function serverError(error: unknown, { where, mask }: { where: string; mask(text: string): string }): MillraceError {
  if (error instanceof MillraceError) return error;
  // Of an address with several places, each has failed.
  const { message = "", code = "" } = ((error as PgError).errors?.[0] ?? error) as PgError;
  const said = mask(message || code || String(error));
  if (/^(28|42501|3D000)/.test(code) || /password|SASL|no pg_hba/i.test(message)) return new MillraceError("MR-CONNECT-002", { what: `the database refuses access: ${said}`, where, mend: "check user, password and database of the connection, and what the user may read" });
  if (code === "57014") return new MillraceError("MR-CONNECT-003", { what: "the database took longer than it is allowed", where, mend: "read fewer rows, or allow more: statementTimeout" });
  const isServers = /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57P|EPIPE$)/.test(code);
  if (isServers) return new MillraceError("MR-CONNECT-004", { what: `the database could not do what was asked: ${said}`, where, mend: "look at the table in the database itself; a view there can give its columns other types" });
  return new MillraceError("MR-CONNECT-001", { what: `the database cannot be reached: ${said}`, where, mend: "check host and port of the connection, and that the server runs and lets this machine in", retryable: true });
}
