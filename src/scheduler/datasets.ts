import { withInterval } from "./interval-set.ts";
import { isWhole } from "./look.ts";
import { trigger } from "./runs.ts";
import { settle } from "./settle.ts";
import { dueByUpdates, spanOf, waitsFor } from "./updates.ts";
import type { Dag, World } from "./world.ts";

/** A dataset has a new version, by what happened in this shard: every shard keeps for itself what there is of it. */
export function spreadUpdate(world: World, dataset: string, interval: { start: number; end: number } | undefined, cause: string): void {
  noteUpdate(world, dataset, interval, cause);
  world.postAll({ type: "updated", dataset, interval, cause });
}

/** A dataset has a new version: what waits for it here goes on. */
export function noteUpdate(world: World, dataset: string, interval: { start: number; end: number } | undefined, cause: string): void {
  if (interval && interval.start < interval.end) {
    const ledger = world.ledgers.get(dataset) ?? { dataset, done: [] };
    ledger.done = withInterval(ledger.done, interval.start, interval.end);
    world.ledgers.set(dataset, ledger);
    world.changed("ledgers", ledger);
    for (const instance of world.awaiting.get(dataset) ?? []) if (isWhole(world, dataset, instance)) settle(world, instance, "success");
  }
  for (const dag of world.dags.values()) {
    if (dag.gone || !waitsFor(dag)?.datasets.includes(dataset)) continue;
    dag.row.updated = [...dag.row.updated, { dataset, at: world.now, start: interval?.start ?? null, end: interval?.end ?? null, cause }];
    world.changed("dags", dag.row);
    runByUpdates(world, dag);
  }
}

/** Runs a DAG that has the updates it waits for. One run takes all that have come. */
export function runByUpdates(world: World, dag: Dag): void {
  const schedule = waitsFor(dag);
  const { updated } = dag.row;
  const due = schedule && dueByUpdates(schedule, updated, world.now);
  if (due === undefined || dag.row.paused || dag.gone || world.resting || world.onlyAsked) return;
  if (due > world.now) {
    world.timer(due, { type: "updates", dag });
    return;
  }
  dag.row.updated = [];
  world.changed("dags", dag.row);
  trigger(world, { dag: dag.row.dag, kind: "dataset", params: {}, interval: spanOf(updated, world.now), cause: JSON.stringify(updated.map(({ dataset, cause }) => ({ dataset, cause }))) });
}
