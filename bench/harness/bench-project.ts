import { join } from "node:path";
import { type Millrace, type MillraceOptions, startMillrace } from "../../src/supervisor/up.ts";

export const projectFolder = (name: string): string => join(import.meta.dirname, "..", "projects", name);

/** Brings one of the projects beside this folder up, with its data in `dataFolder`. */
export function upProject(name: string, dataFolder: string, options: Partial<MillraceOptions> = {}): Promise<Millrace> {
  return startMillrace({ projectFolder: projectFolder(name), dataFolder, logLevel: "warn", ...options });
}
