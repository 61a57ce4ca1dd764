import { createHmac, timingSafeEqual } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { Reader } from "../../govern/reader.ts";
import type { AccessControl } from "../access-control.ts";
import { callers } from "../callers.ts";

/** A token lasts this long. Clients ask for the next one by themselves. */
export const tokenSeconds = 3_600;

/**
 * Tokens for clients of the Iceberg catalog, which give the project's token or a reader's once and then carry one that ends by
 * itself. Signed, not stored: any process that knows the project's token can check them. One that was made for a reader is good
 * as long as the reader's own.
 */
export class AccessTokens {
  readonly #projectToken: string;
  readonly #access: Pick<AccessControl, "reader" | "readerById">;
  readonly #callerOf: (authorization: string | undefined) => Reader | undefined;
  readonly #now: () => number;

  /** @param now - milliseconds since 1970 */
  constructor(projectToken: string, access: Pick<AccessControl, "reader" | "readerById">, now: () => number = Date.now) {
    this.#projectToken = projectToken;
    this.#access = access;
    this.#callerOf = callers(projectToken, access);
    this.#now = now;
  }

  /** A token that is good for the Iceberg catalog alone, for `tokenSeconds`. @param reader - whom it is for; absent: the project */
  issue(reader?: Reader): string {
    const until = Math.floor(this.#now() / 1_000) + tokenSeconds;
    const about = reader === undefined ? String(until) : `${until}.${reader.token}`;
    return `mi_${about}.${this.#signature(about)}`;
  }

  /**
   * Who sends an `Authorization` header: a reader, or undefined where it is the project.
   * @throws MillraceError `MR-HTTP-001`
   */
  readonly readerOf = (authorization: string | undefined): Reader | undefined => {
    const [, about, until, reader, signature] = /^Bearer mi_((\d{1,12})(?:\.([0-9a-f]{12}))?)\.([\w-]{43})$/.exec(authorization ?? "") ?? [];
    if (about === undefined) return this.#callerOf(authorization);
    const isOurs = timingSafeEqual(Buffer.from(signature), Buffer.from(this.#signature(about)));
    if (isOurs && Number(until) * 1_000 > this.#now()) return reader === undefined ? undefined : this.#access.readerById(reader);
    throw new MillraceError("MR-HTTP-001", { what: isOurs ? "the request's token has ended" : "the request's token is not one of this catalog", where: "header `Authorization`", mend: "ask for a new one at /iceberg/v1/oauth/tokens" });
  };

  #signature(about: string): string {
    return createHmac("sha256", this.#projectToken).update(`millrace iceberg access until ${about}`).digest("base64url");
  }
}
