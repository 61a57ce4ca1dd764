import type { PlannedRun } from "../calendar/next-run.ts";
import { MillraceError } from "../errors.ts";
import type { BackfillRow, RunRow } from "../state/run-store.ts";
import { backfillPlan, checkAlone, checkBackfill, decide, existingRuns, intervalRunId, newBackfill } from "./backfills.ts";
import { askAgainMs } from "./custom-ticks.ts";
import type { Event, TicksAnswer } from "./events.ts";
import { dagNamed, loadForChange } from "./known.ts";
import { createRun, startRun, ofInterval } from "./runs.ts";
import { resetInstance } from "./settle.ts";
import type { Backfill, Dag, World } from "./world.ts";

export function createBackfill(world: World, { request, existing }: Extract<Event, { type: "backfill" }>): BackfillRow {
  const dag = dagNamed(world, request.dag);
  const plan = backfillPlan(dag, request, world.now);
  checkBackfill(dag, request);
  checkAlone(world, dag);
  const row = newBackfill(`${request.dag}.backfill.${world.mint()}`, request, plan.length, world.now);
  world.changed("backfills", row);
  const backfill: Backfill = { row, dag, plan, active: new Set(), fetched: 0, existing: existingRuns(existing) };
  world.backfills.set(row.id, backfill);
  advanceBackfill(world, backfill);
  return row;
}

/** Goes on with a backfill of an earlier scheduler, once its DAG is known; where its timetable is code, once that has said which intervals there are. */
export function takeUpBackfill(world: World, row: BackfillRow, existing: RunRow[]): boolean {
  const dag = world.dags.get(row.dag);
  if (!dag || dag.gone) return false;
  if (dag.graph.decl.schedule.kind !== "custom") return resumeBackfill(world, dag, row, existing);
  askForIntervals(world, dag, row);
  return false;
}

export function askForIntervals(world: World, { graph }: Dag, { id, dag, from, to }: BackfillRow): void {
  world.effect({ type: "ticks", dag, release: graph.release, from, to, backfill: id });
}

/** Without an answer it is asked for again, as long as the DAG is there; the DAG's own problem says why it waits. */
export function goOnWithBackfill(world: World, row: BackfillRow, existing: RunRow[], answer: TicksAnswer): boolean {
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
export function advanceBackfill(world: World, backfill: Backfill): void {
  const { row, plan, active } = backfill;
  if (world.resting || world.onlyAsked) return;
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
export function rerun(world: World, { backfill: id, ordinal, stored }: Extract<Event, { type: "rerun" }>): void {
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

export function turnBackfill(world: World, { backfill: id, state, note }: Extract<Event, { type: "backfill-state" }>): BackfillRow {
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
