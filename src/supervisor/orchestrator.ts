import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { setImmediate } from "node:timers/promises";
import { describeSchedule } from "../calendar/describe-schedule.ts";
import { instantIn } from "../calendar/instant-in.ts";
import { type Interval, manualInterval, upcoming } from "../calendar/next-run.ts";
import { type ErrorJson, MillraceError } from "../errors.ts";
import type { ProjectFigures } from "../observe/project-metrics.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import { folderFiles } from "../files/folder.ts";
import { filesIn, type KeptFiles, type SharedFiles } from "../files/shared-files.ts";
import type { CrawlerDecl } from "../model/crawler.ts";
import type { Manifest } from "../model/manifest.ts";
import type { ProfileDecl } from "../model/profile.ts";
import { planOf } from "../scheduler/due-runs.ts";
import type { BackfillRequest, Pin } from "../scheduler/events.ts";
import type { ExecutorPort, Hint } from "../scheduler/executor.ts";
import type { WaitReason } from "../scheduler/explain.ts";
import type { Kind } from "../scheduler/lease-keeper.ts";
import { addedPools, Plane } from "../scheduler/plane.ts";
import type { SchedulerOptions } from "../scheduler/scheduler.ts";
import { type SetRequest, taskSet } from "../scheduler/task-set.ts";
import { type DagState, type PoolState, poolStates } from "../scheduler/views.ts";
import type {
  AlertsRequest,
  AlertView,
  AnswerRequest,
  ApprovalView,
  ApplyRequest,
  BackfillCreate,
  BackfillDetail,
  BackfillIntervalView,
  BackfillPlan,
  BackfillView,
  CalendarDay,
  CalendarPage,
  ClearRequest,
  DagControl,
  DagDetail,
  DagsRequest,
  DagStatus,
  GridPage,
  GridRun,
  LogPage,
  LogRequest,
  MarkRequest,
  PlannedRunView,
  PoolView,
  ReleasePlan,
  ReleaseView,
  TopicSchema,
  RollbackRequest,
  RunDetail,
  RunGrid,
  RunsRequest,
  RunView,
  SpanRequest,
  TaskInputs,
  TaskItem,
  TaskItemsRequest,
  TaskSet,
  TaskView,
  TriggerRequest,
} from "../server/dag-control.ts";
import type { PlaneStatus } from "../server/control-plane.ts";
import type { StateStore } from "../state/store.ts";
import type { AlertRow, BackfillRow, InstanceRow, RunRow, RunState, TaskCount } from "../state/run-store.ts";
import type { RunHistory, ShardedRuns } from "../state/shards.ts";
import type { AppliedReleases } from "./applied-releases.ts";
import type { AlertMessage } from "./alerts/alert-message.ts";
import { AlertOutbox } from "./alerts/alert-outbox.ts";
import { commandSender } from "./alerts/send-command.ts";
import { mailSender } from "./alerts/send-mail.ts";
import { webhookSender } from "./alerts/send-webhook.ts";
import { dagSender } from "./alerts/start-dag.ts";
import { crawlTasks } from "./catalog/crawl-task.ts";
import type { ProjectCatalog } from "./catalog/project-catalog.ts";
import { checkedParams } from "./checked-params.ts";
import { alertView, approvalView, attemptView, backfillView, plannedView, runView, taskView } from "./dag-views.ts";
import { dutyKind } from "./duties.ts";
import { filledProfile } from "./drivers/filled-profile.ts";
import { openRuns } from "./drivers/open-state.ts";
import { compileCacheFolder, resultsFolder } from "./data-folder.ts";
import type { HistoryConfig } from "./definitions/project-config.ts";
import { calendarDays, gridRun, gridTasks, taskCell, taskItem, untouched } from "./run-grid.ts";
import { HistoryKeeper } from "./history-keeper.ts";
import { OrphanKeeper } from "./orphan-keeper.ts";
import type { Declared, ProjectData } from "./project-data.ts";
import type { ProjectQuality } from "./quality/project-quality.ts";
import { PlaneNotes } from "./plane-notes.ts";
import { ReleaseControl } from "./release-control.ts";
import type { Releases } from "./releases.ts";
import { Rounds } from "./rounds.ts";
import { SharedAttempts } from "./shared/shared-attempts.ts";
import { SharedLogs } from "./shared/shared-logs.ts";
import type { SharedReleases } from "./shared/shared-releases.ts";
import { SnapshotKeeper } from "./snapshot-keeper.ts";
import { type LogPart, readAttemptLog } from "./tasks/attempt-log.ts";
import { attemptLogFile, type AttemptPlace } from "./tasks/attempt-place.ts";
import { LocalExecutor } from "./tasks/local-executor.ts";
import { taskInputs } from "./task-inputs.ts";
import { ResultStore } from "./tasks/result-store.ts";
import { ModelTasks } from "./models/model-task.ts";
import { sourcePlans } from "./onboarding/source-plan.ts";
import { SourceTasks } from "./onboarding/source-tasks.ts";
import { SqlTasks } from "./tasks/sql-task.ts";
import { type RunStageToEnd, StageTasks } from "./tasks/stage-task.ts";
import { Timetables } from "./timetables/timetables.ts";
import { isRemoteName } from "./workers/remote-worker-name.ts";
import { RemoteTasks } from "./workers/remote-tasks.ts";

