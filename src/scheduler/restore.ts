import { takeUpAlerts } from "./alerts.ts";
import { offer } from "./attempts.ts";
import { turn } from "./cells.ts";
import { dagRow, knowDag, takePool } from "./dags.ts";
import { watchDeadlines } from "./deadlines.ts";
import type { Event } from "./events.ts";
import type { DagGraph } from "./graph.ts";
import { graphOf, load } from "./known.ts";
import { hire } from "./leases.ts";
import { resumeWaiting } from "./look.ts";
import { enqueue, goOn } from "./runs.ts";
import { restoreShares } from "./share-rows.ts";
import { occupy } from "./slots.ts";
import type { Instance, Run, World } from "./world.ts";

/** Slots of the pool that tasks use which name none. */
const defaultSlots = 128;

/** Takes up what an earlier scheduler has left. Workers of its time get a whole lease to speak up. */
export function restore(world: World, { unfinished, pinned }: Extract<Event, { type: "restore" }>): void {
  world.fence = unfinished.fence;
  restoreShares(world, unfinished.shares ?? []);
  for (const row of unfinished.pools) world.addPool({ ...row });
  if (!world.pools.has("default")) takePool(world, { name: "default", slots: defaultSlots, note: null });
  for (const { release, dag } of pinned) graphOf(world, dag, release);
  for (const row of unfinished.dags) world.dagRows.set(row.dag, { ...row });
  for (const { release, dag } of pinned) if (!world.dags.has(dag.name)) knowDag(world, dagRow(world, dag.name), world.graphs.get(`${release} ${dag.name}`) as DagGraph);
  const instances = Map.groupBy(unfinished.instances, ({ run }) => run);
  const attempts = Map.groupBy(unfinished.attempts, ({ run }) => run);
  for (const row of unfinished.runs) {
    const run = load(world, { run: row, instances: instances.get(row.id) ?? [], attempts: attempts.get(row.id) ?? [], decl: world.graphs.get(`${row.release} ${row.dag}`)?.decl });
    world.runs.set(row.id, run);
    watchDeadlines(world, run);
    if (row.state === "queued") enqueue(run);
    else takeUp(world, run);
  }
  world.waitingBackfills = unfinished.backfills.map((row) => ({ ...row }));
  for (const row of unfinished.ledgers) world.ledgers.set(row.dataset, { ...row });
  takeUpAlerts(world, unfinished.alerts);
  for (const row of unfinished.throttles) world.throttles.set(row.key, { ...row });
}

function takeUp(world: World, run: Run): void {
  if (run.row.backfill === null) run.dag.active.add(run);
  for (const cell of run.cells) for (const instance of cell) takeUpTask(world, instance);
  goOn(world, run);
}

function takeUpTask(world: World, instance: Instance): void {
  const { row, attempt, node } = instance;
  // A task that only waited for slots is looked at again; nothing of its waiting was stored.
  if (row.state === "scheduled") turn(instance, row.attempts > 0 ? "scheduled" : "none");
  resumeWaiting(world, instance);
  if (!attempt || attempt.row.state === "deferred") return;
  occupy(world, attempt);
  world.attempts.set(attempt.row.id, attempt);
  if (attempt.row.state === "queued") return offer(world, attempt);
  if (node.decl.timeoutMs !== undefined) world.timer((attempt.row.startedAt as number) + node.decl.timeoutMs, { type: "attempt-timeout", attempt, fence: attempt.row.fence });
  hire(world, attempt.row.worker as string, attempt);
}
