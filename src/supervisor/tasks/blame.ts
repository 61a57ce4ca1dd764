import { type ErrorJson, MillraceError } from "../../errors.ts";
import { attemptText, placeOf } from "./attempt-place.ts";
import type { WorkMessage } from "./task-protocol.ts";

/** Node writes addresses in its own program behind this, which help nobody who writes a task. */
const nativeStack = "----- Native stack trace -----";

/** How a worker process ended with attempts in it. */
export interface ProcessDeath {
  code: number | null;
  signal: NodeJS.Signals | null;
  lastWords: string;
  /** Why we killed it: a module that never finished loading, an attempt that did not stop, or silence. */
  why?: { hangs: string; ms: number } | "stopped" | "silent";
  /** Who has ended it, when it could say so. */
  culprit?: { attempt: string; error: ErrorJson };
  /** It was made for one attempt. */
  exclusive: boolean;
  /** One attempt alone was in it at the end. */
  alone: boolean;
}

/**
 * Whether the death of its process is an attempt's own fault, and what is said of it then. Undefined: it may be another's, so
 * that the attempt is lost, not failed; it runs alone the next time, and there the fault is plain.
 */
export function blame(death: ProcessDeath, work: WorkMessage): ErrorJson | undefined {
  const where = attemptText(placeOf(work));
  if (death.why === "stopped" || death.why === "silent") return undefined;
  if (death.why) return work.module === death.why.hangs ? hangs(death.why, where) : undefined;
  if (death.culprit) return death.culprit.attempt === work.attempt ? death.culprit.error : undefined;
  // From outside: by a person, or by the system for want of memory, which need not be this one's doing.
  const struck = death.signal === "SIGKILL" || death.signal === "SIGTERM";
  return death.alone && (death.exclusive || !struck) ? died(death, where) : undefined;
}

function hangs({ hangs: module, ms }: { hangs: string; ms: number }, where: string): ErrorJson {
  return new MillraceError("MR-TASK-004", {
    what: `${module} did not finish loading within ${ms / 1_000} s`,
    where,
    mend: "do no work while the module is imported: move it into the tasks",
  }).toJSON();
}

function died({ code, signal, lastWords }: ProcessDeath, where: string): ErrorJson {
  const outOfMemory = /heap out of memory/.test(lastWords);
  const how = outOfMemory ? "it ran out of memory" : signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`;
  return new MillraceError("MR-TASK-005", {
    what: `the process of the task died: ${how}${lastWords === "" ? "" : `; its last words: ${lastWords.split(nativeStack)[0].trim().slice(-2_000)}`}`,
    where,
    mend: outOfMemory ? "hold less in memory at once, or write the data to a table and work on it there" : "look at its last words and its log, mend the code, then clear the task",
    retryable: true,
  }).toJSON();
}