export interface OrchestratorOptions {
  /** What stands under the project. */
  profile: ProfileDecl;
  /** The project as its folder has it. */
  manifest: Manifest;
  /** The release whose DAGs run. */
  release: string;
  releases: Releases;
  /** Which release new runs get, of all planes. */
  applied: AppliedReleases;
  /** How planes come to releases of one another. */
  shared: SharedReleases;
  /** Nothing of the project is up in this process. */
  onlyLooks: boolean;
  /** Reads the project's folder as it is now. */
  readFolder: () => Promise<Manifest>;
  data: ProjectData;
  /** What planes share in the bucket of the project, if it has one. */
  bucket: KeptFiles | undefined;
  /** Large results of tasks. */
  results: SharedFiles;
  state: StateStore;
  dataFolder: string;
  runStageToEnd: RunStageToEnd;
  catalog: Pick<ProjectCatalog, "prepare" | "look">;
  /** Told how versions of models were judged. */
  quality: Pick<ProjectQuality, "judged">;
  history: HistoryConfig;
  /** Pools whose tasks of code and commands run on workers. */
  remotePools: readonly string[];
  logger: SchedulerOptions["logger"] & { info(fields: object, text: string): void };
  onLine: (line: string) => void;
  /** Drains this process and brings the project up anew; absent where it cannot. */
  startAnew: (() => void) | undefined;
}

/** A DAG of the project as it runs, and how it stands. */
interface NamedDag {
  decl: DagDecl;
  state: DagState;
}

/** How many runs of each DAG have ended in which state, since this process began. */
type RunEnds = Map<string, { [state: string]: number }>;

const drainMs = 10_000;
/** Newest runs that are looked for in one go, of all DAGs together: some 8 ms. */
const breathEvery = 500;
/** Tasks that a page of a grid is counted over, and runs that a calendar is: some 10 ms each. */
const gridCountedMax = 20_000;
const calendarCountedMax = 20_000;
/** How long after one control plane has taken up a release the others see it, at the most. */
const followMs = 1_000;
/** Between two times that what other planes hold is taken for changed. */
const othersChangeMs = 2_000;
const tidyPlanesMs = 600_000;
/** How long after the start, and how often, releases go from the bucket that nothing needs. */
const pruneMs = { first: 10 * 60_000, every: 3_600_000 };
/** Runs that a page of a backfill is counted over. */
const countedMax = 100_000;

/** Runs a project's DAGs: the scheduler, its store and what runs attempts, and all that people ask of them. */
export class Orchestrator implements DagControl {
  readonly #options: OrchestratorOptions;
  readonly #runs: ShardedRuns;
  readonly #store: RunHistory;
  readonly #plane: Plane;
  readonly #executor: LocalExecutor;
  /** Attempts that run on workers on other machines. */
  readonly remote: RemoteTasks;
  /** Those of any control plane and worker. */
  readonly #results: ResultStore;
  readonly #sql: SqlTasks;
  readonly #models: ModelTasks;
  readonly #sources: SourceTasks;
  readonly #ended: RunEnds;
  /** Of attempts, wherever they ran; undefined without a bucket. */
  readonly #logs: SharedLogs | undefined;
  readonly #history: HistoryKeeper;
  readonly #snapshots: SnapshotKeeper;
  readonly #orphans: OrphanKeeper;
  readonly #timetables: Timetables;
  readonly #releases: ReleaseControl;
  /** Sees which release others have taken up. */
  readonly #follow: Rounds;
  readonly #notes: PlaneNotes;

