import { type PlannedRun, manualInterval } from "../calendar/next-run.ts";
import { type ErrorJson, MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { AttemptRow, AttemptState, BackfillRow, DagRow, InstanceRow, InstanceState, RunKind, RunRow, RunState, StoredResult } from "../state/run-store.ts";
import { letGo, takeUpAlerts } from "./alerts.ts";
import { backfillPlan, checkBackfill, decide, existingRuns, intervalRunId, newBackfill } from "./backfills.ts";
import { addInstance, counterpart, countState, dropInstances, goesOn, itemsOf, makeCells, roundBegins, tallyOf } from "./cells.ts";
import { askAgain, askAgainMs, forgetTicks, takeTicks, timetableIn } from "./custom-ticks.ts";
import { dropDeadlines, missDeadlines, setDeadlines, watchDeadlines } from "./deadlines.ts";
import { dueRuns, unbrokenSince } from "./due-runs.ts";
import type { Event, RunRequest, StoredRun, TaskChoice, TicksAnswer } from "./events.ts";
import type { Outcome, Work } from "./executor.ts";
import { behind, type DagGraph, dagGraph, type MapNode, type TaskNode } from "./graph.ts";
import { Heap } from "./heap.ts";
import { covers, withInterval } from "./interval-set.ts";
import { forget, isFresh, memoKey, remember } from "./memos.ts";
import { tellOfFailure, tellOfRetry, tellOfRun } from "./news.ts";
import { blockedByPast, needsPast } from "./past.ts";
import { retryWait } from "./retry.ts";
import { admit, dagLimit, occupy, openThrottle, release, requestSlots } from "./slots.ts";
import { setupVerdict, verdictOf } from "./trigger-rules.ts";
import { dueByUpdates, spanOf, waitsFor } from "./updates.ts";
import { workOf } from "./work.ts";
import { type Attempt, type Backfill, type Dag, type Instance, isOver, type Run, type Timer, type Worker, type World } from "./world.ts";

/** For how long a worker that says nothing keeps its attempts, in milliseconds. It speaks every 5 s. */
const leaseMs = 15_000;
/** Who looks at the clock so much later than was asked, in milliseconds, stood still: the machine slept, or we were frozen. */
const oversleptMs = 2_000;
/** After how long a hint is given again, in milliseconds: it may have got lost. */
const offerAgainMs = 30_000;
/** Attempts lost with their workers that cost a task no retry. What kills each of its workers ends after these. */
const lostMax = 3;
/** Slots of the pool that tasks use which name none. */
const defaultSlots = 128;

/**
 * All states of runs, tasks and attempts, and every way from one to another. A step changes the world and nothing else: it
 * knows no clock but `now` and does nothing outside; what is to be stored and done is left with the world.
 *
 *     run      queued -> running -> success | failed | cancelled; cleared -> queued
 *     task     none -> scheduled -> queued -> running -> success | failed | skipped
 *              none -> skipped | upstream_failed | removed
 *              running -> up_for_retry | deferred -> scheduled; cleared -> none
 *     attempt  queued -> running -> success | failed | skipped | timed_out | lost | cancelled
 *              running -> deferred -> queued
 *
 * @throws MillraceError when what is asked for cannot be; the world is then as it was
 */
export function step(world: World, event: Event, now: number): unknown {
  world.now = Math.max(now, world.now);
  const answer = apply(world, event);
  settleAll(world);
  return answer;
}

function apply(world: World, event: Event): unknown {
  switch (event.type) {
    case "restore":
      return restore(world, event);
    case "register":
      return register(world, event);
    case "time":
      return runTimers(world);
    case "start":
      return startAttempt(world, event);
    case "end":
      return endAttempt(world, event);
    case "alive":
      return hearWorker(world, event.worker, event.attempts);
    case "gone":
      return loseWorker(world, event.worker, "its worker has ended");
    case "trigger":
      return trigger(world, event.request).row;
    case "pause":
      return pause(world, event.dag, event.note);
    case "resume":
      return resume(world, event.dag);
    case "cancel":
      return stopRun(world, runNamed(world, event.run), "cancelled", event.note);
    case "clear":
      return clear(world, event);
    case "mark":
      return mark(world, event);
    case "answer":
      return answer(world, event);
    case "updated":
      return noteUpdate(world, event.dataset, event.interval, event.cause);
    case "pool":
      return setPool(world, event);
    case "backfill":
      return createBackfill(world, event);
    case "backfill-state":
      return turnBackfill(world, event);
    case "past":
      return learnPast(world, event.run, event.previous);
    case "rerun":
      return rerun(world, event);
    case "ticks":
      return learnTicks(world, event);
    case "memo":
      return learnMemo(world, event);
    case "alerts":
      for (const row of event.rows) world.changed("alerts", row);
      return;
  }
}

/** Looks at every task that may have got what it waited for, until nothing moves, then at the runs that may have ended. */
function settleAll(world: World): void {
  for (;;) {
    // In the order of coming: the items of a map start from its first. A look may add more.
    for (const instance of world.open) {
      instance.open = false;
      look(world, instance);
    }
    world.open.length = 0;
    const run = world.ending.values().next().value;
    if (run === undefined) break;
    world.ending.delete(run);
    if (run.row.state === "running" && run.unfinished === 0) endRun(world, run, stateOf(run));
  }
  admit(world, queueAttempt);
}

// DAGs

function register(world: World, { release: name, dags, made, existing, resting }: Extract<Event, { type: "register" }>): void {
  world.resting = resting;
  const declared = new Set(dags.map((decl) => decl.name));
  for (const dag of world.dags.values()) dag.gone = !declared.has(dag.graph.decl.name);
  for (const decl of dags) {
    const graph = graphOf(world, decl, name);
    const dag = world.dags.get(decl.name) ?? addDag(world, graph);
    dag.graph = graph;
    dag.gone = false;
    forgetTicks(dag);
    dag.timetable = timetableIn(dag, decl);
    dag.row.since = unbrokenSince(dag.row, world.now);
    for (const start of made.get(decl.name) ?? []) dag.made.add(start);
    createDue(world, dag);
    startQueued(world, dag);
    runByUpdates(world, dag);
  }
  world.waitingBackfills = world.waitingBackfills.filter((row) => !takeUpBackfill(world, row, existing.get(row.id) ?? []));
  forgetGraphs(world);
}

/** Lets go of what earlier releases have declared and no run needs; whoever asks for a run of theirs brings it along. */
function forgetGraphs(world: World): void {
  const needed = new Set([...world.dags.values(), ...world.runs.values()].map(({ graph }) => graph));
  for (const [key, graph] of world.graphs) if (!needed.has(graph)) world.graphs.delete(key);
}

function graphOf(world: World, decl: DagDecl, release: string): DagGraph {
  const key = `${release} ${decl.name}`;
  let graph = world.graphs.get(key);
  if (!graph) world.graphs.set(key, (graph = dagGraph(decl, release)));
  return graph;
}

/** A DAG that was there before goes on where its schedule was, though nothing of it is unfinished. */
function addDag(world: World, graph: DagGraph): Dag {
  const row = dagRow(world, graph.decl.name);
  if (!world.dagRows.has(row.dag)) world.changed("dags", row);
  return knowDag(world, row, graph);
}

/** As an earlier scheduler has left it: paused or not, and how far its schedule has come. */
function dagRow(world: World, dag: string): DagRow {
  return world.dagRows.get(dag) ?? { dag, paused: false, note: null, since: world.now, lastStart: null, lastEnd: null, updated: [] };
}

function knowDag(world: World, row: Dag["row"], graph: DagGraph): Dag {
  const dag: Dag = { row, graph, timetable: timetableIn({}, graph.decl), gone: false, active: new Set(), queued: new Heap(), queuedCount: 0, made: new Set(), creating: false, watchedSince: row.since };
  world.dags.set(row.dag, dag);
  return dag;
}

/** The coming ticks of a timetable in code, or those that a backfill goes over. */
function learnTicks(world: World, { dag: name, release: from, answer, backfill }: Extract<Event, { type: "ticks" }>): void {
  const dag = world.dags.get(name);
  if (backfill) {
    world.waitingBackfills = world.waitingBackfills.filter((row) => row.id !== backfill.id || !goOnWithBackfill(world, row, backfill.existing, answer));
  } else if (dag && takeTicks(world, dag, from, answer)) createDue(world, dag);
}

function pause(world: World, name: string, note: string | null): void {
  const { row } = dagNamed(world, name);
  row.paused = true;
  row.note = note;
  world.changed("dags", row);
}

function resume(world: World, name: string): void {
  const dag = dagNamed(world, name);
  if (dag.row.paused) dag.row.since = dag.watchedSince = world.now;
  dag.row.paused = false;
  dag.row.note = null;
  world.changed("dags", dag.row);
  world.freed.add(dagLimit(name));
  createDue(world, dag);
  startQueued(world, dag);
  runByUpdates(world, dag);
}

function setPool(world: World, { name, slots, note }: Extract<Event, { type: "pool" }>): void {
  const pool = world.pools.get(name) ?? world.addPool({ name, slots, note });
  pool.row.slots = slots;
  pool.row.note = note;
  world.changed("pools", pool.row);
}

// Runs

/** Makes the runs that are due, by the DAG's policy for those that overlap. */
function createDue(world: World, dag: Dag): void {
  // A run that is cancelled for a later one ends in the midst of this, and would make those after that one before it.
  if (dag.creating) return;
  dag.creating = true;
  makeDue(world, dag);
  dag.creating = false;
}

function makeDue(world: World, dag: Dag): void {
  const { overlap, maxActiveRuns } = dag.graph.decl;
  for (const planned of dueRuns(world, dag)) {
    const full = dag.active.size + dag.queuedCount >= maxActiveRuns;
    if (full && overlap === "skip") continue;
    const oldest = full && overlap === "cancel" ? dag.active.values().next().value : undefined;
    if (oldest) stopRun(world, oldest, "cancelled", "a later run of its DAG has fallen due");
    enqueue(createRun(world, dag, { kind: "scheduled", ...ofInterval(dag, planned) }));
    startQueued(world, dag);
  }
}

function ofInterval({ row }: Dag, { interval, runAfter, logicalDate }: PlannedRun): Pick<RunRow, "id" | "intervalStart" | "intervalEnd" | "runAfter" | "logicalDate"> {
  return { id: intervalRunId(row.dag, interval.start), intervalStart: interval.start, intervalEnd: interval.end, runAfter, logicalDate };
}

function trigger(world: World, { id, dag: name, kind, params, interval, note, cause }: RunRequest): Run {
  const dag = dagNamed(world, name);
  const span = interval ?? manualInterval(dag.timetable, world.now);
  const run = createRun(world, dag, {
    id: id ?? `${name}.${kind}.${world.mint()}`,
    ...{ kind, params, note: note ?? null, cause: cause ?? null },
    ...{ intervalStart: span.start, intervalEnd: span.end, runAfter: world.now, logicalDate: kind === "manual" ? world.now : null },
  });
  enqueue(run);
  startQueued(world, dag);
  return run;
}

function createRun(world: World, dag: Dag, given: Pick<RunRow, "id" | "kind" | "intervalStart" | "intervalEnd" | "runAfter" | "logicalDate"> & Partial<RunRow>): Run {
  const row: RunRow = {
    ...{ dag: dag.row.dag, state: "queued", release: dag.graph.release, createdAt: world.now, startedAt: null, endedAt: null },
    ...{ note: null, clears: 0, backfill: null, ordinal: null, cause: null, deadlines: [] },
    ...given,
    params: { ...dag.graph.params, ...(given.params as { [name: string]: Json } | undefined) },
  };
  const run: Run = { row, dag, graph: dag.graph, cells: [], tallies: [], unfinished: 0, left: [], next: new Set() };
  world.runs.set(row.id, run);
  world.changed("runs", row);
  setDeadlines(world, run, "due");
  return run;
}

function enqueue(run: Run): void {
  run.dag.queued.push(run.row.runAfter, run);
  run.dag.queuedCount++;
}

/** Starts waiting runs, the oldest first, as many as may go on at once. */
function startQueued(world: World, dag: Dag): void {
  if (dag.row.paused || world.resting) return;
  for (let run = dag.queued.peek(); run; run = dag.queued.peek()) {
    if (run.row.state === "queued" && dag.active.size >= dag.graph.decl.maxActiveRuns && !isPastOfActive(run)) return;
    dag.queued.pop();
    if (run.row.state !== "queued") continue;
    dag.queuedCount--;
    dag.active.add(run);
    startRun(world, run);
  }
}

/** A run that was cleared while later ones go on, which wait for it: they would hold its place for ever. */
function isPastOfActive({ dag, graph, row }: Run): boolean {
  return needsPast(graph) && [...dag.active].some((active) => active.row.intervalStart > row.intervalStart);
}

function startRun(world: World, run: Run): void {
  run.row.state = "running";
  run.row.startedAt ??= world.now;
  world.changed("runs", run.row);
  if (run.cells.length === 0) makeCells(run);
  setDeadlines(world, run, "start");
  goOn(world, run);
}

/** Sets a running run in motion, at its start or after a restart of ours. */
function goOn(world: World, run: Run): void {
  const { runTimeoutMs } = run.graph.decl;
  if (runTimeoutMs !== undefined) world.timer((run.row.startedAt as number) + runTimeoutMs, { type: "run-timeout", run });
  if (needsPast(run.graph) && run.previous === undefined) askForPast(world, run);
  for (const cell of run.cells) for (const instance of cell) open(world, instance);
  if (run.unfinished === 0) world.ending.add(run);
}

/** Where every run is made, the one before is one of the schedule, which a backfill may have made; else it is any. */
function askForPast(world: World, run: Run): void {
  const { row, graph } = run;
  const kinds: RunKind[] = graph.decl.catchup.policy === "all" ? ["scheduled", "backfill"] : ["scheduled", "manual", "backfill", "dataset", "dag"];
  world.effect({ type: "past", run: row.id, dag: row.dag, start: row.intervalStart, kinds });
}

function learnPast(world: World, id: string, previous: StoredRun | null): void {
  const run = world.runs.get(id);
  if (!run || run.previous !== undefined) return;
  run.previous = previous && load(world, previous);
  run.previous?.next.add(run);
  for (const cell of run.cells) for (const instance of cell) open(world, instance);
}

/** How a run has gone whose tasks have all ended. */
function stateOf({ graph, tallies }: Run): RunState {
  const decisive = graph.decl.runState === "leaves" ? graph.tasks.filter(({ leaf }) => leaf) : graph.tasks;
  return decisive.some(({ place }) => tallies[place].failed + tallies[place].upstreamFailed > 0) ? "failed" : "success";
}

function endRun(world: World, run: Run, state: RunState): void {
  run.row.state = state;
  run.row.endedAt = world.now;
  dropDeadlines(world, run);
  tellOfRun(world, run);
  world.changed("runs", run.row);
  world.effect({ type: "run-ended", run: { ...run.row } });
  const { dag } = run;
  dag.active.delete(run);
  world.runs.delete(run.row.id);
  // What came before it is of no more use to it; without this, runs would hold each other for ever.
  run.previous?.next.delete(run);
  run.previous = undefined;
  endParent(world, run);
  const backfill = run.row.backfill === null ? undefined : world.backfills.get(run.row.backfill);
  backfill?.active.delete(run);
  if (backfill) advanceBackfill(world, backfill);
  startQueued(world, dag);
  // With a time set for the next one, nothing else waits for this one's place.
  if (dag.dueAt === undefined) createDue(world, dag);
}

/** A task that waits for this very run goes the way that it went. */
function endParent(world: World, { row }: Run): void {
  if (row.kind !== "dag" || row.cause === null) return;
  const { run, task, index } = JSON.parse(row.cause) as { run: string; task: string; index: number };
  const parent = world.runs.get(run);
  const node = parent?.graph.byName.get(task);
  const instance = node && parent?.cells[node.place].find((each) => each.row.index === index);
  if (instance?.row.state !== "deferred") return;
  instance.row.note = `run ${row.id} has ended: ${row.state}`;
  settle(world, instance, row.state === "success" ? "success" : "failed");
}

/** Ends a run before its time: what runs is stopped, what has not ended will not. */
function stopRun(world: World, run: Run, how: "cancelled" | "failed", note: string | null): void {
  if (run.row.state === "queued") run.dag.queuedCount--;
  run.row.note = note ?? run.row.note;
  run.row.state = how;
  for (const cell of run.cells) {
    for (const instance of cell) {
      if (isOver(instance.row.state)) continue;
      stopAttempt(world, instance, how === "cancelled" ? "its run was cancelled" : "its run has taken too long");
      settle(world, instance, how === "cancelled" ? "cancelled" : "skipped");
    }
  }
  endRun(world, run, how);
}

// Backfills

function createBackfill(world: World, { request, existing }: Extract<Event, { type: "backfill" }>): BackfillRow {
  const dag = dagNamed(world, request.dag);
  checkBackfill(world, dag, request);
  const plan = backfillPlan(dag, request, world.now);
  const row = newBackfill(`${request.dag}.backfill.${world.mint()}`, request, plan.length, world.now);
  world.changed("backfills", row);
  const backfill: Backfill = { row, dag, plan, active: new Set(), fetched: 0, existing: existingRuns(existing) };
  world.backfills.set(row.id, backfill);
  advanceBackfill(world, backfill);
  return row;
}

/** Goes on with a backfill of an earlier scheduler, once its DAG is known; where its timetable is code, once that has said which intervals there are. */
function takeUpBackfill(world: World, row: BackfillRow, existing: RunRow[]): boolean {
  const dag = world.dags.get(row.dag);
  if (!dag || dag.gone) return false;
  if (dag.graph.decl.schedule.kind !== "custom") return resumeBackfill(world, dag, row, existing);
  askForIntervals(world, dag, row);
  return false;
}

function askForIntervals(world: World, { graph }: Dag, { id, dag, from, to }: BackfillRow): void {
  world.effect({ type: "ticks", dag, release: graph.release, from, to, backfill: id });
}

/** Without an answer it is asked for again, as long as the DAG is there; the DAG's own problem says why it waits. */
function goOnWithBackfill(world: World, row: BackfillRow, existing: RunRow[], answer: TicksAnswer): boolean {
  const dag = world.dags.get(row.dag);
  if (!dag || dag.gone) return false;
  if ("ticks" in answer) return resumeBackfill(world, dag, row, existing, answer.ticks);
  world.timer(world.now + askAgainMs, { type: "intervals", dag, row });
  return false;
}

function resumeBackfill(world: World, dag: Dag, row: BackfillRow, existing: RunRow[], ticks?: readonly number[]): boolean {
  const active = new Set([...world.runs.values()].filter((run) => run.row.backfill === row.id && run.row.state === "running"));
  const backfill: Backfill = { row, dag, plan: backfillPlan(dag, { ...row, ticks }, row.createdAt), active, fetched: 0, existing: existingRuns(existing) };
  world.backfills.set(row.id, backfill);
  advanceBackfill(world, backfill);
  return true;
}

/** Makes runs for the next intervals, as many as the backfill may have at once. */
function advanceBackfill(world: World, backfill: Backfill): void {
  const { row, plan, active } = backfill;
  if (world.resting) return;
  while (row.state === "running" && row.next < plan.length && active.size + backfill.fetched < row.maxActiveRuns) {
    const planned = plan[row.next++];
    runInterval(world, backfill, planned, row.next);
    world.changed("backfills", row);
  }
  if (active.size + backfill.fetched > 0 || (row.state !== "cancelled" && row.next < plan.length)) return;
  if (row.state !== "cancelled") row.state = "done";
  row.endedAt = world.now;
  world.changed("backfills", row);
  world.backfills.delete(row.id);
}

function runInterval(world: World, backfill: Backfill, planned: PlannedRun, ordinal: number): void {
  const { row, dag } = backfill;
  const decision = decide(world, backfill, planned);
  const { start, end } = planned.interval;
  world.changed("intervals", { backfill: row.id, ordinal, start, end, run: intervalRunId(row.dag, start), reason: decision.act === "leave" ? decision.reason : null });
  if (decision.act === "leave") return;
  if (decision.act === "rerun") {
    backfill.fetched++;
    world.effect({ type: "rerun", backfill: row.id, ordinal, run: decision.run });
    return;
  }
  if (dag.row.lastStart === null || start > dag.row.lastStart) dag.made.add(start);
  const run = createRun(world, dag, { kind: "backfill", ...ofInterval(dag, planned), backfill: row.id, ordinal, params: row.params });
  backfill.active.add(run);
  startRun(world, run);
}

/** A run of earlier times has come from the store, and all of it is to run again. */
function rerun(world: World, { backfill: id, ordinal, stored }: Extract<Event, { type: "rerun" }>): void {
  const backfill = world.backfills.get(id);
  if (!backfill) return;
  backfill.fetched--;
  // Its tasks run with the code of today, as the other runs of the backfill do.
  const run = loadForChange(world, { ...stored, run: { ...stored.run, release: backfill.dag.graph.release }, decl: backfill.dag.graph.decl });
  // Someone else has cleared it in the meantime: it goes on as theirs.
  if (!world.runs.has(run.row.id)) {
    Object.assign(run.row, { backfill: id, ordinal, params: backfill.row.params, endedAt: null, startedAt: null });
    run.row.clears++;
    for (const cell of run.cells) for (const instance of cell) if (instance.row.state !== "removed") resetInstance(world, instance);
    world.runs.set(run.row.id, run);
    backfill.active.add(run);
    startRun(world, run);
  }
  advanceBackfill(world, backfill);
}

function turnBackfill(world: World, { backfill: id, state, note }: Extract<Event, { type: "backfill-state" }>): BackfillRow {
  const waiting = world.waitingBackfills.find((row) => row.id === id);
  if (waiting) return turnWaiting(world, waiting, state, note);
  const backfill = world.backfills.get(id);
  if (!backfill) throw new MillraceError("MR-SCHED-002", { what: `backfill ${id} does not go on`, where: "the scheduler", mend: "look at `millrace backfill list` for those that do" });
  backfill.row.state = state;
  backfill.row.note = note ?? backfill.row.note;
  world.changed("backfills", backfill.row);
  advanceBackfill(world, backfill);
  return backfill.row;
}

/** Of one whose DAG is gone, or whose intervals nobody knows. */
function turnWaiting(world: World, row: BackfillRow, state: BackfillRow["state"], note: string | null): BackfillRow {
  Object.assign(row, { state, note: note ?? row.note });
  if (state === "cancelled") {
    row.endedAt = world.now;
    world.waitingBackfills = world.waitingBackfills.filter((each) => each !== row);
  }
  world.changed("backfills", row);
  return row;
}

// Datasets

/** A dataset has a new version: what waits for it goes on. */
function noteUpdate(world: World, dataset: string, interval: { start: number; end: number } | undefined, cause: string): void {
  if (interval && interval.start < interval.end) {
    const ledger = world.ledgers.get(dataset) ?? { dataset, done: [] };
    ledger.done = withInterval(ledger.done, interval.start, interval.end);
    world.ledgers.set(dataset, ledger);
    world.changed("ledgers", ledger);
    for (const instance of world.awaiting.get(dataset) ?? []) if (isWhole(world, dataset, instance)) settle(world, instance, "success");
  }
  for (const dag of world.dags.values()) {
    if (dag.gone || !waitsFor(dag)?.datasets.includes(dataset)) continue;
    dag.row.updated = [...dag.row.updated, { dataset, at: world.now, start: interval?.start ?? null, end: interval?.end ?? null, cause }];
    world.changed("dags", dag.row);
    runByUpdates(world, dag);
  }
}

/** Runs a DAG that has the updates it waits for. One run takes all that have come. */
function runByUpdates(world: World, dag: Dag): void {
  const schedule = waitsFor(dag);
  const { updated } = dag.row;
  const due = schedule && dueByUpdates(schedule, updated, world.now);
  if (due === undefined || dag.row.paused || dag.gone || world.resting) return;
  if (due > world.now) {
    world.timer(due, { type: "updates", dag });
    return;
  }
  dag.row.updated = [];
  world.changed("dags", dag.row);
  trigger(world, { dag: dag.row.dag, kind: "dataset", params: {}, interval: spanOf(updated, world.now), cause: JSON.stringify(updated.map(({ dataset, cause }) => ({ dataset, cause }))) });
}

function isWhole(world: World, dataset: string, { run: { row } }: Instance): boolean {
  return covers(world.ledgers.get(dataset)?.done ?? [], row.intervalStart, row.intervalEnd);
}

/** Waits until a dataset is whole for the run's interval, whoever makes it so. */
function awaitDataset(world: World, instance: Instance, dataset: string, timeoutMs: number | undefined): void {
  if (isWhole(world, dataset, instance)) return settle(world, instance, "success");
  if (instance.row.state !== "deferred") defer(world, instance, timeoutMs);
  let awaiting = world.awaiting.get(dataset);
  if (!awaiting) world.awaiting.set(dataset, (awaiting = new Set()));
  awaiting.add(instance);
}

function stopAwaiting(world: World, instance: Instance): void {
  const { dataset } = (instance.node.decl.settings ?? {}) as { dataset?: string };
  if (dataset === undefined) return;
  const awaiting = world.awaiting.get(dataset);
  awaiting?.delete(instance);
  if (awaiting?.size === 0) world.awaiting.delete(dataset);
}

// Tasks

/** Lets a task be looked at, once, when all that happens in this step has happened. */
function open(world: World, instance: Instance): void {
  if (instance.open || instance.row.state !== "none") return;
  instance.open = true;
  world.open.push(instance);
}

/** Decides whether a task that waits may go, or never will. */
function look(world: World, instance: Instance): void {
  const { run, node } = instance;
  if (instance.row.state !== "none" || run.row.state !== "running") return;
  if (node.map?.until && instance.row.index > 0 && !roundHasCome(world, instance, node.map.until)) return;
  if (wasNotChosen(instance)) return settle(world, instance, "skipped");
  if (node.setups.length > 0) {
    const prepared = setupVerdict(tallyOf(instance, node.setups));
    if (prepared === "wait") return;
    if (prepared !== "run") return settle(world, instance, prepared === "skip" ? "skipped" : "upstream_failed");
  }
  const verdict = verdictOf(node.decl.trigger, tallyOf(instance, node.ups), node.teardownOf.length > 0 ? tallyOf(instance, node.teardownOf) : undefined);
  if (verdict === "wait") return;
  if (verdict === "skip") return settle(world, instance, "skipped");
  if (verdict === "upstream_failed") return settle(world, instance, "upstream_failed");
  if (node.map && (instance.row.index === -1 || !itemsOf(run, node.map))) return lookWithoutList(world, instance, node.map);
  if (!blockedByPast(instance)) makeReady(world, instance);
}

/** A task directly behind a branch goes on when it was chosen, or comes behind one that was. A teardown has its own rule. */
function wasNotChosen(instance: Instance): boolean {
  if (instance.node.teardownOf.length > 0) return false;
  return instance.node.ups.some((up) => {
    const chosen = counterpart(instance, up)?.row.chosen;
    if (!chosen || chosen.includes(instance.node.decl.name)) return false;
    const nodes = chosen.flatMap((name) => instance.run.graph.byName.get(name) ?? []);
    return !behind(nodes).has(instance.node);
  });
}

/** A round of a loop begins some time after the one before has said that there is to be one. */
function roundHasCome(world: World, instance: Instance, until: TaskNode): boolean {
  const at = roundBegins(instance, until);
  if (at === undefined) return false;
  if (at > world.now) world.timer(at, { type: "round", instance });
  return at <= world.now;
}

/** Lets the next round of a loop come, or none: then what is left of earlier, more rounds is removed. */
function turnRound(world: World, { run, row }: Instance, { tasks, until, decl }: MapNode & { until: TaskNode }): void {
  const next = row.index + 1;
  const more = goesOn(run.cells[until.place][row.index].row) && next < decl.itemsMax;
  for (const node of tasks) {
    const cell = run.cells[node.place];
    if (!more) removeItems(world, cell.slice(next));
    else if (cell.length === next) open(world, addInstance(run, node, next));
    else if (cell[next].row.state === "removed") resetInstance(world, cell[next]);
    if (more) open(world, cell[next]);
  }
}

/** A map without a list, or with an empty one, has nothing to run: it goes the way of the task that was to give the list. */
function lookWithoutList(world: World, instance: Instance, map: MapNode): void {
  const state = map.over ? instance.run.cells[map.over.place][0].row.state : "success";
  if (!isOver(state)) return;
  settle(world, instance, state === "success" || state === "skipped" ? "skipped" : "upstream_failed");
}

/** Gives a map's tasks an instance for each item; what an earlier, longer list had more is removed. */
function expand(world: World, run: Run, map: MapNode): void {
  const size = itemsOf(run, map) ?? 0;
  for (const node of map.tasks) {
    if (size === 0) {
      leaveNoItem(world, run.cells[node.place]);
      continue;
    }
    if (run.cells[node.place][0]?.row.index === -1) {
      for (const { row } of dropInstances(run, node)) {
        const stored = row.state !== "none" || run.row.clears > 0;
        row.state = "removed";
        if (stored) world.changed("instances", row);
      }
    }
    const cell = run.cells[node.place];
    for (const instance of cell.slice(0, size)) if (instance.row.state === "removed") resetInstance(world, instance);
    for (let index = cell.length; index < size; index++) addInstance(run, node, index);
    removeItems(world, cell.slice(size));
    for (const instance of cell) open(world, instance);
  }
}

function removeItems(world: World, instances: Instance[]): void {
  for (const instance of instances) {
    stopAttempt(world, instance, "its item is no longer in the list");
    settle(world, instance, "removed");
  }
}

/** Of a list that has become empty one item stays, skipped: for those behind, a map of nothing was skipped, not never there. */
function leaveNoItem(world: World, [first, ...others]: Instance[]): void {
  if (first.row.index === -1) return;
  removeItems(world, others);
  stopAttempt(world, first, "its list has become empty");
  settle(world, first, "skipped");
}

/** All that it waited for is there. What needs no worker goes on at once; the rest waits for its slots. */
function makeReady(world: World, instance: Instance): void {
  const { row, node } = instance;
  const { kind, code, settings } = node.decl;
  row.readyAt ??= world.now;
  if (kind === "wait" && !code) {
    const { ms, dataset, timeoutMs } = settings as { ms?: number; dataset?: string; timeoutMs?: number };
    return dataset === undefined ? defer(world, instance, ms) : awaitDataset(world, instance, dataset, timeoutMs);
  }
  if (kind === "approval") return defer(world, instance, (settings as { timeoutMs?: number } | undefined)?.timeoutMs);
  if (kind === "dag" && !code) return startChild(world, instance);
  turn(instance, "scheduled");
  const key = memoKey(instance);
  if (key === undefined) return requestSlots(world, instance);
  instance.asked = world.mint();
  world.effect({ type: "memo", run: row.run, task: row.task, index: row.index, asked: instance.asked, key });
}

/** Takes the result of the same work as it was done before, if it was. */
function learnMemo(world: World, { run, task, index, asked, memo }: Extract<Event, { type: "memo" }>): void {
  const known = world.runs.get(run);
  const node = known?.graph.byName.get(task);
  const instance = node && known?.cells[node.place].find(({ row }) => row.index === index);
  if (!instance || instance.asked !== asked) return;
  instance.asked = undefined;
  if (instance.row.state !== "scheduled") return;
  if (!isFresh(world, memo) || wrongResult(instance, memo.result, undefined)) return requestSlots(world, instance);
  instance.row.result = memo.result;
  instance.row.note = `not run: nothing has changed since run ${memo.run}`;
  settle(world, instance, "success");
}

/** Sets the state of a task that is not over after it either. */
function turn({ row }: Instance, state: InstanceState): void {
  row.state = state;
}

/** Waits without a slot: for so long, or for an event. */
function defer(world: World, instance: Instance, ms: number | undefined): void {
  const { row } = instance;
  turn(instance, "deferred");
  row.startedAt ??= world.now;
  wakeIn(world, instance, ms);
}

function wakeIn(world: World, instance: Instance, ms: number | undefined): void {
  instance.row.wakeAt = ms === undefined ? null : world.now + ms;
  if (instance.row.wakeAt !== null) world.timer(instance.row.wakeAt, { type: "wake", instance, at: instance.row.wakeAt });
  world.changed("instances", instance.row);
}

function wake(world: World, instance: Instance, at: number): void {
  const { row } = instance;
  if (row.wakeAt !== at || instance.run.row.state !== "running" || (row.state !== "deferred" && row.state !== "up_for_retry")) return;
  row.wakeAt = null;
  if (row.state === "deferred" && !instance.attempt) return timeIsUp(world, instance);
  turn(instance, "scheduled");
  requestSlots(world, instance);
}

/** Of a task that waited without a worker: for the time itself, or for something that has not come. */
function timeIsUp(world: World, instance: Instance): void {
  const { kind, settings } = instance.node.decl;
  if (kind === "wait" && (settings as { dataset?: string }).dataset === undefined) return settle(world, instance, "success");
  instance.row.note = kind === "approval" ? "nobody has answered in time" : "the dataset was not whole in time";
  settle(world, instance, "failed");
}

function startChild(world: World, instance: Instance): void {
  const { dag, params, wait } = instance.node.decl.settings as { dag: string; params?: RunRow["params"]; wait?: boolean };
  const { run, task, index } = instance.row;
  if (!world.dags.has(dag)) {
    instance.row.note = `DAG "${dag}" does not exist`;
    return settle(world, instance, "failed");
  }
  defer(world, instance, undefined);
  const { intervalStart: start, intervalEnd: end } = instance.run.row;
  const child = trigger(world, { dag, kind: "dag", params: params ?? {}, interval: { start, end }, cause: JSON.stringify({ run, task, index }) });
  instance.row.note = `run ${child.row.id}`;
  if (wait === false) settle(world, instance, "success");
}

/**
 * Ends a task, and lets those be looked at that may have waited for it.
 * @param told - whoever would be told of its failure knows: it is their doing
 */
function settle(world: World, instance: Instance, state: InstanceState, told = false): void {
  const { row, node, run } = instance;
  const before = row.state;
  if (before === state) return;
  countState(instance, before, state);
  row.state = state;
  row.endedAt = world.now;
  row.wakeAt = null;
  if (state === "failed" && !told) tellOfFailure(world, instance, instance.attempt?.row.error);
  instance.attempt = undefined;
  world.changed("instances", row);
  if (node.decl.kind === "wait") stopAwaiting(world, instance);
  if (state === "success") for (const map of node.listOf) expand(world, run, map);
  if (node.map?.until === node && state !== "removed") turnRound(world, instance, { ...node.map, until: node });
  if (state === "success") for (const dataset of node.decl.updates) noteUpdate(world, dataset, { start: run.row.intervalStart, end: run.row.intervalEnd }, run.row.id);
  openBehind(world, instance, state);
  if (run.unfinished === 0) world.ending.add(run);
}

/**
 * Those behind a task of another map, or of none, see how all its instances stand. They need a look when that is news: the
 * first that ends in some way, and the last.
 */
function openBehind(world: World, instance: Instance, state: InstanceState): void {
  const { node, run } = instance;
  const news = isNews(run, node, state);
  for (const down of node.downs) {
    if (down.map !== undefined && down.map === node.map && instance.row.index >= 0) openOne(world, run.cells[down.place][instance.row.index]);
    else if (news) for (const each of run.cells[down.place]) open(world, each);
  }
  for (const needy of node.neededBy) for (const each of run.cells[needy.place]) open(world, each);
  for (const later of run.next) for (const task of [node, ...node.ups]) for (const each of later.cells[task.place] ?? []) open(world, each);
}

function openOne(world: World, instance: Instance | undefined): void {
  if (instance) open(world, instance);
}

function isNews(run: Run, { place }: TaskNode, state: InstanceState): boolean {
  const { total, success, failed, skipped, upstreamFailed, removed } = run.tallies[place];
  if (success + failed + skipped + upstreamFailed + removed === total) return true;
  return (state === "success" ? success : state === "skipped" ? skipped : state === "upstream_failed" ? upstreamFailed : failed) <= 1;
}

// Attempts

/** Takes slots and mints what a start must show. A deferred attempt goes on as itself, with a new token. */
function queueAttempt(world: World, instance: Instance): void {
  const { row } = instance;
  const again = instance.attempt?.row.state === "deferred" ? instance.attempt : undefined;
  const attempt: Attempt = again ?? { row: newAttempt(world, instance), instance, hiredAt: 0 };
  Object.assign(attempt.row, { state: "queued", token: world.mint(), queuedAt: world.now, worker: null });
  instance.attempt = attempt;
  turn(instance, "queued");
  occupy(world, attempt);
  world.attempts.set(attempt.row.id, attempt);
  world.changed("attempts", attempt.row);
  world.changed("instances", row);
  offer(world, attempt);
}

/** What is queued is offered, with a limit to its wait, which a restart of the scheduler does not make longer. */
function offer(world: World, attempt: Attempt): void {
  const { row, instance: { node } } = attempt;
  if (node.decl.queueTimeoutMs !== undefined) world.timer(row.queuedAt + node.decl.queueTimeoutMs, { type: "queue-timeout", attempt, token: row.token });
  offerAgain(world, attempt);
}

function offerAgain(world: World, attempt: Attempt): void {
  const { row, instance: { row: { lost }, run, node } } = attempt;
  world.effect({ type: "offer", hint: { attempt: row.id, token: row.token, dag: run.row.dag, task: node.decl, release: run.row.release, lost } });
  world.timer(world.now + offerAgainMs, { type: "offer-again", attempt, token: row.token });
}

function newAttempt(world: World, { row }: Instance): AttemptRow {
  row.attempts++;
  return {
    ...{ id: world.mint(), run: row.run, task: row.task, index: row.index, number: row.attempts, state: "queued", token: "", fence: 0, worker: null },
    ...{ queuedAt: world.now, startedAt: null, endedAt: null, error: null, looks: 0 },
  };
}

/** The one way to start: queued, and with the token of this queueing. Anything else is an old or doubled hint. */
function startAttempt(world: World, { attempt: id, token, worker: name }: Extract<Event, { type: "start" }>): Work | undefined {
  const attempt = world.attempts.get(id);
  if (attempt?.row.state !== "queued" || attempt.row.token !== token) return undefined;
  const { row, instance } = attempt;
  const { timeoutMs, totalTimeoutMs } = instance.node.decl;
  row.state = "running";
  row.worker = name;
  row.fence = ++world.fence;
  row.startedAt ??= world.now;
  instance.row.state = "running";
  if (instance.row.startedAt === null) {
    instance.row.startedAt = world.now;
    if (totalTimeoutMs !== undefined) world.timer(world.now + totalTimeoutMs, { type: "total-timeout", instance, since: world.now });
  }
  if (timeoutMs !== undefined) world.timer(world.now + timeoutMs, { type: "attempt-timeout", attempt, fence: row.fence });
  world.changed("attempts", row);
  world.changed("instances", instance.row);
  hire(world, name, attempt);
  return workOf(attempt);
}

function hire(world: World, name: string, attempt: Attempt): void {
  keepLease(world, name);
  world.workers.get(name)?.attempts.add(attempt);
  attempt.hiredAt = world.now;
}

/** What a worker says of how its attempt has ended; false when it is no longer its to end. */
function endAttempt(world: World, { attempt: id, fence, outcome }: Extract<Event, { type: "end" }>): boolean {
  const attempt = world.attempts.get(id);
  if (attempt?.row.state !== "running" || attempt.row.fence !== fence) return false;
  const { instance } = attempt;
  switch (outcome.kind) {
    case "success":
      succeed(world, attempt, outcome);
      break;
    case "skipped":
      closeAttempt(world, attempt, "skipped");
      instance.row.note = outcome.note ?? instance.row.note;
      settle(world, instance, "skipped");
      break;
    case "deferred":
      giveBack(world, attempt, outcome.ms);
      break;
    case "failed":
      fail(world, attempt, "failed", outcome.error, outcome);
  }
  return true;
}

function succeed(world: World, attempt: Attempt, { result, chosen }: Extract<Outcome, { kind: "success" }>): void {
  const { instance } = attempt;
  const { row, node, run } = instance;
  const wrong = wrongResult(instance, result, chosen);
  if (wrong) return fail(world, attempt, "failed", wrong.toJSON(), { final: true });
  closeAttempt(world, attempt, "success");
  row.result = result ?? null;
  row.chosen = chosen ?? null;
  remember(world, instance);
  settle(world, instance, "success");
  if (node.decl.kind !== "shortCircuit" || chosen?.length !== 0 || node.decl.cascade === false) return;
  for (const later of behind([node])) {
    if (later.decl.teardownOf === undefined) for (const each of run.cells[later.place]) if (each.row.state === "none") settle(world, each, "skipped");
  }
}

const isAnswer = (result: StoredResult | null | undefined): result is StoredResult & { json: string } => result != null && "json" in result && (result.json === "true" || result.json === "false");

/** A branch may choose what comes directly behind it; what a map goes over must be a list. */
function wrongResult({ node, row }: Instance, result: StoredResult | null | undefined, chosen: string[] | undefined): MillraceError | undefined {
  const items = result?.items;
  const where = `task "${row.task}" of run ${row.run}`;
  const stranger = chosen?.find((name) => !node.downs.some(({ decl }) => decl.name === name));
  if (stranger !== undefined) {
    return new MillraceError("MR-SCHED-003", { what: `the branch chose "${stranger}", which does not come directly behind it`, where, mend: `choose among ${node.downs.map(({ decl }) => `"${decl.name}"`).join(", ") || "tasks that name it in their inputs"}` });
  }
  if (node.map?.until === node && !isAnswer(result)) return new MillraceError("MR-SCHED-004", { what: "its result is neither true nor false, and says whether its loop ends", where, mend: "return true after the last round, and false before" });
  if (node.map?.until === node && isAnswer(result) && result.json === "false" && row.index + 1 >= node.map.decl.itemsMax) {
    return new MillraceError("MR-SCHED-012", { what: `the loop "${node.map.decl.name}" has not come to its end in ${row.index + 1} rounds`, where, mend: "look at its last rounds for why; or raise its `max`" });
  }
  for (const { decl } of node.listOf) {
    if (items === undefined) return new MillraceError("MR-SCHED-004", { what: `its result is no list, and map "${decl.name}" goes over it`, where, mend: "return an array" });
    if (items > decl.itemsMax) return new MillraceError("MR-SCHED-004", { what: `its list has ${items} items, and map "${decl.name}" takes ${decl.itemsMax}`, where, mend: "return fewer items, each of more work, or raise itemsMax" });
  }
  return undefined;
}

/** A sensor that has not found it yet gives its slots back, and looks again later. */
function giveBack(world: World, attempt: Attempt, ms: number): void {
  const { row, instance } = attempt;
  const { sensor } = instance.node.decl;
  const waited = world.now - (row.startedAt as number);
  if (sensor && waited >= sensor.timeoutMs) {
    if (!sensor.soft) return fail(world, attempt, "timed_out", lateError(instance, "what it waits for has not come", sensor.timeoutMs), { final: true });
    closeAttempt(world, attempt, "skipped");
    instance.row.note = "what it waits for has not come in time";
    return settle(world, instance, "skipped");
  }
  row.looks++;
  row.state = "deferred";
  letWorkerGo(world, attempt);
  release(world, attempt);
  world.changed("attempts", row);
  turn(instance, "deferred");
  wakeIn(world, instance, sensor ? Math.min(ms, sensor.timeoutMs - waited) : ms);
}

/** Ends an attempt without success, and lets the next one come if there is to be one. */
function fail(world: World, attempt: Attempt, how: AttemptState, error: ErrorJson, { final = false, retryAfterMs }: { final?: boolean; retryAfterMs?: number }): void {
  const { instance } = attempt;
  const { row, node } = instance;
  attempt.row.error = error;
  closeAttempt(world, attempt, how);
  if (final || row.attempts >= row.attemptsMax) return settle(world, instance, "failed");
  tellOfRetry(world, instance, error);
  instance.attempt = undefined;
  turn(instance, "up_for_retry");
  wakeIn(world, instance, retryAfterMs ?? retryWait(node.decl, `${row.run}/${row.task}/${row.index}`, row.attempts - row.lost));
}

/** The worker of an attempt is gone. That is no fault of the task, unless it happens each time. */
function lose(world: World, attempt: Attempt, why: string): void {
  const { instance, row } = attempt;
  const error = new MillraceError("MR-SCHED-005", { what: `attempt ${row.number} was lost: ${why}`, where: `task "${row.task}" of run ${row.run}`, mend: "look at its log for what it did last, and at the machine's memory; an attempt that ends its own process is lost too" });
  if (instance.row.lost >= lostMax) return fail(world, attempt, "lost", error.toJSON(), {});
  attempt.row.error = error.toJSON();
  closeAttempt(world, attempt, "lost");
  instance.row.lost++;
  instance.row.attemptsMax++;
  tellOfRetry(world, instance, error.toJSON());
  instance.attempt = undefined;
  turn(instance, "scheduled");
  world.changed("instances", instance.row);
  requestSlots(world, instance);
}

/** Takes an attempt away from whoever runs it. */
function stopAttempt(world: World, instance: Instance, why: string): void {
  const { attempt } = instance;
  if (!attempt) return;
  closeAttempt(world, attempt, "cancelled", why);
  instance.attempt = undefined;
}

/** Ends an attempt for good. One that still runs, and has not said itself that it ends, is stopped. */
function closeAttempt(world: World, attempt: Attempt, state: AttemptState, why?: string): void {
  const { row, instance } = attempt;
  const stopped = row.state === "running" && (state === "timed_out" || state === "lost" || state === "cancelled");
  row.state = state;
  row.endedAt = world.now;
  letWorkerGo(world, attempt);
  release(world, attempt);
  world.attempts.delete(row.id);
  world.changed("attempts", row);
  if (stopped) world.effect({ type: "stop", attempt: row.id, why: why ?? row.error?.what ?? state, graceMs: instance.node.decl.graceMs });
}

function letWorkerGo(world: World, attempt: Attempt): void {
  if (attempt.row.worker !== null) world.workers.get(attempt.row.worker)?.attempts.delete(attempt);
}

// Workers and time

function keepLease(world: World, name: string): void {
  const leaseUntil = world.now + leaseMs;
  const known = world.workers.get(name);
  if (known) {
    known.leaseUntil = leaseUntil;
    return;
  }
  const worker = { leaseUntil, attempts: new Set<Attempt>() };
  world.workers.set(name, worker);
  world.timer(leaseUntil, { type: "lease", id: name, worker });
}

/** What a worker does not name it does not run: the answer to its start was lost on the way. */
function hearWorker(world: World, name: string, attempts: string[] | undefined): void {
  keepLease(world, name);
  if (!attempts) return;
  const named = new Set(attempts);
  for (const attempt of [...(world.workers.get(name) as Worker).attempts]) {
    if (!named.has(attempt.row.id) && attempt.hiredAt + leaseMs <= world.now) lose(world, attempt, "its worker knows nothing of it");
  }
}

function loseWorker(world: World, name: string, why: string): void {
  const worker = world.workers.get(name);
  if (!worker) return;
  world.workers.delete(name);
  for (const attempt of [...worker.attempts]) lose(world, attempt, why);
}

/** Who was not there to hear the workers cannot hold their silence against them. */
function renewLeases(world: World): void {
  for (const worker of world.workers.values()) worker.leaseUntil = Math.max(worker.leaseUntil, world.now + leaseMs);
}

function runTimers(world: World): void {
  if (world.resting) return;
  if (world.now - (world.timers.key ?? Infinity) > oversleptMs) renewLeases(world);
  while (world.timers.key !== undefined && world.timers.key <= world.now) {
    const timer = world.timers.pop();
    if (timer) fire(world, timer);
  }
}

function fire(world: World, timer: Timer): void {
  switch (timer.type) {
    case "updates":
      return runByUpdates(world, timer.dag);
    case "ticks":
      return askAgain(world, timer);
    case "intervals":
      if (world.waitingBackfills.includes(timer.row) && !timer.dag.gone) askForIntervals(world, timer.dag, timer.row);
      return;
    case "due":
      if (timer.dag.dueAt === timer.at) createDue(world, timer.dag);
      return;
    case "wake":
      return wake(world, timer.instance, timer.at);
    case "lease":
      return fireLease(world, timer);
    case "attempt-timeout":
      return timeOut(world, timer.attempt, timer.attempt.row.state === "running" && timer.attempt.row.fence === timer.fence, "it has taken too long", timer.attempt.instance.node.decl.timeoutMs);
    case "queue-timeout":
      return timeOut(world, timer.attempt, timer.attempt.row.state === "queued" && timer.attempt.row.token === timer.token, "it was not started in time", timer.attempt.instance.node.decl.queueTimeoutMs);
    case "offer-again":
      if (timer.attempt.row.state === "queued" && timer.attempt.row.token === timer.token) offerAgain(world, timer.attempt);
      return;
    case "total-timeout":
      return fireTotal(world, timer);
    case "deadline":
      if (world.runs.get(timer.run.row.id) === timer.run) missDeadlines(world, timer.run);
      return;
    case "round":
      return open(world, timer.instance);
    case "throttle":
      return openThrottle(world, timer.key, timer.at);
    case "storm":
      if (world.storms.get(timer.storm.key) === timer.storm) letGo(world, timer.storm);
      return;
    case "run-timeout":
      if (timer.run.row.state === "running" && (timer.run.row.startedAt as number) + (timer.run.graph.decl.runTimeoutMs ?? 0) <= world.now) stopRun(world, timer.run, "failed", "it has taken too long");
  }
}

/** Renewed leases do not move the timer: it looks again when it fires. */
function fireLease(world: World, { id, worker }: Extract<Timer, { type: "lease" }>): void {
  if (world.workers.get(id) !== worker) return;
  if (worker.leaseUntil > world.now) world.timer(worker.leaseUntil, { type: "lease", id, worker });
  else loseWorker(world, id, `its worker has said nothing for ${leaseMs / 1000} s`);
}

function timeOut(world: World, attempt: Attempt, stands: boolean, what: string, ms: number | undefined): void {
  if (stands) fail(world, attempt, "timed_out", lateError(attempt.instance, what, ms), {});
}

function fireTotal(world: World, { instance, since }: Extract<Timer, { type: "total-timeout" }>): void {
  if (isOver(instance.row.state) || instance.row.startedAt !== since) return;
  const error = lateError(instance, "its attempts together have taken too long", instance.node.decl.totalTimeoutMs);
  if (instance.attempt) return fail(world, instance.attempt, "timed_out", error, { final: true });
  instance.row.note = error.what;
  settle(world, instance, "failed");
}

function lateError({ row }: Instance, what: string, ms: number | undefined): ErrorJson {
  return new MillraceError("MR-SCHED-006", { what: `${what}: ${(ms ?? 0) / 1000} s`, where: `task "${row.task}" of run ${row.run}`, mend: "look at its log for what it waited on, or give it more time" }).toJSON();
}

// What people ask for

/** Makes a run known again as it is in the store. */
function load(world: World, { run: row, instances, attempts, decl }: StoredRun): Run {
  const known = world.runs.get(row.id);
  if (known) return known;
  const dag = dagNamed(world, row.dag);
  const graph = decl ? graphOf(world, decl, row.release) : dag.graph;
  const run: Run = { row: { ...row }, dag, graph, cells: [], tallies: [], unfinished: 0, left: [], next: new Set() };
  makeCells(run, instances, attempts);
  return run;
}

/** The same for a run that people or backfills change: later ones that wait for it see what becomes of it. */
function loadForChange(world: World, stored: StoredRun): Run {
  const run = load(world, stored);
  for (const later of world.runs.values()) {
    if (later.previous?.row.id !== run.row.id || later.previous === run) continue;
    later.previous = run;
    run.next.add(later);
  }
  return run;
}

/** Lets tasks of a run, and with them the run, go through their states again. Each gets new attempts; the old ones stay. */
function clear(world: World, { run: id, stored, tasks, note, pin }: Extract<Event, { type: "clear" }>): number {
  const run = stored ? loadForChange(world, stored) : runNamed(world, id);
  if (pin && pin.release !== run.row.release) {
    const graph = graphOf(world, pin.dag, pin.release);
    // What is asked for must be there before anything changes.
    const trial: Run = { ...run, next: new Set() };
    refit(trial, graph);
    chosenInstances(trial, tasks);
    repin(world, run, graph);
  }
  const chosen = chosenInstances(run, tasks);
  forget(world, chosen.flatMap((instance) => memoKey(instance) ?? []));
  for (const instance of chosen) {
    stopAttempt(world, instance, "it was cleared");
    resetInstance(world, instance);
  }
  run.row.clears++;
  run.row.note = note ?? run.row.note;
  world.changed("runs", run.row);
  if (run.row.state === "running") goOn(world, run);
  else if (run.row.state !== "queued") reopenRun(world, run);
  return chosen.length;
}

function resetInstance(world: World, instance: Instance): void {
  if (instance.node.decl.kind === "wait") stopAwaiting(world, instance);
  resetRow(instance);
  world.changed("instances", instance.row);
}

function resetRow(instance: Instance): void {
  const { row, node } = instance;
  countState(instance, row.state, "none");
  Object.assign(row, { state: "none", attemptsMax: row.attempts + node.decl.retries + 1, lost: 0, readyAt: null, startedAt: null, endedAt: null, wakeAt: null, result: null, chosen: null });
}

function reopenRun(world: World, run: Run): void {
  Object.assign(run.row, { state: "queued", endedAt: null, startedAt: null });
  world.runs.set(run.row.id, run);
  world.changed("runs", run.row);
  setDeadlines(world, run, "due");
  enqueue(run);
  startQueued(world, run.dag);
}

function mark(world: World, { run: id, stored, tasks, state, note }: Extract<Event, { type: "mark" }>): number {
  const run = stored ? loadForChange(world, stored) : runNamed(world, id);
  const chosen = chosenInstances(run, tasks);
  for (const instance of chosen) {
    stopAttempt(world, instance, `it was marked ${state}`);
    instance.row.note = note ?? instance.row.note;
    world.changed("instances", instance.row);
    settle(world, instance, state, true);
  }
  if (run.row.state !== "running" && run.row.state !== "queued" && run.unfinished === 0) {
    run.row.state = stateOf(run);
    world.changed("runs", run.row);
  }
  return chosen.length;
}

function chosenInstances(run: Run, tasks: TaskChoice[]): Instance[] {
  if (run.cells.length === 0) makeCells(run);
  return tasks.flatMap(({ task, index }) => {
    const node = run.graph.byName.get(task);
    const found = node ? run.cells[node.place].filter(({ row }) => row.state !== "removed" && (index === undefined || row.index === index)) : [];
    if (found.length > 0) return found;
    throw new MillraceError("MR-SCHED-002", { what: `run ${run.row.id} has no task "${task}"${index === undefined ? "" : ` with index ${index}`}`, where: `DAG "${run.row.dag}"`, mend: `use one of ${run.graph.tasks.map(({ decl }) => `"${decl.name}"`).join(", ")}` });
  });
}

/**
 * Lets a run go on with the graph of another release. Tasks that both have stay as they are, and so does what runs of them,
 * with the slots that it has taken; new ones are yet to come; what has not ended of those that are no more is removed.
 */
function repin(world: World, run: Run, graph: DagGraph): void {
  const before = run.cells.flat();
  run.row.release = graph.release;
  world.changed("runs", run.row);
  for (const { row } of refit(run, graph)) world.changed("instances", row);
  const fresh = new Map(run.cells.flat().map((instance) => [placeOf(instance), instance]));
  for (const instance of before) handOver(world, instance, fresh.get(placeOf(instance)));
}

/** Gives a run the cells of another graph, and says which tasks are back that it had before and that were removed. */
function refit(run: Run, graph: DagGraph): Instance[] {
  const before = run.cells.flat();
  const away = new Set(run.left.map((row) => placeOf({ row })));
  run.graph = graph;
  if (before.length === 0) return [];
  makeCells(run, [...run.left, ...rowsOf(before)]);
  const back = run.cells.flat().filter((instance) => instance.row.state === "removed" && away.has(placeOf(instance)));
  for (const instance of back) resetRow(instance);
  return back;
}

/** Rows of instances that are, or were, more than yet to come. */
const rowsOf = (instances: Instance[]): InstanceRow[] => instances.flatMap(({ row }) => (row.state !== "none" || row.attempts > 0 ? [row] : []));
const placeOf = ({ row }: Pick<Instance, "row">): string => `${row.task}/${row.index}`;

/** The new instance takes the place of the old one, for which timers and queues then find nothing to do. */
function handOver(world: World, old: Instance, fresh: Instance | undefined): void {
  stopAwaiting(world, old);
  if (!fresh) return dropTask(world, old);
  const { attempt } = old;
  old.row = { ...old.row, state: "removed" };
  old.attempt = undefined;
  if (attempt) {
    attempt.instance = fresh;
    fresh.attempt = attempt;
  }
  if (fresh.row.attempts > 0 || fresh.row.state !== "none") world.changed("instances", fresh.row);
  resumeWaiting(world, fresh);
  if (attempt?.row.state !== "queued") return;
  // Whoever holds the hint would start it with the code that it was given for.
  attempt.row.token = world.mint();
  world.changed("attempts", attempt.row);
  offer(world, attempt);
}

function dropTask(world: World, instance: Instance): void {
  if (isOver(instance.row.state)) return;
  stopAttempt(world, instance, "the release that its run goes on with has no such task");
  Object.assign(instance.row, { state: "removed", endedAt: world.now, wakeAt: null });
  if (instance.row.attempts > 0) world.changed("instances", instance.row);
}

function answer(world: World, { run: id, task, index, approved, by, note }: Extract<Event, { type: "answer" }>): void {
  const run = runNamed(world, id);
  const instance = chosenInstances(run, [{ task, index }])[0];
  if (instance.node.decl.kind !== "approval" || instance.row.state !== "deferred") {
    throw new MillraceError("MR-SCHED-002", { what: `task "${task}" waits for nobody's answer`, where: `run ${id}`, mend: "look at `millrace runs show` for what waits" });
  }
  instance.row.note = note;
  instance.row.result = { json: JSON.stringify({ approved, by, note }) };
  settle(world, instance, approved ? "success" : "failed");
}

function runNamed(world: World, id: string): Run {
  const run = world.runs.get(id);
  if (run) return run;
  throw new MillraceError("MR-SCHED-002", { what: `run ${id} does not go on`, where: "the scheduler", mend: "look at `millrace runs list` for those that do" });
}

function dagNamed(world: World, name: string): Dag {
  const dag = world.dags.get(name);
  if (dag) return dag;
  throw new MillraceError("MR-SCHED-001", { what: `DAG "${name}" does not exist`, where: "the scheduler", mend: `use one of ${[...world.dags.keys()].map((known) => `"${known}"`).join(", ") || "those that a pipeline declares; there are none"}` });
}

// A new beginning

/** Takes up what an earlier scheduler has left. Workers of its time get a whole lease to speak up. */
function restore(world: World, { unfinished, pinned }: Extract<Event, { type: "restore" }>): void {
  world.fence = unfinished.fence;
  for (const row of unfinished.pools) world.addPool({ ...row });
  if (!world.pools.has("default")) setPool(world, { type: "pool", name: "default", slots: defaultSlots, note: null });
  for (const { release, dag } of pinned) graphOf(world, dag, release);
  for (const row of unfinished.dags) world.dagRows.set(row.dag, { ...row });
  for (const { release, dag } of pinned) if (!world.dags.has(dag.name)) knowDag(world, dagRow(world, dag.name), world.graphs.get(`${release} ${dag.name}`) as DagGraph);
  const instances = Map.groupBy(unfinished.instances, ({ run }) => run);
  const attempts = Map.groupBy(unfinished.attempts, ({ run }) => run);
  for (const row of unfinished.runs) {
    const run = load(world, { run: row, instances: instances.get(row.id) ?? [], attempts: attempts.get(row.id) ?? [], decl: world.graphs.get(`${row.release} ${row.dag}`)?.decl });
    world.runs.set(row.id, run);
    watchDeadlines(world, run);
    if (row.state === "queued") enqueue(run);
    else takeUp(world, run);
  }
  world.waitingBackfills = unfinished.backfills.map((row) => ({ ...row }));
  for (const row of unfinished.ledgers) world.ledgers.set(row.dataset, { ...row });
  takeUpAlerts(world, unfinished.alerts);
  for (const row of unfinished.throttles) world.throttles.set(row.key, { ...row });
}

function takeUp(world: World, run: Run): void {
  if (run.row.backfill === null) run.dag.active.add(run);
  for (const cell of run.cells) for (const instance of cell) takeUpTask(world, instance);
  goOn(world, run);
}

function takeUpTask(world: World, instance: Instance): void {
  const { row, attempt, node } = instance;
  // A task that only waited for slots is looked at again; nothing of its waiting was stored.
  if (row.state === "scheduled") turn(instance, row.attempts > 0 ? "scheduled" : "none");
  resumeWaiting(world, instance);
  if (!attempt || attempt.row.state === "deferred") return;
  occupy(world, attempt);
  world.attempts.set(attempt.row.id, attempt);
  if (attempt.row.state === "queued") return offer(world, attempt);
  if (node.decl.timeoutMs !== undefined) world.timer((attempt.row.startedAt as number) + node.decl.timeoutMs, { type: "attempt-timeout", attempt, fence: attempt.row.fence });
  hire(world, attempt.row.worker as string, attempt);
}

/** Sets in motion again what a task waits for: a time, a dataset, slots. */
function resumeWaiting(world: World, instance: Instance): void {
  const { row, node } = instance;
  if (row.wakeAt !== null) world.timer(row.wakeAt, { type: "wake", instance, at: row.wakeAt });
  if (row.startedAt !== null && node.decl.totalTimeoutMs !== undefined && !isOver(row.state)) world.timer(row.startedAt + node.decl.totalTimeoutMs, { type: "total-timeout", instance, since: row.startedAt });
  const { dataset } = (node.decl.kind === "wait" ? (node.decl.settings ?? {}) : {}) as { dataset?: string };
  if (row.state === "deferred" && dataset !== undefined) awaitDataset(world, instance, dataset, undefined);
  if (row.state === "scheduled") requestSlots(world, instance);
}
