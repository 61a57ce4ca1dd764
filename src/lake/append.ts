import type { Change } from "./commit.ts";
import type { FileIndex } from "./file-index.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import type { Advance } from "./positions.ts";
import { advanced, positionsOf } from "./positions.ts";
import { addSnapshot } from "./snapshot-builder.ts";
import { positionsKey } from "./summary-keys.ts";
import { currentSnapshot } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

export interface Append {
  folder: string;
  snapshotId: bigint;
  /** Absent when no row came, and the positions alone move. */
  manifest?: ManifestRef;
  files: FileRecord[];
  advance: Advance[];
  /** What else the summary says, such as release and run. */
  summary: Record<string, string>;
}

/** Adds files to the table. Loses to nobody: others' files stay, and ours come on top. Positions alone can refuse it. */
export function appendChange(store: TableStore, index: FileIndex, append: Append): Change {
  return {
    async apply(base, written) {
      const parent = currentSnapshot(base);
      const positions = advanced(store.name, positionsOf(parent), append.advance);
      const summary = { ...append.summary, ...(positions.length > 0 && { [positionsKey]: JSON.stringify(positions) }) };
      const manifests = [...(append.manifest ? [append.manifest] : []), ...(await index.manifests(parent))];
      const next = { id: append.snapshotId, operation: "append" as const, manifests, summary, totals: added(append.files) };
      return addSnapshot({ store, index }, base, append.folder, next, written);
    },
  };
}

function added(files: FileRecord[]) {
  return {
    addedFiles: files.length,
    addedRecords: sum(files, ({ records }) => records),
    addedBytes: sum(files, ({ bytes }) => bytes),
    deletedFiles: 0,
    deletedRecords: 0,
    deletedBytes: 0,
  };
}

export function sum<T>(items: T[], of: (item: T) => bigint): number {
  return Number(items.reduce((total, item) => total + of(item), 0n));
}
