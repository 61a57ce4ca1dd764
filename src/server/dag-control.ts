import type { MartPlan, ModelPlan } from "./model-control.ts";
import type { SourcePlan } from "./source-folder-plan.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { DagChanges, DeclaredChanges, NameChanges } from "../model/manifest-changes.ts";
import type { Json, JsonSchema, Problem } from "../model/manifest.ts";
import type { ErrorJson } from "../errors.ts";
import type { WaitReason } from "../scheduler/explain.ts";
import type { AlertKind, AlertState, AttemptState, BackfillState, InstanceState, RunKind, RunState } from "../state/run-store.ts";

/** What the server needs of the orchestrator. Times are ISO 8601 in UTC. Every method may throw a MillraceError. */
export interface DagControl {
  /** Another text after each change of what this plane schedules. Cheap. */
  revision(): string;
  /** Of the DAGs that are declared. Cheap. */
  names(): string[];
  /** By name, or in the order in which names are asked for. */
  dags(request?: DagsRequest): Promise<DagStatus[]>;
  /** @throws MillraceError `MR-SCHED-001` */
  dag(name: string): Promise<DagDetail>;
  pauseDag(name: string, note?: string): Promise<void>;
  resumeDag(name: string): Promise<void>;
  /** @throws MillraceError `MR-SCHED-008` for parameters that break the DAG's schema */
  triggerDag(name: string, request: TriggerRequest): Promise<RunView>;
  /** The coming runs of the schedule. */
  nextRuns(name: string, count: number): Promise<PlannedRunView[]>;
  /** The newest first. */
  runs(filter: RunsRequest): Promise<RunView[]>;
  runsBetween(request: SpanRequest): Promise<RunView[]>;
  /** @throws MillraceError `MR-SCHED-002` */
  run(id: string): Promise<RunDetail>;
  /** A DAG's newest runs with how their tasks stand. A page ends early behind runs of very many tasks; it has one run at least, when there is any. */
  grid(dag: string, request: { before?: string; limit: number }): Promise<GridPage>;
  /** One run with how its tasks stand, however many there are. */
  runGrid(run: string): Promise<RunGrid>;
  /** Tasks of a run one by one, a page of them. */
  taskItems(run: string, request: TaskItemsRequest): Promise<TaskItem[]>;
  /** @throws MillraceError `MR-SCHED-002` */
  task(run: string, task: string, index: number): Promise<TaskView>;
  /** @throws MillraceError `MR-SCHED-002` */
  taskInputs(run: string, task: string, index: number): Promise<TaskInputs>;
  /** A DAG's runs by the days of its zone on which their intervals begin. */
  calendar(dag: string, request: { from: string; to: string }): Promise<CalendarPage>;
  cancelRun(id: string, note?: string): Promise<RunView>;
  /** With `dryRun`, only says which tasks it would be. */
  clearTasks(run: string, request: ClearRequest): Promise<TaskSet>;
  markTasks(run: string, request: MarkRequest): Promise<TaskSet>;
  /** Approvals that wait for an answer, the oldest first: those of runs that this plane schedules. */
  approvals(): Promise<ApprovalView[]>;
  /** A person's answer to an approval. */
  answer(run: string, request: AnswerRequest): Promise<void>;
  /** Why a task does not run yet; empty when it runs or has ended. */
  explain(run: string, task: string, index: number): Promise<WaitReason[]>;
  /** Lines of an attempt's log from a byte on. Without a number, of the newest attempt. */
  taskLog(run: string, request: LogRequest): Promise<LogPage>;
  /** With `dryRun` nothing is made. */
  createBackfill(request: BackfillCreate): Promise<BackfillPlan>;
  backfills(dag?: string): Promise<BackfillView[]>;
  backfill(id: string): Promise<BackfillDetail>;
  setBackfill(id: string, state: "running" | "paused" | "cancelled", note?: string): Promise<BackfillView>;
  /** Makes the project's folder, as it is now, the release that new runs get; with `dryRun`, only says what that would change. */
  apply(request: ApplyRequest): Promise<ReleasePlan>;
  /** Gives new runs the DAGs of an earlier release; the project's other parts stay as they are. */
  rollBack(request: RollbackRequest): Promise<ReleasePlan>;
  /** Those that are kept, the newest first. */
  releases(): Promise<ReleaseView[]>;
  /** The schemas that releases kept here gave a topic, the newest first. One that stayed the same has the first of its releases. */
  schemasOf(topic: string): Promise<TopicSchema[]>;
  pools(): Promise<PoolView[]>;
  setPool(name: string, slots: number, note?: string): Promise<PoolView>;
  /** The newest first. */
  alerts(filter: AlertsRequest): Promise<AlertView[]>;
}

