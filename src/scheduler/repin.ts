import type { InstanceRow } from "../state/run-store.ts";
import { offer, stopAttempt } from "./attempts.ts";
import { makeCells } from "./cells.ts";
import type { DagGraph } from "./graph.ts";
import { resumeWaiting } from "./look.ts";
import { resetRow, stopAwaiting } from "./settle.ts";
import { type Instance, isOver, type Run, type World } from "./world.ts";

/**
 * Lets a run go on with the graph of another release. Tasks that both have stay as they are, and so does what runs of them,
 * with the slots that it has taken; new ones are yet to come; what has not ended of those that are no more is removed.
 */
export function repin(world: World, run: Run, graph: DagGraph): void {
  const before = run.cells.flat();
  run.row.release = graph.release;
  world.changed("runs", run.row);
  for (const { row } of refit(run, graph)) world.changed("instances", row);
  const fresh = new Map(run.cells.flat().map((instance) => [placeOf(instance), instance]));
  for (const instance of before) handOver(world, instance, fresh.get(placeOf(instance)));
}

/** Gives a run the cells of another graph, and says which tasks are back that it had before and that were removed. */
export function refit(run: Run, graph: DagGraph): Instance[] {
  const before = run.cells.flat();
  const away = new Set(run.left.map((row) => placeOf({ row })));
  run.graph = graph;
  if (before.length === 0) return [];
  makeCells(run, [...run.left, ...rowsOf(before)]);
  const back = run.cells.flat().filter((instance) => instance.row.state === "removed" && away.has(placeOf(instance)));
  for (const instance of back) resetRow(instance);
  return back;
}

/** Rows of instances that are, or were, more than yet to come. */
const rowsOf = (instances: Instance[]): InstanceRow[] => instances.flatMap(({ row }) => (row.state !== "none" || row.attempts > 0 ? [row] : []));

const placeOf = ({ row }: Pick<Instance, "row">): string => `${row.task}/${row.index}`;

/** The new instance takes the place of the old one, for which timers and queues then find nothing to do. */
function handOver(world: World, old: Instance, fresh: Instance | undefined): void {
  stopAwaiting(world, old);
  if (!fresh) return dropTask(world, old);
  const { attempt } = old;
  old.row = { ...old.row, state: "removed" };
  old.attempt = undefined;
  if (attempt) {
    attempt.instance = fresh;
    fresh.attempt = attempt;
  }
  if (fresh.row.attempts > 0 || fresh.row.state !== "none") world.changed("instances", fresh.row);
  resumeWaiting(world, fresh);
  if (attempt?.row.state !== "queued") return;
  // Whoever holds the hint would start it with the code that it was given for.
  attempt.row.token = world.mint();
  world.changed("attempts", attempt.row);
  offer(world, attempt);
}

function dropTask(world: World, instance: Instance): void {
  if (isOver(instance.row.state)) return;
  stopAttempt(world, instance, "the release that its run goes on with has no such task");
  Object.assign(instance.row, { state: "removed", endedAt: world.now, wakeAt: null });
  if (instance.row.attempts > 0) world.changed("instances", instance.row);
}
