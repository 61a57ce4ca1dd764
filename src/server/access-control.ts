import type { AccessEvent } from "../govern/access-audit.ts";
import type { Reader } from "../govern/reader.ts";
import type { ReaderToken } from "../govern/reader-tokens.ts";

/** What the server needs to know holders of readers' tokens, and to let people look after those. */
export interface AccessControl {
  /** Who holds a token. @throws MillraceError `MR-HTTP-001` for one that is unknown, over or revoked */
  reader(token: string): Reader;
  /** As `reader`, by the token's id. */
  readerById(id: string): Reader;
  /** Something was refused to the holder of a token. */
  refused(reader: Reader, what: string): void;
  /** In the order in which they were made. */
  tokens(): ReaderToken[];
  /** @returns the token itself too, which cannot be told again. @throws MillraceError `MR-GOVERN-002` for an audience that no mart names */
  createToken(request: TokenCreate): Promise<{ secret: string; token: ReaderToken }>;
  /** @throws MillraceError `MR-GOVERN-001` */
  revokeToken(id: string): Promise<ReaderToken>;
  /** The newest first. */
  events(filter: { limit: number; before?: string }): AccessEvent[];
}

export interface TokenCreate {
  name: string;
  /** What marts name as their readers. */
  audience: string;
  /** Milliseconds. Absent: it does not end by itself. */
  lastsMs?: number;
}
