import { randomUUID } from "node:crypto";
import { describeSchedule } from "../calendar/describe-schedule.ts";
import { instantIn } from "../calendar/instant-in.ts";
import { upcoming } from "../calendar/next-run.ts";
import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import { folderFiles } from "../files/folder.ts";
import type { Json, JsonSchema, Manifest } from "../model/manifest.ts";
import { compileValidator, type Validator } from "../model/validate.ts";
import { backfillPlan, checkBackfill, decide, existingRuns } from "../scheduler/backfills.ts";
import type { BackfillRequest } from "../scheduler/events.ts";
import { explain, type WaitReason } from "../scheduler/explain.ts";
import { Scheduler, type SchedulerOptions } from "../scheduler/scheduler.ts";
import { type SetRequest, taskSet } from "../scheduler/task-set.ts";
import type { Dag, Pool } from "../scheduler/world.ts";
import type {
  AlertsRequest,
  AlertView,
  AnswerRequest,
  BackfillCreate,
  BackfillDetail,
  BackfillIntervalView,
  BackfillPlan,
  BackfillView,
  ClearRequest,
  DagControl,
  DagDetail,
  DagStatus,
  LogPage,
  LogRequest,
  MarkRequest,
  PlannedRunView,
  PoolView,
  RunDetail,
  RunsRequest,
  RunView,
  TaskSet,
  TriggerRequest,
} from "../server/dag-control.ts";
import type { BackfillRow, InstanceRow, RunRow, RunState, RunStore } from "../state/run-store.ts";
import { sqliteRuns } from "../state/sqlite-runs.ts";
import type { AlertMessage } from "./alerts/alert-message.ts";
import { AlertOutbox } from "./alerts/alert-outbox.ts";
import { commandSender } from "./alerts/send-command.ts";
import { mailSender } from "./alerts/send-mail.ts";
import { webhookSender } from "./alerts/send-webhook.ts";
import { dagSender } from "./alerts/start-dag.ts";
import { alertView, attemptView, backfillView, plannedView, runView, taskView } from "./dag-views.ts";
import { compileCacheFolder, resultsFolder, stateFile } from "./data-folder.ts";
import type { ProjectData } from "./project-data.ts";
import type { Releases } from "./releases.ts";
import { readAttemptLog } from "./tasks/attempt-log.ts";
import { LocalExecutor } from "./tasks/local-executor.ts";
import { ResultStore } from "./tasks/result-store.ts";
import { SqlTasks } from "./tasks/sql-task.ts";
import { type RunStageToEnd, StageTasks } from "./tasks/stage-task.ts";

export interface OrchestratorOptions {
  manifest: Manifest;
  releases: Releases;
  data: ProjectData;
  dataFolder: string;
  runStageToEnd: RunStageToEnd;
  logger: SchedulerOptions["logger"];
  onLine: (line: string) => void;
}

const drainMs = 10_000;
/** Runs that a page of a backfill is counted over. */
const countedMax = 100_000;

/** Runs a project's DAGs: the scheduler, its store and what runs attempts, and all that people ask of them. */
export class Orchestrator implements DagControl {
  readonly #options: OrchestratorOptions;
  readonly #store: RunStore;
  readonly #scheduler: Scheduler;
  readonly #executor: LocalExecutor;
  readonly #sql: SqlTasks;
  readonly #alerts: AlertOutbox;

  private constructor(options: OrchestratorOptions, store: RunStore, scheduler: Scheduler, alerts: AlertOutbox) {
    this.#options = options;
    this.#store = store;
    this.#scheduler = scheduler;
    this.#alerts = alerts;
    const { releases, data, dataFolder, onLine } = options;
    this.#sql = new SqlTasks({ data, results: new ResultStore(folderFiles(resultsFolder(dataFolder))), tableOf: (release, table) => releases.manifestOf(release)?.tables[table] });
    this.#executor = new LocalExecutor({ port: scheduler, codeFolder: (release) => releases.codeFolder(release), dataFolder, compileCache: compileCacheFolder(dataFolder), runners: { sql: this.#sql, stage: new StageTasks(options.runStageToEnd) }, onLine });
  }

