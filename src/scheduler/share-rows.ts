import type { ShareRow } from "../state/shards.ts";
import type { Want } from "./messages.ts";
import type { World } from "./world.ts";

/** What a shard may use of something that all share. */
export interface Share {
  key: string;
  /** As many as there are in all, as far as is known here. */
  slots: number;
  granted: number;
  /** Others are short: so much may be used at the most, and what is not used goes back. Null: they are not. */
  keep: number | null;
  /** What its home was told last that is wanted here, without what has come since. */
  told: Want | null;
  /** Of a throttle: there was a start since it was granted. */
  spent: boolean;
}

/** Something that all share, at its home: the one shard that says who has how much of it. */
export interface Resource {
  key: string;
  slots: number;
  /** By shard, with what is on its way there or back. Those that have waited longest for more first. */
  granted: Map<number, number>;
  /** By shard, in the order of coming. */
  wants: Map<number, Want>;
  /** What shards were told last to keep at the most. */
  keeps: Map<number, number>;
}

export const rowKey = (side: "here" | "home", key: string): string => `${side} ${key}`;

/** Takes up the shares that an earlier scheduler of this shard has left. */
export function restoreShares(world: World, rows: readonly ShareRow[]): void {
  for (const { key: whole, state } of rows) {
    const key = whole.slice("here ".length);
    if (whole === rowKey("here", key)) world.shares.set(key, { ...(state as unknown as Omit<Share, "key" | "spent">), key, spent: false });
    else world.resources.set(key, resourceOf(key, state as unknown as StoredResource));
  }
}

interface StoredResource {
  slots: number;
  granted: [number, number][];
  wants: [number, Want][];
  keeps: [number, number][];
}

function resourceOf(key: string, { slots, granted, wants, keeps }: StoredResource): Resource {
  return { key, slots, granted: new Map(granted), wants: new Map(wants.map(([shard, want]) => [shard, { ...want }])), keeps: new Map(keeps) };
}

/** As it is stored; null when nobody has any of it and nobody wants any. */
export function storedResource({ slots, granted, wants, keeps }: Resource): ShareRow["state"] {
  if (granted.size + wants.size === 0) return null;
  return { slots, granted: [...granted], wants: [...wants].map(([shard, want]) => [shard, { ...want }]), keeps: [...keeps] };
}
