import type { Message, Want } from "./messages.ts";
import { type Resource, rowKey, storedResource } from "./share-rows.ts";
import { speakFor } from "./shares.ts";
import type { World } from "./world.ts";

/*
 * The home of something that shards share says who may use how much of it. All that it has granted and not got back is no
 * more than there is, whatever is on its way. A shard that wants more comes to its even part before others get beyond theirs,
 * one such after the other in the order of coming, so that each of them is reached; what is free beyond that goes to whoever
 * wants it.
 */

/** A shard says what it gives back and what it wants. */
export function hearClaim(world: World, { shard, key, slots, given, until, want }: Extract<Message, { type: "claim" }>): void {
  let resource = world.resources.get(key);
  if (!resource) world.resources.set(key, (resource = { key, slots, granted: new Map(), wants: new Map(), keeps: new Map() }));
  // Tasks may say different things of one key: the least holds for all, as long as there are such tasks.
  resource.slots = slotsOf(world, key) ?? Math.min(slots, resource.slots);
  if (given > 0) setGranted(resource, shard, (resource.granted.get(shard) ?? 0) - given);
  if (want) resource.wants.set(shard, { ...want });
  else resource.wants.delete(shard);
  if (until !== undefined) speakFor(world, key, until);
  shareOut(world, resource);
}

/** A pool has become larger or smaller. */
export function resizeAtHome(world: World, name: string): void {
  const resource = world.resources.get(`pool ${name}`);
  if (!resource) return;
  resource.slots = slotsOf(world, resource.key) as number;
  shareOut(world, resource);
}

/** Of a pool as it stands; undefined for what is no pool. Where there is no limit, whoever still asks gets what it asks for. */
function slotsOf(world: World, key: string): number | undefined {
  if (!key.startsWith("pool ")) return undefined;
  const slots = world.pool(key.slice("pool ".length)).row.slots;
  return slots < 0 ? Number.MAX_SAFE_INTEGER : slots;
}

function setGranted({ granted, keeps }: Resource, shard: number, slots: number): void {
  if (slots > 0) granted.set(shard, slots);
  else granted.delete(shard);
  if (slots <= 0) keeps.delete(shard);
}

function shareOut(world: World, resource: Resource): void {
  const grants = grantFree(resource);
  const keeps = keepsOf(resource);
  // Who is granted something may use it once, though it is to go back: else it would be passed on and on.
  for (const [shard, slots] of grants) tell(world, resource, shard, slots, keeps.size === 0 ? null : Math.max(keeps.get(shard) ?? 0, resource.granted.get(shard) ?? 0));
  for (const shard of resource.granted.keys()) tell(world, resource, shard, 0, keeps.get(shard) ?? null);
  const state = storedResource(resource);
  if (state === null) world.resources.delete(resource.key);
  world.changedShare({ key: rowKey("home", resource.key), state });
}

/** Gives out what is free. @returns what each shard gets */
function grantFree(resource: Resource): Map<number, number> {
  const grants = new Map<number, number>();
  for (let free = resource.slots - sumOf(resource); free > 0; free = resource.slots - sumOf(resource)) {
    const short = firstShort(resource);
    const [shard, want] = short ?? resource.wants.entries().next().value ?? [];
    if (shard === undefined || want === undefined) break;
    const has = resource.granted.get(shard) ?? 0;
    const slots = Math.min(free, short ? targetOf(resource, shard, want) - has : Math.min(want.more, Math.ceil(free / resource.wants.size)));
    grants.set(shard, (grants.get(shard) ?? 0) + slots);
    grant(resource, shard, want, slots);
  }
  return grants;
}

/** Who has got something stands behind all others, with what it has and with what it still wants. */
function grant(resource: Resource, shard: number, want: Want, slots: number): void {
  const has = (resource.granted.get(shard) ?? 0) + slots;
  resource.granted.delete(shard);
  resource.granted.set(shard, has);
  const left = { ...want, more: want.more - slots };
  if (left.more <= 0) resource.wants.delete(shard);
  else if (has < targetOf(resource, shard, left)) resource.wants.set(shard, left);
  else {
    resource.wants.delete(shard);
    resource.wants.set(shard, left);
  }
}

const sumOf = ({ granted }: Resource): number => [...granted.values()].reduce((sum, slots) => sum + slots, 0);

/** The first that has less than is its due. */
function firstShort(resource: Resource): [number, Want] | undefined {
  return [...resource.wants].find(([shard, want]) => (resource.granted.get(shard) ?? 0) < targetOf(resource, shard, want));
}

/**
 * What is a shard's due: an even part, if it has work for it. A task that is larger than that has to start all the same: its
 * shard comes to as much as lets it start beside those that go on there.
 */
function targetOf({ slots, granted, wants }: Resource, shard: number, { more, head, used }: Want): number {
  const even = Math.floor(slots / new Set([...granted.keys(), ...wants.keys()]).size);
  if (head <= even) return Math.min(even, (granted.get(shard) ?? 0) + more);
  return Math.min(slots, head === 1 ? 1 : used + head);
}

/** What each may use at the most while somebody is short: those that have most give up most, and of equals who has waited least. */
function keepsOf(resource: Resource): Map<number, number> {
  const { slots, granted, wants } = resource;
  const keeps = new Map<number, number>();
  if (wants.size === 0 && sumOf(resource) <= slots) return keeps;
  const [front, want] = firstShort(resource) ?? [];
  const target = front !== undefined && want ? targetOf(resource, front, want) : 0;
  if (front !== undefined) keeps.set(front, target);
  const others = [...granted].filter(([shard]) => shard !== front).sort(([, a], [, b]) => a - b);
  let room = Math.max(0, slots - target);
  for (const [i, [shard, has]] of others.entries()) {
    const keep = Math.min(has, Math.floor(room / (others.length - i)));
    keeps.set(shard, keep);
    room -= keep;
  }
  return keeps;
}

/** Says it only when it makes a difference there. */
function tell(world: World, resource: Resource, shard: number, granted: number, keep: number | null): void {
  const has = resource.granted.get(shard) ?? 0;
  const before = resource.keeps.get(shard);
  const changes = keep === null ? before !== undefined : before === undefined || Math.min(before, has) !== Math.min(keep, has);
  if (granted === 0 && !changes) return;
  if (keep === null) resource.keeps.delete(shard);
  else resource.keeps.set(shard, keep);
  const until = resource.key.startsWith("throttle ") && granted > 0 ? world.throttles.get(resource.key)?.until : undefined;
  world.post(shard, { type: "share", key: resource.key, granted, keep, until });
}
