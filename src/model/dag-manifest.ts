import type { ScheduleDecl } from "../calendar/schedule.ts";
import type { Json, JsonSchema } from "./manifest.ts";

/**
 * What a task waits for in the states of the tasks before it; as Airflow names and reads them.
 *
 * | rule | runs when |
 * |---|---|
 * | all_success | all have succeeded |
 * | all_failed | all have failed |
 * | all_done | all have ended, however |
 * | all_skipped | all were skipped |
 * | one_success, one_failed, one_done | one has succeeded, failed, or done either; the others are not waited for |
 * | none_failed | all have succeeded or were skipped |
 * | none_failed_min_one_success | the same, and one has succeeded |
 * | none_skipped | all have ended and none was skipped |
 * | all_done_min_one_success | all have ended, one has succeeded and none was skipped |
 * | all_done_setup_success | all have ended and one of the setups has succeeded: for a teardown |
 * | always | at once |
 */
export type TriggerRule =
  | "all_success"
  | "all_failed"
  | "all_done"
  | "all_skipped"
  | "one_success"
  | "one_failed"
  | "one_done"
  | "none_failed"
  | "none_failed_min_one_success"
  | "none_skipped"
  | "all_done_min_one_success"
  | "all_done_setup_success"
  | "always";

/**
 * Which missed runs are made when a DAG starts late, was paused, or Millrace was down.
 * - `all`: every one, the oldest first.
 * - `latest`: the newest alone. What Airflow does with `catchup=False`.
 * - `none`: those alone that fall due while it is watched.
 * - `window`: those that fell due within the last `ms`.
 */
export type CatchUpDecl = { policy: "all" } | { policy: "latest" } | { policy: "none" } | { policy: "window"; ms: number };

/**
 * What is done when a run falls due while as many as `maxActiveRuns` go on.
 * - `queue`: it waits. The default.
 * - `skip`: it is not made.
 * - `cancel`: the oldest of those that go on is cancelled.
 */
export type OverlapPolicy = "queue" | "skip" | "cancel";

export interface DagDecl {
  name: string;
  description?: string;
  owner?: string;
  tags: string[];
  schedule: ScheduleDecl;
  /** The zone in which the DAG's dates were given and are shown. */
  timezone: string;
  /** The first data interval begins here or later; ISO 8601 in UTC. */
  start?: string;
  /** No data interval begins after this; ISO 8601 in UTC. */
  end?: string;
  catchup: CatchUpDecl;
  overlap: OverlapPolicy;
  /** Longest random delay of a scheduled run, in milliseconds; the same for the same run each time. */
  jitterMs: number;
  /** Runs that go on at once, 1 or more. Default 16. Backfills count apart. */
  maxActiveRuns: number;
  /** Tasks of this DAG that go on at once, over all its runs. Absent: as many as their pools let. */
  maxActiveTasks?: number;
  /** Longest time from a run's start to its end, in milliseconds. */
  runTimeoutMs?: number;
  /**
   * What makes a run fail. `leaves`: a failed task that nothing follows, as in Airflow. `any_failed`: any failed task.
   */
  runState: "leaves" | "any_failed";
  /** JSON Schema of the run's parameters, an object with its defaults. */
  params?: JsonSchema;
  /** Alerts when a run has not ended so long after the point, in milliseconds. */
  deadlines: DeadlineDecl[];
  /** Whom to tell of what. */
  alerts: AlertDecl[];
  /** In the order of their declaration, which is one in which each comes behind those it waits for. */
  tasks: TaskDecl[];
  /** Regions of tasks that run once for each item of a list, or round by round. */
  maps: MapDecl[];
  /** File relative to the project folder, and name of its export. Absent for one declared in YAML. */
  module?: string;
  export?: string;
  declaredAt?: string;
}

export interface DeadlineDecl {
  after: "due" | "start";
  ms: number;
}

export interface AlertDecl {
  on: ("failure" | "success" | "retry" | "deadline")[];
  to: { kind: "webhook"; url: string } | { kind: "command"; argv: string[] } | { kind: "email"; address: string } | { kind: "dag"; dag: string };
}

export interface MapDecl {
  name: string;
  /**
   * The task whose result is the list, or the list itself. Of a loop, the task in it that says after each round whether it was
   * the last one, and the time between two rounds, in milliseconds.
   */
  over: { task: string } | { items: Json[] } | { until: string; everyMs: number };
  /** Most items, or rounds; more fail the run's region by name. Default 10,000; of a loop 1,000. */
  itemsMax: number;
}

