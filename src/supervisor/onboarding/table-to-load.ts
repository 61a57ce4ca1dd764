import { hasChanges } from "./load-mark.ts";
import type { SourceTable } from "./source-tables.ts";

/** A table that has something to load: an item of the map of loads. */
export interface TableToLoad {
  /** As it is called in the raw database. */
  table: string;
  into: string;
  newFiles: number;
  changedFiles: number;
  /** Files whose rows go. */
  goneFiles: number;
  /** Of new and changed files. */
  bytes: number;
}

export const isToLoad = ({ changes, gone }: SourceTable): boolean => hasChanges(changes) || gone.length > 0;

export function toLoad({ raw, into, changes: { fresh, changed }, gone }: SourceTable): TableToLoad {
  const bytes = [...fresh, ...changed].reduce((sum, file) => sum + file.bytes, 0);
  return { table: raw.name, into, newFiles: fresh.length, changedFiles: changed.length, goneFiles: gone.length, bytes };
}
