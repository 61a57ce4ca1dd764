import { mainBranch, type TableMetadata } from "../lake/table-metadata.ts";
import type { Table } from "../lake/table.ts";
import type { TableDecl } from "../model/manifest.ts";
import type { RefInfo, SnapshotInfo, TableInfo, TableStatus } from "../server/control-plane.ts";

const snapshotsMax = 100;

export async function tableStatus(table: Table): Promise<TableStatus> {
  const snapshot = await table.currentSnapshot();
  return { name: table.name, rows: count(snapshot?.summary["total-records"]), snapshot: snapshot ? String(snapshot["snapshot-id"]) : null, files: count(snapshot?.summary["total-data-files"]), newestAt: snapshot ? new Date(snapshot["timestamp-ms"]).toISOString() : null };
}

export async function tableInfo(table: Table, decl: TableDecl | undefined): Promise<TableInfo> {
  const snapshots = await table.snapshots();
  const current = await table.currentSnapshot();
  return {
    ...(await tableStatus(table)),
    columns: decl?.columns ?? [],
    partitionBy: decl?.partitionBy ?? [],
    bytes: count(current?.summary["total-files-size"]),
    snapshots: snapshots.toReversed().slice(0, snapshotsMax).map(
      (snapshot): SnapshotInfo => ({
        id: String(snapshot["snapshot-id"]),
        at: new Date(snapshot["timestamp-ms"]).toISOString(),
        operation: snapshot.summary.operation,
        rows: count(snapshot.summary["total-records"]),
        files: count(snapshot.summary["total-data-files"]),
        summary: snapshot.summary,
      }),
    ),
    refs: refsIn(await table.metadata()),
  };
}

function refsIn({ refs }: TableMetadata): RefInfo[] {
  const named = Object.entries(refs).filter(([name]) => name !== mainBranch);
  return named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, ref]) => ({ name, kind: ref.type, snapshot: String(ref["snapshot-id"]) }));
}

const count = (text: string | undefined): number => Number(text ?? 0);
