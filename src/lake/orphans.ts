import { neededFiles } from "./expire.ts";
import type { FileIndex } from "./file-index.ts";
import { isStateOf, stateNames } from "./file-states.ts";
import type { TableStore } from "./table-store.ts";

/** Long enough for any commit that is under way to end. */
const graceMsDefault = 24 * 3_600_000;

/**
 * Removes files in the table's folder that nothing refers to: what crashes and lost races left behind.
 *
 * @param graceMs - files younger than this stay, for a commit under way may be about to name them. Default one day
 * @returns how many were removed
 */
export async function removeOrphans(store: TableStore, index: FileIndex, graceMs: number = graceMsDefault): Promise<number> {
  const { pointer } = await store.load();
  const keys: string[] = [];
  for await (const key of store.files.list(`${pointer.folder}/`)) keys.push(key);
  // After the listing: what was committed while it ran is then among what is referred to.
  const needed = await neededFiles(store, index);
  const used = new Set(Array.from(needed, (location) => store.files.keyAt(location)));
  const measured = stateNames(needed);
  const oldest = Date.now() - graceMs;
  let removed = 0;
  for (const key of keys) {
    if (used.has(key) || isStateOf(key, pointer.folder, measured)) continue;
    const found = await store.files.stat(key);
    if (found === undefined || found.modifiedAt >= oldest) continue;
    await store.files.delete(key);
    removed += 1;
  }
  return removed + (await store.files.sweepStaged(graceMs));
}
