import type { Batch } from "../../batch/batch.ts";
import { keyAt } from "../../batch/rows.ts";
import type { Ref } from "./ref.ts";

/** What is known of the keys of one partition: which records newer ones have replaced. */
export interface Replaced {
  /** Offset of the newest record of each key seen. */
  newest: Map<string, number>;
  /** One past the last offset seen. Records from here on are kept, whatever they are. */
  to: number;
  /** Tombstones that the log took before this time have done their work. Milliseconds since 1970. */
  tombstonesBefore: number;
}

/** Adds the keys of a batch; those of later batches replace them. */
export function noteKeys(newest: Map<string, number>, batch: Batch, ref: Ref): void {
  for (let i = 0; i < batch.count; i++) {
    const key = keyAt(batch, i);
    if (key !== null) newest.set(key, offsetIn(batch, ref, i));
  }
}

/**
 * The records of a batch that compaction keeps; undefined when it keeps them all. A record without a key is kept.
 * A tombstone may go only in a round that also rewrites everything before it: see cleaner.ts.
 */
export function keptBy({ newest, to, tombstonesBefore }: Replaced, batch: Batch, ref: Ref): Int32Array | undefined {
  if (ref.next > to) return undefined;
  const kept: number[] = [];
  const oldTombstones = ref.appendedAt < tombstonesBefore ? batch.tombstones : undefined;
  for (let i = 0; i < batch.count; i++) {
    const key = keyAt(batch, i);
    if (key !== null && (oldTombstones?.[i] === 1 || (newest.get(key) ?? -1) > offsetIn(batch, ref, i))) continue;
    kept.push(i);
  }
  return kept.length === batch.count ? undefined : Int32Array.from(kept);
}

const offsetIn = (batch: Batch, ref: Ref, i: number): number => ref.offset + (batch.offsets ? batch.offsets[i] : i);
