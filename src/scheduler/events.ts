import type { DagDecl } from "../model/dag-manifest.ts";
import type { ErrorJson } from "../errors.ts";
import type { Json } from "../model/manifest.ts";
import type { AlertRow, AttemptRow, BackfillRow, InstanceRow, MemoRow, RunKind, RunRow, Unfinished } from "../state/run-store.ts";
import type { Outcome } from "./executor.ts";
import type { Message } from "./messages.ts";

/** A run with all that the store has of it. */
export interface StoredRun {
  run: RunRow;
  instances: InstanceRow[];
  attempts: AttemptRow[];
  /** Its DAG as its release declares it; undefined where that is kept no more. */
  decl: DagDecl | undefined;
}

/** A release that a run is pinned to, and its DAG as declared there. */
export interface Pin {
  release: string;
  dag: DagDecl;
}

/** A task in a run; without an index, all items of its map. */
export interface TaskChoice {
  task: string;
  index?: number;
}

export interface RunRequest {
  /** Never used before. Absent: one is made. */
  id?: string;
  dag: string;
  kind: RunKind;
  params: Json;
  /** Milliseconds since 1970. Absent: the last whole interval of the schedule. */
  interval?: { start: number; end: number };
  note?: string;
  cause?: string;
}

/** What is asked of a backfill. */
export interface BackfillRequest extends Pick<BackfillRow, "dag" | "from" | "to" | "order" | "reprocess" | "maxActiveRuns" | "params" | "note"> {
  /** Of a timetable in code: all its ticks in the range, the last before it and the first behind it. */
  ticks?: readonly number[];
}

/** Ticks of a timetable in code, or why there are none. */
export type TicksAnswer = { ticks: readonly number[]; ends: boolean } | { problem: ErrorJson };

/** All that can happen to the scheduler. */
export type Event =
  /** The first: what is not over, and the DAGs of the releases that its runs are pinned to. */
  | { type: "restore"; unfinished: Unfinished; pinned: Pin[] }
  /** The DAGs of the release that new runs get; those not named run no more. `made`: by DAG, starts of intervals behind the last scheduled one that have runs. `existing`: by backfill, runs that are there for intervals of it. `resting`: nothing begins and nothing goes on; there is only looking. `onlyAsked`: no run is made by itself. */
  | { type: "register"; release: string; dags: DagDecl[]; made: Map<string, number[]>; existing: Map<string, RunRow[]>; resting: boolean; onlyAsked?: boolean }
  | { type: "time" }
  | { type: "start"; attempt: string; token: string; worker: string }
  | { type: "end"; attempt: string; fence: number; outcome: Outcome }
  /** `attempts`: all that the worker runs; without them only that it lives is said. */
  | { type: "alive"; worker: string; attempts?: string[] }
  | { type: "gone"; worker: string }
  | { type: "trigger"; request: RunRequest }
  | { type: "pause"; dag: string; note: string | null }
  | { type: "resume"; dag: string }
  | { type: "cancel"; run: string; note: string | null }
  /** `stored`: the run as it is in the store, for one that does not go on. `pin`: the release that it goes on with, and its DAG as declared there. Default: that which it has. */
  | { type: "clear"; run: string; stored?: StoredRun; tasks: TaskChoice[]; note: string | null; pin?: Pin }
  | { type: "mark"; run: string; stored?: StoredRun; tasks: TaskChoice[]; state: "success" | "failed" | "skipped"; note: string | null }
  /** A person says yes or no to an approval. */
  | { type: "answer"; run: string; task: string; index: number; approved: boolean; by: string; note: string | null }
  | { type: "updated"; dataset: string; interval?: { start: number; end: number }; cause: string }
  | { type: "pool"; name: string; slots: number; note: string | null }
  /** `existing`: runs that are there for intervals of it. */
  | { type: "backfill"; request: BackfillRequest; existing: RunRow[] }
  | { type: "backfill-state"; backfill: string; state: "running" | "paused" | "cancelled"; note: string | null }
  /** How alerts have fared that were to be sent. */
  | { type: "alerts"; rows: AlertRow[] }
  /** Answers to what the scheduler has asked for. */
  | { type: "past"; run: string; previous: StoredRun | null }
  | { type: "rerun"; backfill: string; ordinal: number; stored: StoredRun }
  /** `backfill`: they are for its intervals, and `existing` are the runs that are there for those. */
  | { type: "ticks"; dag: string; release: string; answer: TicksAnswer; backfill?: { id: string; existing: RunRow[] } }
  | { type: "memo"; run: string; task: string; index: number; asked: string; memo: MemoRow | null }
  /** Another shard has sent it. */
  | { type: "message"; message: Message }
  /** Somebody was answered without a step. */
  | { type: "nothing" };
