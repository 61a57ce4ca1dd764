import type { Waiting } from "./fair-queue.ts";
import { limitKey } from "./limit-keys.ts";
import { attemptsHere, expect, expectNoMore, ownsThrottle, reviewLater, reviewShares, slotsHere } from "./shares.ts";
import { opensAt, spend, throttleKey } from "./throttles.ts";
import type { Attempt, Instance, Pool, World } from "./world.ts";

/*
 * Who may go. A task holds slots of its pool, and counts against its DAG and itself, from the moment it is queued until its
 * attempt ends or is deferred. What a limit holds back that is not the pool's waits with that limit, so that it is looked at again when
 * there is room and not before.
 */

export interface Bound {
  key: string;
  /** Attempts at once. */
  max: number;
}

export function boundsOf(instance: Instance): Bound[] {
  const { run, node } = instance;
  const { decl } = run.graph;
  const bounds: Bound[] = [];
  const ofDag = run.dag.row.paused ? 0 : decl.maxActiveTasks;
  if (ofDag !== undefined) bounds.push({ key: dagLimit(decl.name), max: ofDag });
  if (node.decl.maxActive !== undefined) bounds.push({ key: taskLimit(instance), max: node.decl.maxActive });
  if (node.decl.concurrency !== undefined) bounds.push({ key: keyLimit(instance, node.decl.concurrency.key), max: node.decl.concurrency.max });
  return bounds;
}

export const dagLimit = (dag: string): string => `dag ${dag}`;
const taskLimit = ({ run, node }: Instance): string => `task ${run.graph.decl.name} ${node.decl.name}`;
const keyLimit = (instance: Instance, template: string): string => `key ${limitKey(instance, template)}`;

/** Lets a task wait for its slots. */
export function requestSlots(world: World, instance: Instance): void {
  const { decl } = instance.node;
  world.pool(decl.pool).queue.push({
    item: instance,
    class: instance.run.row.backfill === null ? "live" : "backfill",
    flow: instance.run.row.dag,
    priority: decl.priority,
    slots: decl.slots,
  });
}

/** Gives slots to those whose turn it is, as long as there are any, and says to other shards what is missing or left. */
export function admit(world: World, queue: (world: World, instance: Instance) => void): void {
  do {
    for (const key of world.freed) letGo(world, key);
    world.freed.clear();
    for (const pool of world.pools.values()) {
      for (let next = pool.queue.peek(); next; next = pool.queue.peek()) {
        const instance = next.item;
        if (instance.row.state !== "scheduled") pool.queue.take(false);
        else if (!fits(world, pool, next.slots)) break;
        else if (!hold(world, next)) {
          pool.queue.take(true);
          spend(world, instance);
          queue(world, instance);
        } else pool.queue.take(false);
      }
    }
  } while (world.freed.size > 0);
  reviewShares(world);
}

/** A task that asks for more than the pool has gets the whole of it. */
function fits(world: World, pool: Pool, asked: number): boolean {
  const { row: { slots }, used } = pool;
  return slots < 0 || used + Math.min(asked, Math.max(slots, 1)) <= slotsHere(world, pool);
}

/** Sets a task aside with the limit that has no room for it. */
function hold(world: World, waiting: Waiting<Instance>): boolean {
  const instance = waiting.item;
  const bounds = boundsOf(instance);
  const bound = bounds.find(({ key, max }) => world.limit(key).live.size >= attemptsHere(world, key, max));
  const full = bound?.key ?? closedThrottle(world, instance);
  if (full === undefined) return false;
  waitAtShared(world, instance, full, bound?.max ?? 1);
  world.limit(full).held.push(-waiting.priority, waiting);
  if (full === throttleKey(instance)) watchThrottle(world, full, opensAt(world, instance));
  // It may have been let go by another limit, whose room is now for others.
  for (const key of [...bounds.map((each) => each.key), throttleKey(instance)]) if (key !== undefined && key !== full && (world.limits.get(key)?.held.size ?? 0) > 0) world.freed.add(key);
  return true;
}

