import { counterpart, itemsOf, roundBegins, tallyOf, turn } from "./cells.ts";
import type { Event } from "./events.ts";
import { behind, type MapNode, type TaskNode } from "./graph.ts";
import { covers } from "./interval-set.ts";
import { isFresh, memoKey } from "./memos.ts";
import { blockedByPast } from "./past.ts";
import { defer, settle } from "./settle.ts";
import { requestSlots } from "./slots.ts";
import { setupVerdict, verdictOf } from "./trigger-rules.ts";
import { type Instance, isOver, type World } from "./world.ts";
import { wrongResult } from "./wrong-result.ts";

/** Decides whether a task that waits may go, or never will. */
export function look(world: World, instance: Instance): void {
  const { run, node } = instance;
  if (instance.row.state !== "none" || run.row.state !== "running") return;
  if (node.map?.until && instance.row.index > 0 && !roundHasCome(world, instance, node.map.until)) return;
  if (wasNotChosen(instance)) return settle(world, instance, "skipped");
  if (node.setups.length > 0) {
    const prepared = setupVerdict(tallyOf(instance, node.setups));
    if (prepared === "wait") return;
    if (prepared !== "run") return settle(world, instance, prepared === "skip" ? "skipped" : "upstream_failed");
  }
  const verdict = verdictOf(node.decl.trigger, tallyOf(instance, node.ups), node.teardownOf.length > 0 ? tallyOf(instance, node.teardownOf) : undefined);
  if (verdict === "wait") return;
  if (verdict === "skip") return settle(world, instance, "skipped");
  if (verdict === "upstream_failed") return settle(world, instance, "upstream_failed");
  if (node.map && (instance.row.index === -1 || !itemsOf(run, node.map))) return lookWithoutList(world, instance, node.map);
  if (!blockedByPast(instance)) makeReady(world, instance);
}

/** A task directly behind a branch goes on when it was chosen, or comes behind one that was. A teardown has its own rule. */
function wasNotChosen(instance: Instance): boolean {
  if (instance.node.teardownOf.length > 0) return false;
  return instance.node.ups.some((up) => {
    const chosen = counterpart(instance, up)?.row.chosen;
    if (!chosen || chosen.includes(instance.node.decl.name)) return false;
    const nodes = chosen.flatMap((name) => instance.run.graph.byName.get(name) ?? []);
    return !behind(nodes).has(instance.node);
  });
}

/** A round of a loop begins some time after the one before has said that there is to be one. */
function roundHasCome(world: World, instance: Instance, until: TaskNode): boolean {
  const at = roundBegins(instance, until);
  if (at === undefined) return false;
  if (at > world.now) world.timer(at, { type: "round", instance });
  return at <= world.now;
}

/** A map without a list, or with an empty one, has nothing to run: it goes the way of the task that was to give the list. */
function lookWithoutList(world: World, instance: Instance, map: MapNode): void {
  const state = map.over ? instance.run.cells[map.over.place][0].row.state : "success";
  if (!isOver(state)) return;
  settle(world, instance, state === "success" || state === "skipped" ? "skipped" : "upstream_failed");
}

/** All that it waited for is there. What needs no worker goes on at once; the rest waits for its slots. */
function makeReady(world: World, instance: Instance): void {
  const { row, node } = instance;
  const { kind, code, settings } = node.decl;
  row.readyAt ??= world.now;
  if (kind === "wait" && !code) {
    const { ms, dataset, timeoutMs } = settings as { ms?: number; dataset?: string; timeoutMs?: number };
    return dataset === undefined ? defer(world, instance, ms) : awaitDataset(world, instance, dataset, timeoutMs);
  }
  if (kind === "approval") return defer(world, instance, (settings as { timeoutMs?: number } | undefined)?.timeoutMs);
  if (kind === "dag" && !code) {
    defer(world, instance, undefined);
    world.parents.push(instance);
    return;
  }
  turn(instance, "scheduled");
  const key = memoKey(instance);
  if (key === undefined) return requestSlots(world, instance);
  instance.asked = world.mint();
  world.effect({ type: "memo", run: row.run, task: row.task, index: row.index, asked: instance.asked, key });
}

/** Takes the result of the same work as it was done before, if it was. */
export function learnMemo(world: World, { run, task, index, asked, memo }: Extract<Event, { type: "memo" }>): void {
  const known = world.runs.get(run);
  const node = known?.graph.byName.get(task);
  const instance = node && known?.cells[node.place].find(({ row }) => row.index === index);
  if (!instance || instance.asked !== asked) return;
  instance.asked = undefined;
  if (instance.row.state !== "scheduled") return;
  if (!isFresh(world, memo) || wrongResult(instance, memo.result, undefined)) return requestSlots(world, instance);
  instance.row.result = memo.result;
  instance.row.note = `not run: nothing has changed since run ${memo.run}`;
  settle(world, instance, "success");
}

/** Waits until a dataset is whole for the run's interval, whoever makes it so. */
function awaitDataset(world: World, instance: Instance, dataset: string, timeoutMs: number | undefined): void {
  if (isWhole(world, dataset, instance)) return settle(world, instance, "success");
  if (instance.row.state !== "deferred") defer(world, instance, timeoutMs);
  let awaiting = world.awaiting.get(dataset);
  if (!awaiting) world.awaiting.set(dataset, (awaiting = new Set()));
  awaiting.add(instance);
}

export function isWhole(world: World, dataset: string, { run: { row } }: Instance): boolean {
  return covers(world.ledgers.get(dataset)?.done ?? [], row.intervalStart, row.intervalEnd);
}

export function wake(world: World, instance: Instance, at: number): void {
  const { row } = instance;
  if (row.wakeAt !== at || instance.run.row.state !== "running" || (row.state !== "deferred" && row.state !== "up_for_retry")) return;
  row.wakeAt = null;
  if (row.state === "deferred" && !instance.attempt) return timeIsUp(world, instance);
  turn(instance, "scheduled");
  requestSlots(world, instance);
}

/** Of a task that waited without a worker: for the time itself, or for something that has not come. */
function timeIsUp(world: World, instance: Instance): void {
  const { kind, settings } = instance.node.decl;
  if (kind === "wait" && (settings as { dataset?: string }).dataset === undefined) return settle(world, instance, "success");
  instance.row.note = kind === "approval" ? "nobody has answered in time" : "the dataset was not whole in time";
  settle(world, instance, "failed");
}

/** Sets in motion again what a task waits for: a time, a dataset, slots. */
export function resumeWaiting(world: World, instance: Instance): void {
  const { row, node } = instance;
  if (row.wakeAt !== null) world.timer(row.wakeAt, { type: "wake", instance, at: row.wakeAt });
  if (row.startedAt !== null && node.decl.totalTimeoutMs !== undefined && !isOver(row.state)) world.timer(row.startedAt + node.decl.totalTimeoutMs, { type: "total-timeout", instance, since: row.startedAt });
  const { dataset } = (node.decl.kind === "wait" ? (node.decl.settings ?? {}) : {}) as { dataset?: string };
  if (row.state === "deferred" && dataset !== undefined) awaitDataset(world, instance, dataset, undefined);
  if (row.state === "scheduled") requestSlots(world, instance);
}
