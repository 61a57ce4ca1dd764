import type { InstanceState } from "../state/run-store.ts";
import { stopAttempt } from "./attempts.ts";
import { addInstance, countState, dropInstances, goesOn, itemsOf, turn } from "./cells.ts";
import type { MapNode, TaskNode } from "./graph.ts";
import { tellOfFailure } from "./news.ts";
import type { Instance, Run, World } from "./world.ts";

/** Lets a task be looked at, once, when all that happens in this step has happened. */
export function open(world: World, instance: Instance): void {
  if (instance.open || instance.row.state !== "none") return;
  instance.open = true;
  world.open.push(instance);
}

/**
 * Ends a task, and lets those be looked at that may have waited for it.
 * @param told - whoever would be told of its failure knows: it is their doing
 */
export function settle(world: World, instance: Instance, state: InstanceState, told = false): void {
  const { row, node, run } = instance;
  const before = row.state;
  if (before === state) return;
  countState(instance, before, state);
  row.state = state;
  row.endedAt = world.now;
  row.wakeAt = null;
  if (state === "failed" && !told) tellOfFailure(world, instance, instance.attempt?.row.error);
  instance.attempt = undefined;
  world.changed("instances", row);
  if (node.decl.kind === "wait") stopAwaiting(world, instance);
  if (state === "success") for (const map of node.listOf) expand(world, run, map);
  if (node.map?.until === node && state !== "removed") turnRound(world, instance, { ...node.map, until: node });
  if (state === "success") for (const dataset of node.decl.updates) world.updated.push({ dataset, interval: { start: run.row.intervalStart, end: run.row.intervalEnd }, cause: run.row.id });
  openBehind(world, instance, state);
  if (run.unfinished === 0) world.ending.add(run);
}

/**
 * Those behind a task of another map, or of none, see how all its instances stand. They need a look when that is news: the
 * first that ends in some way, and the last.
 */
function openBehind(world: World, instance: Instance, state: InstanceState): void {
  const { node, run } = instance;
  const news = isNews(run, node, state);
  for (const down of node.downs) {
    if (down.map !== undefined && down.map === node.map && instance.row.index >= 0) openOne(world, run.cells[down.place][instance.row.index]);
    else if (news) for (const each of run.cells[down.place]) open(world, each);
  }
  for (const needy of node.neededBy) for (const each of run.cells[needy.place]) open(world, each);
  for (const later of run.next) for (const task of [node, ...node.ups]) for (const each of later.cells[task.place] ?? []) open(world, each);
}

function openOne(world: World, instance: Instance | undefined): void {
  if (instance) open(world, instance);
}

function isNews(run: Run, { place }: TaskNode, state: InstanceState): boolean {
  const { total, success, failed, skipped, upstreamFailed, removed } = run.tallies[place];
  if (success + failed + skipped + upstreamFailed + removed === total) return true;
  return (state === "success" ? success : state === "skipped" ? skipped : state === "upstream_failed" ? upstreamFailed : failed) <= 1;
}

/** Gives a map's tasks an instance for each item; what an earlier, longer list had more is removed. */
function expand(world: World, run: Run, map: MapNode): void {
  const size = itemsOf(run, map) ?? 0;
  for (const node of map.tasks) {
    if (size === 0) {
      leaveNoItem(world, run.cells[node.place]);
      continue;
    }
    if (run.cells[node.place][0]?.row.index === -1) {
      for (const { row } of dropInstances(run, node)) {
        const stored = row.state !== "none" || run.row.clears > 0;
        row.state = "removed";
        if (stored) world.changed("instances", row);
      }
    }
    const cell = run.cells[node.place];
    for (const instance of cell.slice(0, size)) if (instance.row.state === "removed") resetInstance(world, instance);
    for (let index = cell.length; index < size; index++) addInstance(run, node, index);
    removeItems(world, cell.slice(size));
    for (const instance of cell) open(world, instance);
  }
}

/** Of a list that has become empty one item stays, skipped: for those behind, a map of nothing was skipped, not never there. */
function leaveNoItem(world: World, [first, ...others]: Instance[]): void {
  if (first.row.index === -1) return;
  removeItems(world, others);
  stopAttempt(world, first, "its list has become empty");
  settle(world, first, "skipped");
}

function removeItems(world: World, instances: Instance[]): void {
  for (const instance of instances) {
    stopAttempt(world, instance, "its item is no longer in the list");
    settle(world, instance, "removed");
  }
}

/** Lets the next round of a loop come, or none: then what is left of earlier, more rounds is removed. */
function turnRound(world: World, { run, row }: Instance, { tasks, until, decl }: MapNode & { until: TaskNode }): void {
  const next = row.index + 1;
  const more = goesOn(run.cells[until.place][row.index].row) && next < decl.itemsMax;
  for (const node of tasks) {
    const cell = run.cells[node.place];
    if (!more) removeItems(world, cell.slice(next));
    else if (cell.length === next) open(world, addInstance(run, node, next));
    else if (cell[next].row.state === "removed") resetInstance(world, cell[next]);
    if (more) open(world, cell[next]);
  }
}

export function resetInstance(world: World, instance: Instance): void {
  if (instance.node.decl.kind === "wait") stopAwaiting(world, instance);
  resetRow(instance);
  world.changed("instances", instance.row);
}

export function resetRow(instance: Instance): void {
  const { row, node } = instance;
  countState(instance, row.state, "none");
  Object.assign(row, { state: "none", attemptsMax: row.attempts + node.decl.retries + 1, lost: 0, readyAt: null, startedAt: null, endedAt: null, wakeAt: null, result: null, chosen: null });
}

/** Waits without a slot: for so long, or for an event. */
export function defer(world: World, instance: Instance, ms: number | undefined): void {
  const { row } = instance;
  turn(instance, "deferred");
  row.startedAt ??= world.now;
  wakeIn(world, instance, ms);
}

export function wakeIn(world: World, instance: Instance, ms: number | undefined): void {
  instance.row.wakeAt = ms === undefined ? null : world.now + ms;
  if (instance.row.wakeAt !== null) world.timer(instance.row.wakeAt, { type: "wake", instance, at: instance.row.wakeAt });
  world.changed("instances", instance.row);
}

export function stopAwaiting(world: World, instance: Instance): void {
  const { dataset } = (instance.node.decl.settings ?? {}) as { dataset?: string };
  if (dataset === undefined) return;
  const awaiting = world.awaiting.get(dataset);
  awaiting?.delete(instance);
  if (awaiting?.size === 0) world.awaiting.delete(dataset);
}
