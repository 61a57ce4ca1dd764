import type { StateStore } from "../state/store.ts";
import { type KeptToken, KeptTokens, type TokenKind, type TokenLogger } from "./kept-tokens.ts";

/** The one purpose of a worker: a stage, or tasks of a pool. */
export type WorkerPurpose = { stage: string } | { pool: string };

/** A token with which workers join, without what it is checked by. */
export type JoinToken = KeptToken & { purpose: WorkerPurpose };

export type JoinTokens = KeptTokens<{ purpose: WorkerPurpose }>;

const kind: TokenKind = { collection: "join-tokens", prefix: "mrj", called: "the tokens of workers", shownBy: "millrace workers tokens" };

export const openJoinTokens = (state: StateStore, logger: TokenLogger, clock?: () => number): Promise<JoinTokens> => KeptTokens.open(kind, state, logger, clock);

/** `stage "route"`, `pool "gpu"`: how messages name a purpose. */
export const purposeText = (purpose: WorkerPurpose): string => ("stage" in purpose ? `stage "${purpose.stage}"` : `pool "${purpose.pool}"`);
