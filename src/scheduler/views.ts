import type { PlannedRun } from "../calendar/next-run.ts";
import type { ErrorJson } from "../errors.ts";
import type { DagRow, InstanceRow, PoolRow, RunState } from "../state/run-store.ts";
import type { BackfillDecision } from "./backfills.ts";
import type { Dag, Pool, World } from "./world.ts";

/* What a shard's world says of itself to others, as plain JSON: it may be in another process. */

export interface DagState {
  row: DagRow;
  /** The release that new runs get. */
  release: string;
  activeRuns: number;
  queuedRuns: number;
  /** When its next run is made; null while nothing is planned. */
  dueAt: number | null;
  /** Why its timetable in code says no more. */
  problem: ErrorJson | null;
}

export interface PoolState extends PoolRow {
  /** Slots that tasks of the shard have, and tasks that wait for some. */
  used: number;
  waiting: number;
}

/** An interval of a backfill, and what is to be done with it. */
export interface BackfillStep {
  planned: PlannedRun;
  decision: BackfillDecision;
  /** Of the run that is there for it. */
  state: RunState | null;
}

/** Those that are declared. */
export function dagStates(world: World): DagState[] {
  return [...world.dags.values()].filter(({ gone }) => !gone).map(dagState);
}

function dagState({ row, graph, active, queuedCount, dueAt, ticks }: Dag): DagState {
  return { row: { ...row }, release: graph.release, activeRuns: active.size, queuedRuns: queuedCount, dueAt: dueAt ?? null, problem: ticks?.problem ?? null };
}

/** What is stored of DAGs, of those too that are declared no more. */
export function dagRows(world: World): DagRow[] {
  return [...new Map([...world.dagRows, ...[...world.dags].map(([name, { row }]) => [name, row] as const)]).values()].map((row) => ({ ...row }));
}

/** All pools, each with what this shard has of it. */
export function poolStates(world: World): PoolState[] {
  return [...world.pools.values()].map(poolState);
}

function poolState({ row, used, queue }: Pool): PoolState {
  return { ...row, used, waiting: queue.size };
}

export function instancesIn(world: World, run: string): InstanceRow[] | null {
  const found = world.runs.get(run);
  return found && found.cells.length > 0 ? found.cells.flat().map(({ row }) => ({ ...row })) : null;
}
