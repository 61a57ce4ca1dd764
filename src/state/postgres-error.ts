import { asMillraceError, MillraceError } from "../errors.ts";
import type { PgAnswer, PgConnection, PgRequest } from "./load-pg.ts";

interface PgError {
  message?: string;
  /** SQLSTATE of the server, or a code of the system. */
  code?: string;
  /** Of the server alone. */
  severity?: string;
  errors?: PgError[];
}

/** Whether the server has said so itself. */
export const isOfServer = (error: unknown): boolean => (error as PgError).severity !== undefined;

/** Whether it was refused for what others did at the same time, and may go well at once. */
export function isCollision(error: unknown): boolean {
  const { code } = error as PgError;
  return isOfServer(error) && (code === "40001" || code === "40P01");
}

/** Nothing more can be known from this connection. Whatever else is wrong, the server has said so and goes on. */
export class BrokenConnection extends Error {
  override readonly name = "BrokenConnection";

  constructor(cause: unknown) {
    super("the connection is gone", { cause });
  }
}

/** Asks the server. @throws BrokenConnection, or what the server says */
export async function ask(connection: PgConnection, request: PgRequest | string): Promise<PgAnswer> {
  try {
    return await connection.query(request);
  } catch (error) {
    const { code = "", severity } = error as PgError;
    throw severity === undefined || /^(08|57P|25P03|XX)/.test(code) ? new BrokenConnection(error) : error;
  }
}

/** What a call on the store ends with. Faults of ours keep their own code. */
export function storeError(error: unknown, where: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const found = error instanceof BrokenConnection ? (error.cause as PgError) : (error as PgError);
  // Of an address with several places, each has failed.
  const { message = "", code = "", severity } = found.errors?.[0] ?? found;
  // Broken constraints, wrong SQL and wrong values come from the caller.
  if (severity ? /^(2[0-46-7]|42(?!501))/.test(code) : !(error instanceof BrokenConnection)) return asMillraceError(error, where);
  const refused = (mend: string, retryable: boolean): MillraceError => new MillraceError("MR-STATE-001", { what: `the state store refused: ${message || code}`, where, mend, retryable, cause: error });
  if (severity && /^(28|3D|42501)/.test(code)) return refused("check user, password and database of the address, and that the user may make tables there", false);
  if (/password|SASL|no pg_hba/i.test(message)) return refused("check user and password of the address", false);
  if (severity && /^54/.test(code)) return refused("shorten the name or the key that is stored", false);
  if (severity && /^53/.test(code)) return refused("look at the server's disk, memory and max_connections", true);
  if (severity && /^(55P03|57014|40)/.test(code)) return refused("others hold the store for long: try again", true);
  return refused("look whether PostgreSQL runs and can be reached; the call may be made again", true);
}