/**
 * What a task is.
 * - `task`, `branch`, `shortCircuit`, `sensor`: code of the user's, in a warm worker.
 * - `sql`, `shell`, `http`, `container`: a process of its own; what it runs is `settings`, or comes from the user's code.
 * - `dag`: another DAG's run. `stage`: a bounded run of a streaming stage.
 * - `model`: builds the table that it names, by the statement of that table's model.
 * - `crawl`: looks through a folder for tables: see `CrawlerDecl`, its settings. `changes`: its result are those of its tables that
 *   have files to load; `load` loads one of them: see `SourceDecl`, the settings of both.
 * - `wait`: nothing but time, or a dataset's interval. `approval`: a person.
 */
export type TaskKind = "task" | "branch" | "shortCircuit" | "sensor" | "sql" | "shell" | "http" | "container" | "dag" | "stage" | "wait" | "approval" | "model" | "crawl" | "changes" | "load";

export interface TaskDecl {
  /** Unique in its DAG; with the names of its groups and map before it, as `load.parse`. */
  name: string;
  kind: TaskKind;
  /** Tasks that come directly before, those in `inputs` among them. */
  after: string[];
  /** Name in the user's code to the task whose result it is. From inside a map, a task of the same map gives that item's result; a task of a map seen from outside gives a list. */
  inputs: Record<string, string>;
  /** Name under which the item of its map is handed to the code. */
  item?: string;
  /** The map that it is in. */
  map?: string;
  trigger: TriggerRule;
  /** Attempts after the first. Default 0. */
  retries: number;
  /** Wait before the second attempt, in milliseconds. Default 5 minutes, as in Airflow. */
  retryDelayMs: number;
  /** `exponential` doubles the wait each time and adds up to as much again, as Airflow does. Default `fixed`. */
  backoff: "fixed" | "exponential";
  /** Longest wait between attempts, in milliseconds. Default 24 h. */
  retryDelayMaxMs: number;
  /** Longest time of an attempt; of all attempts together, waits between them included; and of waiting for a slot, in milliseconds. */
  timeoutMs?: number;
  totalTimeoutMs?: number;
  queueTimeoutMs?: number;
  /** Time for the code to heed its abort signal before its process is killed, in milliseconds. Default 5,000. */
  graceMs: number;
  /** Each attempt has a worker process to itself, which ends with it. */
  isolated?: boolean;
  /** Default `default`. */
  pool: string;
  /** Of the pool, 1 or more. Default 1. */
  slots: number;
  /** Higher goes first. Each point is worth the start of ten other tasks, so that nothing waits for ever. Default 0. */
  priority: number;
  /** At once, over all runs of the DAG. */
  maxActive?: number;
  /** At once, of all tasks of the project with the same key. The key may have places, filled for each run. */
  concurrency?: { key: string; max: number };
  /** One start every so many milliseconds, of all tasks of the project with the same key; `burst` may come at once after a pause. An empty key: this task alone. */
  throttle?: { key: string; everyMs: number; burst: number };
  /** The result of the same work, done within the time, is taken in place of doing it. Without a key all that goes into the work tells what is the same. */
  memo?: { key?: string; forMs: number };
  /** Names of the secrets that it may have, and no other. */
  secrets?: string[];
  /** Waits for this task in the run before it. */
  dependsOnPast: boolean;
  /** Waits for the tasks directly behind this one too, in the run before. */
  waitForDownstream: boolean;
  /** It prepares what others need: it is not skipped when they are cleared. */
  setup?: boolean;
  /** The setups whose work it takes away again. Its failure does not fail the run. */
  teardownOf?: string[];
  /** `shortCircuit`: everything behind is skipped, or only what comes directly behind, by their trigger rules. */
  cascade?: boolean;
  /** Sensors: how long between two looks, and in all, in milliseconds; and whether the time being over skips it in place of failing it. */
  sensor?: { mode: "poke" | "reschedule"; everyMs: number; timeoutMs: number; soft: boolean };
  /** Whether its work is done by code in the DAG's module: `run`, or the text of its SQL, its command, its request. */
  code: boolean;
  /**
   * What it runs, where no code works it out.
   * - `sql`: `{ sql }`.
   * - `shell`: `{ command, env?, cwd?, processes?, memory? }`. `container`: the same without `cwd`, with `image` and `options?`.
   * - `http`: `{ url, method?, headers?, body?, timeoutMs? }`.
   * - `dag`: `{ dag, params?, wait }`. `stage`: `{ stage }`.
   * - `wait`: `{ ms }`, or `{ dataset, timeoutMs? }`; by code alone: `{ until }`. `approval`: `{ prompt, timeoutMs? }`.
   */
  settings?: Json;
  /** The texts in `settings` have places for what the run says, as `{{ interval.start }}`: see `filledSettings`. */
  template?: true;
  /** The table that a `sql` task writes. */
  into?: string;
  /** Datasets that it updates, `into` among them. */
  updates: string[];
  declaredAt?: string;
}
