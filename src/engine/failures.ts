import type { Header } from "../batch/batch.ts";
import { offsetAt } from "../batch/select.ts";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { FailureLimitDecl, RetryDecl } from "../model/manifest.ts";
import type { InputBatch } from "./operator.ts";

/** The stage has stopped itself; a person looks and resumes it. Nothing of the epoch under way is committed. */
export class StagePaused extends Error {
  override readonly name = "StagePaused";
  readonly error: MillraceError;

  constructor(error: MillraceError) {
    super(error.message);
    this.error = error;
  }
}

/**
 * Work was given up because the stage must stop: what failed then says nothing about the record. Nothing of the epoch under
 * way is committed, and the next start does it again.
 */
export class StageInterrupted extends Error {
  override readonly name = "StageInterrupted";
}

export interface FailedAttempt {
  error: unknown;
  attempt: number;
  firstFailedAt: number;
}

/** Decides what becomes of a record on which user code threw. */
export class FailurePolicy {
  readonly #stage: string;
  readonly #release: string;
  readonly #retries: RetryDecl;
  readonly #limit: FailureLimitDecl;
  readonly #mask: (text: string) => string;
  /** Numbers of the last records that went to the dead letters, among all records seen. */
  #failed: number[] = [];

  /** @param mask - takes out of what an error says what nobody shall read in a dead letter */
  constructor(stage: string, release: string, retries: RetryDecl, limit: FailureLimitDecl, mask = (text: string): string => text) {
    this.#stage = stage;
    this.#release = release;
    this.#retries = retries;
    this.#limit = limit;
    this.#mask = mask;
  }

  /** Milliseconds to wait before the next attempt; undefined: give the record up. */
  retryAfterMs(error: unknown, attempt: number, random: number): number | undefined {
    const final = (error as Error)?.name === "RejectRecord" || (error instanceof MillraceError && !error.retryable);
    if (final || attempt >= this.#retries.attempts) return undefined;
    // Full jitter: stages that failed together do not come back together.
    return Math.min(60_000, this.#retries.backoffMs * 2 ** (attempt - 1)) * random;
  }

  /**
   * Counts a record that is given up.
   *
   * @param number - of the record among all that the stage has seen
   * @throws StagePaused when too many of the last records failed: then it is the stage that is broken, not the records
   */
  giveUp(number: number, error: unknown): void {
    const { ratio, window } = this.#limit;
    this.#failed.push(number);
    this.#failed = this.#failed.filter((other) => other > number - window);
    if (this.#failed.length <= ratio * window) return;
    const cause = asMillraceError(error, `stage "${this.#stage}"`);
    throw new StagePaused(
      new MillraceError("MR-ENGINE-002", {
        what: `stage "${this.#stage}" paused itself: ${this.#failed.length} of its last ${window} records failed, the last with: ${error instanceof MillraceError ? cause.parts.what : messageOf(error)}`,
        where: `stage "${this.#stage}", release ${this.#release}`,
        mend: `mend the stage's code or its input, then run \`millrace stages resume ${this.#stage}\`; no record was lost`,
        cause: error,
      }),
    );
  }

  /** The headers of a dead letter: where it came from and why it is there. */
  headers(input: InputBatch, index: number, { error, attempt, firstFailedAt }: FailedAttempt, nowMs: number): Header[] {
    const { topic, partition, batch } = input;
    const code = error instanceof MillraceError ? error.code : "MR-ENGINE-001";
    const entries: [string, string | number][] = [
      ["topic", topic],
      ["partition", partition],
      ["offset", offsetAt(input, index)],
      ["timestamp", timeText(batch.eventTime[index])],
      ["stage", this.#stage],
      ["release", this.#release],
      ["attempt", attempt],
      ["firstFailedAt", new Date(firstFailedAt).toISOString()],
      ["failedAt", new Date(nowMs).toISOString()],
      ["errorClass", (error as Error)?.name ?? typeof error],
      ["errorCode", code],
      ["errorMessage", cut(this.#mask(error instanceof MillraceError ? `${error.parts.what} (${error.parts.mend})` : messageOf(error)), 2_000)],
      ["stack", cut(this.#mask((error as Error)?.stack ?? ""), 4_000)],
    ];
    return entries.map(([name, value]): Header => [`mr.dlq.${name}`, String(value)]);
  }
}

/** The time may itself be what is wrong with the record. */
const timeText = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);
