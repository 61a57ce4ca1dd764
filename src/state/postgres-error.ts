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
  const why = message || code;
  const refused = (mend: string, retryable = false): MillraceError => new MillraceError("MR-STATE-001", { what: `the state store refused: ${why}`, where, mend, retryable, cause: error });
  if (severity && /^(28|3D|42501)/.test(code)) return refused("check user, password and database of the address, and that the user may make tables there");
  if (/password|SASL|no pg_hba/i.test(message)) return refused("check user and password of the address");
  if (severity && /^54/.test(code)) return refused("shorten the name or the key that is stored");
  if (severity && /^53100/.test(code)) return refused("make room on the server's disk", true);
  return storeAway(why, where, severity && awayMends.find(([codes]) => codes.test(code))?.[1], error);
}

/** What holds a server up for a while, by its own word. */
const awayMends: [codes: RegExp, mend: string][] = [
  [/^53/, "look at the server's memory and max_connections; the call may be made again"],
  [/^(55P03|57014|40)/, "others hold the store for long: try again"],
];

/** @param mend - default: that of a server that nobody reaches */
export function storeAway(why: string, where: string, mend = "look whether PostgreSQL runs and can be reached; the call may be made again", cause?: unknown): MillraceError {
  return new MillraceError("MR-STATE-006", { what: `the state store does not answer: ${why}`, where, mend, retryable: true, cause });
}
