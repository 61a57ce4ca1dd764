import { instantIn } from "../../src/calendar/instant-in.ts";
import { MillraceError } from "../../src/errors.ts";
import type { DagDecl, TaskDecl } from "../../src/model/dag-manifest.ts";
import type { WaitReason } from "../../src/scheduler/explain.ts";
import type {
  AlertsRequest, AlertView, AnswerRequest, ApplyRequest, ApprovalView, AttemptView, BackfillCreate, BackfillDetail, BackfillIntervalView, BackfillPlan, BackfillView, CalendarPage, ClearRequest, DagControl, DagDetail, DagsRequest, DagStatus, GridPage, LogPage, LogRequest, MarkRequest,
  PlannedRunView, PoolView, ReleasePlan, ReleaseView, RollbackRequest, RunDetail, RunGrid, RunsRequest, RunView, SpanRequest, TaskCell, TaskChoiceView, TaskInputs, TaskItem, TaskItemsRequest, TaskSet, TaskView, TopicSchema, TriggerRequest,
} from "../../src/server/dag-control.ts";
import type { InstancePage, InstanceRow, InstanceState, RunState } from "../../src/state/run-store.ts";
import { calendarDays, gridTasks } from "../../src/supervisor/run-grid.ts";
import { taskInputs } from "../../src/supervisor/task-inputs.ts";

const dayMs = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();

const task = (name: string, more: Partial<TaskDecl> = {}): TaskDecl => ({
  ...{ name, kind: "task", after: [], inputs: {}, trigger: "all_success", retries: 2, retryDelayMs: 300_000, backoff: "fixed", retryDelayMaxMs: dayMs, graceMs: 5_000 },
  ...{ pool: "default", slots: 1, priority: 0, dependsOnPast: false, waitForDownstream: false },
  ...more,
}) as TaskDecl;

/** Midnight in New York, in winter. */
const firstStart = Date.UTC(2001, 0, 1, 5);

export const daily: DagDecl = {
  name: "daily",
  description: "Flights of a day.",
  owner: "ada",
  tags: ["flights"],
  schedule: { kind: "cron", expression: "0 0 * * *", timezone: "America/New_York", gap: "shift", fold: "second" },
  timezone: "America/New_York",
  start: iso(firstStart),
  catchup: { policy: "all" },
  overlap: "queue",
  jitterMs: 0,
  maxActiveRuns: 8,
  runState: "leaves",
  params: { type: "object", properties: { airline: { type: "string", default: "AA" }, days: { type: "integer" } } },
  deadlines: [],
  alerts: [],
  tasks: [task("extract"), task("each.load", { after: ["extract"], map: "each", retries: 0 }), task("check", { kind: "approval", after: ["each.load"], trigger: "all_done" })],
  maps: [{ name: "each", over: { task: "extract" }, itemsMax: 10_000 }],
};

const failure = { code: "MR-SCHED-006", what: "it took too long: 600 s", where: 'task "each.load"', mend: "look at its log for what it waited on", retryable: false } as const;

/** DAGs without a scheduler: what is asked for is kept, and told back. */
export class TestDags implements DagControl {
  readonly asked: [method: string, ...unknown[]][] = [];
  readonly sizes = new Map<string, PoolView>([["default", { name: "default", slots: 128, used: 3, waiting: 0, note: null }]]);
  readonly #paused = new Map<string, string | null>();
  readonly #runs = new Map<string, RunDetail>();
  readonly #backfills = new Map<string, BackfillDetail>();
  /** Releases of new runs and of the project's folder; why the folder's cannot be taken up. */
  current = "r1";
  inFolder = "r1";
  refusal: ReleasePlan["refusal"] = null;
  /** What the log of attempt 2 of `each.load`, item 1, holds; `logEnded` says that nothing is added any more. */
  log: string[] = [line("info", "begins", { rows: 3 }), line("error", "no such file\u001b[2J")];
  logEnded = true;
  /** State in which runs end as soon as they are asked for; undefined lets them go on. */
  triggeredEnd: RunState | undefined = "success";

  revision(): string {
    return `${this.asked.length} ${[...this.#paused.keys()]}`;
  }

