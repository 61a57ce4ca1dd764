import { MillraceError } from "../errors.ts";
import { AccessAudit, type AccessEvent } from "../govern/access-audit.ts";
import type { Reader } from "../govern/reader.ts";
import type { TokenLogger, TokenVerdict } from "../govern/kept-tokens.ts";
import { openReaderTokens, type ReaderToken, type ReaderTokens } from "../govern/reader-tokens.ts";
import type { Manifest } from "../model/manifest.ts";
import { readersOf } from "../model/marts/mart-decl.ts";
import { nearest } from "../model/names.ts";
import type { AccessControl, TokenCreate } from "../server/access-control.ts";
import type { StateStore } from "../state/store.ts";

/** The tokens of a project's audiences, and what was done with them. */
export class ProjectAccess implements AccessControl {
  readonly #tokens: ReaderTokens;
  readonly #audit: AccessAudit;
  readonly #manifest: () => Pick<Manifest, "marts">;

  private constructor(tokens: ReaderTokens, audit: AccessAudit, manifest: () => Pick<Manifest, "marts">) {
    this.#tokens = tokens;
    this.#audit = audit;
    this.#manifest = manifest;
  }

  static async open(state: StateStore, logger: TokenLogger, manifest: () => Pick<Manifest, "marts">): Promise<ProjectAccess> {
    return new ProjectAccess(await openReaderTokens(state, logger), await AccessAudit.open(state, logger), manifest);
  }

  reader(token: string): Reader {
    return this.#holder(this.#tokens.check(token));
  }

  readerById(id: string): Reader {
    return this.#holder(this.#tokens.byId(id));
  }

  #holder(verdict: TokenVerdict<ReaderToken>): Reader {
    if (!("why" in verdict)) return readerOf(verdict.token);
    if (verdict.why !== "unknown") this.refused(readerOf(verdict.token), `the token is ${verdict.why === "expired" ? "over" : "revoked"}`);
    throw new MillraceError("MR-HTTP-001", { what: "the request's token is unknown, over or revoked", where: "header `Authorization`", mend: "ask whoever looks after the project for a new one: millrace token create" });
  }

  refused({ token, name, audience }: Reader, what: string): void {
    this.#audit.refused({ token, name, audience, detail: what });
  }

  tokens(): ReaderToken[] {
    return this.#tokens.list();
  }

  async createToken({ lastsMs, ...request }: TokenCreate): Promise<{ secret: string; token: ReaderToken }> {
    const known = readersOf(this.#manifest());
    if (!known.includes(request.audience)) throw noMart(request.audience, known);
    const made = await this.#tokens.create(request, lastsMs);
    this.#note("created", made.token, made.token.expiresAt === null ? "without an end" : `until ${made.token.expiresAt}`);
    return made;
  }

  async revokeToken(id: string): Promise<ReaderToken> {
    const before = this.#tokens.list().find((token) => token.id === id);
    const revoked = await this.#tokens.revoke(id);
    if (before?.revokedAt === null) this.#note("revoked", revoked, "for good");
    return revoked;
  }

  #note(what: "created" | "revoked", { id, name, audience }: ReaderToken, detail: string): void {
    this.#audit.note({ what, token: id, name, audience, detail });
  }

  events({ limit, before }: { limit: number; before?: string }): AccessEvent[] {
    return this.#audit.list(limit, before);
  }

  /** Resolves when all is on disk. */
  async close(): Promise<void> {
    await this.#tokens.settled();
    await this.#audit.settled();
  }
}

const readerOf = ({ id, name, audience }: ReaderToken): Reader => ({ token: id, name, audience });

/** A token for nobody would open nothing, and nobody would know why. */
function noMart(audience: string, known: readonly string[]): MillraceError {
  const near = nearest(audience, known);
  return new MillraceError("MR-GOVERN-002", { what: `no mart of the project names "${audience}" among its readers`, where: "the token's audience", mend: near ? `did you mean "${near}"?` : 'declare one: mart("…", { readers: ["…"], tables: { … } }), and apply that' });
}
