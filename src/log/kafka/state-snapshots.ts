import { crc32 } from "node:zlib";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import type { TaskRecord } from "./task-record.ts";

/** A snapshot of a task's state on files, as the task's record names it. */
export interface StoredSnapshot {
  /** Offset in the task's partition of the state topic: what is written from it on comes after the snapshot. */
  from: number;
  /** Of its file: the same in a copy of the store. */
  key: string;
  bytes: number;
  /** CRC-32 of the file. */
  crc: number;
}

/** Of each task. The older one is for when the newest is damaged or gone. */
const snapshotsKept = 2;

export type Warn = (text: string, fields: Record<string, unknown>) => void;

/**
 * Snapshots of the states of a group's tasks, on files.
 *
 * A file is written beside the epochs that are committed meanwhile, and counts once a task's record names it: until then the
 * record before it holds, and all changes since are in the state topic. So whatever ends a process between two steps leaves
 * the old snapshot or the new one, and at most a file that nobody names; it goes with the next sweep.
 */
export class StateSnapshots {
  readonly #files: FilesDriver;
  readonly #folder: string;
  readonly #warn: Warn;
  readonly #underWay = new Set<number>();
  readonly #stored = new Map<number, StoredSnapshot>();

  /** @param folder - of the group's state topic as Kafka knows it, and of nothing else: offsets of another topic are other places */
  constructor(files: FilesDriver, folder: string, warn: Warn) {
    this.#files = files;
    this.#folder = folder;
    this.#warn = warn;
  }

  /** Stores a snapshot in its own time. While one of the task is under way another is let go: a later one takes its place. */
  store(task: number, from: number, bytes: Uint8Array): void {
    if (this.#underWay.has(task)) return;
    this.#underWay.add(task);
    void this.#put(task, from, bytes).finally(() => this.#underWay.delete(task));
  }

  async #put(task: number, from: number, bytes: Uint8Array): Promise<void> {
    const key = this.#key(task, from);
    try {
      // A file of this name is of another life of the same topic, which cannot be: it is not trusted.
      if (await this.#files.putIfAbsent(key, bytes)) this.#stored.set(task, { from, key, bytes: bytes.byteLength, crc: crc32(bytes) });
    } catch (error) {
      const { code, message } = asMillraceError(error, key);
      this.#warn("a snapshot of the state could not be stored; the changes since the last one are kept for longer", { task, bytes: bytes.byteLength, code, reason: message });
    }
  }

  /** The newest that is stored; undefined: none has been by this process. */
  stored(task: number): StoredSnapshot | undefined {
    return this.#stored.get(task);
  }

  /** @returns the reason where the file is not what it was */
  async read({ key, bytes, crc }: StoredSnapshot): Promise<Uint8Array | string> {
    const found = await this.#files.read(key);
    if (found === undefined) return `${this.#files.location(key)} is gone`;
    return found.byteLength === bytes && crc32(found) === crc ? found : `${this.#files.location(key)} is damaged`;
  }

  /** Removes the files of a task from before `from`: no record that may still be read names them. That one stays hurts nobody. */
  async sweep(task: number, from: number): Promise<void> {
    const limit = this.#key(task, from);
    try {
      for await (const key of this.#files.list(`${this.#folder}/${task}/`)) if (key < limit) await this.#files.delete(key);
    } catch (error) {
      const { code, message } = asMillraceError(error, limit);
      this.#warn("old snapshots of the state could not be removed; the next sweep tries again", { task, code, reason: message });
    }
  }

  /** In the order of offsets. */
  #key(task: number, from: number): string {
    return `${this.#folder}/${task}/${String(from).padStart(offsetDigits, "0")}`;
  }
}

/** Of the largest offset that JavaScript counts to. */
const offsetDigits = 16;

/** The record with a snapshot that has been stored since; those beyond what is kept are forgotten. */
export function withSnapshot(record: TaskRecord, stored: StoredSnapshot | undefined): TaskRecord {
  const { state = -1, snapshots = [] } = record;
  if (!stored || stored.from <= Math.max(state, snapshots[0]?.from ?? -1)) return record;
  return { ...record, snapshots: [stored, ...snapshots].slice(0, snapshotsKept) };
}

/** The first offset of the task's partition that restoring may need; undefined: none, for there is no state. */
export function neededFrom({ state, snapshots = [] }: TaskRecord): number | undefined {
  return snapshots.length < snapshotsKept ? state : snapshots[snapshots.length - 1].from;
}

/** What a task's state is restored from: a snapshot and the changes after it, or the changes alone. */
export interface StateBase {
  snapshot?: Uint8Array;
  from: number;
}

/**
 * The newest sound snapshot behind which no changes are missing; where there is none, the changes from the beginning.
 *
 * @param start - the first offset that is left in the task's partition
 * @returns undefined when the task has no state
 * @throws MillraceError `MR-LOG-012` when neither is left; `MR-FILES-002` when the store cannot be reached
 */
export async function stateBase({ state, snapshots = [] }: TaskRecord, start: number, { files, where, warn }: { files: StateSnapshots | undefined; where: string; warn: Warn }): Promise<StateBase | undefined> {
  const reasons: string[] = [];
  for (const stored of snapshots) {
    const read = stored.from < start ? `changes after ${stored.key} are gone` : files ? await files.read(stored) : `${stored.key} cannot be read: the profile names no bucket`;
    if (typeof read !== "string") return { snapshot: read, from: stored.from };
    reasons.push(read);
    warn("a snapshot of the state cannot be used; an older one, or the changes alone, take its place", { reason: read });
  }
  if (state === undefined) return undefined;
  if (start <= state) return { from: state };
  throw new MillraceError("MR-LOG-012", {
    what: `the state cannot be restored: ${[...reasons, "the changes from its beginning on have been removed"].join("; ")}`,
    where,
    mend: "bring the files back, here or in the bucket that the profile named before; without them, give the stage a new name, so that it computes its state anew",
  });
}
