import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { MillraceError } from "../errors.ts";

/** A link is followed soon after it was printed, or asked for anew. */
const linkMs = 10 * 60_000;
const sessionMs = 7 * 24 * 60 * 60_000;

/** What opens the service for a while, with the moment at which it no longer does (ISO 8601). */
export interface Pass {
  secret: string;
  expiresAt: string;
}

/**
 * Signs people in to the web interface without showing the project's token to a browser, its history or a terminal's scrollback.
 *
 * A code stands in a link, is good for ten minutes, and once. It is given for a session, which is good for a week. Both carry
 * their end and a signature made with the project's token, and are kept nowhere: a session outlasts a restart of the
 * service, and a new token ends all of them.
 */
export class Sessions {
  readonly #key: Buffer;
  readonly #now: () => number;
  /** Codes that were used, until they would have ended by themselves. */
  readonly #used = new Map<string, number>();

  /** @param token - the project's own */
  constructor(token: string, now: () => number = Date.now) {
    this.#key = createHmac("sha256", token).update("millrace sessions").digest();
    this.#now = now;
  }

  /** A code for a link. */
  invite(): Pass {
    return this.#pass("mrl", linkMs);
  }

  /** @throws MillraceError `MR-HTTP-001` for a code that is used, too old, or none of ours */
  begin(code: string): Pass {
    const now = this.#now();
    for (const [used, until] of this.#used) if (until <= now) this.#used.delete(used);
    const until = this.#end("mrl", code);
    if (until === undefined || this.#used.has(code)) throw new MillraceError("MR-HTTP-001", { what: "the link is used up, or older than ten minutes", where: "the sign-in code", mend: "get a new one: millrace open" });
    this.#used.set(code, until);
    return this.#pass("mrs", sessionMs);
  }

  /** Whether a text opens the service as a session does. */
  opens(text: string): boolean {
    return this.#end("mrs", text) !== undefined;
  }

  #pass(kind: string, ms: number): Pass {
    const until = this.#now() + ms;
    const body = `${kind}_${until.toString(36)}_${randomBytes(16).toString("hex")}`;
    return { secret: `${body}_${this.#signature(body)}`, expiresAt: new Date(until).toISOString() };
  }

  /** When it ends; undefined for what is not ours, or has ended. */
  #end(kind: string, text: string): number | undefined {
    const found = /^((mr[ls])_([0-9a-z]{1,11})_[0-9a-f]{32})_([0-9a-f]{64})$/.exec(text);
    if (!found || found[2] !== kind) return undefined;
    if (!timingSafeEqual(Buffer.from(found[4]), Buffer.from(this.#signature(found[1])))) return undefined;
    const until = Number.parseInt(found[3], 36);
    return until > this.#now() ? until : undefined;
  }

  #signature(body: string): string {
    return createHmac("sha256", this.#key).update(body).digest("hex");
  }
}

/** Whether a text has the form of a session. */
export const isSession = (text: string): boolean => text.startsWith("mrs_");
