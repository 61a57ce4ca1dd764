import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { MillraceError } from "../errors.ts";
import type { StateStore } from "../state/store.ts";

/** A token that somebody outside holds, without what it is checked by. Times are ISO 8601. */
export interface KeptToken {
  id: string;
  createdAt: string;
  /** Null: it does not end by itself. */
  expiresAt: string | null;
  revokedAt: string | null;
  /** To the minute or so; null before its first use. */
  lastUsedAt: string | null;
}

/** What became of a token that somebody has sent. */
export type TokenVerdict<Token> = { token: Token } | { why: "unknown" } | { why: "revoked" | "expired"; token: Token };

export interface TokenLogger {
  warn(fields: object, text: string): void;
}

/** Where tokens of a kind are kept, and how they begin. */
export interface TokenKind {
  collection: string;
  /** Three letters: `mrt_…`. */
  prefix: string;
  /** For messages: the tokens, and the command that shows them. */
  called: string;
  shownBy: string;
}

const usedEveryMs = 60_000;

/** SHA-256 of the secret in hexadecimal. The secret has 256 bits of chance: nothing slower is needed. */
type Stored<Token> = Token & { hash: string };

const form = /^([a-z]{3})_([0-9a-f]{12})_([\w-]{43})$/;

/** Whether a text has the form of a token of this kind. */
export const hasForm = ({ prefix }: TokenKind, text: string): boolean => form.exec(text)?.[1] === prefix;

/** Tokens of one kind: all in memory, so that a check waits for nothing, and what changes them on disk before it counts. */
export class KeptTokens<Facts extends object> {
  readonly #kind: TokenKind;
  readonly #state: StateStore;
  readonly #logger: TokenLogger;
  readonly #clock: () => number;
  readonly #tokens: Map<string, Stored<KeptToken & Facts>>;
  /** Writes one after the other, so that none is replaced by an older state of it. */
  #writes: Promise<void> = Promise.resolve();

  private constructor(kind: TokenKind, state: StateStore, logger: TokenLogger, clock: () => number, tokens: Map<string, Stored<KeptToken & Facts>>) {
    this.#kind = kind;
    this.#state = state;
    this.#logger = logger;
    this.#clock = clock;
    this.#tokens = tokens;
  }

  static async open<Facts extends object>(kind: TokenKind, state: StateStore, logger: TokenLogger, clock: () => number = Date.now): Promise<KeptTokens<Facts>> {
    const stored = await state.list<Stored<KeptToken & Facts>>(kind.collection);
    return new KeptTokens(kind, state, logger, clock, new Map(stored.map(({ key, value }) => [key, value])));
  }