  private constructor(options: OrchestratorOptions, { runs, plane, ended, timetables, holder }: { runs: ShardedRuns; plane: Plane; ended: RunEnds; timetables: Timetables; holder: string }) {
    this.#options = options;
    this.#runs = runs;
    this.#store = runs.history;
    this.#plane = plane;
    this.#ended = ended;
    this.#timetables = timetables;
    const { manifest, release, releases, onlyLooks, readFolder, data, bucket, results, dataFolder, history, logger, onLine } = options;
    const declaredOf = (release: string): Declared => releases.manifestOf(release) ?? { tables: {} };
    const logs = bucket && filesIn(bucket, "logs/");
    this.#logs = logs && new SharedLogs(logs, dataFolder);
    const port: ExecutorPort = this.#logs ? new SharedAttempts({ port: plane, results, logs: this.#logs }) : plane;
    this.#history = new HistoryKeeper({ store: runs.history, dataFolder, shared: logs ? [logs, results] : [], history, isHeld: (run) => plane.holds(run), logger });
    this.#snapshots = new SnapshotKeeper({ lake: data.lake, logger });
    this.#orphans = new OrphanKeeper({ lake: data.lake, logger });
    this.#results = new ResultStore(results);
    this.#models = new ModelTasks({ data, declaredOf, filesOf: (release) => releases.filesOf(release), onJudged: (version) => options.quality.judged(version), onPublished: (table) => this.#snapshots.wrote(table) });
    this.#sources = new SourceTasks({ data, projectFolder: releases.projectFolder, results: new ResultStore(folderFiles(resultsFolder(dataFolder))), onPublished: (table) => this.#snapshots.wrote(table) });
    const sources = { runner: this.#sources.runner, lake: data.lake, buckets: data.buckets, projectFolder: releases.projectFolder, look: (name: string, decl: CrawlerDecl) => options.catalog.look(name, decl, new AbortController().signal) };
    this.#releases = new ReleaseControl({ applied: options.applied, shared: options.shared, logger, sources: (manifest) => sourcePlans(sources, manifest), manifest, release, releases, onlyLooks, plane, timetables, lake: data.lake, sql: this.#models.runner, readFolder, onTaken: () => this.#taken(), startAnew: options.startAnew });
    this.#follow = new Rounds({ firstMs: followMs, everyMs: followMs, round: () => this.#releases.follow().then(() => this.#say()) });
    this.#notes = new PlaneNotes(options.state, holder);
    this.#sql = new SqlTasks({ data, results: new ResultStore(folderFiles(resultsFolder(dataFolder))), declaredOf, onPublished: (table) => this.#snapshots.wrote(table) });
    this.remote = new RemoteTasks(port, options.remotePools);
    this.#executor = new LocalExecutor({ port, codeFolder: (release) => releases.codeFolder(release), keptFolder: (release) => releases.keptFolder(release), dataFolder, compileCache: compileCacheFolder(dataFolder), runners: { sql: this.#sql, model: this.#models, stage: new StageTasks(options.runStageToEnd), crawl: crawlTasks(options.catalog), changes: this.#sources.changes, load: this.#sources.load }, onLine });
  }

  static async open(options: OrchestratorOptions): Promise<Orchestrator> {
    const { releases, shared, dataFolder } = options;
    const runs = await openRuns(filledProfile(options.profile).state, dataFolder);
    const codeFolder = (release: string): string => releases.codeFolder(release);
    const timetables = new Timetables({ dataFolder, compileCache: compileCacheFolder(dataFolder), placeOf: (release) => ({ codeFolder: codeFolder(release), kept: releases.keptFolder(release) }) });
    const declOf = (dag: string): DagDecl | undefined => releases.dagOf(options.release, dag) ?? options.manifest.dags[dag];
    const start = (dag: string, id: string, alert: AlertMessage): Promise<RunRow> => startForAlert(plane, declOf(dag), { dag, id, alert });
    const senders = { webhook: webhookSender(), command: commandSender(codeFolder), email: mailSender(process.env), dag: dagSender({ run: (id) => runs.history.run(id), start }) };
    const ended: RunEnds = new Map();
    /** Behind a lost plane its runs go on with the code that they began with. */
    const prepare = async (pinned: ReadonlySet<string>): Promise<void> => {
      if (orchestrator) await orchestrator.#releases.followBeforeTaking();
      for (const release of pinned) if (!shared.has(release)) await shared.bring(release).catch((error: unknown) => options.logger.warn({ err: error, release }, "the release that runs are pinned to cannot be had: they go on with the newest one"));
    };
    const holder = `${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`;
    let orchestrator: Orchestrator | undefined;
    let plane: Plane;
    try {
      plane = await Plane.open({
        runs,
        holder,
        onlyLooks: options.onlyLooks,
        ...(runs.shards > 1 && { prepare }),
        clock: Date.now,
        mint: randomUUID,
        logger: options.logger,
        declarationOf: (release, dag) => releases.dagOf(release, dag) ?? options.manifest.dags[dag],
        ticksOf: ({ dag, release, from, to }) => timetables.ticks(releases.dagOf(release, dag), release, { from, to }),
        outboxOf: ({ store, scheduler }) => new AlertOutbox({ store, keep: (rows) => scheduler.keepAlerts(rows), senders, logger: options.logger }),
        onRunEnded: (run) => count(ended, run),
      });
      orchestrator = new Orchestrator(options, { runs, plane, ended, timetables, holder });
      return orchestrator;
    } catch (error) {
      await runs.close();
      throw error;
    }
  }

  /** Lets the DAGs run; or, where they are to rest, be looked at alone. */
  async up(run: boolean | "asked"): Promise<void> {
    await this.#say();
    const { release, dags, tables } = this.manifest;
    const all = Object.values(dags);
    if (!run) return this.#plane.register(release, all, { resting: true });
    // Workers of an earlier process are gone with it: who waits for their leases to run out waits in vain. Those of other planes may live.
    if (this.#executor.cleared && this.#runs.shards === 1) for (const worker of this.#plane.worlds.flatMap(({ workers }) => [...workers.keys()]).filter((name) => !isRemoteName(name))) await this.#plane.gone(worker);
    this.#plane.attach({
      offer: (hint) => this.#offer(hint),
      stop: (attempt, why, graceMs) => {
        this.remote.stop(attempt, why, graceMs);
        this.#executor.stop(attempt, why, graceMs);
      },
    });
    this.#keepWarm();
    await this.#plane.register(release, all, { onlyAsked: run === "asked" });
    await this.#releases.prune();
    await this.#shareReleases();
    if (this.#runs.shards > 1) this.#follow.begin();
    this.#plane.beginSending();
    this.#history.begin();
    // Of what may have been written before a crash one plane thinks for all; each looks after what it writes itself.
    const snapshots = { begin: () => this.#snapshots.wrote(...Object.values(tables).flatMap(({ name, writtenBy }) => (writtenBy === "tasks" ? [name] : []))), rest: async () => undefined };
    const bundles = new Rounds({ firstMs: pruneMs.first, everyMs: pruneMs.every, round: () => this.#pruneBundles() });
    const planes = new Rounds({ firstMs: tidyPlanesMs, everyMs: tidyPlanesMs, round: () => this.#notes.tidy(this.#plane.seen) });
    await this.#plane.keep(dutyKind({ orphans: this.#orphans, snapshots, bundles, planes }));
  }

  /** To whoever asks any of the planes. */
  #say(): Promise<void> {
    return this.#notes.say(this.manifest.release, this.#releases.behind?.toJSON() ?? null);
  }

  /** The control planes of the project, as this one sees them. */
  planes(): Promise<PlaneStatus[]> {
    return this.#notes.list(this.#plane.seen);
  }

  /** Those that others may need when this plane is gone, also where they were kept before there was a bucket. */
  async #shareReleases(): Promise<void> {
    const { applied, shared } = this.#options;
    if (!shared.isShared) return;
    for (const release of new Set([applied.current, applied.previous, ...(await this.#plane.releasesInUse())])) if (release !== undefined) await shared.share(release);
  }

  async #pruneBundles(): Promise<void> {
    const { applied, shared, logger } = this.#options;
    const needed = new Set([...applied.history.map(({ release }) => release), ...(await this.#plane.releasesInUse())]);
    await shared.prune(needed).catch((error: unknown) => logger.warn({ err: error }, "old releases could not be removed from the bucket; it is tried again in an hour"));
  }

  /** A run that was cleared at another plane may be pinned to a release that was never here. */
  #offer(hint: Hint): void {
    const { shared, logger } = this.#options;
    const executor = this.remote.takes(hint) ? this.remote : this.#executor;
    if (!shared.isShared || shared.has(hint.release)) return executor.offer(hint);
    const warn = (error: unknown): void => logger.warn({ err: error, attempt: hint.attempt, release: hint.release }, "the release of a run cannot be had: its task runs with the newest one");
    void shared.bring(hint.release).catch(warn).then(() => executor.offer(hint));
  }

  #taken(): void {
    this.#keepWarm();
    void this.#say().catch((error: unknown) => this.#options.logger.warn({ err: error }, "other control planes could not be told which release runs here"));
  }

  #keepWarm(): void {
    const { release, dags } = this.manifest;
    if (Object.values(dags).some(({ schedule }) => schedule.kind !== "manual")) this.#executor.keepWarm([release]);
  }

  /** The project as it runs: the DAGs are those that new runs get. */
  get manifest(): Manifest {
    return this.#releases.manifest;
  }

  /** A dataset has a new version that no task has made; with the span for which it is whole now. */
  updated(dataset: string, interval: { start: number; end: number } | undefined, cause: string): Promise<void> {
    return this.#plane.updated(dataset, interval, cause);
  }

  /** Nothing goes on, nothing waits, nothing is due now, and all alerts were sent or have to wait. Of other planes it is seen that no run of theirs goes on. */
  async idle(): Promise<boolean> {
    if (this.#plane.resting) return true;
    if (!this.#rests) return false;
    return this.#runs.shards === 1 || this.#plane.rests();
  }

  get #rests(): boolean {
    return this.#plane.sendsNothing && this.#plane.worlds.every(({ runs, backfills, dags, now }) => runs.size === 0 && backfills.size === 0 && [...dags.values()].every(({ dueAt, queuedCount, ticks }) => queuedCount === 0 && (dueAt ?? Infinity) > now && !ticks?.asked));
  }

  /** Another text after each change of a run. Of what other planes hold nothing is heard: it is taken for changed again and again. */
  revision(): string {
    const ofOthers = this.#plane.worlds.length < this.#runs.shards ? Math.floor(Date.now() / othersChangeMs) : "";
    return `${this.#plane.revision} ${ofOthers}`;
  }

  /** Of the shards that this process holds. */
  figures(): Pick<ProjectFigures, "dags" | "pools"> {
    const { worlds } = this.#plane;
    const running = Map.groupBy(worlds.flatMap(({ runs }) => [...runs.values()]).filter(({ row }) => row.state === "running"), ({ row }) => row.dag);
    return {
      dags: worlds.flatMap(({ dags }) => [...dags.values()]).map(({ row: { dag: name, paused }, queuedCount }) => ({ name, paused, runsRunning: running.get(name)?.length ?? 0, runsQueued: queuedCount, runsEnded: this.#ended.get(name) ?? {} })),
      pools: addedPools(worlds.map(poolStates)).map(({ name, slots, used, waiting }) => ({ name, slots, used, waiting })),
    };
  }

  /** Holds this plane's part of other things too, from now on. */
  keep(kind: Kind): Promise<void> {
    return this.#plane.keep(kind);
  }

  /** Why nothing of DAGs can be written just now, while that is so. */
  get trouble(): MillraceError | undefined {
    return this.#plane.trouble;
  }

  get counts(): { active: number; queued: number } {
    const { worlds } = this.#plane;
    const dags = worlds.flatMap(({ dags }) => [...dags.values()]);
    return { active: worlds.reduce((sum, { runs }) => sum + runs.size, 0), queued: dags.reduce((sum, { queuedCount }) => sum + queuedCount, 0) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#follow.rest(), this.#history.close(), this.#snapshots.close()]);
    await this.#executor.close(drainMs);
    await this.#logs?.close();
    await Promise.all([this.#sql.close(), this.#models.close(), this.#sources.close()]);
    // Behind what may still cause alerts.
    await this.#plane.close();
    await this.#notes.leave().catch((error: unknown) => this.#options.logger.warn({ err: error }, "this plane's note could not be removed: another plane forgets it"));
    await this.#runs.close();
  }

  /** Writes alerts down that are about no run, and sends them. */
  async tell(rows: AlertRow[]): Promise<void> {
    await this.#plane.keepAlerts(rows);
  }

  // DAGs

  names(): string[] {
    return Object.keys(this.manifest.dags);
  }

  async dags({ names, recent }: DagsRequest = {}): Promise<DagStatus[]> {
    const states = new Map((await this.#plane.dagStates()).map((state) => [state.row.dag, state]));
    const pools = new Set((await this.#plane.pools()).map(({ name }) => name));
    const known = (names ?? this.names().sort()).flatMap((name) => (name in this.manifest.dags ? (states.get(name) ?? []) : []));
    const found: DagStatus[] = [];
    const step = Math.ceil(breathEvery / Math.max(1, recent ?? 0));
    for (let at = 0; at < known.length; at += step) {
      // The scheduler shares this process, and goes on in between.
      if (at > 0) await setImmediate();
      found.push(...(await this.#dagStatuses(known.slice(at, at + step), pools, recent)));
    }
    return found;
  }

  async dag(name: string): Promise<DagDetail> {
    const { decl, state } = await this.#dagNamed(name);
    const pools = new Set((await this.#plane.pools()).map((pool) => pool.name));
    const [status] = await this.#dagStatuses([state], pools);
    return { ...status, decl };
  }

  async #dagStatuses(states: readonly DagState[], pools: ReadonlySet<string>, recent = 0): Promise<DagStatus[]> {
    const newest = await this.#store.newestRuns(states.map(({ row }) => row.dag), Math.max(1, recent));
    return states.map((state) => this.#dagStatus(state, pools, newest.get(state.row.dag) ?? [], recent));
  }

  #dagStatus({ row, activeRuns, queuedRuns, dueAt, problem }: DagState, pools: ReadonlySet<string>, newest: readonly RunRow[], recent: number): DagStatus {
    const decl = this.manifest.dags[row.dag];
    const { name, description, tags, owner, schedule, timezone, tasks } = decl;
    return {
      ...{ name, description, tags, owner, paused: row.paused, note: row.note, schedule: describeSchedule(schedule), timezone },
      ...{ nextRunAt: dueAt === null || row.paused ? null : new Date(dueAt).toISOString(), activeRuns, queuedRuns, tasks: tasks.length, lastRun: newest.length > 0 ? runView(newest[0]) : null },
      recent: newest.slice(0, recent).map(runView).map(({ id, state, interval }) => ({ id, state, interval })),
      problem: problem ?? unmadePool(decl, pools) ?? null,
    };
  }

  async pauseDag(name: string, note?: string): Promise<void> {
    await this.#plane.pause(name, note ?? null);
  }

  async resumeDag(name: string): Promise<void> {
    await this.#plane.resume(name);
  }

  async triggerDag(name: string, { params, interval, note }: TriggerRequest): Promise<RunView> {
    const dag = await this.#dagNamed(name);
    this.#checkAwake(name);
    const { decl } = dag;
    const given = interval && { start: this.#instant(decl, interval.start, "interval.start"), end: this.#instant(decl, interval.end, "interval.end") };
    if (given && given.start > given.end) throw new MillraceError("MR-HTTP-006", { what: "the interval ends before it begins", where: "interval", mend: "give an end that is not before the start" });
    const run = await this.#plane.trigger({ dag: name, kind: "manual", params: checkedParams(decl, params), interval: given ?? (await this.#lastInterval(dag)), note });
    return runView(run);
  }

  /** Who waited for a run that rests would wait for ever. */
  #checkAwake(dag: string): void {
    if (!this.#plane.resting) return;
    throw new MillraceError("MR-SCHED-014", { what: "this Millrace was brought up with --no-dags, and makes no runs", where: `DAG "${dag}"`, mend: "bring it up without --no-dags" });
  }

  /** Of a timetable in code, whose last ticks the scheduler may not know; it knows those of all others. */
  async #lastInterval({ decl, state }: NamedDag): Promise<Interval | undefined> {
    if (decl.schedule.kind !== "custom" || state.problem) return undefined;
    const now = Date.now();
    const { timetable } = await this.#timetables.timetable(decl, state.release, { from: now, to: now, more: 1 });
    return manualInterval(timetable, now);
  }

  async nextRuns(name: string, count: number): Promise<PlannedRunView[]> {
    const { decl, state: { row, release } } = await this.#dagNamed(name);
    const now = Date.now();
    const from = Math.min(now, row.lastStart ?? now);
    const { timetable, problem } = await this.#timetables.timetable(decl, release, { from, to: now, more: count + 1 });
    if (problem) throw MillraceError.fromJSON(problem);
    return upcoming(timetable, planOf(decl, row, now), count).map(plannedView);
  }

  async #dagNamed(name: string): Promise<NamedDag> {
    const { dags, problems } = this.manifest;
    const state = dags[name] && (await this.#plane.dagState(name));
    if (state) return { decl: dags[name], state };
    const names = Object.keys(dags).map((each) => `"${each}"`);
    throw new MillraceError("MR-SCHED-001", { what: `DAG "${name}" does not exist`, where: `project "${this.#options.manifest.project}"`, mend: `use one of ${names.join(", ") || "those that a pipeline declares; there are none"}${problems.length === 0 ? "" : "; or mend the project's problems first: millrace status"}` });
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
    const [instances, attempts] = await Promise.all([this.#instances(row), this.#store.attempts(row.id)]);
    const newest = new Map(attempts.map((attempt) => [`${attempt.task}/${attempt.index}`, attempt]));
    const kinds = new Map(this.#declOf(row)?.tasks.map(({ name, kind }) => [name, kind]));
    return { ...runView(row), tasks: instances.map((each) => taskView(each, kinds.get(each.task) ?? "task", newest.get(`${each.task}/${each.index}`))) };
  }

  async runsBetween({ dag, from, to, limit }: SpanRequest): Promise<RunView[]> {
    const { decl } = await this.#dagNamed(dag);
    return (await this.#store.runsBetween(dag, this.#instant(decl, from, "from"), this.#instant(decl, to, "to"), limit)).map(runView);
  }

  async grid(dag: string, { before, limit }: { before?: string; limit: number }): Promise<GridPage> {
    const { decl } = await this.#dagNamed(dag);
    const rows = await this.#store.runs({ dag, before, limit });
    const runs: GridRun[] = [];
    const all: TaskCount[] = [];
    for (let counted = 0; runs.length < rows.length && counted < gridCountedMax; ) {
      const row = rows[runs.length];
      const counts = await this.#store.taskCounts(row.id);
      all.push(...counts);
      counted += counts.reduce((sum, { states }) => sum + Object.values(states).reduce((a, b) => a + b, 0), 0);
      runs.push(gridRun(row, counts));
    }
    const isLast = runs.length === rows.length && rows.length < limit;
    return { tasks: gridTasks(decl, all), runs, next: isLast ? null : runs[runs.length - 1].id };
  }

  async runGrid(id: string): Promise<RunGrid> {
    const row = await this.#runNamed(id);
    const counts = await this.#store.taskCounts(row.id);
    return { ...runView(row), tasks: gridTasks(this.#declOf(row), counts), cells: counts.map(taskCell) };
  }

  async taskItems(id: string, { task, states, after, limit }: TaskItemsRequest): Promise<TaskItem[]> {
    const row = await this.#runNamed(id);
    const rows = await this.#store.instances(row.id, { task, states, limit, ...(after === undefined ? {} : { after: { task, index: after } }) });
    return rows.map(taskItem);
  }

  async task(id: string, task: string, index: number): Promise<TaskView> {
    const row = await this.#runNamed(id);
    const kind = this.#declOf(row)?.tasks.find(({ name }) => name === task)?.kind ?? "task";
    const [stored] = await this.#store.instances(row.id, { task, after: { task, index: index - 1 }, limit: 1 });
    if (stored?.index === index) return taskView(stored, kind, (await this.#store.attempts(row.id, task, index)).at(-1));
    await this.#requireTask(row, task, index);
    return taskView(untouched(row.id, task), kind, undefined);
  }

  async taskInputs(id: string, task: string, index: number): Promise<TaskInputs> {
    const row = await this.#runNamed(id);
    const [stored] = await this.#store.instances(row.id, { task, after: { task, index: index - 1 }, limit: 1 });
    if (stored?.index !== index) await this.#requireTask(row, task, index);
    return taskInputs(this.#declOf(row), task, index, { instances: (page) => this.#store.instances(row.id, page), results: this.#results, where: `run "${row.id}"` });
  }

  async calendar(dag: string, { from, to }: { from: string; to: string }): Promise<CalendarPage> {
    const { decl } = await this.#dagNamed(dag);
    const marks = await this.#store.runMarks(dag, this.#instant(decl, from, "from"), this.#instant(decl, to, "to"), calendarCountedMax + 1);
    const days = calendarDays(marks.slice(0, calendarCountedMax), decl.timezone);
    const isWhole = marks.length <= calendarCountedMax;
    // A day alone may have more than are counted: it is told as far as they go.
    const next = isWhole ? null : days.length > 1 ? (days.pop() as CalendarDay).day : dayBehind(days[0].day);
    return { timezone: decl.timezone, days, next };
  }

  /** By its id, or as much of the beginning as no other run has. */
  async #runNamed(id: string): Promise<RunRow> {
    const row = (await this.#store.run(id)) ?? (await this.#store.run(await this.#idFrom("run", id, "millrace runs list")));
    if (row) return row;
    throw this.#unknown("run", id, "millrace runs list");
  }

  async #idFrom(kind: "run" | "backfill", prefix: string, list: string): Promise<string> {
    const ids = await this.#store.idsFrom(kind, prefix, 2);
    if (ids.length === 1) return ids[0];
    if (ids.length === 0) throw this.#unknown(kind, prefix, list);
    throw new MillraceError("MR-SCHED-002", { what: `more than one ${kind} begins with "${prefix}": ${ids.map((id) => `"${id}"`).join(", ")}`, where: `project "${this.#options.manifest.project}"`, mend: "write more of its id" });
  }

  #unknown(kind: "run" | "backfill", id: string, list: string): MillraceError {
    return new MillraceError("MR-SCHED-002", { what: `${kind} "${id}" does not exist`, where: `project "${this.#options.manifest.project}"`, mend: `look at \`${list}\` for those that there are` });
  }

  #declOf(row: RunRow): DagDecl | undefined {
    return this.#declaredFor(row.id) ?? this.#options.releases.dagOf(row.release, row.dag) ?? this.manifest.dags[row.dag];
  }

  /** As a run of this process's shards knows it, which may be pinned to what is kept no more. */
  #declaredFor(run: string): DagDecl | undefined {
    return this.#plane.worlds.map((world) => world.runs.get(run)).find((each) => each !== undefined)?.graph.decl;
  }

  /** All tasks of a run, in the graph's order: those too that only wait, of which the store has no row. */
  async #instances(row: RunRow): Promise<InstanceRow[]> {
    const running = row.state === "queued" || row.state === "running" ? await this.#plane.instancesIn(row) : null;
    if (running) return running;
    const places = new Map(this.#declOf(row)?.tasks.map(({ name }, place) => [name, place]));
    const placeOf = ({ task }: InstanceRow): number => places.get(task) ?? places.size;
    return (await this.#store.instances(row.id)).sort((a, b) => placeOf(a) - placeOf(b) || a.index - b.index);
  }

  async cancelRun(id: string, note?: string): Promise<RunView> {
    const row = await this.#runNamed(id);
    await this.#plane.cancel(row.id, note ?? null);
    return runView(await this.#runNamed(row.id));
  }

  async clearTasks(id: string, { tasks, downstream = true, upstream = false, onlyFailed = false, release = "newest", note, dryRun }: ClearRequest): Promise<TaskSet> {
    const row = await this.#runNamed(id);
    const pin = release === "newest" ? this.#newest(row) : this.#pinned(row);
    const set = await this.#taskSet(row, pin, { tasks, downstream, upstream, onlyFailed });
    if (dryRun || set.tasks.length + set.newTasks.length === 0) return set;
    await this.#plane.clear(row.id, set.tasks.map(({ task, index }) => ({ task, index })), note ?? null, pin);
    return { ...set, done: true };
  }

  async markTasks(id: string, { tasks, state, downstream = false, upstream = false, note, dryRun }: MarkRequest): Promise<TaskSet> {
    const row = await this.#runNamed(id);
    const set = await this.#taskSet(row, this.#pinned(row), { tasks, downstream, upstream, onlyFailed: false });
    if (dryRun || set.tasks.length === 0) return set;
    await this.#plane.mark(row.id, set.tasks.map(({ task, index }) => ({ task, index })), state, note ?? null);
    return { ...set, done: true };
  }

  #newest({ id, dag: name }: RunRow): Pin {
    const { release, dags } = this.manifest;
    if (dags[name]) return { release, dag: dags[name] };
    throw new MillraceError("MR-SCHED-001", { what: `DAG "${name}" is declared no more`, where: `run ${id}`, mend: "declare it again, or let its tasks run with the release that the run has" });
  }

  #pinned({ id, dag: name, release }: RunRow): Pin {
    const dag = this.#declaredFor(id) ?? this.#options.releases.dagOf(release, name);
    if (dag) return { release, dag };
    throw new MillraceError("MR-SCHED-011", { what: `release ${release} is not kept any more`, where: `run ${id}`, mend: "let its tasks run with the newest release" });
  }

  /** What a clearing or marking is about, when the run goes on with a release. */
  async #taskSet(row: RunRow, { release, dag }: Pin, request: SetRequest): Promise<TaskSet> {
    const instances = await this.#instances(row);
    const had = new Set(this.#declOf(row)?.tasks.map(({ name }) => name));
    const has = new Set(dag.tasks.map(({ name }) => name));
    return {
      ...{ run: row.id, tasks: taskSet(dag, row.id, instances, request).map(({ task, index, state }) => ({ task, index, state })) },
      ...{ release, releaseBefore: row.release, newTasks: [...has].filter((name) => !had.has(name)), goneTasks: [...had].filter((name) => !has.has(name)), done: false },
    };
  }

  async approvals(): Promise<ApprovalView[]> {
    const runs = this.#plane.worlds.flatMap((world) => [...world.runs.values()]);
    const waiting = runs.filter(({ graph }) => graph.tasks.some(({ decl }) => decl.kind === "approval")).flatMap(({ cells }) => cells.flat()).filter(({ node, row }) => node.decl.kind === "approval" && row.state === "deferred");
    return waiting.map(approvalView).sort((a, b) => ((a.since ?? "") < (b.since ?? "") ? -1 : 1));
  }

  async answer(run: string, { task, index = -1, approved, by, note }: AnswerRequest): Promise<void> {
    const row = await this.#runNamed(run);
    await this.#plane.answer(row.id, task, index, approved, by, note ?? null);
  }

  async explain(id: string, task: string, index: number): Promise<WaitReason[]> {
    const row = await this.#runNamed(id);
    const reasons = await this.#plane.explain(row, task, index);
    if (!reasons) await this.#requireTask(row, task, index);
    return reasons ?? [];
  }

  async taskLog(id: string, { task, index = -1, attempt, offset }: LogRequest): Promise<LogPage> {
    const row = await this.#runNamed(id);
    const attempts = await this.#store.attempts(row.id, task, index);
    const chosen = attempt === undefined ? attempts.at(-1) : attempts.find(({ number }) => number === attempt);
    if (attempts.length === 0) await this.#requireTask(row, task, index);
    if (!chosen) return { attempt: null, attempts: attempts.map(attemptView), lines: [], next: 0, ended: true };
    const part = await this.#logPart({ dag: row.dag, run: row.id, made: row.createdAt, task, index, number: chosen.number }, offset);
    return { attempt: attemptView(chosen), attempts: attempts.map(attemptView), lines: part.lines, next: part.next, ended: chosen.endedAt !== null && part.atEnd };
  }

  /** Of an attempt that runs or ran here from its file; of others what is shared of it. */
  #logPart(place: AttemptPlace, offset: number | undefined): Promise<LogPart> {
    const { dataFolder } = this.#options;
    return this.#logs && !existsSync(attemptLogFile(dataFolder, place)) ? this.#logs.read(place, offset) : readAttemptLog(dataFolder, place, offset);
  }

  async #requireTask(row: RunRow, task: string, index: number): Promise<void> {
    const instances = await this.#instances(row);
    if (instances.some((each) => each.task === task && each.index === index)) return;
    // A run that waits for its turn has no tasks yet.
    if (instances.length === 0 && this.#declOf(row)?.tasks.some(({ name }) => name === task)) return;
    const last = Math.max(...instances.filter((each) => each.task === task).map((each) => each.index));
    if (last >= 0) throw new MillraceError("MR-SCHED-002", { what: `task "${task}" runs several times in the run, ${index < 0 ? "and none of them is named" : `but not as [${index}]`}`, where: `run "${row.id}"`, mend: `name one, from "${task}[0]" to "${task}[${last}]"` });
    throw new MillraceError("MR-SCHED-002", { what: `there is no task "${index < 0 ? task : `${task}[${index}]`}" in the run`, where: `run "${row.id}"`, mend: `look at \`millrace runs show ${row.id} --all\` for those that there are` });
  }

  // Backfills

  async createBackfill(create: BackfillCreate): Promise<BackfillPlan> {
    const { decl, state: { release } } = await this.#dagNamed(create.dag);
    const request: BackfillRequest = {
      ...{ dag: create.dag, from: this.#instant(decl, create.from, "from"), to: this.#instant(decl, create.to, "to") },
      ...{ order: create.order ?? "oldest", reprocess: create.reprocess ?? "none", maxActiveRuns: create.maxActiveRuns ?? 10 },
      ...{ params: checkedParams(decl, create.params), note: create.note ?? null },
    };
    if (decl.schedule.kind === "custom") request.ticks = await this.#timetables.sureTicks(decl, release, { from: request.from, to: request.to, more: 1 });
    const intervals = await this.#planBackfill(request);
    if (create.dryRun) return { backfill: null, intervals };
    this.#checkAwake(create.dag);
    const row = await this.#plane.backfill(request);
    return { backfill: await this.#backfillView(row), intervals };
  }

  async #planBackfill(request: BackfillRequest): Promise<BackfillIntervalView[]> {
    const plan = await this.#plane.planBackfill(request, Date.now());
    return plan.map(({ planned, decision, state }, i) => {
      const { interval } = plannedView(planned);
      return { ordinal: i + 1, interval, run: decision.act === "run" ? null : decision.run, state, decision: decision.act === "leave" ? decision.reason : decision.act };
    });
  }

  async backfills(dag?: string): Promise<BackfillView[]> {
    return Promise.all((await this.#store.backfills(dag)).map((row) => this.#backfillView(row)));
  }

  async backfill(id: string): Promise<BackfillDetail> {
    const row = await this.#backfillNamed(id);
    const after = Math.max(0, row.next - 1_000);
    const [view, rows, runs] = await Promise.all([this.#backfillView(row), this.#store.backfillIntervals(row.id, { after, limit: 1_000 }), this.#runsOf(row.id)]);
    const states = new Map(runs.map((run) => [run.id, run.state]));
    const reachedIntervals = rows.map(({ ordinal, start, end, run, reason }): BackfillIntervalView => {
      const state = (run === null ? undefined : states.get(run)) ?? null;
      return { ordinal, interval: { start: new Date(start).toISOString(), end: new Date(end).toISOString() }, run, state, decision: reason ?? (runs.some(({ id: each, kind }) => each === run && kind !== "backfill") ? "rerun" : "run") };
    });
    return { ...view, reachedIntervals };
  }

  async setBackfill(id: string, state: "running" | "paused" | "cancelled", note?: string): Promise<BackfillView> {
    const row = await this.#backfillNamed(id);
    return this.#backfillView(await this.#plane.setBackfill(row, state, note ?? null));
  }

  async #backfillNamed(id: string): Promise<BackfillRow> {
    const row = (await this.#store.backfill(id)) ?? (await this.#store.backfill(await this.#idFrom("backfill", id, "millrace backfill list")));
    if (row) return row;
    throw this.#unknown("backfill", id, "millrace backfill list");
  }

  async #backfillView(row: BackfillRow): Promise<BackfillView> {
    const runs: { [state in RunState]?: number } = {};
    for (const { state } of await this.#runsOf(row.id)) runs[state] = (runs[state] ?? 0) + 1;
    return backfillView(row, runs);
  }

  #runsOf(backfill: string): Promise<RunRow[]> {
    return this.#store.runs({ backfill, limit: countedMax });
  }

  // Releases

  apply(request: ApplyRequest): Promise<ReleasePlan> {
    return this.#releases.apply(request);
  }

  rollBack(request: RollbackRequest): Promise<ReleasePlan> {
    return this.#releases.rollBack(request);
  }

  releases(): Promise<ReleaseView[]> {
    return this.#releases.list();
  }

  schemasOf(topic: string): Promise<TopicSchema[]> {
    return this.#releases.schemasOf(topic);
  }

  // Pools

  async pools(): Promise<PoolView[]> {
    return this.#plane.pools();
  }

  async setPool(name: string, slots: number, note?: string): Promise<PoolView> {
    await this.#plane.setPool(name, slots, note ?? null);
    return (await this.#plane.pools()).find((pool) => pool.name === name) as PoolState;
  }

  // Alerts

  async alerts(filter: AlertsRequest): Promise<AlertView[]> {
    return (await this.#store.alerts(filter)).map(alertView);
  }
}

/** A name that was mistyped would take its task out of the limit that it was to be in, without a word. */
function unmadePool(decl: DagDecl, pools: ReadonlySet<string>): ErrorJson | undefined {
  const task = decl.tasks.find(({ pool }) => !pools.has(pool));
  if (!task) return undefined;
  const { name, pool } = task;
  return new MillraceError("MR-SCHED-013", { what: `there is no pool "${pool}": task "${name}" takes its slots of "default"`, where: `DAG "${decl.name}"`, mend: `millrace pools set ${pool} --slots <number>; or correct the name` }).toJSON();
}

const dayBehind = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

function count(ended: RunEnds, { dag, state }: RunRow): void {
  const states = ended.get(dag) ?? {};
  states[state] = (states[state] ?? 0) + 1;
  ended.set(dag, states);
}

/** A run for the interval of the one that the alert is about. */
async function startForAlert(plane: Plane, decl: DagDecl | undefined, { dag, id, alert }: { dag: string; id: string; alert: AlertMessage }): Promise<RunRow> {
  // No schema of parameters need speak of alerts.
  const params = { ...(decl && checkedParams(decl)), alert: { ...alert } };
  const interval = { start: Date.parse(alert.interval.start), end: Date.parse(alert.interval.end) };
  return plane.trigger({ id, dag, kind: "dag", params, interval, cause: JSON.stringify({ alert: alert.id }) });
}
