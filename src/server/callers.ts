import type { Reader } from "../govern/reader.ts";
import { isReaderToken } from "../govern/reader-tokens.ts";
import type { AccessControl } from "./access-control.ts";
import { requireToken } from "./require-token.ts";

/**
 * Tells who sends an `Authorization` header.
 *
 * @param token - the project's own
 * @returns a function that gives the reader, or undefined where the token is the project's; it throws `MR-HTTP-001` for all else
 */
export function callers(token: string, access: Pick<AccessControl, "reader">): (authorization: string | undefined) => Reader | undefined {
  const checkToken = requireToken(token);
  return (authorization) => {
    const given = /^Bearer (.*)$/.exec(authorization ?? "")?.[1];
    if (given !== undefined && isReaderToken(given)) return access.reader(given);
    checkToken(authorization);
    return undefined;
  };
}
