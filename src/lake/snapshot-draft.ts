import { isDeepStrictEqual } from "node:util";
import { invalid } from "./json-input.ts";
import type { MetadataDraft } from "./metadata-draft.ts";
import { carried } from "./summary-keys.ts";
import type { Snapshot, SnapshotRef } from "./table-metadata.ts";

/** Clocks of machines differ: a snapshot may be this much older than the one before it, or younger than now. */
const clockSkewMsMax = 60_000;
/** A commit's snapshots take the numbers that come next; a table that was copied from elsewhere may have gaps. */
const sequenceGapMax = 1_000_000;

/** The snapshot is there after it, and current for nobody. */
export function addSnapshot(draft: MetadataDraft, snapshot: Snapshot, where: string): void {
  const { metadata } = draft;
  const id = snapshot["snapshot-id"];
  const last = metadata["last-sequence-number"];
  const latest = metadata["snapshot-log"].at(-1)?.["timestamp-ms"] ?? 0;
  if (metadata.schemas.length === 0) throw invalid("a table without a schema takes no snapshot", where);
  if (metadata.snapshots.some((one) => one["snapshot-id"] === id)) throw invalid(`snapshot ${id} is there already`, `${where}.snapshot-id`, "give each snapshot an id of its own");
  if (snapshot["sequence-number"] <= last) throw invalid(`sequence number ${snapshot["sequence-number"]} is not above the table's, which is ${last}`, `${where}.sequence-number`, "load the table again");
  if (snapshot["timestamp-ms"] < latest - clockSkewMsMax) throw invalid(`the snapshot is older than the table's latest by ${latest - snapshot["timestamp-ms"]} ms`, `${where}.timestamp-ms`, "set this machine's clock");
  if (snapshot["sequence-number"] > last + sequenceGapMax) throw invalid(`sequence number ${snapshot["sequence-number"]} is far above the table's, which is ${last}: others could not go on from it`, `${where}.sequence-number`, "take the number that comes next");
  // Nobody with the right time could commit after it.
  if (snapshot["timestamp-ms"] > draft.now + clockSkewMsMax) throw invalid(`the snapshot is ${snapshot["timestamp-ms"] - draft.now} ms ahead of this machine's clock`, `${where}.timestamp-ms`, "set this machine's clock, or that of the writer");
  const parent = snapshot["parent-snapshot-id"];
  if (parent !== undefined && !metadata.snapshots.some((one) => one["snapshot-id"] === parent)) throw invalid(`there is no snapshot ${parent} that it could stand on`, `${where}.parent-snapshot-id`, "load the table again");
  const schemaId = snapshot["schema-id"];
  if (schemaId !== undefined && !metadata.schemas.some((one) => one["schema-id"] === schemaId)) throw invalid(`there is no schema of id ${schemaId}`, `${where}.schema-id`);
  draft.addedSnapshots.add(id);
  draft.changedAt = snapshot["timestamp-ms"];
  draft.metadata = { ...metadata, snapshots: [...metadata.snapshots, withCarried(snapshot, metadata.snapshots)], "last-sequence-number": snapshot["sequence-number"] };
}

/** What a table says of its input is handed on from snapshot to snapshot, also by engines that do not know of it. */
function withCarried(snapshot: Snapshot, before: Snapshot[]): Snapshot {
  const parent = before.find((one) => one["snapshot-id"] === snapshot["parent-snapshot-id"]);
  return { ...snapshot, summary: { ...carried(parent), ...snapshot.summary } };
}

export function setRef(draft: MetadataDraft, name: string, ref: SnapshotRef, where: string): void {
  const { metadata } = draft;
  const id = ref["snapshot-id"];
  if (isDeepStrictEqual(metadata.refs[name], ref)) return;
  const snapshot = metadata.snapshots.find((one) => one["snapshot-id"] === id);
  if (snapshot === undefined) throw invalid(`there is no snapshot ${id}`, `${where}.snapshot-id`);
  if (name === "main" && ref.type === "tag") throw invalid("main is a branch", `${where}.type`);
  draft.metadata = { ...metadata, refs: { ...metadata.refs, [name]: ref } };
  if (name !== "main" || metadata["current-snapshot-id"] === id) return;
  const at = draft.addedSnapshots.has(id) ? snapshot["timestamp-ms"] : draft.now;
  draft.metadata["current-snapshot-id"] = id;
  draft.metadata["snapshot-log"] = [...metadata["snapshot-log"], { "timestamp-ms": at, "snapshot-id": id }];
}

/** Removing what is not there is no error. A table without main is empty; it had no past either. */
export function removeRef(draft: MetadataDraft, name: string): void {
  const { [name]: _gone, ...refs } = draft.metadata.refs;
  draft.metadata = { ...draft.metadata, refs };
  if (name !== "main") return;
  delete draft.metadata["current-snapshot-id"];
  draft.metadata["snapshot-log"] = [];
}

/** Takes branches, tags and statistics of the snapshots with them. Ids that are not there are no error. */
export function removeSnapshots(draft: MetadataDraft, ids: readonly bigint[], where: string): void {
  const { metadata } = draft;
  const gone = new Set(ids);
  if (metadata["current-snapshot-id"] !== undefined && gone.has(metadata["current-snapshot-id"])) throw invalid("the current snapshot cannot be removed", where, "set main to another one first");
  draft.metadata = {
    ...metadata,
    snapshots: metadata.snapshots.filter((one) => !gone.has(one["snapshot-id"])),
    refs: Object.fromEntries(Object.entries(metadata.refs).filter(([, ref]) => !gone.has(ref["snapshot-id"]))),
    statistics: withoutOf(metadata.statistics, gone),
    "partition-statistics": withoutOf(metadata["partition-statistics"], gone),
  };
}

/** Statistics without those of the snapshots given. */
export function withoutOf(statistics: unknown[], snapshots: ReadonlySet<bigint>): unknown[] {
  return statistics.filter((one) => !snapshots.has((one as { "snapshot-id": bigint })["snapshot-id"]));
}

/**
 * Time travel goes by the log: what was current only between two updates of one request never was, and before a snapshot that
 * is gone the log would give wrong answers.
 */
export function tidySnapshotLog(draft: MetadataDraft): void {
  const { metadata, addedSnapshots } = draft;
  const known = new Set(metadata.snapshots.map((one) => one["snapshot-id"]));
  const seen = metadata["snapshot-log"].filter((entry, i, log) => i === log.length - 1 || !addedSnapshots.has(entry["snapshot-id"]));
  const lastGap = seen.findLastIndex((entry) => !known.has(entry["snapshot-id"]));
  if (lastGap >= 0 || seen.length !== metadata["snapshot-log"].length) draft.metadata = { ...metadata, "snapshot-log": seen.slice(lastGap + 1) };
}
