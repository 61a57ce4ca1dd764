import type { DagRow, PoolRow } from "../state/run-store.ts";
import { goOnWithBackfill, takeUpBackfill } from "./backfill-runs.ts";
import { forgetTicks, takeTicks, timetableIn } from "./custom-ticks.ts";
import { runByUpdates } from "./datasets.ts";
import { unbrokenSince } from "./due-runs.ts";
import type { Event } from "./events.ts";
import type { DagGraph } from "./graph.ts";
import { Heap } from "./heap.ts";
import { dagNamed, graphOf } from "./known.ts";
import { createDue, startQueued } from "./runs.ts";
import { resizeAtHome } from "./share-home.ts";
import { poolKey } from "./shares.ts";
import { dagLimit } from "./slots.ts";
import type { Dag, World } from "./world.ts";

export function register(world: World, { release: name, dags, made, existing, resting, onlyAsked = false }: Extract<Event, { type: "register" }>): void {
  world.resting = resting;
  world.onlyAsked = onlyAsked;
  const own = dags.filter((decl) => world.homeOf(decl.name) === world.shard);
  const declared = new Set(own.map((decl) => decl.name));
  for (const dag of world.dags.values()) dag.gone = !declared.has(dag.graph.decl.name);
  for (const decl of own) {
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

/** A DAG that was there before goes on where its schedule was, though nothing of it is unfinished. */
function addDag(world: World, graph: DagGraph): Dag {
  const row = dagRow(world, graph.decl.name);
  if (!world.dagRows.has(row.dag)) world.changed("dags", row);
  return knowDag(world, row, graph);
}

/** As an earlier scheduler has left it: paused or not, and how far its schedule has come. */
export function dagRow(world: World, dag: string): DagRow {
  return world.dagRows.get(dag) ?? { dag, paused: false, note: null, since: world.now, lastStart: null, lastEnd: null, updated: [] };
}

export function knowDag(world: World, row: Dag["row"], graph: DagGraph): Dag {
  const dag: Dag = { row, graph, timetable: timetableIn({}, graph.decl), gone: false, active: new Set(), queued: new Heap(), queuedCount: 0, made: new Set(), creating: false, watchedSince: row.since };
  world.dags.set(row.dag, dag);
  return dag;
}

/** The coming ticks of a timetable in code, or those that a backfill goes over. */
export function learnTicks(world: World, { dag: name, release: from, answer, backfill }: Extract<Event, { type: "ticks" }>): void {
  const dag = world.dags.get(name);
  if (backfill) {
    world.waitingBackfills = world.waitingBackfills.filter((row) => row.id !== backfill.id || !goOnWithBackfill(world, row, backfill.existing, answer));
  } else if (dag && takeTicks(world, dag, from, answer)) createDue(world, dag);
}

export function pause(world: World, name: string, note: string | null): void {
  const { row } = dagNamed(world, name);
  row.paused = true;
  row.note = note;
  world.changed("dags", row);
}

export function resume(world: World, name: string): void {
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

/** In the pool's home, which alone keeps it; all others are told. */
export function setPool(world: World, { name, slots, note }: Extract<Event, { type: "pool" }>): void {
  takePool(world, { name, slots, note });
  world.postAll({ type: "pool", row: { name, slots, note } });
  resizeAtHome(world, name);
}

export function takePool(world: World, row: PoolRow): void {
  const pool = world.pools.get(row.name) ?? world.addPool(row);
  pool.row = { ...row };
  if (world.homeOf(poolKey(row.name)) === world.shard) world.changed("pools", pool.row);
}