  /** Takes up what other control planes have made and revoked since. Behind the writes of this one, of which none is undone. */
  refresh(): Promise<void> {
    const read = this.#writes.then(async () => {
      for (const { key, value } of await this.#state.list<Stored<KeptToken & Facts>>(this.#kind.collection)) {
        const known = this.#tokens.get(key);
        if (known === undefined || (known.revokedAt === null && value.revokedAt !== null)) this.#tokens.set(key, value);
      }
    });
    this.#writes = read.catch(() => undefined);
    return read;
  }

  /** In the order in which they were made. */
  list(): (KeptToken & Facts)[] {
    return [...this.#tokens.values()].map((stored) => withoutHash<Facts>(stored)).sort((a, b) => (a.createdAt === b.createdAt ? (a.id < b.id ? -1 : 1) : a.createdAt < b.createdAt ? -1 : 1));
  }

  /**
   * @param lastsMs - milliseconds from now; absent: it does not end by itself
   * @returns the token itself, which is not kept and cannot be told again
   */
  async create(facts: Facts, lastsMs?: number): Promise<{ secret: string; token: KeptToken & Facts }> {
    const now = this.#clock();
    const id = randomBytes(6).toString("hex");
    const chance = randomBytes(32).toString("base64url");
    const expiresAt = lastsMs === undefined ? null : new Date(now + lastsMs).toISOString();
    const stored: Stored<KeptToken & Facts> = { id, ...facts, createdAt: new Date(now).toISOString(), expiresAt, revokedAt: null, lastUsedAt: null, hash: hashOf(chance).toString("hex") };
    await this.#put(stored);
    return { secret: `${this.#kind.prefix}_${id}_${chance}`, token: withoutHash<Facts>(stored) };
  }

  /**
   * From when it resolves nobody gets in with it, and nobody ever will. Revoking one that was revoked is no error.
   * @throws MillraceError `MR-GOVERN-001`
   */
  async revoke(id: string): Promise<KeptToken & Facts> {
    const stored = this.#tokens.get(id);
    if (stored === undefined) throw new MillraceError("MR-GOVERN-001", { what: `there is no token "${id}"`, where: this.#kind.called, mend: `\`${this.#kind.shownBy}\` shows them` });
    if (stored.revokedAt !== null) return withoutHash<Facts>(stored);
    const revoked = { ...stored, revokedAt: new Date(this.#clock()).toISOString() };
    // At once, whatever the disk says: one that was meant to end does not go on because of that.
    this.#tokens.set(id, revoked);
    await this.#put(revoked);
    return withoutHash<Facts>(revoked);
  }

  /** In a time that does not tell how much of a token was right. */
  check(text: string): TokenVerdict<KeptToken & Facts> {
    const [, prefix, id = "", chance = ""] = form.exec(text) ?? [];
    const stored = prefix === this.#kind.prefix ? this.#tokens.get(id) : undefined;
    const isRight = timingSafeEqual(hashOf(chance), stored === undefined ? nobody : Buffer.from(stored.hash, "hex"));
    return stored === undefined || !isRight ? { why: "unknown" } : this.#verdict(stored);
  }

  /** As `check`, of a token whose holder was known by other means. */
  byId(id: string): TokenVerdict<KeptToken & Facts> {
    const stored = this.#tokens.get(id);
    return stored === undefined ? { why: "unknown" } : this.#verdict(stored);
  }

  #verdict(stored: Stored<KeptToken & Facts>): TokenVerdict<KeptToken & Facts> {
    const token = withoutHash<Facts>(stored);
    if (stored.revokedAt !== null) return { why: "revoked", token };
    if (stored.expiresAt !== null && Date.parse(stored.expiresAt) <= this.#clock()) return { why: "expired", token };
    this.#used(stored);
    return { token };
  }

  /** Behind the caller's back; a disk that refuses costs the time of use alone. */
  #used(stored: Stored<KeptToken & Facts>): void {
    const now = this.#clock();
    if (stored.lastUsedAt !== null && now - Date.parse(stored.lastUsedAt) < usedEveryMs) return;
    const used = { ...stored, lastUsedAt: new Date(now).toISOString() };
    this.#tokens.set(stored.id, used);
    void this.#put(used).catch((error: unknown) => this.#logger.warn({ err: error, token: stored.id }, "the use of a token could not be noted"));
  }

  #put(stored: Stored<KeptToken & Facts>): Promise<void> {
    const written = this.#writes.then(async () => {
      // What has become of it meanwhile is newer than what the caller saw.
      await this.#state.put(this.#kind.collection, stored.id, { ...stored, revokedAt: this.#tokens.get(stored.id)?.revokedAt ?? stored.revokedAt });
      if (!this.#tokens.has(stored.id)) this.#tokens.set(stored.id, stored);
    });
    this.#writes = written.catch(() => undefined);
    return written;
  }

  /** Resolves when all is on disk, or was refused. */
  settled(): Promise<void> {
    return this.#writes;
  }
}

const hashOf = (chance: string): Buffer => createHash("sha256").update(chance).digest();
/** What no secret gives. */
const nobody = Buffer.alloc(32);

function withoutHash<Facts extends object>({ hash: _, ...token }: Stored<KeptToken & Facts>): KeptToken & Facts {
  return token as unknown as KeptToken & Facts;
}
