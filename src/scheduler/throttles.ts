import { limitKey } from "./limit-keys.ts";
import { noteStart } from "./shares.ts";
import type { Instance, World } from "./world.ts";

/*
 * Starts per time, by the generic cell rate algorithm: all that is kept of a key is the instant up to which its starts are
 * spoken for. It is stored in the commit of the start, so that a scheduler that starts anew lets nobody go too early.
 */

export function throttleKey(instance: Instance): string | undefined {
  const { throttle, name } = instance.node.decl;
  if (!throttle) return undefined;
  return throttle.key === "" ? `own throttle ${instance.run.row.dag} ${name}` : `throttle ${limitKey(instance, throttle.key)}`;
}

/**
 * When the task may start as far as its throttle goes: now, or earlier, where it may at once.
 * @param ahead - tasks of the same throttle that go before it
 */
export function opensAt(world: World, instance: Instance, ahead = 0): number {
  const { throttle } = instance.node.decl;
  const key = throttleKey(instance);
  if (!throttle || key === undefined) return world.now;
  const { everyMs, burst } = throttle;
  return spokenFor(world, key) + (ahead - burst + 1) * everyMs;
}

/** Notes a start. */
export function spend(world: World, instance: Instance): void {
  const { throttle } = instance.node.decl;
  const key = throttleKey(instance);
  if (!throttle || key === undefined) return;
  const row = { key, at: world.now, until: spokenFor(world, key) + throttle.everyMs };
  world.throttles.delete(key);
  world.throttles.set(key, row);
  world.changed("throttles", row);
  noteStart(world, key);
  forgetPast(world);
}

function spokenFor(world: World, key: string): number {
  return Math.max(world.now, world.throttles.get(key)?.until ?? 0);
}

/** Keys may be as many as customers; those whose time is over say nothing more. The map is in the order of last starts. */
function forgetPast(world: World): void {
  for (const [key, { until }] of world.throttles) {
    if (until > world.now) return;
    world.throttles.delete(key);
  }
}