export interface DagsRequest {
  /** These alone; a name that no DAG has is passed over. */
  names?: string[];
  /** So many of the newest runs of each. Default 0. */
  recent?: number;
}

export interface DagStatus {
  name: string;
  description?: string;
  tags: string[];
  owner?: string;
  paused: boolean;
  /** Why it was paused. */
  note: string | null;
  /** In words. */
  schedule: string;
  timezone: string;
  nextRunAt: string | null;
  activeRuns: number;
  queuedRuns: number;
  tasks: number;
  lastRun: RunView | null;
  /** The newest first; as many as were asked for. */
  recent: { id: string; state: RunState; interval: { start: string; end: string } }[];
  /** Why its timetable in code gives no ticks. */
  problem: ErrorJson | null;
}

export interface DagDetail extends DagStatus {
  decl: DagDecl;
}

export interface TriggerRequest {
  params?: { [key: string]: Json };
  /** Absent: the last whole interval of the schedule. */
  interval?: { start: string; end: string };
  note?: string;
}

export interface PlannedRunView {
  interval: { start: string; end: string };
  /** When it is made. */
  runAt: string;
  logicalDate: string | null;
}

export interface RunsRequest {
  dag?: string;
  states?: RunState[];
  backfill?: string;
  /** Id of a run: those made before it. */
  before?: string;
  limit: number;
}

/** Runs of a DAG by the intervals that begin in `[from, to)`, the first interval first. */
export interface SpanRequest {
  dag: string;
  from: string;
  to: string;
  limit: number;
}

export interface RunView {
  id: string;
  dag: string;
  kind: RunKind;
  state: RunState;
  release: string;
  logicalDate: string | null;
  interval: { start: string; end: string };
  runAfter: string;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  params: Json;
  note: string | null;
  clears: number;
  backfill: string | null;
  cause: string | null;
}

export interface RunDetail extends RunView {
  tasks: TaskView[];
}

/** A task that waits for a person. */
export interface ApprovalView {
  dag: string;
  run: string;
  task: string;
  /** In its map; -1 outside of maps. */
  index: number;
  prompt: string;
  /** Since when it waits; null where that is not known. */
  since: string | null;
}

export interface TaskView {
  task: string;
  /** In its map; -1 outside of maps. */
  index: number;
  kind: string;
  state: InstanceState;
  attempts: number;
  attemptsMax: number;
  startedAt: string | null;
  endedAt: string | null;
  /** When it goes on by itself. */
  wakeAt: string | null;
  note: string | null;
  /** Of its newest attempt. */
  error: ErrorJson | null;
  result: ShownResult;
}

/** A result of up to 4 KiB itself; of a larger one its size, and its file where it has one; null where there is none. */
export type ShownResult = Json | { file: string | null; bytes: number } | null;

/** What a task of a run has to work with, as it stands now. The parameters are the run's. */
export interface TaskInputs {
  /** Tasks that come directly before, at most 50. */
  upstreams: TaskUpstream[];
  /** How many more there are. */
  upstreamsLeft: number;
  /** The entry of its map's list; null outside of maps, in loops, and while the list is not known. */
  item: { name: string | null; value: ShownResult } | null;
}

export interface TaskUpstream {
  task: string;
  /** What its result is called in the task's code; none where it only comes before. */
  names: string[];
  /** The task gets the results of a whole map as a list. */
  isList: boolean;
  /** Of the same item where both are in one map; else of all, at most 20. Tasks that were not touched are absent. */
  results: { index: number; state: InstanceState; result: ShownResult }[];
  more: boolean;
}

/** A task in a grid of runs. */
export interface GridTask {
  name: string;
  kind: string;
  /** The map that it is in. */
  map: string | null;
  /** Tasks that come directly before, with the one that gives a map its list. */
  after: string[];
  /** False: only runs of other releases have had it. */
  declared: boolean;
  /** What an approval asks; null for all others. */
  prompt: string | null;
}