/**
 * What it is granted of a key stays with it while it waits for its throttle; where anything else holds it back, all that it
 * was granted is for others meanwhile.
 */
function waitAtShared(world: World, instance: Instance, full: string, max: number): void {
  if (world.alone) return;
  const throttle = throttleKey(instance);
  const { concurrency } = instance.node.decl;
  if (concurrency) (full === throttle ? expect : expectNoMore)(world, keyLimit(instance, concurrency.key), instance);
  if (throttle !== undefined) expectNoMore(world, throttle, instance);
  reviewLater(world, full, max);
}

function closedThrottle(world: World, instance: Instance): string | undefined {
  const key = throttleKey(instance);
  return key !== undefined && (!ownsThrottle(world, key) || opensAt(world, instance) > world.now) ? key : undefined;
}

/** One timer for all that wait for a throttle. */
function watchThrottle(world: World, key: string, at: number): void {
  const limit = world.limit(key);
  if (limit.opensAt !== undefined && limit.opensAt <= at) return;
  limit.opensAt = at;
  world.timer(at, { type: "throttle", key, at });
}

/** Time has come to a throttle. */
export function openThrottle(world: World, key: string, at: number): void {
  const limit = world.limits.get(key);
  if (limit?.opensAt !== at) return;
  limit.opensAt = undefined;
  world.freed.add(key);
}

/** Sends as many back to their pools as a limit has room for. */
function letGo(world: World, key: string): void {
  const limit = world.limits.get(key);
  if (!limit) return;
  let gone = 0;
  for (let next = limit.held.peek(); next; next = limit.held.peek()) {
    if (next.item.row.state === "scheduled") {
      if (!hasRoom(world, key, next.item, gone)) return;
      gone++;
    }
    limit.held.pop();
    if (next.item.row.state !== "scheduled") continue;
    expect(world, key, next.item);
    world.pool(next.item.node.decl.pool).queue.putBack(next);
  }
  if (limit.live.size + limit.coming.size === 0) world.limits.delete(key);
}

/** @param gone - tasks that were let go just now and have not started */
function hasRoom(world: World, key: string, instance: Instance, gone: number): boolean {
  if (key === throttleKey(instance)) {
    if (!ownsThrottle(world, key)) return false;
    const at = opensAt(world, instance, gone);
    if (at > world.now) watchThrottle(world, key, at);
    return at <= world.now;
  }
  const bound = boundsOf(instance).find((each) => each.key === key);
  return (world.limits.get(key)?.live.size ?? 0) + gone < attemptsHere(world, key, bound?.max ?? Infinity);
}

export function occupy(world: World, attempt: Attempt): void {
  if (attempt.held) return;
  const { instance } = attempt;
  const pool = world.pool(instance.node.decl.pool);
  const { slots } = instance.node.decl;
  pool.live.add(attempt);
  pool.used += slots;
  const limits = boundsOf(instance).map(({ key }) => key);
  for (const key of limits) world.limit(key).live.add(attempt);
  attempt.held = { pool, slots, limits };
}

export function release(world: World, attempt: Attempt): void {
  if (!attempt.held) return;
  const { pool, slots, limits } = attempt.held;
  attempt.held = undefined;
  pool.live.delete(attempt);
  pool.used -= slots;
  // Those that it would have now, too: one that came while it ran may hold others back, as that of a pause.
  for (const key of new Set([...limits, ...limitsOf(attempt.instance)])) {
    const limit = world.limits.get(key);
    if (!limit) continue;
    limit.live.delete(attempt);
    world.freed.add(key);
    reviewLater(world, key);
  }
}

/** Every limit that it may count against, though there be none just now. */
function limitsOf(instance: Instance): string[] {
  const { concurrency } = instance.node.decl;
  return [dagLimit(instance.run.graph.decl.name), taskLimit(instance), ...(concurrency ? [keyLimit(instance, concurrency.key)] : [])];
}
