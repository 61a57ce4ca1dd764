import type { FileIndex, LiveFile } from "./file-index.ts";
import type { AddedFile } from "./rewrite-manifests.ts";
import type { RowFiles } from "./row-files.ts";
import type { Operation } from "./snapshot-builder.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";

/** A table as a change of its rows finds it. */
export interface RowBase {
  table: string;
  metadata: TableMetadata;
  /** Head of the branch that is written to; undefined while nothing was committed to it. */
  parent: Snapshot | undefined;
  index: FileIndex;
  files: RowFiles;
}

/** What a change of rows comes to on one base. */
export interface RowEdit {
  operation: Operation;
  /** Data files of the base that go. */
  removed: LiveFile[];
  /** Data files that come. */
  added: AddedFile[];
  /** What else the snapshot's summary says. */
  summary?: Record<string, string>;
}

/**
 * A change of rows: which of them go, and which come. It is asked anew for each base: what it has written for the last one
 * serves again where that is still right.
 */
export interface RowRule {
  edit(base: RowBase): Promise<RowEdit>;
}
