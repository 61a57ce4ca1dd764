import type { AlertDecl, DeadlineDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { ErrorJson } from "../errors.ts";
import type { ShardChanges, ShareRow } from "./shards.ts";

/** `backfill` runs belong to a backfill; `dataset` ones were started by an update; `dag` ones by a task of another run. */
export type RunKind = "scheduled" | "manual" | "backfill" | "dataset" | "dag";

/** `queued`: waits for others of its DAG to end. */
export type RunState = "queued" | "running" | "success" | "failed" | "cancelled";

/** All times of rows are milliseconds since 1970. */
export interface RunRow {
  /** Unique for ever. Of a scheduled run it is made of the DAG and the tick, so that no tick can have two. */
  id: string;
  dag: string;
  kind: RunKind;
  state: RunState;
  /** The release whose code it runs. */
  release: string;
  logicalDate: number | null;
  intervalStart: number;
  intervalEnd: number;
  /** When it fell due. */
  runAfter: number;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  params: Json;
  note: string | null;
  /** Times that tasks of it were cleared. */
  clears: number;
  backfill: string | null;
  /** Place in its backfill, from 1. */
  ordinal: number | null;
  /** Who asked for it: a person, a task, a dataset's version. */
  cause: string | null;
  /** Those that it may still miss; none once it has ended. */
  deadlines: RunDeadline[];
}

/** A point in time that was worked out when the run began or fell due, so that it stands whatever becomes of the run. */
export interface RunDeadline extends DeadlineDecl {
  /** When it is missed. */
  at: number;
}

/**
 * As in Airflow. `none`: waits for tasks before it. `scheduled`: may run, waits for a slot. `queued`: has its slot.
 * `deferred`: waits for a time, a person or an event, and holds no slot.
 */
export type InstanceState = "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";

/** A result of a task: JSON text, or where a large one lies; and how many entries it has, when it is a list. */
export type StoredResult = ({ json: string } | { file: string; bytes: number; sha256: string }) & { items?: number };

/** A task in a run. There is no row while it is in state `none` and was never anything else. */
export interface InstanceRow {
  run: string;
  task: string;
  /** In its map, from 0; -1 outside of maps. */
  index: number;
  state: InstanceState;
  /** Attempts so far; the number of the current one. */
  attempts: number;
  /** Attempts it may have. Clearing raises it. */
  attemptsMax: number;
  /** Attempts whose worker was lost since it was last cleared. */
  lost: number;
  /** When it became runnable for the first time since it was last cleared. */
  readyAt: number | null;
  /** Start of its first attempt since it was last cleared. */
  startedAt: number | null;
  endedAt: number | null;
  /** When it goes on by itself, in `up_for_retry` and `deferred`. */
  wakeAt: number | null;
  result: StoredResult | null;
  /** Tasks behind a branch that were chosen; what a short circuit said, as `[]` or null. */
  chosen: string[] | null;
  note: string | null;
}

/** `lost`: its worker is gone or silent; it does not count against the retries. */
export type AttemptState = "queued" | "running" | "deferred" | "success" | "failed" | "skipped" | "timed_out" | "lost" | "cancelled";

/** Never goes back to an earlier state, and is never used again. */
export interface AttemptRow {
  /** UUID. */
  id: string;
  run: string;
  task: string;
  index: number;
  /** From 1. */
  number: number;
  state: AttemptState;
  /** What a start must show. New with each time it is queued. */
  token: string;
  /** Grows with each start in the whole store. What every word of its worker must show. 0 before the first start. */
  fence: number;
  worker: string | null;
  queuedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  error: ErrorJson | null;
  /** Looks of a sensor so far: times that it gave its slots back. */
  looks: number;
}

/** What is kept of a DAG beside its declaration. */
export interface DagRow {
  dag: string;
  paused: boolean;
  note: string | null;
  /** Since when its schedule is watched: it was first seen or last resumed then. */
  since: number;
  /** The interval of the last scheduled run. */
  lastStart: number | null;
  lastEnd: number | null;
  /** Datasets that it waits for and that were updated since its last run, with the interval of the update where it had one. */
  updated: { dataset: string; at: number; start: number | null; end: number | null; cause: string }[];
}

export type BackfillState = "running" | "paused" | "done" | "cancelled";

export interface BackfillRow {
  id: string;
  dag: string;
  state: BackfillState;
  /** Intervals that begin in `[from, to)`, milliseconds since 1970. */
  from: number;
  to: number;
  order: "oldest" | "newest";
  /** Whether runs that have ended are run again: none, those that failed, or all. */
  reprocess: "none" | "failed" | "completed";
  /** 1 or more. */
  maxActiveRuns: number;
  params: Json;
  note: string | null;
  createdAt: number;
  endedAt: number | null;
  /** Intervals in it, and how many of them have been looked at. */
  intervals: number;
  next: number;
}

export interface BackfillIntervalRow {
  backfill: string;
  /** From 1. */
  ordinal: number;
  start: number;
  end: number;
  run: string | null;
  /** Why no run was made. */
  reason: "in flight" | "already exists" | null;
}

export interface PoolRow {
  name: string;
  /** -1: no limit. */
  slots: number;
  note: string | null;
}

/** For which spans of time a dataset is whole: half-open, in order, none touching another. */
export interface LedgerRow {
  dataset: string;
  done: [start: number, end: number][];
}

/** What happens to runs; and `check`: checks of a dataset have turned, the dataset standing for the DAG and its version for the run. */
export type AlertKind = AlertDecl["on"][number] | "check" | "anomaly";

/** `gathering`: others of its kind are still joined to it. `pending`: is to be sent, now or at `nextAt`. */
export type AlertState = "gathering" | "pending" | "sent" | "failed";

/** Something to tell, and to whom. It is written with what caused it, and sent at least once. */
export interface AlertRow {
  /** Of what has happened and of whom to tell: the same thing never gets two. What a receiver tells doubles by. */
  id: string;
  dag: string;
  kind: AlertKind;
  to: AlertDecl["to"];
  run: string;
  release: string;
  intervalStart: number;
  intervalEnd: number;
  /** Null: it is about the run. */
  task: string | null;
  /** In its map; -1 outside of maps. */
  index: number;
  attempt: number | null;
  /** One sentence: what has happened; of several, the first. */
  text: string;
  /** When it happened; of several, the first and the last. */
  at: number;
  lastAt: number;
  /** Things that have happened and that it tells of, 1 or more. */
  count: number;
  state: AlertState;
  /** Times that it was tried. */
  tries: number;
  /** When it is tried next, or stops gathering; null once it is over. */
  nextAt: number | null;
  endedAt: number | null;
  /** Of the last try. */
  error: ErrorJson | null;
}

/** A compare-and-swap on the state store, made in the same transaction as a commit of the scheduler. */
export interface Swap {
  collection: string;
  key: string;
  expected: number;
  /** Undefined: the key is removed. */
  value: Json | undefined;
}

/** How far the starts of a throttle are spoken for. */
export interface ThrottleRow {
  key: string;
  /** Of the last start, milliseconds since 1970. */
  at: number;
  /** The row says nothing after this time, and may then be forgotten. */
  until: number;
}

/** A result that stands for all work of the same key. */
export interface MemoRow {
  key: string;
  /** The run whose task has given it. */
  run: string;
  result: StoredResult | null;
  at: number;
  /** It says nothing after this time, and may then be forgotten. */
  until: number;
}

/** What one commit writes: whole rows, each replacing that of the same key. */
export interface Changes {
  runs: RunRow[];
  instances: InstanceRow[];
  attempts: AttemptRow[];
  dags: DagRow[];
  backfills: BackfillRow[];
  intervals: BackfillIntervalRow[];
  pools: PoolRow[];
  ledgers: LedgerRow[];
  alerts: AlertRow[];
  throttles: ThrottleRow[];
  memos: MemoRow[];
  /** The highest fence given so far. */
  fence: number;
  /** What goes to other shards and has come from them. Absent where there are none, and when there is nothing. */
  shard?: ShardChanges;
}

/** A page of the tasks of a run. */
export interface InstancePage {
  /** Of this task alone. */
  task?: string;
  /** In these states alone. */
  states?: readonly InstanceState[];
  /** The last one of the page before. */
  after?: { task: string; index: number };
  /** At least 1. */
  limit: number;
}

/** A page of the attempts of a run, or of a task in it. */
export interface AttemptPage {
  /** The last one of the page before. */
  after?: { task: string; index: number; number: number };
  /** At least 1. */
  limit: number;
}

/** How a task of a run stands: one instance, or those of its map. */
export interface TaskCount {
  task: string;
  /** Instances by state; states without any are absent. */
  states: { [state in InstanceState]?: number };
  /** The most that one of them has had. */
  attempts: number;
  /** The first start; the last end, though others may go on. */
  startedAt: number | null;
  endedAt: number | null;
}

/** That there is a run for an interval, and how it stands. */
export type RunMark = Pick<RunRow, "intervalStart" | "state">;

export interface Removal {
  /** Milliseconds since 1970: runs that ended before it. */
  before: number;
  /** Runs to remove at the most. Default: all. */
  limit?: number;
  /** Runs of each DAG with the newest intervals that stay, however old. Default 0. */
  keepRuns?: number;
  /** Says of a run that it may not be removed now. Asked in the very transaction that would. */
  isHeld?(run: Pick<RunRow, "id" | "dag">): boolean;
  /** Ends it after the step under way. */
  signal?: AbortSignal;
}

/** A run that was removed, of which files may be left. */
export interface RemovedRun {
  id: string;
  dag: string;
  createdAt: number;
}

/** All that a scheduler must know to go on: what is not over, and nothing else. */
export interface Unfinished {
  runs: RunRow[];
  /** Of those runs, in every state. */
  instances: InstanceRow[];
  /** Of those runs, the current ones of instances that are not over. */
  attempts: AttemptRow[];
  dags: DagRow[];
  /** Those not over. */
  backfills: BackfillRow[];
  pools: PoolRow[];
  ledgers: LedgerRow[];
  /** Those that gather. */
  alerts: AlertRow[];
  throttles: ThrottleRow[];
  /** Absent where there is one shard. */
  shares?: ShareRow[];
  fence: number;
}

export interface RunFilter {
  dag?: string;
  states?: RunState[];
  backfill?: string;
  /** Id of a run: those stored before it. For the next page. */
  before?: string;
  /** 1 to 1,000. */
  limit: number;
}

export interface AlertFilter {
  dag?: string;
  states?: AlertState[];
  /** Id of an alert: those stored before it. For the next page. */
  before?: string;
  /** 1 to 1,000. */
  limit: number;
}

/**
 * Keeps runs, tasks and attempts. One scheduler writes at a time: each takes the store with a higher epoch, and a commit
 * of an earlier one is refused. What a commit wrote is on disk when it resolves, whole or not at all.
 *
 * Every call may be refused with `MR-STATE-001` or `-006`, by the disk or by another process: then nothing was written, and the call
 * may be made again. What a call costs does not grow with the history that is stored.
 */
export interface RunStore {
  /** Takes the store for a scheduler. From then on commits of every earlier one are refused with `MR-STATE-002`. */
  take(holder: string): Promise<{ epoch: number; unfinished: Unfinished }>;
  /**
   * Looks whether the swaps would be made now, one after the other, and writes nothing.
   * @returns the places, in `swaps`, of those that would not
   * @throws MillraceError `MR-STATE-002` when another has taken the store
   */
  stale(epoch: number, swaps: readonly Swap[]): Promise<number[]>;
  /**
   * Swaps are made one after the other, as by the state store: two on one key go on from version to version.
   * @throws MillraceError `MR-STATE-002` when another has taken the store; `MR-STATE-003` when a swap was not made, with nothing written
   */
  commit(epoch: number, changes: Changes, swaps?: readonly Swap[]): Promise<void>;
  /**
   * The newest first, which is the one stored last.
   * @throws MillraceError `MR-SCHED-002` when the run that the page begins behind was removed
   */
  runs(filter: RunFilter): Promise<RunRow[]>;
  /** The newest runs of each of the DAGs, `limit` of each at most, the newest first; in one go, which costs much less than one DAG after the other. */
  newestRuns(dags: readonly string[], limit: number): Promise<Map<string, RunRow[]>>;
  run(id: string): Promise<RunRow | undefined>;
  /** Ids that begin so, in the order of their UTF-8 bytes. */
  idsFrom(kind: "run" | "backfill", prefix: string, limit: number): Promise<string[]>;
  /** Runs of a DAG whose interval begins in `[from, to)`, by interval; of those of one interval the one stored first. */
  runsBetween(dag: string, from: number, to: number, limit?: number): Promise<RunRow[]>;
  /** The same runs, with nothing of them but how they stand. */
  runMarks(dag: string, from: number, to: number, limit: number): Promise<RunMark[]>;
  /** The newest run of the DAG, of the kinds given, whose interval begins before `start`. */
  runBefore(dag: string, start: number, kinds: readonly RunKind[]): Promise<RunRow | undefined>;
  /** By task, in the order of its UTF-8 bytes, and index. */
  instances(run: string, page?: InstancePage): Promise<InstanceRow[]>;
  /** How the tasks of a run stand that have a row, by task; it costs what the instances of the run do, without taking them out. */
  taskCounts(run: string): Promise<TaskCount[]>;
  /** By task, index and number. */
  attempts(run: string, task?: string, index?: number, page?: AttemptPage): Promise<AttemptRow[]>;
  /** The newest first. */
  backfills(dag?: string): Promise<BackfillRow[]>;
  backfill(id: string): Promise<BackfillRow | undefined>;
  backfillIntervals(backfill: string, page: { after: number; limit: number }): Promise<BackfillIntervalRow[]>;
  /**
   * The newest first.
   * @throws MillraceError `MR-SCHED-002` when the alert that the page begins behind was removed
   */
  alerts(filter: AlertFilter): Promise<AlertRow[]>;
  /** Also one whose time is over, while it is there. */
  memo(key: string): Promise<MemoRow | undefined>;
  /** What is to be sent, the first due first, with what is not due yet; but nothing to those named. */
  pendingAlerts(page: { limit: number; notTo: readonly AlertRow["to"][] }): Promise<AlertRow[]>;
  /**
   * Removes runs that have ended, with their tasks and attempts, those that ended first before others; then backfills that
   * ended before the time and of which no run is left, and alerts that were over before it. It writes in small steps, between which commits find room, and
   * after a crash the next call goes on with what the last one left.
   *
   * What the scheduler still asks for stays: of each DAG the run with the newest interval, of any kind and of the schedule,
   * the one before a run that goes on, what backfills made of intervals that the schedule has not come to, and whatever lies
   * in the range of a backfill that goes on. The run stored last may stay too. Who is about to change a run holds it.
   * @returns how many runs; fewer than `limit` when there are no more
   */
  removeRuns(removal: Removal): Promise<number>;
  /** Runs that were removed and not forgotten yet, in the order of id and time. */
  removedRuns(page: { after?: RemovedRun; limit: number }): Promise<RemovedRun[]>;
  /** Says that nothing is left of them anywhere. */
  forgetRemoved(runs: readonly RemovedRun[]): Promise<void>;
  close(): Promise<void>;
}
