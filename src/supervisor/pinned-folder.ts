import { digestSources } from "./definitions/project-files.ts";
import { join } from "node:path";

/** Where the copy of a release's sources lies in the folder that keeps it. */
export const keptCode = (kept: string): string => join(kept, "code");

/**
 * The folder to import a release's code from: the project's own for as long as its sources are those of the release, for
 * there lie files beside them that are not copied; the copy, once someone has changed them.
 *
 * @param kept - the folder that keeps the release; without it there is no choice
 */
export async function pinnedFolder(codeFolder: string, kept: string | undefined, dataFolder: string): Promise<string> {
  if (kept === undefined || codeFolder === keptCode(kept)) return codeFolder;
  const [now, then] = await Promise.all([digestSources(codeFolder, dataFolder), digestSources(keptCode(kept), dataFolder)]);
  const same = now.size === then.size && [...then].every(([file, digest]) => now.get(file) === digest);
  return same || then.size === 0 ? codeFolder : keptCode(kept);
}
