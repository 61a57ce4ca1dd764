import { jitterOf, nextRun, type PlannedRun } from "../calendar/next-run.ts";
import type { Dag, World } from "./world.ts";

/** Runs of one DAG that are made at once; the others follow as these end. */
const aheadMax = 16;

/**
 * The runs of a DAG that are due, the oldest first, each noted as made; and the timer for the next one. No more are
 * made than a little over what may go on: ten years of catch-up are not ten years of rows.
 */
export function* dueRuns(world: World, dag: Dag): Generator<PlannedRun> {
  const { decl } = dag.graph;
  dag.dueAt = undefined;
  if (dag.row.paused || dag.gone || world.resting) return;
  // One run behind the other: there is a next one when none goes on.
  const alone = dag.timetable.runs === "continuous";
  while (dag.queuedCount < aheadMax && !(alone && dag.active.size + dag.queuedCount > 0)) {
    const planned = planNext(world, dag);
    if (!planned) return;
    const dueAt = planned.runAfter + jitterOf(decl.name, planned.runAfter, decl.jitterMs);
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

function planNext(world: World, dag: Dag): PlannedRun | undefined {
  const { start, end, catchup } = dag.graph.decl;
  const { lastStart, lastEnd, since } = dag.row;
  return nextRun(dag.timetable, {
    last: lastStart === null || lastEnd === null ? undefined : { start: lastStart, end: lastEnd },
    start: start === undefined ? undefined : Date.parse(start),
    end: end === undefined ? undefined : Date.parse(end),
    catchup,
    since,
    now: world.now,
  });
}
