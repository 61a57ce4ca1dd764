import { type PlannedRun, plannedRuns } from "../calendar/next-run.ts";
import { timetableOf } from "../calendar/timetable.ts";
import { MillraceError } from "../errors.ts";
import type { BackfillIntervalRow, BackfillRow, RunRow } from "../state/run-store.ts";
import type { BackfillRequest } from "./events.ts";
import type { Backfill, Dag, World } from "./world.ts";

/** Intervals of one backfill: eleven years of hours. */
const intervalsMax = 100_000;

/** What a backfill does with one of its intervals. */
export type BackfillDecision = { act: "run" } | { act: "rerun"; run: string } | { act: "leave"; run: string; reason: NonNullable<BackfillIntervalRow["reason"]> };

/** `dag.20260131T060000Z`: the one run that a DAG may have for an interval by its schedule or a backfill. */
export function intervalRunId(dag: string, start: number): string {
  return `${dag}.${new Date(start).toISOString().replaceAll(/[-:]|\.000/g, "")}`;
}

/**
 * The intervals of a backfill in its order.
 * @throws MillraceError `MR-SCHED-007` when there can be no such backfill
 */
export function backfillPlan(dag: Dag, { from, to, order, ticks }: Pick<BackfillRequest, "from" | "to" | "order" | "ticks">, now: number): PlannedRun[] {
  const refuse = (what: string, mend: string): MillraceError => new MillraceError("MR-SCHED-007", { what, where: `a backfill of DAG "${dag.row.dag}"`, mend });
  if (from >= to) throw refuse(`it begins at ${iso(from)} and ends at ${iso(to)}`, "give an end that comes after the beginning; the end itself is not in it");
  if (!dag.timetable.periodic) throw refuse("the DAG has no schedule with intervals", "give it a cron, an interval or a calendar, or trigger single runs");
  const plan: PlannedRun[] = [];
  const timetable = ticks ? timetableOf(dag.graph.decl.schedule, () => ticks) : dag.timetable;
  for (const planned of plannedRuns(timetable, from, to)) {
    if (planned.runAfter > now) break;
    if (plan.length === intervalsMax) throw refuse(`it has more than ${intervalsMax} intervals`, "split it");
    plan.push(planned);
  }
  if (plan.length === 0) throw refuse(`no interval of the schedule begins between ${iso(from)} and ${iso(to)} and has ended`, "look at `millrace next` for the schedule's intervals");
  return order === "newest" ? plan.reverse() : plan;
}

const iso = (at: number): string => new Date(at).toISOString();

/**
 * What may not be backfilled, as in Airflow: tasks that look at the run before need the oldest first, and a past that is made anew.
 * @throws MillraceError `MR-SCHED-007`
 */
export function checkBackfill(dag: Dag, { order, reprocess }: BackfillRequest): void {
  const refuse = (what: string, mend: string): MillraceError => refusal(dag, what, mend);
  const past = dag.graph.tasks.find(({ decl }) => decl.dependsOnPast || decl.waitForDownstream);
  if (past && order === "newest") throw refuse(`task "${past.decl.name}" waits for the run before, which would come later`, "begin with the oldest");
  if (past && reprocess === "none") throw refuse(`task "${past.decl.name}" waits for the run before, which may be one that is left as it is`, "reprocess failed or completed runs");
}

/**
 * A DAG has one backfill at a time. One that was cancelled makes no more runs, and does not count though some of it go on.
 * @throws MillraceError `MR-SCHED-007`
 */
export function checkAlone(world: World, dag: Dag): void {
  const other = [...world.backfills.values()].find((each) => each.dag === dag && each.row.state !== "cancelled");
  if (other) throw refusal(dag, `backfill ${other.row.id} of it has not ended`, "wait for it, or cancel it");
}

const refusal = (dag: Dag, what: string, mend: string): MillraceError => new MillraceError("MR-SCHED-007", { what, where: `a backfill of DAG "${dag.row.dag}"`, mend });

/** What is to be done with an interval, by the run that it has already. A run that goes on is never touched. */
export function decide(world: World, { row, dag, existing }: Pick<Backfill, "row" | "dag" | "existing">, { interval }: PlannedRun): BackfillDecision {
  const id = intervalRunId(dag.row.dag, interval.start);
  if (world.runs.has(id)) return { act: "leave", run: id, reason: "in flight" };
  const before = existing.get(interval.start);
  if (!before) return { act: "run" };
  if (before.state === "queued" || before.state === "running") return { act: "leave", run: id, reason: "in flight" };
  if (row.reprocess === "completed" || (row.reprocess === "failed" && before.state !== "success")) return { act: "rerun", run: id };
  return { act: "leave", run: id, reason: "already exists" };
}

/** Runs that a DAG has by its schedule or a backfill, by the start of their interval. */
export function existingRuns(runs: readonly RunRow[]): Backfill["existing"] {
  return new Map(runs.filter(({ id, dag, intervalStart }) => id === intervalRunId(dag, intervalStart)).map(({ id, state, intervalStart }) => [intervalStart, { id, state }]));
}

export function newBackfill(id: string, request: BackfillRequest, intervals: number, now: number): BackfillRow {
  const { dag, from, to, order, reprocess, maxActiveRuns, params, note } = request;
  return { id, dag, state: "running", from, to, order, reprocess, maxActiveRuns, params, note, createdAt: now, endedAt: null, intervals, next: 0 };
}
