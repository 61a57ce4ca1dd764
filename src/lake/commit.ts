import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import { AttemptFiles } from "./attempt-files.ts";
import type { TableMetadata } from "./table-metadata.ts";
import type { PointerSwap, PreparedVersion, TableStore, TableVersion } from "./table-store.ts";

/** A change of a table, made again from whatever is current when another commit was first. */
export interface Change {
  /**
   * The metadata after the change; undefined when there is nothing to do, or no longer.
   * @param written - takes the files that serve this attempt alone, to be removed when it fails
   */
  apply(base: TableMetadata, written: AttemptFiles): Promise<TableMetadata | undefined>;
  /**
   * Looks at the change as it is prepared, upon every base anew. What it throws ends the commit, which is not made.
   * @param next - the table as it would be; its files stand there
   */
  check?(base: TableMetadata, next: TableMetadata): Promise<void>;
}

const attemptsMax = 100;
const waitMsMax = 200;

/**
 * Makes a swap in the state store, in a transaction of the caller's.
 * @returns true when it is made; "stale" when another commit was first; false when it will not be made, whatever the table is
 */
export type MakeSwap = (swap: PointerSwap) => Promise<boolean | "stale">;

/** A commit that is written whole and takes effect by one swap in the state store. Until then it is garbage that nobody sees. */
export class PreparedCommit {
  readonly #store: TableStore;
  readonly #version: PreparedVersion;
  readonly #written: AttemptFiles;

  constructor(store: TableStore, version: PreparedVersion, written: AttemptFiles) {
    this.#store = store;
    this.#version = version;
    this.#written = written;
  }

  get swap(): PointerSwap {
    return this.#version.swap;
  }

  /** What the table is once the swap is made. */
  get metadata(): TableMetadata {
    return this.#version.metadata;
  }

  /**
   * Makes the swap, by itself or by `make`.
   *
   * @returns "stale" or false as `make` said, and nothing is left behind then. When `make` throws, it is looked whether the
   * swap was made all the same; where it was not, the files stay, for it may yet be: orphan removal finds them
   */
  async publish(make?: MakeSwap): Promise<TableVersion | "stale" | false> {
    if (make === undefined) return (await this.#store.publish(this.#version)) ?? this.#dropped("stale");
    const made = await make(this.swap).catch(async (error) => {
      if (await this.#store.wasMade(this.#version).catch(() => false)) return true;
      throw error;
    });
    return made === true ? this.published() : this.#dropped(made);
  }

  /** To be called by whoever made the swap without `publish`. */
  published(): Promise<TableVersion> {
    return this.#store.published(this.#version);
  }

  /** Removes what serves this commit alone. Only when the swap was not made and never will be. */
  async drop(): Promise<void> {
    await this.#store.drop(this.#version);
    await this.#written.remove();
  }

  async #dropped<T>(why: T): Promise<T> {
    await this.drop();
    return why;
  }
}

/**
 * A change made on what is current now, and looked at. `prepared` is undefined when there is nothing to do.
 * @throws what the change's own check throws; nothing is left behind then
 */
export async function prepareCommit(store: TableStore, change: Change): Promise<{ base: TableVersion; prepared: PreparedCommit | undefined }> {
  const written = new AttemptFiles(store.files);
  const { base, next } = await store.withCurrent(async (current) => ({ base: current, next: await change.apply(current.metadata, written) }));
  if (next === undefined) return { base, prepared: undefined };
  // Each waits for the disk; the swap comes after all of them.
  const [version, others] = await Promise.allSettled([store.prepare(base, next), written.onDisk()]);
  if (version.status === "rejected") throw version.reason;
  if (others.status === "rejected") throw others.reason;
  const prepared = new PreparedCommit(store, version.value, written);
  await change.check?.(base.metadata, prepared.metadata).catch((error) => prepared.drop().then(() => Promise.reject(error)));
  return { base, prepared };
}

export type Committed = TableVersion & {
  /** False when there was nothing to do. */
  changed: boolean;
};

/**
 * Commits a change to whatever the table is by then.
 *
 * @returns the table after the change, or as it is when `apply` found nothing to do
 * @throws MillraceError `MR-LAKE-002`, to be retried, when others are first time and again
 */
export async function commitChange(store: TableStore, change: Change): Promise<Committed> {
  return (await publishChange(store, change)) as Committed;
}

/** As `commitChange`, with the swap made by another hand. @returns undefined when `make` said that it will not be made */
export async function publishChange(store: TableStore, change: Change, make?: MakeSwap): Promise<Committed | undefined> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const done = await store.inTurn(() => tryChange(store, change, make));
    if (done !== "stale") return done;
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

async function tryChange(store: TableStore, change: Change, make: MakeSwap | undefined): Promise<Committed | undefined | "stale"> {
  const { base, prepared } = await prepareCommit(store, change);
  if (prepared === undefined) return { ...base, changed: false };
  const done = await prepared.publish(make);
  if (done === "stale") return done;
  return done === false ? undefined : { ...done, changed: true };
}

/** A random positive 63-bit integer. */
export function newSnapshotId(): bigint {
  return randomBytes(8).readBigUInt64LE() >> 1n || 1n;
}
