import type { TriggerRule } from "../model/dag-manifest.ts";

/** How tasks stand: how many there are, and how many of them have ended in each way. */
export interface Tally {
  total: number;
  success: number;
  failed: number;
  skipped: number;
  upstreamFailed: number;
  /** Indices that a map no longer has. They are as if they had never been. */
  removed: number;
}

export type Verdict = "run" | "skip" | "upstream_failed" | "wait";

/**
 * What a task does by its trigger rule, as Airflow 3 decides it: failures and skips pass on at once, without waiting for the
 * others. A task with nothing before it runs.
 *
 * @param setups - for `all_done_setup_success`: how the setups of a teardown stand
 */
export function verdictOf(rule: TriggerRule, upstream: Tally, setups?: Tally): Verdict {
  const { success, failed, skipped, upstreamFailed, removed } = upstream;
  const total = upstream.total - removed;
  if (total === 0) return "run";
  const broken = failed + upstreamFailed;
  const done = success + broken + skipped >= total;
  switch (rule) {
    case "always":
      return "run";
    case "all_success":
      return broken > 0 ? "upstream_failed" : skipped > 0 ? "skip" : done ? "run" : "wait";
    case "all_failed":
      return success + skipped > 0 ? "skip" : done ? "run" : "wait";
    case "all_done":
      return done ? "run" : "wait";
    case "all_skipped":
      return success + broken > 0 ? "skip" : done ? "run" : "wait";
    case "one_success":
      if (success > 0) return "run";
      return !done ? "wait" : broken > 0 ? "upstream_failed" : "skip";
    case "one_failed":
      return broken > 0 ? "run" : done ? "skip" : "wait";
    case "one_done":
      return success + failed > 0 ? "run" : done ? "skip" : "wait";
    case "none_failed":
      return broken > 0 ? "upstream_failed" : done ? "run" : "wait";
    case "none_failed_min_one_success":
      if (broken > 0) return "upstream_failed";
      return !done ? "wait" : success > 0 ? "run" : "skip";
    case "none_skipped":
      return skipped > 0 ? "skip" : done ? "run" : "wait";
    case "all_done_min_one_success":
      if (skipped > 0) return "skip";
      return !done ? "wait" : success > 0 ? "run" : "upstream_failed";
    case "all_done_setup_success":
      return !done ? "wait" : teardownVerdict(setups);
  }
}

/** A teardown has something to take away when one of its setups has succeeded. */
function teardownVerdict(setups: Tally | undefined): Verdict {
  if (setups === undefined || setups.total === 0 || setups.success > 0) return "run";
  return setups.skipped >= setups.total - setups.removed ? "skip" : "upstream_failed";
}

/** What a setup further up says: what it prepared must be there before the rule is looked at. */
export function setupVerdict(setups: Tally): Verdict {
  if (setups.failed + setups.upstreamFailed > 0) return "upstream_failed";
  if (setups.skipped > 0) return "skip";
  return setups.success >= setups.total - setups.removed ? "run" : "wait";
}
