import type { PoolRow, RunState } from "../state/run-store.ts";
import type { RunRequest } from "./events.ts";

/** What a shard could use more of something than it has. */
export interface Want {
  /** At least 1. */
  more: number;
  /** Slots of the task that is next there. At least 1. */
  head: number;
  /** Slots that tasks have there now. Until the next one starts it only becomes less. */
  used: number;
}

/** What shards say to one another. Each comes once, those from one sender in their order, as late as may be. */
export type Message =
  | { type: "updated"; dataset: string; interval?: { start: number; end: number }; cause: string }
  /** A task has a run made of a DAG that is not in its shard; the cause names the task. */
  | { type: "child"; request: RunRequest & { id: string; cause: string }; wait: boolean }
  /** How that run has gone: to the shard of the task. */
  | { type: "child-ended"; parent: ParentTask; child: string; state: RunState; note: string }
  | { type: "pool"; row: PoolRow }
  /** To the home of what is shared: so much is given back, and this is wanted now. `slots`: of a key, as many as it may have in all. `until`: of a throttle, how far its starts are spoken for. */
  | { type: "claim"; shard: number; key: string; slots: number; given: number; until?: number; want: Want | null }
  /** From there: so much more may be used; and when others are short, how much of it at the most, and nothing unused kept. */
  | { type: "share"; key: string; granted: number; keep: number | null; until?: number };

/** A task that waits for a run of another DAG; as JSON, the cause of that run. */
export interface ParentTask {
  run: string;
  task: string;
  index: number;
  dag: string;
}
