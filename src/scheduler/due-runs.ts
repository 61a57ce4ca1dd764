import { type Interval, jitterOf, nextRun, type PlannedRun } from "../calendar/next-run.ts";
import type { Dag, World } from "./world.ts";

/** Runs of one DAG that are made at once; the others follow as these end. */
const aheadMax = 16;

/**
 * The runs of a DAG that are due, the oldest first, each noted as made; and the timer for the next one. No more are
 * made than a little over what may go on: ten years of catch-up are not ten years of rows.
 */
export function* dueRuns(world: World, dag: Dag): Generator<PlannedRun> {
  dag.dueAt = undefined;
  if (dag.row.paused || dag.gone || world.resting) return;
  // One run behind the other: there is a next one when none goes on.
  const alone = dag.timetable.runs === "continuous";
  while (dag.queuedCount < aheadMax && !(alone && dag.active.size + dag.queuedCount > 0)) {
    const planned = planNext(world, dag);
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
  const { lastStart, lastEnd } = dag.row;
  let planned = planBehind(world, dag, lastStart === null || lastEnd === null ? undefined : { start: lastStart, end: lastEnd });
  if (dag.graph.decl.catchup.policy !== "latest") return planned;
  // The newest of those whose delay is over too.
  for (let next = planned; next && dueAtOf(dag, next) <= world.now; next = planBehind(world, dag, planned.interval)) planned = next;
  return planned;
}

/**
 * What is delayed by the jitter is not overdue: the policies look at the time as it was before the longest delay. Else they
 * would give up a run for the next while it waits, and that one for the one after it.
 */
function planBehind(world: World, dag: Dag, last: Interval | undefined): PlannedRun | undefined {
  const { start, end, catchup } = dag.graph.decl;
  return nextRun(dag.timetable, {
    last,
    start: start === undefined ? undefined : Date.parse(start),
    end: end === undefined ? undefined : Date.parse(end),
    catchup,
    since: dag.row.since,
    now: world.now - jitterMsOf(dag),
  });
}
