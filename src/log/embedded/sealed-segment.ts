import { readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../../errors.ts";
import { type StoredFrame, syncFolder, visitFrames } from "./segment-file.ts";
import { SegmentIndex } from "./segment-index.ts";

/** `000000000012.seg.idx` beside `000000000012.seg`. */
const indexName = (segment: string): string => `${segment}.idx`;

/** The segment that an index's file is about; undefined when the name is of another kind of file. */
export const segmentOfIndex = (name: string): string | undefined => (name.endsWith(".seg.idx") ? name.slice(0, -".idx".length) : undefined);

/**
 * What a sealed segment says: from the index beside it, or else from its frames, and then the index is put beside it.
 *
 * @throws MillraceError `MR-LOG-002` when there is no index and a frame is not whole
 */
export function readSealed(folder: string, segment: string): SegmentIndex {
  return savedIndex(folder, segment) ?? indexOfFrames(folder, segment);
}

function savedIndex(folder: string, segment: string): SegmentIndex | undefined {
  const { size } = statSync(join(folder, segment));
  try {
    return SegmentIndex.decode(readFileSync(join(folder, indexName(segment))), segment, size);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function indexOfFrames(folder: string, segment: string): SegmentIndex {
  const index = new SegmentIndex();
  visitWhole(folder, segment, (frame) => index.add(frame));
  saveIndex(folder, segment, index);
  return index;
}

/** @throws MillraceError `MR-LOG-002` when a frame is not whole, or there is none */
export function visitWhole(folder: string, segment: string, visit: (frame: StoredFrame) => void): void {
  const { end, size } = visitFrames(folder, segment, false, visit);
  if (end !== size || end === 0) throw damaged(join(folder, segment), end);
}

/** Not brought to disk at once, and not missed when there is no room for it: see {@link SegmentIndex}. */
export function saveIndex(folder: string, segment: string, index: SegmentIndex): void {
  const path = join(folder, indexName(segment));
  try {
    writeFileSync(path, index.encode(segment, statSync(join(folder, segment)).size), { mode: 0o600 });
  } catch {
    rmSync(path, { force: true });
  }
}

/** After a power cut a removed file must not stand before a gap: each removal is brought to disk. */
export function removeSegment(folder: string, segment: string): void {
  unlinkSync(join(folder, segment));
  syncFolder(folder);
  rmSync(join(folder, indexName(segment)), { force: true });
}

export function damaged(path: string, at: number): MillraceError {
  return new MillraceError("MR-LOG-002", {
    what: `a frame of the log is damaged, and others that were acknowledged follow it`,
    where: `${path}, byte ${at}`,
    mend: "restore the file from a backup; Millrace has changed nothing",
  });
}
