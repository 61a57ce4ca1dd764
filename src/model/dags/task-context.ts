import type { StageLog } from "../definition.ts";
import type { Json } from "../manifest.ts";
import type { SecretAccess } from "../secret.ts";

/** Parameters of a DAG that declares none. */
export type AnyParams = { readonly [name: string]: Json };

/** The half-open span `[start, end)` of which a run is; ISO 8601 in UTC. */
export interface DataInterval {
  readonly start: string;
  readonly end: string;
}

export interface RunFacts<P = AnyParams> {
  readonly id: string;
  readonly dag: string;
  /** How it came about. */
  readonly kind: "scheduled" | "manual" | "backfill" | "dataset" | "dag";
  readonly release: string;
  /** ISO 8601 in UTC: where the interval begins; of a run by hand, when it was triggered; null for one that data or another DAG has brought. */
  readonly logicalDate: string | null;
  readonly interval: DataInterval;
  readonly params: P;
}

/** What the code of a task is given beside its inputs. */
export interface TaskContext<P = AnyParams> extends SecretAccess {
  readonly interval: DataInterval;
  /** As in the facts of its run. */
  readonly logicalDate: string | null;
  readonly params: P;
  readonly run: RunFacts<P>;
  /** From 1. */
  readonly attempt: number;
  /** The place of the item in its map, from 0; -1 outside of maps. */
  readonly index: number;
  /** In a loop, what this task gave in the round before; null in the first round and outside of loops. */
  readonly previous: Json;
  readonly log: StageLog;
  /** Aborted when the task must stop: it took too long, it was cancelled, its worker ends. */
  readonly signal: AbortSignal;
  /** The same for each attempt of this task in this run, and no other's: what an outside system tells a repeated call by. */
  readonly idempotencyKey: string;
  /** Higher for each attempt than for all before it: what an outside system refuses late words of an earlier attempt by. */
  readonly fence: number;
}

export interface SensorContext<P = AnyParams> extends TaskContext<P> {
  /** Looks before this one. */
  readonly looks: number;
}

/** Names that the context has taken: no input can have them. */
export const contextNames: readonly string[] = ["interval", "logicalDate", "params", "run", "attempt", "index", "previous", "log", "signal", "secret", "connection", "idempotencyKey", "fence", "looks"];
