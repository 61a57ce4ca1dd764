import type { BoundFilter } from "./filter.ts";
import type { FileIndex, LiveFile } from "./file-index.ts";
import { liveFile } from "./file-index.ts";
import type { ManifestEntry } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { dataManifest } from "./manifest-list.ts";
import { FilePruner } from "./prune.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";

/** The data files of a snapshot that a filter concerns, and what was left out. */
export interface FilePlan {
  files: PlannedFile[];
  filesPruned: number;
  manifests: number;
  /** Manifests that were not read. */
  manifestsPruned: number;
}

export interface PlannedFile extends LiveFile {
  /** All its rows are chosen, for certain. */
  whole: boolean;
}

interface Reading {
  ref: ManifestRef;
  entries: Promise<ManifestEntry[]>;
}

const manifestsAhead = 3;

/** @param snapshot - of the table that `metadata` is of; undefined has no files */
export async function planFiles(index: FileIndex, metadata: TableMetadata, snapshot: Snapshot | undefined, filter: BoundFilter): Promise<FilePlan> {
  const pruner = new FilePruner(metadata, filter);
  const manifests = (await index.manifests(snapshot)).filter(({ content }) => content === dataManifest);
  const plan: FilePlan = { files: [], filesPruned: 0, manifests: manifests.length, manifestsPruned: 0 };
  const look = async ({ ref, entries }: Reading) => {
    for (const entry of await entries) {
      if (entry.status === "deleted") continue;
      if (pruner.mayMatch(entry.file, ref.specId)) plan.files.push({ ...liveFile(entry, ref), whole: pruner.allMatch(entry.file, ref.specId) });
      else plan.filesPruned += 1;
    }
  };
  const reading: Reading[] = [];
  for (const ref of manifests) {
    if (!pruner.mayHold(ref)) {
      plan.manifestsPruned += 1;
      plan.filesPruned += Number(ref.files.added + ref.files.existing);
      continue;
    }
    reading.push({ ref, entries: index.entries(ref) });
    // Bytes are unpacked in other threads: the next manifests are on their way while one is looked at.
    if (reading.length > manifestsAhead) await look(reading.shift() as Reading);
  }
  for (const one of reading) await look(one);
  return plan;
}
