import type { RunKind, RunRow } from "../state/run-store.ts";
import type { Hint } from "./executor.ts";

/** What is to be done outside, once the step that asked for it is on disk. */
export type Effect =
  | { type: "offer"; hint: Hint }
  | { type: "stop"; attempt: string; why: string; graceMs: number }
  /** The run before this one is wanted: the step `past` brings it. */
  | { type: "past"; run: string; dag: string; start: number; kinds: RunKind[] }
  /** A run of earlier times is to be run again for a backfill: the step `rerun` brings it. */
  | { type: "rerun"; backfill: string; ordinal: number; run: string }
  /** Whether the work of a task was done before is to be looked up: the step `memo` says it. */
  | { type: "memo"; run: string; task: string; index: number; asked: string; key: string }
  | { type: "run-ended"; run: RunRow }
  /** There are alerts to be sent. */
  | { type: "alerts" };
