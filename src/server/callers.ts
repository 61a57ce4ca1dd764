import type { Reader } from "../govern/reader.ts";
import { isReaderToken } from "../govern/reader-tokens.ts";
import type { AccessControl } from "./access-control.ts";
import { requireToken } from "./require-token.ts";
import { isSession, type Sessions } from "./sessions.ts";

/**
 * Tells who sends an `Authorization` header.
 *
 * @param token - the project's own
 * @param sessions - of people who signed in with the project's rights; absent: none
 * @returns a function that gives the reader, or undefined where the token is the project's or a session; it throws `MR-HTTP-001` for all else
 */
export function callers(token: string, access: Pick<AccessControl, "reader">, sessions?: Pick<Sessions, "opens">): (authorization: string | undefined) => Reader | undefined {
  const checkToken = requireToken(token);
  return (authorization) => {
    const given = /^Bearer (.*)$/.exec(authorization ?? "")?.[1];
    if (given !== undefined && isReaderToken(given)) return access.reader(given);
    if (given !== undefined && isSession(given) && sessions?.opens(given)) return undefined;
    checkToken(authorization);
    return undefined;
  };
}
