import { ancestors } from "./refs.ts";
import { currentSnapshot, mainBranch, type TableMetadata } from "./table-metadata.ts";

/**
 * A table as those see it who may read it and no more: what was ever published, and nothing that stands on a branch. Tags are
 * there where they name something published. What is left out does not exist.
 */
export function published(metadata: TableMetadata): TableMetadata {
  const snapshots = ancestors(metadata, currentSnapshot(metadata)).reverse();
  const known = new Set(snapshots.map((snapshot) => snapshot["snapshot-id"]));
  const refs = Object.entries(metadata.refs).filter(([name, ref]) => name === mainBranch || (ref.type === "tag" && known.has(ref["snapshot-id"])));
  return { ...metadata, snapshots, refs: Object.fromEntries(refs), "snapshot-log": metadata["snapshot-log"].filter((entry) => known.has(entry["snapshot-id"])) };
}

/** Of what Millrace notes of itself in a table: which tables it was made of, by which run. */
const isOwnKey = ([key]: [string, string]): boolean => key.startsWith("millrace.");

/** As `published`, without a word of where its rows come from: to be given out of the house. */
export function publishedAlone(metadata: TableMetadata): TableMetadata {
  const seen = published(metadata);
  const schemas = new Set([seen["current-schema-id"], ...seen.snapshots.map((snapshot) => snapshot["schema-id"])]);
  return {
    ...seen,
    snapshots: seen.snapshots.map((snapshot) => ({ ...snapshot, summary: without(snapshot.summary) as typeof snapshot.summary })),
    schemas: seen.schemas.filter((schema) => schemas.has(schema["schema-id"])),
    properties: without(seen.properties),
    // Files that still tell all of it.
    "metadata-log": [],
    statistics: [],
    "partition-statistics": [],
  };
}

function without(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter((entry) => !isOwnKey(entry)));
}
