import { createHmac, timingSafeEqual } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import { requireToken } from "../require-token.ts";

/** A token lasts this long. Clients ask for the next one by themselves. */
export const tokenSeconds = 3_600;

/**
 * Tokens for clients of the Iceberg catalog, which give the project's token once and then carry one that ends by itself.
 * Signed, not stored: any process that knows the project's token can check them.
 */
export class AccessTokens {
  readonly #projectToken: string;
  readonly #checkProjectToken: (authorization: string | undefined) => void;
  readonly #now: () => number;

  /** @param now - milliseconds since 1970 */
  constructor(projectToken: string, now: () => number = Date.now) {
    this.#projectToken = projectToken;
    this.#checkProjectToken = requireToken(projectToken);
    this.#now = now;
  }

  /** A token that is good for the Iceberg catalog alone, for `tokenSeconds`. */
  issue(): string {
    const until = Math.floor(this.#now() / 1_000) + tokenSeconds;
    return `mi_${until}.${this.#signature(until)}`;
  }

  /** Whether `token` is the project's, or one that was issued and has not ended. */
  accepts(token: string): boolean {
    try {
      this.check(`Bearer ${token}`);
      return true;
    } catch {
      return false;
    }
  }

  /** Checks the `Authorization` header. @throws MillraceError `MR-HTTP-001` */
  readonly check = (authorization: string | undefined): void => {
    const [, until, signature] = /^Bearer mi_(\d{1,12})\.([\w-]{43})$/.exec(authorization ?? "") ?? [];
    if (until === undefined) return this.#checkProjectToken(authorization);
    const isOurs = timingSafeEqual(Buffer.from(signature), Buffer.from(this.#signature(Number(until))));
    if (isOurs && Number(until) * 1_000 > this.#now()) return;
    throw new MillraceError("MR-HTTP-001", { what: isOurs ? "the request's token has ended" : "the request's token is not one of this catalog", where: "header `Authorization`", mend: "ask for a new one at /iceberg/v1/oauth/tokens" });
  };

  #signature(until: number): string {
    return createHmac("sha256", this.#projectToken).update(`millrace iceberg access until ${until}`).digest("base64url");
  }
}
