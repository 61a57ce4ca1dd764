import { resolve } from "node:path";
import { type Millrace, type MillraceOptions, startMillrace } from "../../src/supervisor/up.ts";

/** @param name - of one of the projects beside this folder, or the absolute path of another */
export const projectFolder = (name: string): string => resolve(import.meta.dirname, "..", "projects", name);

/** Brings a project up, with its data in `dataFolder`. */
export function upProject(name: string, dataFolder: string, options: Partial<MillraceOptions> = {}): Promise<Millrace> {
  return startMillrace({ projectFolder: projectFolder(name), dataFolder, logLevel: "warn", ...options });
}