/** How a task of a run stands: one instance, or all of its map. */
export interface TaskCell {
  task: string;
  /** Instances by state; states without any are absent. */
  states: { [state in InstanceState]?: number };
  /** The most that one of them has had. */
  attempts: number;
  startedAt: string | null;
  endedAt: string | null;
}

export interface GridRun extends Omit<RunView, "params"> {
  /** Tasks that have been touched; of a run that goes on, all others wait. */
  cells: TaskCell[];
}

export interface GridPage {
  tasks: GridTask[];
  /** The newest first. */
  runs: GridRun[];
  /** `before` of the next page; null when this is the last. */
  next: string | null;
}

export interface RunGrid extends RunView {
  tasks: GridTask[];
  cells: TaskCell[];
}

export interface TaskItemsRequest {
  task: string;
  states?: InstanceState[];
  /** Index of the last item of the page before. */
  after?: number;
  limit: number;
}

export type TaskItem = Pick<TaskView, "task" | "index" | "state" | "attempts" | "attemptsMax" | "startedAt" | "endedAt" | "wakeAt" | "note">;

export interface CalendarDay {
  /** As `2001-01-31`, on the clocks of the DAG's zone. */
  day: string;
  /** Runs whose intervals begin on it, by state. */
  states: { [state in RunState]?: number };
}

export interface CalendarPage {
  timezone: string;
  /** In order; days without a run are absent. */
  days: CalendarDay[];
  /** Where to ask on from, when there were too many runs for one answer: the first day that is not told whole. */
  next: string | null;
}

export interface AttemptView {
  number: number;
  state: AttemptState;
  worker: string | null;
  queuedAt: string;
  startedAt: string | null;
  endedAt: string | null;
  error: ErrorJson | null;
}

export interface TaskChoiceView {
  task: string;
  /** Absent: all items of its map. */
  index?: number;
}

export interface ClearRequest {
  tasks: TaskChoiceView[];
  /** Those that come after them too. Default true. */
  downstream?: boolean;
  upstream?: boolean;
  /** Of all those, only the ones that failed or could not run. */
  onlyFailed?: boolean;
  /** Whose code they run, and with them what is still to come of the run. Default `newest`. */
  release?: "same" | "newest";
  note?: string;
  dryRun?: boolean;
}

export interface MarkRequest {
  tasks: TaskChoiceView[];
  state: "success" | "failed" | "skipped";
  downstream?: boolean;
  upstream?: boolean;
  note?: string;
  dryRun?: boolean;
}

export interface TaskSet {
  run: string;
  tasks: { task: string; index: number; state: InstanceState }[];
  /** The release that the run goes on with, and the one that it had. */
  release: string;
  releaseBefore: string;
  /** Tasks of that release that the run has not had, and that it runs too; those that it has had and the release has no more. */
  newTasks: string[];
  goneTasks: string[];
  /** False in a dry run. */
  done: boolean;
}

export interface AnswerRequest {
  task: string;
  index?: number;
  approved: boolean;
  by: string;
  note?: string;
}

export interface LogRequest {
  task: string;
  index?: number;
  attempt?: number;
  /** In bytes. Default 0. */
  offset?: number;
}

export interface LogPage {
  attempt: AttemptView | null;
  /** The attempts that there are. */
  attempts: AttemptView[];
  /** Each a JSON object with `time`, `level`, `msg`. */
  lines: string[];
  /** Where the next page begins. */
  next: number;
  /** Nothing will be added any more. */
  ended: boolean;
}

export interface BackfillCreate {
  dag: string;
  /** Intervals that begin in `[from, to)`; dates are read in the DAG's zone. */
  from: string;
  to: string;
  order?: "oldest" | "newest";
  /** Default `none`. */
  reprocess?: "none" | "failed" | "completed";
  /** Default 10. */
  maxActiveRuns?: number;
  params?: { [key: string]: Json };
  note?: string;
  dryRun?: boolean;
}

export interface BackfillView {
  id: string;
  dag: string;
  state: BackfillState;
  from: string;
  to: string;
  order: "oldest" | "newest";
  reprocess: "none" | "failed" | "completed";
  maxActiveRuns: number;
  note: string | null;
  createdAt: string;
  endedAt: string | null;
  intervals: number;
  /** Intervals that were looked at. */
  reached: number;
  /** Its runs by state. */
  runs: { [state in RunState]?: number };
}

