import type { Waiting } from "./fair-queue.ts";
import type { Attempt, Instance, World } from "./world.ts";

/*
 * Who may go. A task holds slots of its pool, and counts against its DAG and itself, from the moment it is queued until its
 * attempt ends or is deferred. What a limit of its DAG holds back waits with that limit, so that it is looked at again when
 * there is room and not before.
 */

interface Bound {
  key: string;
  /** Attempts at once. */
  max: number;
}

export function boundsOf({ run, node }: Instance): Bound[] {
  const { decl } = run.graph;
  const bounds: Bound[] = [];
  const ofDag = run.dag.row.paused ? 0 : decl.maxActiveTasks;
  if (ofDag !== undefined) bounds.push({ key: dagLimit(decl.name), max: ofDag });
  if (node.decl.maxActive !== undefined) bounds.push({ key: `task ${decl.name} ${node.decl.name}`, max: node.decl.maxActive });
  return bounds;
}

export const dagLimit = (dag: string): string => `dag ${dag}`;

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
  const full = boundsOf(waiting.item).find(({ key, max }) => world.limit(key).live.size >= max);
  if (!full) return false;
  world.limit(full.key).held.push(-waiting.priority, waiting);
  // It may have been let go by another limit, whose room is now for others.
  for (const { key } of boundsOf(waiting.item)) if (key !== full.key && world.limit(key).held.size > 0) world.freed.add(key);
  return true;
}

/** Sends as many back to their pools as a limit has room for. */
function letGo(world: World, key: string): void {
  const limit = world.limits.get(key);
  if (!limit) return;
  let room: number | undefined;
  for (let next = limit.held.peek(); next; next = limit.held.peek()) {
    const bound = boundsOf(next.item).find((each) => each.key === key);
    room ??= (bound?.max ?? Infinity) - limit.live.size;
    if (room <= 0) return;
    limit.held.pop();
    if (next.item.row.state !== "scheduled") continue;
    room--;
    world.pool(next.item.node.decl.pool).queue.putBack(next);
  }
  if (limit.live.size === 0) world.limits.delete(key);
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
  const { graph } = attempt.instance.run;
  attempt.held = undefined;
  pool.live.delete(attempt);
  pool.used -= slots;
  // A limit that came while it ran may hold others back too, as that of a pause.
  for (const key of new Set([...limits, dagLimit(graph.decl.name), `task ${graph.decl.name} ${attempt.instance.node.decl.name}`])) {
    const limit = world.limits.get(key);
    if (!limit) continue;
    limit.live.delete(attempt);
    world.freed.add(key);
  }
}
