import { randomUUID } from "node:crypto";
import type { Snapshot } from "./table-metadata.ts";
import { snapshotAt } from "./refs.ts";
import type { TableStore } from "./table-store.ts";

/*
 * Readers that take longer than expiry's grace say so in the state store, where every process that expires looks. A reader
 * that dies leaves its entry behind; it counts until its time is over.
 */

/** The collection in which readers stand, by table, snapshot and an id of their own. */
export const readersCollection = "table-readers";

interface Reader {
  [member: string]: string | number;
  table: string;
  /** Id of the snapshot. */
  snapshot: string;
  /** Its manifest list: what the reader needs, whatever the table's metadata says by then. */
  list: string;
  /** Milliseconds since 1970. */
  until: number;
}

/** A snapshot that stays for as long as it is held. */
export interface HeldSnapshot {
  snapshot: Snapshot;
  release(): Promise<void>;
}

/**
 * Keeps a snapshot and its files from expiry.
 *
 * @param forMs - after which it counts no more, released or not
 * @throws MillraceError `MR-LAKE-001` when there is no such snapshot, or no longer
 */
export async function holdSnapshot(store: TableStore, id: bigint, forMs: number): Promise<HeldSnapshot> {
  const { metadata } = await store.load();
  const snapshot = snapshotAt(store.name, metadata, { snapshot: id });
  const key = `${store.name}/${id}/${randomUUID()}`;
  const reader: Reader = { table: store.name, snapshot: String(id), list: snapshot["manifest-list"], until: Date.now() + forMs };
  await store.state.put(readersCollection, key, reader);
  const release = () => store.state.delete(readersCollection, key);
  try {
    // Expiry drops the snapshot first and then looks for readers: who finds it now, with the entry made, was in time.
    snapshotAt(store.name, (await store.load()).metadata, { snapshot: id });
  } catch (error) {
    await release();
    throw error;
  }
  return { snapshot, release };
}

/** By snapshot id the manifest list of each that is held. Entries whose time is over are removed. */
export async function heldSnapshots(store: TableStore): Promise<Map<bigint, Pick<Snapshot, "manifest-list">>> {
  const held = new Map<bigint, Pick<Snapshot, "manifest-list">>();
  for (const { key, value } of await store.state.list<Reader>(readersCollection)) {
    if (value.table !== store.name) continue;
    if (value.until < Date.now()) await store.state.delete(readersCollection, key);
    else held.set(BigInt(value.snapshot), { "manifest-list": value.list });
  }
  return held;
}