export interface BackfillIntervalView {
  ordinal: number;
  interval: { start: string; end: string };
  /** The run that there is or would be. */
  run: string | null;
  state: RunState | null;
  /** What is done with it; or why no run was made. */
  decision: "run" | "rerun" | "in flight" | "already exists";
}

export interface BackfillPlan {
  /** Null in a dry run. */
  backfill: BackfillView | null;
  intervals: BackfillIntervalView[];
}

export interface BackfillDetail extends BackfillView {
  /** Those reached, at most the last 1,000. */
  reachedIntervals: BackfillIntervalView[];
}

export interface PoolView {
  name: string;
  /** -1: no limit. */
  slots: number;
  used: number;
  waiting: number;
  note: string | null;
}

export interface ApplyRequest {
  /** The release that a plan was shown for: when the folder has changed since, nothing is done. */
  release?: string;
  note?: string;
  dryRun?: boolean;
}

export interface RollbackRequest {
  /** Its name, or how that begins. Default: the one that ran before. */
  release?: string;
  note?: string;
  dryRun?: boolean;
}

export interface TopicSchema {
  release: string;
  /** When the release was first kept. */
  at: string;
  /** It is the one that records are held against now. */
  current: boolean;
  schema: JsonSchema;
}

export interface ReleaseView {
  release: string;
  /** When it was first kept. */
  at: string;
  /** When new runs last began to get it, and why; null when they never did, or that was rolled back. */
  takenAt: string | null;
  note: string | null;
  /** New runs get it. */
  current: boolean;
  dags: number;
  /** Runs of it that go on or wait. */
  runs: number;
}

/** What a change of the release does. */
export interface ReleasePlan {
  /** The release that runs, or that ran last where nothing is up; null where none ever did. */
  from: string | null;
  to: string;
  files: NameChanges;
  topics: DeclaredChanges;
  tables: DeclaredChanges;
  stages: DeclaredChanges;
  /** DAGs that are declared differently, or whose timetable in code says otherwise. New runs of all others have the new release too. */
  dags: DagPlan[];
  /** Tables that are made by statements: what happens to their rows. */
  models: ModelPlan[];
  /** Marts that are declared differently, or whose tables lose columns. */
  marts: MartPlan[];
  /** What source folders would find and load if they ran now; in a dry run alone. */
  sources: SourcePlan[];
  /** Runs that go on or wait, and stay on the release that they have. */
  staying: StayingRuns[];
  problems: Problem[];
  /** Why it cannot be done while Millrace runs. */
  refusal: ErrorJson | null;
  /** It changes what stages are made of: Millrace starts anew with it, by itself. */
  startsAnew: boolean;
  /** False in a dry run, and when nothing was to be done. */
  done: boolean;
}

export interface DagPlan extends DagChanges {
  paused: boolean;
  /** Null where it stays as it is. */
  schedule: { before: ScheduleView | null; after: ScheduleView | null } | null;
  /** Runs that catching up makes at once, for intervals that have ended; of a paused DAG, if it were resumed now. Null where the schedule stays as it is. */
  fills: FillView | null;
}

export interface ScheduleView {
  /** In words. */
  text: string;
  timezone: string;
  /** The next three. */
  next: PlannedRunView[];
  /** Why its timetable in code gives no ticks. */
  problem: ErrorJson | null;
}

export interface FillView {
  count: number;
  /** There are more than were counted. */
  more: boolean;
  /** The first three, and the last that was counted. */
  first: { start: string; end: string }[];
  last: { start: string; end: string } | null;
}

export interface StayingRuns {
  dag: string;
  release: string;
  runs: number;
  /** At most 20 of them. */
  ids: string[];
}

export interface AlertsRequest {
  dag?: string;
  states?: AlertState[];
  /** Id of an alert: those made before it. */
  before?: string;
  limit: number;
}

export interface AlertView {
  /** The same each time this alert is sent: a receiver that has it already may drop it. */
  id: string;
  dag: string;
  kind: AlertKind;
  /** In words. */
  to: string;
  run: string;
  release: string;
  interval: { start: string; end: string };
  /** Null: it is about the run. */
  task: string | null;
  /** In its map; -1 outside of maps. */
  index: number;
  attempt: number | null;
  text: string;
  /** When it happened; of several, the first and the last. */
  at: string;
  lastAt: string;
  /** Things that have happened and that it tells of. */
  count: number;
  state: AlertState;
  tries: number;
  nextAt: string | null;
  endedAt: string | null;
  error: ErrorJson | null;
}
