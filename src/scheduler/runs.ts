import { manualInterval, type PlannedRun } from "../calendar/next-run.ts";
import type { Json } from "../model/manifest.ts";
import type { RunKind, RunRow, RunState } from "../state/run-store.ts";
import { stopAttempt } from "./attempts.ts";
import { intervalRunId } from "./backfills.ts";
import { makeCells } from "./cells.ts";
import { dropDeadlines, setDeadlines } from "./deadlines.ts";
import { dueRuns } from "./due-runs.ts";
import type { RunRequest, StoredRun } from "./events.ts";
import { dagNamed, load } from "./known.ts";
import type { Message, ParentTask } from "./messages.ts";
import { tellOfRun } from "./news.ts";
import { needsPast } from "./past.ts";
import { open, settle } from "./settle.ts";
import { type Dag, type Instance, isOver, type Run, type World } from "./world.ts";

/** Makes the runs that are due, by the DAG's policy for those that overlap. */
export function createDue(world: World, dag: Dag): void {
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

export function ofInterval({ row }: Dag, { interval, runAfter, logicalDate }: PlannedRun): Pick<RunRow, "id" | "intervalStart" | "intervalEnd" | "runAfter" | "logicalDate"> {
  return { id: intervalRunId(row.dag, interval.start), intervalStart: interval.start, intervalEnd: interval.end, runAfter, logicalDate };
}

export function trigger(world: World, { id, dag: name, kind, params, interval, note, cause }: RunRequest): Run {
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

export function createRun(world: World, dag: Dag, given: Pick<RunRow, "id" | "kind" | "intervalStart" | "intervalEnd" | "runAfter" | "logicalDate"> & Partial<RunRow>): Run {
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

export function enqueue(run: Run): void {
  run.dag.queued.push(run.row.runAfter, run);
  run.dag.queuedCount++;
}

export function reopenRun(world: World, run: Run): void {
  Object.assign(run.row, { state: "queued", endedAt: null, startedAt: null });
  world.runs.set(run.row.id, run);
  world.changed("runs", run.row);
  setDeadlines(world, run, "due");
  enqueue(run);
  startQueued(world, run.dag);
}

/** Starts waiting runs, the oldest first, as many as may go on at once. */
export function startQueued(world: World, dag: Dag): void {
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

export function startRun(world: World, run: Run): void {
  run.row.state = "running";
  run.row.startedAt ??= world.now;
  world.changed("runs", run.row);
  if (run.cells.length === 0) makeCells(run);
  setDeadlines(world, run, "start");
  goOn(world, run);
}

/** Sets a running run in motion, at its start or after a restart of ours. */
export function goOn(world: World, run: Run): void {
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

export function learnPast(world: World, id: string, previous: StoredRun | null): void {
  const run = world.runs.get(id);
  if (!run || run.previous !== undefined) return;
  run.previous = previous && load(world, previous);
  run.previous?.next.add(run);
  for (const cell of run.cells) for (const instance of cell) open(world, instance);
}

/** How a run has gone whose tasks have all ended. */
export function stateOf({ graph, tallies }: Run): RunState {
  const decisive = graph.decl.runState === "leaves" ? graph.tasks.filter(({ leaf }) => leaf) : graph.tasks;
  return decisive.some(({ place }) => tallies[place].failed + tallies[place].upstreamFailed > 0) ? "failed" : "success";
}

export function endRun(world: World, run: Run, state: RunState): void {
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
  if (backfill) world.advancing.add(backfill);
  startQueued(world, dag);
  // With a time set for the next one, nothing else waits for this one's place.
  if (dag.dueAt === undefined) createDue(world, dag);
}

/** A task that waits for this very run goes the way that it went. */
function endParent(world: World, { row }: Run): void {
  if (row.kind !== "dag" || row.cause === null) return;
  const parent = JSON.parse(row.cause) as ParentTask | { alert: string };
  if (!("run" in parent)) return;
  world.post(world.homeOf(parent.dag), { type: "child-ended", parent, child: row.id, state: row.state, note: `run ${row.id} has ended: ${row.state}` });
}

export function endTaskOfRun(world: World, { parent: { run, task, index }, child, state, note }: Extract<Message, { type: "child-ended" }>): void {
  const parent = world.runs.get(run);
  const node = parent?.graph.byName.get(task);
  const instance = node && parent?.cells[node.place].find((each) => each.row.index === index);
  // One that was cleared waits for another run now.
  if (instance?.row.state !== "deferred" || instance.row.note !== childNote(child)) return;
  instance.row.note = note;
  settle(world, instance, state === "success" ? "success" : "failed");
}

/** Ends a run before its time: what runs is stopped, what has not ended will not. */
export function stopRun(world: World, run: Run, how: "cancelled" | "failed", note: string | null): void {
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

/** Has a run made for a task. What becomes of it is said by a message, whichever shard its DAG is in. */
export function startChild(world: World, instance: Instance): void {
  if (instance.row.state !== "deferred") return;
  const { dag, params, wait = true } = instance.node.decl.settings as { dag: string; params?: RunRow["params"]; wait?: boolean };
  const { run, task, index } = instance.row;
  const { dag: parentDag, intervalStart: start, intervalEnd: end } = instance.run.row;
  const id = `${dag}.dag.${world.mint()}`;
  const parent: ParentTask = { run, task, index, dag: parentDag };
  world.post(world.homeOf(dag), { type: "child", request: { id, dag, kind: "dag", params: params ?? {}, interval: { start, end }, cause: JSON.stringify(parent) }, wait });
  instance.row.note = childNote(id);
}

const childNote = (id: string): string => `run ${id}`;
