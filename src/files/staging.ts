import { mkdir, readdir, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, missing, refused } from "./system-error.ts";

/* Files that programs write on this machine, before a driver takes them into its store. */

/** A path in a folder that is there afterwards. @throws MillraceError `MR-FILES-002` */
export async function newStagedPath(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => Promise.reject(refused(error, folder)));
  return join(folder, name);
}

/** @throws MillraceError `MR-FILES-002`; not for a file that is gone */
export async function discardStaged(path: string): Promise<void> {
  await unlink(path).catch((error) => (isMissing(error) ? undefined : Promise.reject(refused(error, path))));
}

/** Removes what nobody has written to for `ageMs`. Returns how many. */
export async function sweepStaged(folder: string, ageMs: number): Promise<number> {
  let removed = 0;
  for (const name of (await readdir(folder).catch(missing(folder))) ?? []) {
    const path = join(folder, name);
    const found = await stat(path).catch(missing(path));
    if (found === undefined || Date.now() - found.mtimeMs < ageMs) continue;
    await rm(path, { force: true, recursive: true });
    removed += 1;
  }
  return removed;
}
