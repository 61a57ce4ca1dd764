import type { Waiting } from "./fair-queue.ts";
import { limitKey } from "./limit-keys.ts";
import { opensAt, spend, throttleKey } from "./throttles.ts";
import type { Attempt, Instance, World } from "./world.ts";

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

/** Gives slots to those whose turn it is, as long as there are any. */
export function admit(world: World, queue: (world: World, instance: Instance) => void): void {
  do {
    for (const key of world.freed) letGo(world, key);
    world.freed.clear();
    for (const pool of world.pools.values()) {
      for (let next = pool.queue.peek(); next; next = pool.queue.peek()) {
        const instance = next.item;
        if (instance.row.state !== "scheduled") pool.queue.take(false);
        else if (!fits(pool.row.slots, pool.used, next.slots)) break;
        else if (!hold(world, next)) {
          pool.queue.take(true);
          spend(world, instance);
          queue(world, instance);
        } else pool.queue.take(false);
      }
    }
  } while (world.freed.size > 0);
}

/** A task that asks for more than the pool has gets the whole of it. */
function fits(slots: number, used: number, asked: number): boolean {
  return slots < 0 || used + Math.min(asked, Math.max(slots, 1)) <= slots;
}

/** Sets a task aside with the limit that has no room for it. */
function hold(world: World, waiting: Waiting<Instance>): boolean {
  const instance = waiting.item;
  const bounds = boundsOf(instance);
  const full = bounds.find(({ key, max }) => world.limit(key).live.size >= max)?.key ?? closedThrottle(world, instance);
  if (full === undefined) return false;
  world.limit(full).held.push(-waiting.priority, waiting);
  if (full === throttleKey(instance)) watchThrottle(world, full, opensAt(world, instance));
  // It may have been let go by another limit, whose room is now for others.
  for (const key of [...bounds.map((each) => each.key), throttleKey(instance)]) if (key !== undefined && key !== full && (world.limits.get(key)?.held.size ?? 0) > 0) world.freed.add(key);
  return true;
}

function closedThrottle(world: World, instance: Instance): string | undefined {
  return opensAt(world, instance) > world.now ? throttleKey(instance) : undefined;
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
    world.pool(next.item.node.decl.pool).queue.putBack(next);
  }
  if (limit.live.size === 0) world.limits.delete(key);
}

/** @param gone - tasks that were let go just now and have not started */
function hasRoom(world: World, key: string, instance: Instance, gone: number): boolean {
  if (key === throttleKey(instance)) {
    const at = opensAt(world, instance, gone);
    if (at > world.now) watchThrottle(world, key, at);
    return at <= world.now;
  }
  const bound = boundsOf(instance).find((each) => each.key === key);
  return (world.limits.get(key)?.live.size ?? 0) + gone < (bound?.max ?? Infinity);
}

export function occupy(world: World, attempt: Attempt): void {
  if (attempt.live) return;
  const { instance } = attempt;
  const pool = world.pool(instance.node.decl.pool);
  attempt.live = true;
  pool.live.add(attempt);
  pool.used += instance.node.decl.slots;
  for (const { key } of boundsOf(instance)) world.limit(key).live.add(attempt);
}

export function release(world: World, attempt: Attempt): void {
  if (!attempt.live) return;
  const { instance } = attempt;
  const pool = world.pool(instance.node.decl.pool);
  attempt.live = false;
  pool.live.delete(attempt);
  pool.used -= instance.node.decl.slots;
  for (const key of limitsOf(instance)) {
    const limit = world.limits.get(key);
    if (!limit) continue;
    limit.live.delete(attempt);
    world.freed.add(key);
  }
}

/** Every limit that it may count against, though there be none just now. */
function limitsOf(instance: Instance): string[] {
  const { concurrency } = instance.node.decl;
  return [dagLimit(instance.run.graph.decl.name), taskLimit(instance), ...(concurrency ? [keyLimit(instance, concurrency.key)] : [])];
}
