import type { ErrorJson } from "../errors.ts";
import type { TaskDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { RunKind, StoredResult, Swap } from "../state/run-store.ts";

/** An attempt that has its slots and may be started. It may come twice, late or never: the start decides. */
export interface Hint {
  attempt: string;
  token: string;
  dag: string;
  task: TaskDecl;
  release: string;
  /** Attempts of the same task whose worker was lost. It may have killed them: after one, it runs alone in its process. */
  lost: number;
}

/** A started attempt, with all that it needs. */
export interface Work {
  attempt: string;
  /** What every word about it must show. */
  fence: number;
  /** From 1. */
  number: number;
  task: TaskDecl;
  index: number;
  /** Module and export of the DAG. */
  module?: string;
  export?: string;
  run: WorkRun;
  /** When its run was made, milliseconds since 1970. */
  made: number;
  inputs: Record<string, StoredResult | StoredResult[] | null>;
  /** The list of its map, of which it has the entry `index`. */
  list?: StoredResult;
  /** In a loop, its result in the round before. */
  previous?: StoredResult;
  /** Looks of a sensor before this one. */
  looks: number;
}

export interface WorkRun {
  id: string;
  dag: string;
  kind: RunKind;
  release: string;
  /** ISO 8601; null for runs that have none. */
  logicalDate: string | null;
  interval: { start: string; end: string };
  params: Json;
}

/** How an attempt ended, or why it gave its slots back. */
export type Outcome =
  /** `swaps` make visible what it has written, in the transaction that records the success. `chosen`: of a branch. `updated`: datasets beside those that the task says it updates. */
  | { kind: "success"; result?: StoredResult; chosen?: string[]; swaps?: Swap[]; updated?: string[] }
  /** `final`: no attempt comes after it, whatever the retries. `retryAfterMs`: in place of the task's own wait. */
  | { kind: "failed"; error: ErrorJson; final?: boolean; retryAfterMs?: number }
  | { kind: "skipped"; note?: string }
  /** A sensor that looks again later. */
  | { kind: "deferred"; ms: number };

/** What the scheduler lets an executor say. Each call is on disk when it resolves. */
export interface ExecutorPort {
  /** Starts an attempt on a worker; undefined when it may not start any more, which is no fault of anybody. */
  start(hint: Hint, worker: string): Promise<Work | undefined>;
  /**
   * False when the attempt is no longer the executor's to end. With swaps, "stale" when they must be prepared anew.
   * @param dag - of an attempt that may have been started by an earlier control plane, which it has outlived
   */
  end(attempt: string, fence: number, outcome: Outcome, dag?: string): Promise<boolean | "stale">;
  /** The worker lives, and its attempts keep their leases; where it names them, those alone that it names. */
  alive(worker: string, attempts?: string[]): void;
  /** The worker is gone for sure, and nothing of it runs any more. */
  gone(worker: string): Promise<void>;
}

/** Runs attempts. */
export interface Executor {
  /** Called as soon as an attempt may start; sends nothing before `start` has resolved. */
  offer(hint: Hint): void;
  /** Ends an attempt that is over for the scheduler: its signal is aborted, and after the grace its process is killed. */
  stop(attempt: string, why: string, graceMs: number): void;
}
