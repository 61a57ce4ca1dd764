import { idAt, integerAt, invalid, objectAt, textAt, textsAt } from "./json-input.ts";
import type { Snapshot, SnapshotRef } from "./table-metadata.ts";

const operations = ["append", "replace", "overwrite", "delete"];

/** A snapshot as a client sends it. @throws MillraceError `MR-ICE-001` */
export function snapshotAt(value: unknown, where: string): Snapshot {
  const snapshot = objectAt(value, where);
  const at = (name: string) => `${where}.${name}`;
  const parent = snapshot["parent-snapshot-id"];
  const schemaId = snapshot["schema-id"];
  const summary = textsAt(snapshot.summary ?? {}, at("summary"));
  if (!operations.includes(summary.operation)) throw invalid(`"${operations.join('", "')}" is needed here`, at("summary.operation"));
  if (snapshot["manifest-list"] === undefined) throw invalid("a snapshot of format version 2 has a manifest list", at("manifest-list"));
  const { "parent-snapshot-id": _parent, "schema-id": _schema, ...rest } = snapshot;
  return {
    ...rest,
    "snapshot-id": idAt(snapshot["snapshot-id"], at("snapshot-id")),
    ...(parent === undefined || parent === null ? {} : { "parent-snapshot-id": idAt(parent, at("parent-snapshot-id")) }),
    "sequence-number": integerAt(snapshot["sequence-number"], at("sequence-number"), 1),
    "timestamp-ms": integerAt(snapshot["timestamp-ms"], at("timestamp-ms"), 1, 8_640_000_000_000_000),
    "manifest-list": textAt(snapshot["manifest-list"], at("manifest-list")),
    summary: summary as Snapshot["summary"],
    ...(schemaId === undefined || schemaId === null ? {} : { "schema-id": integerAt(schemaId, at("schema-id")) }),
  };
}

const retentions = ["max-ref-age-ms", "max-snapshot-age-ms", "min-snapshots-to-keep"];

/** A branch or tag as a client sends it. @throws MillraceError `MR-ICE-001` */
export function refAt(value: unknown, where: string): SnapshotRef {
  const ref = objectAt(value, where);
  const { type } = ref;
  if (type !== "branch" && type !== "tag") throw invalid('"branch" or "tag" is needed here', `${where}.type`);
  const read: SnapshotRef = { "snapshot-id": idAt(ref["snapshot-id"], `${where}.snapshot-id`), type };
  for (const name of retentions) {
    if (ref[name] === undefined || ref[name] === null) continue;
    if (type === "tag" && name !== "max-ref-age-ms") throw invalid(`a tag has no ${name}: it names one snapshot`, `${where}.${name}`);
    read[name] = integerAt(ref[name], `${where}.${name}`, 1);
  }
  return read;
}