  static async open(options: OrchestratorOptions): Promise<Orchestrator> {
    const store = await sqliteRuns(stateFile(options.dataFolder));
    const codeFolder = (release: string): string => options.releases.codeFolder(release);
    const start = (dag: string, id: string, alert: AlertMessage): Promise<RunRow> => startForAlert(scheduler, dag, id, alert);
    const senders = { webhook: webhookSender(), command: commandSender(codeFolder), email: mailSender(process.env), dag: dagSender({ run: (id) => store.run(id), start }) };
    const alerts = new AlertOutbox({ store, keep: (rows) => scheduler.keepAlerts(rows), senders, logger: options.logger });
    let scheduler: Scheduler;
    try {
      scheduler = await Scheduler.open({
        store,
        holder: `process ${process.pid}`,
        clock: Date.now,
        mint: randomUUID,
        logger: options.logger,
        declarationOf: (release, dag) => options.releases.dagOf(release, dag) ?? options.manifest.dags[dag],
        onAlerts: () => alerts.wake(),
      });
      return new Orchestrator(options, store, scheduler, alerts);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Lets the DAGs run; or, where they are to rest, be looked at alone. */
  async up(run: boolean): Promise<void> {
    const { release, dags } = this.#options.manifest;
    const all = Object.values(dags);
    if (!run) return this.#scheduler.register(release, all, true);
    this.#scheduler.attach(this.#executor);
    if (all.some(({ schedule }) => schedule.kind !== "manual")) this.#executor.keepWarm([release]);
    await this.#scheduler.register(release, all);
    this.#alerts.begin();
  }

  /** A dataset has a new version that no task has made; with the span for which it is whole now. */
  updated(dataset: string, interval: { start: number; end: number } | undefined, cause: string): Promise<void> {
    return this.#scheduler.updated(dataset, interval, cause);
  }

  /** Nothing goes on, nothing waits, nothing is due now, and all alerts were sent or have to wait. */
  get idle(): boolean {
    const { runs, backfills, dags, now, resting } = this.#scheduler.world;
    if (resting) return true;
    return this.#alerts.idle && runs.size === 0 && backfills.size === 0 && [...dags.values()].every(({ dueAt, queuedCount }) => queuedCount === 0 && (dueAt ?? Infinity) > now);
  }

  get counts(): { active: number; queued: number } {
    const dags = [...this.#scheduler.world.dags.values()];
    return { active: this.#scheduler.world.runs.size, queued: dags.reduce((sum, { queuedCount }) => sum + queuedCount, 0) };
  }

  async close(): Promise<void> {
    await this.#executor.close(drainMs);
    await this.#sql.close();
    // Behind what may still cause alerts, and before who keeps how they have fared.
    await this.#alerts.close();
    await this.#scheduler.close();
    await this.#store.close();
  }

  // DAGs

  async dags(): Promise<DagStatus[]> {
    const known = [...this.#scheduler.world.dags.values()].filter(({ gone }) => !gone);
    return Promise.all(known.map((dag) => this.#dagStatus(dag)));
  }

  async dag(name: string): Promise<DagDetail> {
    const dag = this.#dagNamed(name);
    return { ...(await this.#dagStatus(dag)), decl: dag.graph.decl };
  }

  async #dagStatus(dag: Dag): Promise<DagStatus> {
    const { row, graph, active, queuedCount, dueAt } = dag;
    const { name, description, tags, owner, schedule, timezone, tasks } = graph.decl;
    const [last] = await this.#store.runs({ dag: name, limit: 1 });
    return {
      ...{ name, description, tags, owner, paused: row.paused, note: row.note, schedule: describeSchedule(schedule), timezone },
      ...{ nextRunAt: dueAt === undefined || row.paused ? null : new Date(dueAt).toISOString(), activeRuns: active.size, queuedRuns: queuedCount, tasks: tasks.length, lastRun: last ? runView(last) : null },
    };
  }

  async pauseDag(name: string, note?: string): Promise<void> {
    await this.#scheduler.pause(name, note ?? null);
  }

  async resumeDag(name: string): Promise<void> {
    await this.#scheduler.resume(name);
  }

  async triggerDag(name: string, { params, interval, note }: TriggerRequest): Promise<RunView> {
    const { decl } = this.#dagNamed(name).graph;
    const span = interval && { start: this.#instant(decl, interval.start, "interval.start"), end: this.#instant(decl, interval.end, "interval.end") };
    if (span && span.start > span.end) throw new MillraceError("MR-HTTP-006", { what: "the interval ends before it begins", where: "interval", mend: "give an end that is not before the start" });
    const run = await this.#scheduler.trigger({ dag: name, kind: "manual", params: checkedParams(decl, params), interval: span, note });
    return runView(run);
  }

  async nextRuns(name: string, count: number): Promise<PlannedRunView[]> {
    const { row, graph, timetable } = this.#dagNamed(name);
    const { start, end } = graph.decl;
    const last = row.lastStart === null || row.lastEnd === null ? undefined : { start: row.lastStart, end: row.lastEnd };
    return upcoming(timetable, { last, start: start === undefined ? undefined : Date.parse(start), end: end === undefined ? undefined : Date.parse(end), now: Date.now() }, count).map(plannedView);
  }

  #dagNamed(name: string): Dag {
    const { dags } = this.#scheduler.world;
    const dag = dags.get(name);
    if (dag && !dag.gone) return dag;
    const names = [...dags.values()].filter(({ gone }) => !gone).map(({ row }) => `"${row.dag}"`);
    throw new MillraceError("MR-SCHED-001", { what: `DAG "${name}" does not exist`, where: `project "${this.#options.manifest.project}"`, mend: `use one of ${names.join(", ") || "those that a pipeline declares; there are none"}` });
  }

  #instant({ timezone }: DagDecl, text: string, where: string): number {
    return instantIn(text, timezone, where);
  }

  // Runs

  async runs(filter: RunsRequest): Promise<RunView[]> {
    return (await this.#store.runs(filter)).map(runView);
  }

  async run(id: string): Promise<RunDetail> {
    const row = await this.#runNamed(id);
    const [instances, attempts] = await Promise.all([this.#instances(row), this.#store.attempts(id)]);
    const newest = new Map(attempts.map((attempt) => [`${attempt.task}/${attempt.index}`, attempt]));
    const kinds = new Map(this.#declOf(row)?.tasks.map(({ name, kind }) => [name, kind]));
    return { ...runView(row), tasks: instances.map((each) => taskView(each, kinds.get(each.task) ?? "task", newest.get(`${each.task}/${each.index}`))) };
  }

  async #runNamed(id: string): Promise<RunRow> {
    const row = await this.#store.run(id);
    if (row) return row;
    throw new MillraceError("MR-SCHED-002", { what: `run "${id}" does not exist`, where: `project "${this.#options.manifest.project}"`, mend: "look at `millrace runs list` for those that there are" });
  }

  #declOf(row: RunRow): DagDecl | undefined {
    return this.#scheduler.world.runs.get(row.id)?.graph.decl ?? this.#options.manifest.dags[row.dag];
  }

  /** All tasks of a run, in the graph's order: those too that only wait, of which the store has no row. */
  async #instances(row: RunRow): Promise<InstanceRow[]> {
    const running = this.#scheduler.world.runs.get(row.id);
    if (running && running.cells.length > 0) return running.cells.flat().map((instance) => ({ ...instance.row }));
    const places = new Map(this.#declOf(row)?.tasks.map(({ name }, place) => [name, place]));
    const placeOf = ({ task }: InstanceRow): number => places.get(task) ?? places.size;
    return (await this.#store.instances(row.id)).sort((a, b) => placeOf(a) - placeOf(b) || a.index - b.index);
  }

  async cancelRun(id: string, note?: string): Promise<RunView> {
    await this.#runNamed(id);
    await this.#scheduler.cancel(id, note ?? null);
    return runView(await this.#runNamed(id));
  }

  async clearTasks(run: string, { tasks, downstream = true, upstream = false, onlyFailed = false, note, dryRun }: ClearRequest): Promise<TaskSet> {
    return this.#change(run, { tasks, downstream, upstream, onlyFailed }, dryRun, (chosen) => this.#scheduler.clear(run, chosen, note ?? null));
  }

  async markTasks(run: string, { tasks, state, downstream = false, upstream = false, note, dryRun }: MarkRequest): Promise<TaskSet> {
    return this.#change(run, { tasks, downstream, upstream, onlyFailed: false }, dryRun, (chosen) => this.#scheduler.mark(run, chosen, state, note ?? null));
  }

  async #change(id: string, request: SetRequest, dryRun: boolean | undefined, act: (chosen: { task: string; index: number }[]) => Promise<number>): Promise<TaskSet> {
    const row = await this.#runNamed(id);
    const decl = this.#declOf(row);
    if (!decl) throw new MillraceError("MR-SCHED-001", { what: `DAG "${row.dag}" is declared no more`, where: `run ${id}`, mend: "declare it again to run its tasks again" });
    const set = taskSet(decl, id, await this.#instances(row), request);
    const tasks = set.map(({ task, index, state }) => ({ task, index, state }));
    if (dryRun || tasks.length === 0) return { run: id, tasks, done: false };
    await act(tasks.map(({ task, index }) => ({ task, index })));
    return { run: id, tasks, done: true };
  }

  async answer(run: string, { task, index = -1, approved, by, note }: AnswerRequest): Promise<void> {
    await this.#runNamed(run);
    await this.#scheduler.answer(run, task, index, approved, by, note ?? null);
  }

  async explain(id: string, task: string, index: number): Promise<WaitReason[]> {
    await this.#runNamed(id);
    const { world } = this.#scheduler;
    const run = world.runs.get(id);
    if (!run) return [];
    return explain(world, run, task, index);
  }

  async taskLog(id: string, { task, index = -1, attempt, offset }: LogRequest): Promise<LogPage> {
    const row = await this.#runNamed(id);
    const attempts = await this.#store.attempts(id, task, index);
    const chosen = attempt === undefined ? attempts.at(-1) : attempts.find(({ number }) => number === attempt);
    if (!chosen) return { attempt: null, attempts: attempts.map(attemptView), lines: [], next: 0, ended: true };
    const part = await readAttemptLog(this.#options.dataFolder, { dag: row.dag, run: id, task, index, number: chosen.number }, offset);
    return { attempt: attemptView(chosen), attempts: attempts.map(attemptView), lines: part.lines, next: part.next, ended: chosen.endedAt !== null && part.atEnd };
  }

  // Backfills

  async createBackfill(create: BackfillCreate): Promise<BackfillPlan> {
    const dag = this.#dagNamed(create.dag);
    const { decl } = dag.graph;
    const request: BackfillRequest = {
      ...{ dag: create.dag, from: this.#instant(decl, create.from, "from"), to: this.#instant(decl, create.to, "to") },
      ...{ order: create.order ?? "oldest", reprocess: create.reprocess ?? "none", maxActiveRuns: create.maxActiveRuns ?? 10 },
      ...{ params: checkedParams(decl, create.params), note: create.note ?? null },
    };
    const intervals = await this.#planBackfill(dag, request);
    if (create.dryRun) return { backfill: null, intervals };
    const row = await this.#scheduler.backfill(request);
    return { backfill: await this.#backfillView(row), intervals };
  }

  async #planBackfill(dag: Dag, request: BackfillRequest): Promise<BackfillIntervalView[]> {
    const { world } = this.#scheduler;
    checkBackfill(world, dag, request);
    const plan = backfillPlan(dag, request, Date.now());
    const existing = existingRuns(await this.#store.runsBetween(request.dag, request.from, request.to));
    const row = { reprocess: request.reprocess } as BackfillRow;
    return plan.map((planned, i) => {
      const decision = decide(world, { row, dag, existing }, planned);
      const { interval } = plannedView(planned);
      return { ordinal: i + 1, interval, run: decision.act === "run" ? null : decision.run, state: existing.get(planned.interval.start)?.state ?? null, decision: decision.act === "leave" ? decision.reason : decision.act };
    });
  }

  async backfills(dag?: string): Promise<BackfillView[]> {
    return Promise.all((await this.#store.backfills(dag)).map((row) => this.#backfillView(row)));
  }

  async backfill(id: string): Promise<BackfillDetail> {
    const row = await this.#backfillNamed(id);
    const after = Math.max(0, row.next - 1_000);
    const [view, rows, runs] = await Promise.all([this.#backfillView(row), this.#store.backfillIntervals(id, { after, limit: 1_000 }), this.#runsOf(id)]);
    const states = new Map(runs.map((run) => [run.id, run.state]));
    const reachedIntervals = rows.map(({ ordinal, start, end, run, reason }): BackfillIntervalView => {
      const state = (run === null ? undefined : states.get(run)) ?? null;
      return { ordinal, interval: { start: new Date(start).toISOString(), end: new Date(end).toISOString() }, run, state, decision: reason ?? (runs.some(({ id: each, kind }) => each === run && kind !== "backfill") ? "rerun" : "run") };
    });
    return { ...view, reachedIntervals };
  }

  async setBackfill(id: string, state: "running" | "paused" | "cancelled", note?: string): Promise<BackfillView> {
    await this.#backfillNamed(id);
    return this.#backfillView(await this.#scheduler.setBackfill(id, state, note ?? null));
  }

  async #backfillNamed(id: string): Promise<BackfillRow> {
    const row = (await this.#store.backfills()).find((each) => each.id === id);
    if (row) return row;
    throw new MillraceError("MR-SCHED-002", { what: `backfill "${id}" does not exist`, where: `project "${this.#options.manifest.project}"`, mend: "look at `millrace backfill list` for those that there are" });
  }

  async #backfillView(row: BackfillRow): Promise<BackfillView> {
    const runs: { [state in RunState]?: number } = {};
    for (const { state } of await this.#runsOf(row.id)) runs[state] = (runs[state] ?? 0) + 1;
    return backfillView(row, runs);
  }

  #runsOf(backfill: string): Promise<RunRow[]> {
    return this.#store.runs({ backfill, limit: countedMax });
  }

  // Pools

  async pools(): Promise<PoolView[]> {
    return [...this.#scheduler.world.pools.values()].map(poolView);
  }

  async setPool(name: string, slots: number, note?: string): Promise<PoolView> {
    await this.#scheduler.setPool(name, slots, note ?? null);
    return poolView(this.#scheduler.world.pools.get(name) as Pool);
  }

  // Alerts

  async alerts(filter: AlertsRequest): Promise<AlertView[]> {
    return (await this.#store.alerts(filter)).map(alertView);
  }
}

function poolView({ row, used, queue }: Pool): PoolView {
  return { name: row.name, slots: row.slots, used, waiting: queue.size, note: row.note };
}

/** With the schema's defaults filled in. */
function checkedParams({ name, params: schema }: DagDecl, given: { [key: string]: Json } = {}): { [key: string]: Json } {
  const closed = schema ?? noParams;
  const filled = structuredClone(given);
  const violations = validatorOf(closed)(filled);
  if (violations.length === 0) return filled;
  throw new MillraceError("MR-SCHED-008", { what: violations.map(({ field, message }) => `${field || "the parameters"} ${message}`).join("; "), where: `parameters of DAG "${name}"`, mend: `give them as the DAG's schema says: ${Object.keys((closed.properties ?? {}) as object).join(", ") || "it takes none"}` });
}

const noParams: JsonSchema = { type: "object", properties: {}, additionalProperties: false };
const validators = new WeakMap<JsonSchema, Validator>();

/** Compiled once for each schema: it takes milliseconds. */
function validatorOf(schema: JsonSchema): Validator {
  let validator = validators.get(schema);
  if (!validator) validators.set(schema, (validator = compileValidator(schema)));
  return validator;
}

/** A run for the interval of the one that the alert is about. */
async function startForAlert(scheduler: Scheduler, dag: string, id: string, alert: AlertMessage): Promise<RunRow> {
  const found = scheduler.world.dags.get(dag);
  // No schema of parameters need speak of alerts.
  const params = { ...(found && checkedParams(found.graph.decl)), alert: { ...alert } };
  const interval = { start: Date.parse(alert.interval.start), end: Date.parse(alert.interval.end) };
  return scheduler.trigger({ id, dag, kind: "dag", params, interval, cause: JSON.stringify({ alert: alert.id }) });
}
