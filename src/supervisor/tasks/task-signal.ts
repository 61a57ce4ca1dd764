/**
 * What the user's code says by throwing that is more than "it went wrong": a property of the error under a symbol that is the
 * same in every copy of the package.
 */
const signalMark: unique symbol = Symbol.for("millrace.signal");

export type TaskSignal =
  /** It has failed, and trying again would do no good. */
  | { kind: "fail" }
  /** There is nothing to do. */
  | { kind: "skip" }
  /** It has failed, and may be tried again after this time, in place of the task's own wait. */
  | { kind: "retryAfter"; ms: number };

export function signalOf(error: unknown): TaskSignal | undefined {
  return typeof error === "object" && error !== null ? (error as { [signalMark]?: TaskSignal })[signalMark] : undefined;
}
