import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { TableMetadata } from "./table-metadata.ts";
import type { TableStore, TableVersion } from "./table-store.ts";

/** A change of a table, made again from whatever is current when another commit was first. */
export interface Change {
  /**
   * The metadata after the change; undefined when there is nothing to do, or no longer.
   * @param written - takes the keys of files that serve this attempt alone, to be removed when it fails
   */
  apply(base: TableMetadata, written: string[]): Promise<TableMetadata | undefined>;
}

const attemptsMax = 100;
const waitMsMax = 200;

/**
 * Commits a change to whatever the table is by then.
 *
 * @returns the table after the change, or as it is when `apply` found nothing to do; and whether it was changed
 * @throws MillraceError `MR-LAKE-002`, to be retried, when others are first time and again
 */
export async function commitChange(store: TableStore, change: Change): Promise<TableVersion & { changed: boolean }> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const written: string[] = [];
    const { base, next } = await store.withCurrent(async (current) => ({ base: current, next: await change.apply(current.metadata, written) }));
    if (next === undefined) return { ...base, changed: false };
    const done = await store.replace(base, next);
    if (done !== undefined) return { ...done, changed: true };
    for (const key of written) await store.files.delete(key);
    // Random waits, growing: writers that collided once would else collide for ever.
    await wait(Math.random() * Math.min(waitMsMax, 2 ** attempt));
  }
  throw new MillraceError("MR-LAKE-002", {
    what: `${attemptsMax} attempts to commit to table "${store.name}" all lost to other writers`,
    where: `table "${store.name}"`,
    mend: "try again; with many writers on one table let each commit more rows less often",
    retryable: true,
  });
}

/** A random positive 63-bit integer. */
export function newSnapshotId(): bigint {
  return randomBytes(8).readBigUInt64LE() >> 1n || 1n;
}

/** Snapshots and metadata carry times that never run backwards, whatever the clock does. */
export function nextTime(base: TableMetadata): number {
  return Math.max(Date.now(), base["last-updated-ms"]);
}
