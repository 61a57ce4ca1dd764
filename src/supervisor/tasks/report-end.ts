import { setTimeout } from "node:timers/promises";
import type { ExecutorPort, Outcome } from "../../scheduler/executor.ts";

const waitMsMax = 5_000;

/**
 * Tells the scheduler how an attempt ended, again and again while its store takes nothing: a full disk must not cost
 * finished work. Gives up when another scheduler has taken over, for which the attempt is no longer ours, or when `signal` says so.
 */
export async function reportEnd(port: ExecutorPort, end: { attempt: string; fence: number; outcome: Outcome }, signal: AbortSignal): Promise<boolean | "stale"> {
  for (let waitMs = 100; ; waitMs = Math.min(waitMsMax, waitMs * 2)) {
    try {
      return await port.end(end.attempt, end.fence, end.outcome);
    } catch (error) {
      if (signal.aborted || (error as { code?: string }).code === "MR-STATE-002") return false;
      await setTimeout(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
