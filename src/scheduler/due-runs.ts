import { jitterOf, nextRun, type Plan, type PlannedRun } from "../calendar/next-run.ts";
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
  const { decl } = dag.graph;
  dag.dueAt = undefined;
  wantTicks(world, dag);
  if (dag.row.paused || dag.gone) return;
  // One run behind the other: there is a next one when none goes on.
  const alone = dag.timetable.runs === "continuous";
  while (dag.queuedCount < aheadMax && !(alone && dag.active.size + dag.queuedCount > 0)) {
    const planned = nextRun(dag.timetable, planOf(dag.graph.decl, dag.row, world.now));
    wantTicks(world, dag);
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