  constructor() {
    for (let day = 0; day < 3; day++) this.#add(scheduledRun(day));
  }

  #add(run: RunDetail): RunDetail {
    this.#runs.set(run.id, run);
    return run;
  }

  names(): string[] {
    return ["daily", "by-hand"];
  }

  async dags({ names, recent = 0 }: DagsRequest = {}): Promise<DagStatus[]> {
    const newest = this.#newest().map(({ id, state, interval }) => ({ id, state, interval }));
    const all: DagStatus[] = [{ ...(await this.dag("daily")), recent: newest.slice(0, recent) }, { ...(await this.dag("daily")), name: "by-hand", paused: false, note: null, schedule: "by hand", timezone: "UTC", nextRunAt: null, lastRun: null, activeRuns: 0 }];
    return (names ?? this.names()).flatMap((name) => all.filter((dag) => dag.name === name));
  }

  async dag(name: string): Promise<DagDetail> {
    if (name !== "daily") throw new MillraceError("MR-SCHED-001", { what: `DAG "${name}" does not exist`, where: "the scheduler", mend: 'use one of "daily", "by-hand"' });
    const { tasks, ...last } = this.#newest()[0];
    const { description, tags, owner, timezone } = daily;
    return { name, description, tags, owner, paused: this.#paused.has(name), note: this.#paused.get(name) ?? null, schedule: "every day at 00:00", timezone, nextRunAt: iso(firstStart + 4 * dayMs), activeRuns: 1, queuedRuns: 0, tasks: tasks.length, lastRun: last, recent: [], problem: null, decl: daily };
  }

  async pauseDag(name: string, note?: string): Promise<void> {
    await this.dag(name);
    this.#paused.set(name, note ?? null);
  }

  async resumeDag(name: string): Promise<void> {
    await this.dag(name);
    this.#paused.delete(name);
  }

  async triggerDag(name: string, request: TriggerRequest): Promise<RunView> {
    await this.dag(name);
    this.asked.push(["trigger", name, request]);
    const { params = {}, note = null } = request;
    const asked = request.interval ?? { start: iso(firstStart), end: iso(firstStart + dayMs) };
    const interval = { start: iso(instantIn(asked.start, daily.timezone, "interval.start")), end: iso(instantIn(asked.end, daily.timezone, "interval.end")) };
    if (interval.start > interval.end) throw new MillraceError("MR-HTTP-006", { what: "the interval ends before it begins", where: "interval", mend: "give an end that is not before the start" });
    const state = this.triggeredEnd ?? "running";
    const run = this.#add({ ...scheduledRun(0), id: `daily.manual.${this.#runs.size}`, kind: "manual", state, logicalDate: null, interval, params, note });
    return viewOf(run);
  }

  async nextRuns(name: string, count: number): Promise<PlannedRunView[]> {
    await this.dag(name);
    return Array.from({ length: count }, (_, i) => {
      const start = iso(firstStart + (i + 3) * dayMs);
      return { interval: { start, end: iso(firstStart + (i + 4) * dayMs) }, runAt: iso(firstStart + (i + 4) * dayMs), logicalDate: start };
    });
  }

  #newest(): RunDetail[] {
    return [...this.#runs.values()].reverse();
  }

  async runs({ dag, states, backfill, before, limit }: RunsRequest): Promise<RunView[]> {
    const all = this.#newest();
    const from = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1;
    const matches = (run: RunView): boolean => (dag === undefined || run.dag === dag) && (states === undefined || states.includes(run.state)) && (backfill === undefined || run.backfill === backfill);
    return all.slice(from).filter(matches).slice(0, limit).map(viewOf);
  }

  async run(id: string): Promise<RunDetail> {
    const run = this.#runs.get(id);
    if (run) return run;
    throw new MillraceError("MR-SCHED-002", { what: `there is no run ${id}`, where: "the scheduler", mend: "look at `millrace runs list` for those that there are" });
  }

  async runsBetween({ dag, from, to, limit }: SpanRequest): Promise<RunView[]> {
    const [begin, end] = [instantIn(from, daily.timezone, "from"), instantIn(to, daily.timezone, "to")];
    const all = (await this.runs({ dag, limit: 1_000 })).filter(({ interval }) => Date.parse(interval.start) >= begin && Date.parse(interval.start) < end);
    return all.sort((a, b) => (a.interval.start < b.interval.start ? -1 : 1)).slice(0, limit);
  }

  async grid(dag: string, { before, limit }: { before?: string; limit: number }): Promise<GridPage> {
    await this.dag(dag);
    const runs = await Promise.all((await this.runs({ dag, before, limit })).map(async ({ params: _, ...run }) => ({ ...run, cells: cellsOf((await this.run(run.id)).tasks) })));
    return { tasks: gridTasks(daily, []), runs, next: runs.length < limit ? null : (runs.at(-1)?.id ?? null) };
  }

  async runGrid(id: string): Promise<RunGrid> {
    const { tasks, ...run } = await this.run(id);
    return { ...run, tasks: gridTasks(daily, []), cells: cellsOf(tasks) };
  }

  async taskItems(id: string, { task, states, after = -2, limit }: TaskItemsRequest): Promise<TaskItem[]> {
    const { tasks } = await this.run(id);
    return tasks.filter((each) => each.task === task && each.index > after && (states === undefined || states.includes(each.state))).slice(0, limit).map(({ kind: _, error: __, result: ___, ...item }) => item);
  }

  async task(id: string, name: string, index: number): Promise<TaskView> {
    await this.explain(id, name, index);
    return (await this.run(id)).tasks.find((each) => each.task === name && each.index === index) as TaskView;
  }

  async taskInputs(id: string, name: string, index: number): Promise<TaskInputs> {
    await this.explain(id, name, index);
    const { tasks } = await this.run(id);
    const rows = tasks.map(({ result, ...each }) => ({ ...each, result: result === null ? null : { json: JSON.stringify(result) } }) as unknown as InstanceRow);
    const instances = async ({ task, after, limit }: InstancePage): Promise<InstanceRow[]> => rows.filter((each) => each.task === task && each.index > (after?.index ?? -2)).slice(0, limit);
    return taskInputs(daily, name, index, { instances, results: { item: async () => null }, where: id });
  }

  async calendar(dag: string, { from, to }: { from: string; to: string }): Promise<CalendarPage> {
    await this.dag(dag);
    const runs = await this.runsBetween({ dag, from, to, limit: 1_000 });
    return { timezone: daily.timezone, days: calendarDays(runs.map(({ interval, state }) => ({ intervalStart: Date.parse(interval.start), state })), daily.timezone), next: null };
  }

  async cancelRun(id: string, note?: string): Promise<RunView> {
    const run = await this.run(id);
    return viewOf(this.#add({ ...run, state: "cancelled", note: note ?? run.note }));
  }

  async clearTasks(id: string, { tasks, onlyFailed, dryRun = false, ...request }: ClearRequest): Promise<TaskSet> {
    this.asked.push(["clear", id, { tasks, onlyFailed, dryRun, ...request }]);
    const set = await this.#change(id, tasks, dryRun, "none", ({ state }) => !onlyFailed || state === "failed");
    return request.release === "same" ? set : { ...set, release: this.current, newTasks: this.current === "r1" ? [] : ["report"] };
  }

  async markTasks(id: string, { tasks, state, dryRun = false, ...request }: MarkRequest): Promise<TaskSet> {
    this.asked.push(["mark", id, { tasks, state, dryRun, ...request }]);
    return this.#change(id, tasks, dryRun, state, () => true);
  }

  async #change(id: string, choices: TaskChoiceView[], dryRun: boolean, state: InstanceState, wanted: (task: TaskView) => boolean): Promise<TaskSet> {
    const run = await this.run(id);
    const chosen = run.tasks.filter((each) => choices.some(({ task, index }) => each.task === task && (index === undefined || each.index === index)) && wanted(each));
    const told = chosen.map(({ task, index, state }) => ({ task, index, state }));
    if (!dryRun) for (const each of chosen) each.state = state;
    return { run: id, tasks: told, release: run.release, releaseBefore: run.release, newTasks: [], goneTasks: [], done: !dryRun };
  }

  async approvals(): Promise<ApprovalView[]> {
    return [...this.#runs.values()].flatMap(({ id, dag, tasks }) => tasks.filter(({ kind, state }) => kind === "approval" && state === "deferred").map(({ task, index }) => ({ dag, run: id, task, index, prompt: "Is it well?", since: null })));
  }

  async answer(id: string, request: AnswerRequest): Promise<void> {
    const { tasks } = await this.run(id);
    this.asked.push(["answer", id, request]);
    const waiting = tasks.find(({ task, kind }) => task === request.task && kind === "approval");
    if (!waiting) throw new MillraceError("MR-SCHED-002", { what: `task "${request.task}" waits for nobody's answer`, where: `run ${id}`, mend: "look at `millrace runs show` for what waits" });
    waiting.state = request.approved ? "success" : "failed";
  }

  async explain(id: string, name: string, index: number): Promise<WaitReason[]> {
    const { tasks } = await this.run(id);
    const found = tasks.find((each) => each.task === name && each.index === index);
    if (!found) throw new MillraceError("MR-SCHED-002", { what: `run ${id} has no task "${name}" with index ${index}`, where: 'DAG "daily"', mend: "use one of its tasks" });
    return found.state === "none" || found.state === "deferred" ? [{ kind: "approval", text: "it waits for a person's answer" }] : [];
  }

  /** Two lines a page, whole ones. */
  async taskLog(id: string, { task: name, index = -1, attempt = 2, offset = 0 }: LogRequest): Promise<LogPage> {
    await this.explain(id, name, index);
    const attempts = [attemptView(1), attemptView(2)];
    let at = 0;
    const behind = this.log.filter((text) => (at += Buffer.byteLength(text) + 1) > offset);
    const lines = behind.slice(0, 2);
    const bytes = lines.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
    return { attempt: attempts[attempt - 1] ?? null, attempts, lines, next: offset + bytes, ended: this.logEnded };
  }

  async createBackfill(request: BackfillCreate): Promise<BackfillPlan> {
    const { dag, from, to, order = "oldest", reprocess = "none", maxActiveRuns = 10, note = null, dryRun = false } = request;
    await this.dag(dag);
    this.asked.push(["backfill", request]);
    const [begin, end] = [instantIn(from, daily.timezone, "from"), instantIn(to, daily.timezone, "to")];
    if (begin >= end) throw new MillraceError("MR-SCHED-007", { what: `it begins at ${from} and ends at ${to}`, where: `a backfill of DAG "${dag}"`, mend: "give an end that comes after the beginning" });
    const days = Math.round((end - begin) / dayMs);
    const intervals = Array.from({ length: days }, (_, i) => intervalView(i, reprocess));
    if (dryRun) return { backfill: null, intervals };
    const view: BackfillView = { id: `b-${this.#backfills.size + 1}`, dag, state: "running", from: iso(firstStart), to: iso(firstStart + days * dayMs), order, reprocess, maxActiveRuns, note, createdAt: iso(firstStart), endedAt: null, intervals: days, reached: 2, runs: { running: 1, success: 1 } };
    this.#backfills.set(view.id, { ...view, reachedIntervals: intervals.slice(0, 2) });
    return { backfill: view, intervals };
  }

  async backfills(dag?: string): Promise<BackfillView[]> {
    return [...this.#backfills.values()].filter((each) => dag === undefined || each.dag === dag).reverse();
  }

  async backfill(id: string): Promise<BackfillDetail> {
    const found = this.#backfills.get(id);
    if (found) return found;
    throw new MillraceError("MR-SCHED-002", { what: `there is no backfill ${id}`, where: "the scheduler", mend: "look at `millrace backfill list` for those that there are" });
  }

  async setBackfill(id: string, state: "running" | "paused" | "cancelled", note?: string): Promise<BackfillView> {
    const found = await this.backfill(id);
    this.#backfills.set(id, { ...found, state, note: note ?? found.note });
    return this.backfill(id);
  }

  async apply({ release, note, dryRun = false }: ApplyRequest): Promise<ReleasePlan> {
    this.asked.push(["apply", { release, note, dryRun }]);
    if (release !== undefined && release !== this.inFolder) throw new MillraceError("MR-SCHED-010", { what: "the folder holds another one", where: "the project's folder", mend: "millrace plan" });
    return this.#take(this.inFolder, dryRun);
  }

  async rollBack({ release = "r0", note, dryRun = false }: RollbackRequest): Promise<ReleasePlan> {
    this.asked.push(["rollBack", { release, note, dryRun }]);
    if (!["r0", "r1", "r2"].includes(release)) throw new MillraceError("MR-SCHED-011", { what: `release "${release}" is not kept`, where: "the releases", mend: "millrace releases list" });
    return this.#take(release, dryRun);
  }

  #take(to: string, dryRun: boolean): ReleasePlan {
    const from = this.current;
    const done = from !== to && !dryRun && !this.refusal;
    if (done) this.current = to;
    return { ...changes, from, to, dags: from === to ? [] : changes.dags, refusal: this.refusal, done };
  }

  async releases(): Promise<ReleaseView[]> {
    return ["r1", "r0"].map((release, i) => ({ release, at: iso(firstStart - i * dayMs), takenAt: i === 0 ? iso(firstStart) : null, note: i === 0 ? "retries" : null, current: release === this.current, dags: 1, runs: 1 - i }));
  }

  async schemasOf(topic: string): Promise<TopicSchema[]> {
    return topic === "events" ? [{ release: "r1", at: iso(firstStart), current: true, schema: { type: "object" } }] : [];
  }

  async pools(): Promise<PoolView[]> {
    return [...this.sizes.values()];
  }

  async setPool(name: string, slots: number, note?: string): Promise<PoolView> {
    const pool = { name, slots, used: 0, waiting: 0, note: note ?? null };
    this.sizes.set(name, pool);
    return pool;
  }

  async alerts({ dag, states, before, limit }: AlertsRequest): Promise<AlertView[]> {
    const behind = before === undefined ? 0 : alerts.findIndex(({ id }) => id === before) + 1;
    return alerts.slice(behind).filter((alert) => (dag === undefined || alert.dag === dag) && (states === undefined || states.includes(alert.state))).slice(0, limit);
  }
}

const cellsOf = (tasks: TaskView[]): TaskCell[] =>
  [...Map.groupBy(tasks, ({ task }) => task)].map(([task, items]) => ({
    ...{ task, states: Object.fromEntries([...Map.groupBy(items, ({ state }) => state)].map(([state, of]) => [state, of.length])), attempts: Math.max(...items.map(({ attempts }) => attempts)) },
    ...{ startedAt: items[0].startedAt, endedAt: items[0].endedAt },
  }));

const missed: AlertView = {
  ...{ id: "a2", dag: "daily", kind: "deadline", to: "command notify", run: "daily.20010101T050000Z", release: "r1", interval: { start: iso(firstStart), end: iso(firstStart + dayMs) }, task: null, index: -1 },
  ...{ attempt: null, text: "run daily.20010101T050000Z has missed its deadline", at: iso(firstStart + dayMs), lastAt: iso(firstStart + dayMs), count: 1, state: "sent", tries: 1, nextAt: null, endedAt: iso(firstStart + dayMs), error: null },
};
/** The newest first. */
const alerts: AlertView[] = [
  { ...missed, id: "a3", kind: "failure", to: "webhook https://example.com", task: "each.load", index: 1, attempt: 2, text: 'task "each.load" has failed\n\nThis stands for 12 alerts', count: 12, state: "pending", tries: 2, nextAt: iso(firstStart + 2 * dayMs), endedAt: null, error: { ...failure, code: "MR-ALERT-001", what: "the answer was 503" } },
  missed,
];

const unchanged = { added: [], removed: [], changed: [] };
const span = (day: number) => ({ start: iso(firstStart + day * dayMs), end: iso(firstStart + (day + 1) * dayMs) });
const nextRun = { interval: span(3), runAt: iso(firstStart + 4 * dayMs), logicalDate: span(3).start };
const changes: Omit<ReleasePlan, "from" | "to" | "done"> = {
  ...{ files: { ...unchanged, changed: ["pipeline.ts"] }, topics: unchanged, tables: { ...unchanged, added: ["sales.weekly"] }, stages: unchanged, problems: [], refusal: null, startsAnew: false },
  models: [],
  marts: [],
  sources: [],
  dags: [
    {
      ...{ name: "daily", change: "changed", paused: false, settings: [{ field: "catchup", before: { policy: "none" }, after: { policy: "all" } }] },
      tasks: { added: ["report"], removed: [], changed: [{ name: "extract", fields: [{ field: "retries", before: 0, after: 3 }] }] },
      schedule: { before: { text: "by hand", timezone: "America/New_York", next: [], problem: null }, after: { text: "every day at 00:00", timezone: "America/New_York", next: [nextRun], problem: null } },
      fills: { count: 5, more: false, first: [span(0), span(1), span(2)], last: span(4) },
    },
    { name: "old", change: "removed", paused: true, settings: [], tasks: { ...unchanged, removed: ["a"] }, schedule: null, fills: null },
  ],
  staying: [{ dag: "daily", release: "r1", runs: 1, ids: ["daily.20010103T050000Z"] }],
};

/** A line of an attempt's log. */
export function line(level: string, msg: string, fields: object = {}): string {
  return JSON.stringify({ time: "2001-01-02T05:00:01.500Z", level, msg, ...fields });
}

const viewOf = ({ tasks: _, ...run }: RunDetail): RunView => run;

/** The run of a day: the first failed, the second succeeded, the third goes on. */
function scheduledRun(day: number): RunDetail {
  const state = (["failed", "success", "running"] as const)[day];
  const at = firstStart + (day + 1) * dayMs;
  const endedAt = state === "running" ? null : iso(at + 90_000);
  const interval = { start: iso(at - dayMs), end: iso(at) };
  const base = { startedAt: iso(at), endedAt, wakeAt: null, note: null, error: null, result: null };
  const tasks: TaskView[] = [
    { ...base, task: "extract", index: -1, kind: "task", state: "success", attempts: 1, attemptsMax: 3, result: [1, 2] },
    { ...base, task: "each.load", index: 0, kind: "task", state: "success", attempts: 1, attemptsMax: 1, result: { file: "results/x", bytes: 1_048_576 } },
    { ...base, task: "each.load", index: 1, kind: "task", state: state === "failed" ? "failed" : "success", attempts: 2, attemptsMax: 2, error: state === "failed" ? failure : null },
    { ...base, task: "check", index: -1, kind: "approval", state: state === "running" ? "deferred" : "success", attempts: 1, attemptsMax: 1, endedAt },
  ];
  const id = `daily.${interval.start.replaceAll(/[-:]|\.000/g, "")}`;
  return { id, dag: "daily", kind: "scheduled", state, release: "r1", logicalDate: interval.start, interval, runAfter: interval.end, createdAt: interval.end, startedAt: interval.end, endedAt, params: { airline: "AA" }, note: null, clears: 0, backfill: null, cause: null, tasks };
}

function attemptView(number: number): AttemptView {
  return { number, state: "failed", worker: "w-1", queuedAt: iso(firstStart), startedAt: iso(firstStart), endedAt: iso(firstStart + 1_000), error: failure };
}

function intervalView(day: number, reprocess: "none" | "failed" | "completed"): BackfillIntervalView {
  const before = day < 3 ? scheduledRun(day) : undefined;
  const start = firstStart + day * dayMs;
  const again = before?.state !== "running" && (reprocess === "completed" || (reprocess === "failed" && before?.state === "failed"));
  const decision = before === undefined ? "run" : before.state === "running" ? "in flight" : again ? "rerun" : "already exists";
  return { ordinal: day + 1, interval: { start: iso(start), end: iso(start + dayMs) }, run: before?.id ?? `daily.${iso(start).replaceAll(/[-:]|\.000/g, "")}`, state: before?.state ?? null, decision };
}
