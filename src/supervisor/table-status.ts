import { asMillraceError } from "../errors.ts";
import { currentSnapshot, mainBranch, type TableMetadata } from "../lake/table-metadata.ts";
import type { Problem, TableDecl } from "../model/manifest.ts";
import type { RefInfo, SnapshotInfo, TableInfo, TableStatus } from "../server/control-plane.ts";
import type { KnownTables } from "./tables-known.ts";

const snapshotsMax = 100;

export function tableStatus(name: string, metadata: TableMetadata): TableStatus {
  const snapshot = currentSnapshot(metadata);
  return { name, rows: count(snapshot?.summary["total-records"]), snapshot: snapshot ? String(snapshot["snapshot-id"]) : null, files: count(snapshot?.summary["total-data-files"]), newestAt: snapshot ? new Date(snapshot["timestamp-ms"]).toISOString() : null };
}

export function tableInfo(name: string, metadata: TableMetadata, decl: TableDecl | undefined): TableInfo {
  return {
    ...tableStatus(name, metadata),
    columns: decl?.columns ?? [],
    partitionBy: decl?.partitionBy ?? [],
    bytes: count(currentSnapshot(metadata)?.summary["total-files-size"]),
    snapshots: metadata.snapshots.toReversed().slice(0, snapshotsMax).map(
      (snapshot): SnapshotInfo => ({
        id: String(snapshot["snapshot-id"]),
        at: new Date(snapshot["timestamp-ms"]).toISOString(),
        operation: snapshot.summary.operation,
        rows: count(snapshot.summary["total-records"]),
        files: count(snapshot.summary["total-data-files"]),
        summary: snapshot.summary,
      }),
    ),
    refs: refsIn(metadata),
  };
}

/** A person must look after a table that cannot be read; all others are told of all the same. */
export const unreadableTables = ({ unreadable }: KnownTables<unknown>): Problem[] => [...unreadable].map(([name, error]) => ({ ...asMillraceError(error, `table "${name}"`).toJSON(), file: "" }));

function refsIn({ refs }: TableMetadata): RefInfo[] {
  const named = Object.entries(refs).filter(([name]) => name !== mainBranch);
  return named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, ref]) => ({ name, kind: ref.type, snapshot: String(ref["snapshot-id"]) }));
}

const count = (text: string | undefined): number => Number(text ?? 0);
