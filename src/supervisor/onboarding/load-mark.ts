import type { ExternalFile } from "../../catalog/external-table.ts";

/** Which files a loaded table holds: its bookmark, as plain JSON. */
export interface LoadMark {
  /** Differs whenever rows would come of the same files in another way: they are all loaded again then. */
  reading: string;
  /** By name. */
  files: Record<string, FileMark>;
}

// A type, so that it passes as JSON.
export type FileMark = {
  /** The version of the file whose rows the table holds; null: it holds none. */
  rows: string | null;
  /** The version of which something did not fit the table, or could not be read, and the shape that the table had then. */
  misfit?: { version: string; shape: string };
};

/** No file has this version: its rows are there, and it is to be loaded again. */
const stale = "stale";

/** What a table's files are, against those that it holds. */
export interface FileChanges {
  /** No row of theirs is in the table. */
  fresh: NamedFile[];
  /** Their rows are replaced. */
  changed: NamedFile[];
  /** Names of files that the table holds and the crawl has not found in it. */
  missing: string[];
}

/** A file under the name that its rows have for it. */
export type NamedFile = ExternalFile & { name: string };

/** @param shape - of the table now: what did not fit another one is tried again */
export function fileChanges(files: readonly NamedFile[], mark: LoadMark | undefined, { reading, shape }: { reading: string; shape: string }): FileChanges {
  const changes: FileChanges = { fresh: [], changed: [], missing: [] };
  const isRead = mark?.reading === reading;
  const there = new Set<string>();
  for (const file of files) {
    there.add(file.name);
    const held = mark && Object.hasOwn(mark.files, file.name) ? mark.files[file.name] : undefined;
    if (isRead && held && isLoaded(file.version, held, shape)) continue;
    (held === undefined || held.rows === null ? changes.fresh : changes.changed).push(file);
  }
  if (mark) changes.missing = Object.keys(mark.files).filter((name) => !there.has(name));
  return changes;
}

function isLoaded(version: string, { rows, misfit }: FileMark, shape: string): boolean {
  return misfit?.version === version ? misfit.shape === shape : rows === version;
}

/** The mark once all that stands in it is to be loaded again. */
export function staleMark({ files, ...mark }: LoadMark): LoadMark {
  return { ...mark, files: Object.fromEntries(Object.entries(files).map(([name, { rows }]) => [name, { rows: rows === null ? null : stale }])) };
}

export function hasChanges({ fresh, changed }: FileChanges): boolean {
  return fresh.length + changed.length > 0;
}
