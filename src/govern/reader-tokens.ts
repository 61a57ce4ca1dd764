import type { StateStore } from "../state/store.ts";
import { hasForm, type KeptToken, KeptTokens, type TokenKind, type TokenLogger } from "./kept-tokens.ts";

/** Whom a token of an audience is for. */
export interface ReaderFacts {
  name: string;
  audience: string;
}

/** A token of an audience, without what it is checked by. */
export type ReaderToken = KeptToken & ReaderFacts;

export type ReaderTokens = KeptTokens<ReaderFacts>;

const kind: TokenKind = { collection: "reader-tokens", prefix: "mrt", called: "the tokens of readers", shownBy: "millrace token list" };

/** Whether a text has the form of a reader's token. */
export const isReaderToken = (text: string): boolean => hasForm(kind, text);

export const openReaderTokens = (state: StateStore, logger: TokenLogger, clock?: () => number): Promise<ReaderTokens> => KeptTokens.open(kind, state, logger, clock);
