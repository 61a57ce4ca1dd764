const mark = Symbol.for("millrace.reject-record");

/**
 * Thrown in a stage's function to send the record at hand to the dead letters at once, with the reason.
 * It is never retried: the same record would be refused again.
 */
export class RejectRecord extends Error {
  override readonly name = "RejectRecord";
  readonly retryable = false;
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
    Object.defineProperty(this, mark, { value: true });
  }
}

/**
 * Sends the record at hand to the dead letters with `reason`.
 * @example if (!airports.has(flight.origin)) reject(`unknown airport ${flight.origin}`);
 */
export function reject(reason: string): never {
  throw new RejectRecord(reason);
}

/** Whether `error` is a refusal of the user's, from whichever copy of the package it came. */
export function isRejectRecord(error: unknown): error is RejectRecord {
  return typeof error === "object" && error !== null && (error as { [mark]?: true })[mark] === true;
}
