import { type Interval, jitterOf, nextRun, type Plan, type PlannedRun } from "../calendar/next-run.ts";
import type { Timetable } from "../calendar/timetable.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { DagRow } from "../state/run-store.ts";
import { wantTicks } from "./custom-ticks.ts";
import type { Dag, World } from "./world.ts";

/** Runs of one DAG that are made at once; the others follow as these end. */
const aheadMax = 16;

/**
 * The runs of a DAG that are due, the oldest first, each noted as made; and the timer for the next one. No more are
 * made than a little over what may go on: ten years of catch-up are not ten years of rows.
 */
export function* dueRuns(world: World, dag: Dag): Generator<PlannedRun> {
  dag.dueAt = undefined;
  if (world.resting || world.onlyAsked) return;
  wantTicks(world, dag);
  if (dag.row.paused || dag.gone) return;
  // One run behind the other: there is a next one when none goes on.
  const alone = dag.timetable.runs === "continuous";
  while (dag.queuedCount < aheadMax && !(alone && dag.active.size + dag.queuedCount > 0)) {
    const planned = planNext(world, dag);
    wantTicks(world, dag);
    if (!planned) return;
    const dueAt = dueAtOf(dag, planned);
    if (dueAt > world.now) {
      dag.dueAt = dueAt;
      world.timer(dueAt, { type: "due", dag, at: dueAt });
      return;
    }
    dag.row.lastStart = planned.interval.start;
    dag.row.lastEnd = planned.interval.end;
    world.changed("dags", dag.row);
    if (!dag.made.delete(planned.interval.start)) yield planned;
  }
}

function dueAtOf(dag: Dag, { runAfter }: PlannedRun): number {
  return runAfter + jitterOf(dag.row.dag, runAfter, jitterMsOf(dag));
}

/** What begins when the last one ends does not begin with others. */
function jitterMsOf({ graph, timetable }: Dag): number {
  return timetable.runs === "continuous" ? 0 : graph.decl.jitterMs;
}

function planNext(world: World, dag: Dag): PlannedRun | undefined {
  const plan = planOf(dag.graph.decl, dag.row, world.now);
  let planned = planBehind(dag, plan, plan.last);
  if (dag.graph.decl.catchup.policy !== "latest") return planned;
  // The newest of those whose delay is over too.
  for (let next = planned; next && dueAtOf(dag, next) <= world.now; next = planBehind(dag, plan, planned.interval)) planned = next;
  return planned;
}

/**
 * What is delayed by the jitter is not overdue: the policies look at the time as it was before the longest delay. Else they
 * would give up a run for the next while it waits, and that one for the one after it.
 */
function planBehind(dag: Dag, plan: Plan, last: Interval | undefined): PlannedRun | undefined {
  return nextRun(dag.timetable, { ...plan, last, now: plan.now - jitterMsOf(dag) });
}

/** A schedule counts as watched without a break while nobody was there for less than this, in milliseconds. */
const restartMs = 600_000;

/** Since when a DAG's schedule is watched without a break, when a release is taken up now. */
export const unbrokenSince = ({ since }: Pick<DagRow, "since">, now: number): number => Math.max(since, now - restartMs);

/**
 * The runs that are due now, found as they would be made one after the other, as they are taken. Their jitter is no matter.
 * @param made - starts of intervals that have a run already, of a backfill
 */
export function* overdueRuns(timetable: Timetable, plan: Plan, made: ReadonlySet<number>): Generator<PlannedRun> {
  // A continuous schedule is always due, for nothing of the past.
  if (timetable.runs === "continuous") return;
  let { last } = plan;
  for (let run = nextRun(timetable, plan); run && run.runAfter <= plan.now; run = nextRun(timetable, { ...plan, last })) {
    last = run.interval;
    if (!made.has(run.interval.start)) yield run;
  }
}

/** All that says, beside the timetable, which run of a DAG comes next. */
export function planOf({ start, end, catchup }: DagDecl, { lastStart, lastEnd, since }: Pick<DagRow, "lastStart" | "lastEnd" | "since">, now: number): Plan {
  return {
    last: lastStart === null || lastEnd === null ? undefined : { start: lastStart, end: lastEnd },
    start: start === undefined ? undefined : Date.parse(start),
    end: end === undefined ? undefined : Date.parse(end),
    catchup,
    since,
    now,
  };
}
