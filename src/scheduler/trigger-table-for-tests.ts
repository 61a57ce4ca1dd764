import type { TriggerRule } from "../model/dag-manifest.ts";

/*
 * Airflow 3's outcomes of each trigger rule for two tasks before one. S success, F failed, K skipped, U upstream_failed, R still
 * running; r run, s skip, u upstream_failed, . wait. For the rule of teardowns the first of the pair is the setup.
 */
export const pairs: readonly string[] = "SS SF SK SU FF FK FU KK KU UU SR FR KR".split(" ");
export const outcomes: Record<TriggerRule, string> = {
  all_success: "r u s u u u u s u u . u s",
  all_failed: "s s s s r s r s s r s . s",
  all_done: "r r r r r r r r r r . . .",
  all_skipped: "s s s s s s s r s s s s .",
  one_success: "r r r r u u u s u u r . .",
  one_failed: "s r s r r r r s r r . r .",
  one_done: "r r r r r r r s s s r r .",
  none_failed: "r u r u u u u r u u . u .",
  none_failed_min_one_success: "r u r u u u u s u u . u .",
  none_skipped: "r r s r r s r s s r . . s",
  all_done_min_one_success: "r r s r u s u s s u . . s",
  all_done_setup_success: "r r r r u u u s s u . . .",
  always: "r r r r r r r r r r r r r",
};
