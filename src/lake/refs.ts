import { MillraceError } from "../errors.ts";
import type { Snapshot, SnapshotRef, TableMetadata } from "./table-metadata.ts";
import { currentSnapshot, headOf, mainBranch, nextTime, withHead } from "./table-metadata.ts";
import { badDeclaration } from "./table-schema.ts";

/** A version of a table: by the snapshot's id, by a time, or by the name of a tag or branch. */
export type SnapshotAt = { snapshot: bigint } | { time: Date | string } | { ref: string };

export interface TagOptions {
  /** Default: the current snapshot. */
  snapshot?: bigint;
  /** Milliseconds after which, counted from the snapshot's time, expiry drops the tag or branch. Default: never. */
  maxRefAgeMs?: number;
}

export interface BranchOptions extends TagOptions {
  /** Snapshots of the branch that expiry leaves, counted back from its head. Default: as expiry is asked. */
  minSnapshotsToKeep?: number;
  /** Snapshots of the branch that are younger than this stay as well, milliseconds. Default: as expiry is asked. */
  maxSnapshotAgeMs?: number;
}

/**
 * The snapshot that was meant.
 * @throws MillraceError `MR-LAKE-001` when there is none: it expired, nothing was committed by that time, or nothing is called so
 */
export function snapshotAt(table: string, metadata: TableMetadata, at: SnapshotAt): Snapshot {
  const found = find(metadata, at);
  if (found !== undefined) return found;
  throw new MillraceError("MR-LAKE-001", {
    what: `table "${table}" has no ${described(at)}`,
    where: `table "${table}"`,
    mend: "choose one of its snapshots; old ones expire",
  });
}

function find(metadata: TableMetadata, at: SnapshotAt): Snapshot | undefined {
  if ("snapshot" in at) return byId(metadata, at.snapshot);
  if ("ref" in at) return at.ref === mainBranch ? currentSnapshot(metadata) : headOf(metadata, at.ref);
  const time = new Date(at.time).getTime();
  // By the log and not by parents: a table that was rolled back had another version then.
  const entry = metadata["snapshot-log"].findLast((one) => one["timestamp-ms"] <= time);
  return entry && byId(metadata, entry["snapshot-id"]);
}

function byId(metadata: TableMetadata, id: bigint | undefined): Snapshot | undefined {
  return metadata.snapshots.find((snapshot) => snapshot["snapshot-id"] === id);
}

function described(at: SnapshotAt): string {
  if ("snapshot" in at) return `snapshot ${at.snapshot}`;
  if ("ref" in at) return `tag or branch "${at.ref}"`;
  const time = new Date(at.time);
  return `snapshot at ${Number.isNaN(time.getTime()) ? JSON.stringify(at.time) : time.toISOString()}`;
}

/** @throws MillraceError `MR-LAKE-006` when the name is taken, `MR-LAKE-001` when there is no such snapshot */
export function withNewRef(table: string, base: TableMetadata, name: string, type: SnapshotRef["type"], options: BranchOptions): TableMetadata {
  if (name === "" || name === mainBranch || base.refs[name] !== undefined) {
    throw badDeclaration(table, `a ${type} cannot be called "${name}"${base.refs[name] === undefined ? "" : ": there is one already"}`, "choose another name, or remove the one that has it");
  }
  const snapshot = snapshotAt(table, base, options.snapshot === undefined ? { ref: mainBranch } : { snapshot: options.snapshot });
  const ref = { "snapshot-id": snapshot["snapshot-id"], type, ...retention(options) };
  return { ...base, "last-updated-ms": nextTime(base), refs: { ...base.refs, [name]: ref } };
}

function retention({ maxRefAgeMs, minSnapshotsToKeep, maxSnapshotAgeMs }: BranchOptions): Partial<SnapshotRef> {
  return {
    ...(maxRefAgeMs !== undefined && { "max-ref-age-ms": maxRefAgeMs }),
    ...(minSnapshotsToKeep !== undefined && { "min-snapshots-to-keep": minSnapshotsToKeep }),
    ...(maxSnapshotAgeMs !== undefined && { "max-snapshot-age-ms": maxSnapshotAgeMs }),
  };
}

/** Undefined when there is none of the name. The branch `main` is the table itself, and stays. @throws MillraceError `MR-LAKE-006` */
export function withoutRef(table: string, base: TableMetadata, name: string): TableMetadata | undefined {
  if (name === mainBranch) throw badDeclaration(table, "its main branch cannot be removed", "remove the table");
  if (base.refs[name] === undefined) return undefined;
  const { [name]: _gone, ...refs } = base.refs;
  return { ...base, "last-updated-ms": nextTime(base), refs };
}

/**
 * The branch `target` ends where `source`, a branch or tag that has grown out of it, ends. Undefined when it does already.
 * @throws MillraceError `MR-LAKE-002` when the target has snapshots that the source does not stand on, `MR-LAKE-001`
 */
export function fastForwarded(table: string, base: TableMetadata, target: string, source: string): TableMetadata | undefined {
  checkBranch(table, base, target);
  const head = snapshotAt(table, base, { ref: source });
  const before = headOf(base, target);
  if (before?.["snapshot-id"] === head["snapshot-id"]) return undefined;
  if (before !== undefined && !ancestors(base, head).some((one) => one["snapshot-id"] === before["snapshot-id"])) {
    throw new MillraceError("MR-LAKE-002", {
      what: `branch "${target}" has moved on since "${source}" left it`,
      where: `table "${table}"`,
      mend: `write the rows of "${source}" again, on a branch made from "${target}" as it is now`,
    });
  }
  return withHead({ ...base, "last-updated-ms": nextTime(base) }, target, head["snapshot-id"]);
}

/**
 * The branch becomes the table, and is a branch no more.
 * @throws MillraceError `MR-LAKE-002` when the table has moved on since, `MR-LAKE-001` when there is no such branch
 */
export function withPublished(table: string, base: TableMetadata, branch: string): TableMetadata {
  const forwarded = fastForwarded(table, base, mainBranch, branch) ?? base;
  return withoutRef(table, forwarded, branch) ?? forwarded;
}

/** @throws MillraceError `MR-LAKE-001` when there is no such branch to write to */
export function checkBranch(table: string, metadata: TableMetadata, name: string): void {
  if (name === mainBranch || metadata.refs[name]?.type === "branch") return;
  throw new MillraceError("MR-LAKE-001", {
    what: metadata.refs[name] === undefined ? `table "${table}" has no branch "${name}"` : `"${name}" is a tag of table "${table}", which does not move`,
    where: `table "${table}"`,
    mend: "make a branch, and write to that",
  });
}

/** A snapshot and those it came from, as far as they are kept, the youngest first; each once, also where a file says that one came from itself. */
export function ancestors(metadata: TableMetadata, from: Snapshot | undefined): Snapshot[] {
  const all = new Map(metadata.snapshots.map((snapshot) => [snapshot["snapshot-id"], snapshot]));
  const found = new Set<Snapshot>();
  for (let at = from; at !== undefined && !found.has(at); at = all.get(at["parent-snapshot-id"] ?? -1n)) found.add(at);
  return [...found];
}
