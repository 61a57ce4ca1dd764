import { setImmediate } from "node:timers/promises";
import { describeSchedule } from "../calendar/describe-schedule.ts";
import { type PlannedRun, upcoming } from "../calendar/next-run.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { DagChanges } from "../model/manifest-changes.ts";
import type { Manifest } from "../model/manifest.ts";
import { ticksFrom } from "../scheduler/custom-ticks.ts";
import { overdueRuns, planOf, unbrokenSince } from "../scheduler/due-runs.ts";
import type { DagPlan, FillView, ScheduleView } from "../server/dag-control.ts";
import type { DagRow } from "../state/run-store.ts";
import { plannedView } from "./dag-views.ts";
import type { CodePlace, Timetables } from "./timetables/timetables.ts";

/** What one release's DAGs are read from. */
export interface PlanSide {
  dags: Manifest["dags"];
  place: CodePlace;
}

export interface DagPlanParts {
  /** What is stored of DAGs, by name. */
  rows: ReadonlyMap<string, DagRow>;
  timetables: Timetables;
  /** Starts of a DAG's intervals behind the last scheduled one that have runs. */
  madeStarts(decl: DagDecl, lastStart: number | null): Promise<number[]>;
  /** How many more runs may be counted, over all DAGs of a plan. */
  allowance: { runs: number };
}

/** Runs that are counted of those that catching up would make: of a DAG some 0.3 s, of a plan 3 s. */
const countedMax = 10_000;
export const countedInAllMax = 100_000;
/** So many are counted in one go: some 10 ms. */
const breathEvery = 200;
const shownFirst = 3;
const shownNext = 3;
/** Settings that say when a DAG runs. */
const scheduleFields = new Set(["schedule", "timezone", "start", "end", "catchup"]);

/** What a change of a DAG does to the runs that it gets. */
export async function dagPlan(parts: DagPlanParts, changes: DagChanges, before: PlanSide, after: PlanSide): Promise<DagPlan> {
  const { name, change, settings } = changes;
  const row = rowOf(parts.rows, name);
  const differs = change !== "changed" || settings.some(({ field }) => scheduleFields.has(field));
  const plan: DagPlan = { ...changes, paused: row.paused, schedule: null, fills: null };
  if (!differs && !isCustom(after.dags[name])) return plan;
  const [was, will] = await Promise.all([scheduleOf(parts, before, name, row), scheduleOf(parts, after, name, row)]);
  if (!differs && JSON.stringify(was) === JSON.stringify(will)) return plan;
  return { ...plan, schedule: { before: was?.view ?? null, after: will?.view ?? null }, fills: will?.fills ?? null };
}

const isCustom = ({ schedule }: DagDecl): boolean => schedule.kind === "custom";

/** DAGs that are declared as before, with a timetable in code: that may say otherwise all the same. */
export function customAlike(before: PlanSide["dags"], after: PlanSide["dags"], changed: ReadonlySet<string>): DagChanges[] {
  const names = Object.keys(after).filter((name) => !changed.has(name) && before[name] && isCustom(after[name]));
  return names.map((name) => ({ name, change: "changed", tasks: { added: [], removed: [], changed: [] }, settings: [] }));
}

type Row = Pick<DagRow, "paused" | "since" | "lastStart" | "lastEnd">;

/** A DAG that nobody knows yet is watched from now on; one that is paused, from when it is resumed. */
function rowOf(rows: DagPlanParts["rows"], name: string): Row {
  const now = Date.now();
  const row = rows.get(name);
  if (!row) return { paused: false, since: now, lastStart: null, lastEnd: null };
  return { ...row, since: row.paused ? now : unbrokenSince(row, now) };
}

async function scheduleOf({ timetables, madeStarts, allowance }: DagPlanParts, { dags, place }: PlanSide, name: string, row: Row): Promise<{ view: ScheduleView; fills: FillView } | undefined> {
  const decl = dags[name];
  if (!decl) return undefined;
  const now = Date.now();
  const { timetable, problem } = await timetables.timetable(decl, place, { from: ticksFrom(decl, row, now), to: now });
  const plan = planOf(decl, row, now);
  const made = new Set(await madeStarts(decl, row.lastStart));
  return {
    view: { text: describeSchedule(decl.schedule), timezone: decl.timezone, next: upcoming(timetable, plan, shownNext).map(plannedView), problem },
    fills: await counted(overdueRuns(timetable, plan, made), allowance),
  };
}

/** Counts runs; the scheduler shares this process, and goes on in between. */
async function counted(runs: Iterable<PlannedRun>, allowance: DagPlanParts["allowance"]): Promise<FillView> {
  const fills: FillView = { count: 0, more: false, first: [], last: null };
  for (const run of runs) {
    if (fills.count === countedMax || allowance.runs === 0) return { ...fills, more: true };
    allowance.runs--;
    if (++fills.count % breathEvery === 0) await setImmediate();
    fills.last = plannedView(run).interval;
    if (fills.first.length < shownFirst) fills.first.push(fills.last);
  }
  return fills;
}
