import type { Message, Want } from "./messages.ts";
import { rowKey, type Share } from "./share-rows.ts";
import type { Instance, Limit, Pool, World } from "./world.ts";

/*
 * Slots of pools, attempts of a key and starts of a throttle are one for all shards. A shard uses of them what their home has
 * granted it, and no more; of the home's side see share-home.ts. Slots of pools that are granted stay, used or not, until
 * others are short, so that a quiet house sends no messages; those of keys and throttles, of which there may be as many as
 * customers, go back when nothing waits for them.
 */

export const poolKey = (name: string): string => `pool ${name}`;

/** Keys of limits that count over all shards. What counts within one DAG has a shard to itself. */
const isShared = (world: World, key: string): boolean => !world.alone && /^(key|throttle) /.test(key);

/** How many slots of a pool may be used here; -1 when there is no limit. */
export function slotsHere(world: World, { row }: Pool): number {
  return world.alone || row.slots < 0 ? row.slots : usable(world.shares.get(poolKey(row.name)));
}

/** How many attempts may go on here by a limit that has `max` of them in all. */
export function attemptsHere(world: World, key: string, max: number): number {
  return isShared(world, key) ? Math.min(max, usable(world.shares.get(key))) : max;
}

/** Whether starts of a throttle are this shard's to make. */
export function ownsThrottle(world: World, key: string): boolean {
  return !isShared(world, key) || (world.shares.get(key)?.granted ?? 0) > 0;
}

function usable(share: Share | undefined): number {
  return share === undefined ? 0 : Math.min(share.granted, share.keep ?? Infinity);
}

/** A task is to have room by this limit, and goes on to the next thing that it needs: what it is granted here stays for it. */
export function expect(world: World, key: string, instance: Instance): void {
  if (!isShared(world, key)) return;
  world.limit(key).coming.add(instance);
  world.coming.add(key);
}

/** A task waits for something else first. */
export function expectNoMore(world: World, key: string, instance: Instance): void {
  if (world.limits.get(key)?.coming.delete(instance)) world.unshared.add(key);
}

/** What is used of a limit, or waits for it, may have changed. `max`: as many as it has in all. */
export function reviewLater(world: World, key: string, max?: number): void {
  if (!isShared(world, key)) return;
  world.unshared.add(key);
  if (max !== undefined && !world.shares.has(key)) world.shares.set(key, newShare(key, max));
}

/** A start by a throttle: whoever else wants it has its turn now. */
export function noteStart(world: World, key: string): void {
  const share = world.shares.get(key);
  if (share) share.spent = true;
  reviewLater(world, key);
}

const newShare = (key: string, slots: number): Share => ({ key, slots, granted: 0, keep: null, told: null, spent: false });

/** Gives back what is not needed and others are short of, and asks for what is missing here. */
export function reviewShares(world: World): void {
  if (world.alone) return;
  for (const pool of world.pools.values()) reviewPool(world, pool);
  for (const key of world.coming) world.unshared.add(key);
  for (const key of world.unshared) reviewLimit(world, key);
  world.unshared.clear();
}

function reviewPool(world: World, { row, queue, used }: Pool): void {
  const key = poolKey(row.name);
  let share = world.shares.get(key);
  if (row.slots < 0 ? !share : !share && queue.size === 0) return;
  if (!share) world.shares.set(key, (share = newShare(key, row.slots)));
  share.slots = Math.max(row.slots, 0);
  const next = row.slots < 0 ? undefined : queue.peek();
  const head = next ? Math.min(next.slots, Math.max(row.slots, 1)) : 0;
  exchange(world, share, { used, need: used + (next ? Math.max(head, queue.size) : 0), head, hoards: row.slots >= 0 });
}

function reviewLimit(world: World, key: string): void {
  const share = world.shares.get(key);
  if (!share) return;
  const limit = world.limits.get(key);
  if (limit) forgetEnded(limit);
  if (!limit?.coming.size) world.coming.delete(key);
  const [live, coming, held] = [limit?.live.size ?? 0, limit?.coming.size ?? 0, limit?.held.size ?? 0];
  const isThrottle = key.startsWith("throttle ");
  // Who has a throttle keeps it for one start, or those who want it would pass it on for ever.
  const used = isThrottle ? Math.min(1, share.spent ? coming : coming + held) : live + coming;
  exchange(world, share, { used, need: isThrottle ? Math.min(1, coming + held) : live + coming + held, head: 1, hoards: false });
}

/** What has ended in the meantime, or waits anew, is expected no more. */
function forgetEnded(limit: Limit): void {
  for (const instance of limit.coming) if (instance.row.state !== "scheduled") limit.coming.delete(instance);
  for (let next = limit.held.peek(); next && next.item.row.state !== "scheduled"; next = limit.held.peek()) limit.held.pop();
}

function exchange(world: World, share: Share, { used, need, head, hoards }: { used: number; need: number; head: number; hoards: boolean }): void {
  const { key, slots } = share;
  const allowed = share.keep === null && hoards ? share.granted : Math.min(share.keep ?? Infinity, need);
  const given = Math.max(0, share.granted - Math.max(used, allowed));
  const more = Math.min(need, Math.max(slots, 1)) - share.granted + given;
  const want = more > 0 ? { more, head, used } : null;
  if (given > 0 || isNews(share.told, want)) {
    share.granted -= given;
    share.told = want;
    const until = key.startsWith("throttle ") ? world.throttles.get(key)?.until : undefined;
    store(world, share);
    world.post(world.homeOf(key), { type: "claim", shard: world.shard, key, slots, given, until, want: want && { ...want } });
  }
  if (share.granted === 0 && share.told === null) world.shares.delete(key);
}

/** That a little more is wanted than was said makes no difference; that nothing was, or nothing is, does; and whether a large task may go soon. */
function isNews(told: Want | null, want: Want | null): boolean {
  if (told === null || want === null) return told !== want;
  return want.head !== told.head || want.more > told.more * 2 || (want.head > 1 && want.used < told.used);
}

/** The home of what is shared has answered. */
export function takeShare(world: World, { key, granted, keep, until }: Extract<Message, { type: "share" }>): void {
  let share = world.shares.get(key);
  if (!share) world.shares.set(key, (share = newShare(key, granted)));
  share.granted += granted;
  share.keep = keep;
  if (granted > 0) share.spent = false;
  if (share.told) share.told = share.told.more > granted ? { ...share.told, more: share.told.more - granted } : null;
  if (until !== undefined) speakFor(world, key, until);
  store(world, share);
  if (key.startsWith("pool ")) return;
  world.freed.add(key);
  world.unshared.add(key);
}

/** Starts of a throttle are spoken for, as another shard says. */
export function speakFor(world: World, key: string, until: number): void {
  if (until <= Math.max(world.now, world.throttles.get(key)?.until ?? 0)) return;
  const row = { key, at: world.now, until };
  world.throttles.delete(key);
  world.throttles.set(key, row);
  world.changed("throttles", row);
}

/** What stands in the store until it is all given back. */
function store(world: World, { key, slots, granted, keep, told }: Share): void {
  const none = granted === 0 && told === null;
  world.changedShare({ key: rowKey("here", key), state: none ? null : { slots, granted, keep, told: told && { ...told } } });
}
