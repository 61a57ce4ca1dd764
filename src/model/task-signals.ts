import { durationMs } from "./duration.ts";

/** Read by whoever runs the task, from whichever copy of the package the error came. */
const mark: unique symbol = Symbol.for("millrace.signal");

type Signal = { kind: "fail" } | { kind: "skip" } | { kind: "retryAfter"; ms: number };

function signal<E extends Error>(error: E, what: Signal): E {
  return Object.defineProperty(error, mark, { value: what });
}

/** Thrown in a task to fail it for good: no retry follows. */
export class FailNow extends Error {
  override readonly name = "FailNow";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    signal(this, { kind: "fail" });
  }
}

/**
 * Fails the task at hand for good, whatever its retries.
 * @example if (response.status === 404) fail(`there is no report for ${interval.start}`);
 */
export function fail(message: string): never {
  throw new FailNow(message);
}

/**
 * Ends the task at hand as skipped; what follows goes by its trigger rule.
 * @param note - why; shown beside the task
 */
export function skip(note: string): never {
  throw signal(Object.assign(new Error(note), { name: "Skip" }), { kind: "skip" });
}

/**
 * Fails the attempt at hand and lets the next one come after `wait`, in place of the task's own delay. Whether there is a next
 * one is said by the task's retries, as ever.
 * @param wait - as `"30s"`
 * @example retryAfter("30s", new Error("the service asks for patience"));
 * @throws MillraceError `MR-MODEL-005` for an unreadable duration
 */
export function retryAfter(wait: string, error: unknown): never {
  const ms = durationMs(wait, "retryAfter");
  const holder = error instanceof Error ? error : new Error(String(error));
  // An error that is frozen, or was given a signal before, cannot hold this one.
  const fresh = Object.isExtensible(holder) && !Object.hasOwn(holder, mark) ? holder : new Error(holder.message, { cause: holder });
  throw signal(fresh, { kind: "retryAfter", ms });
}
