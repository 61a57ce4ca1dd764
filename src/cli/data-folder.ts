import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findInstance } from "./instance.ts";

/**
 * Where the project keeps its data: what was named, else what its configuration says. The configuration is code and is read
 * in a process of its own, which takes a third of a second; that is spared where Millrace runs on the usual folder.
 */
export async function findDataFolder(project: string, named: string | undefined): Promise<string> {
  if (named !== undefined) return resolve(named);
  const usual = join(project, ".millrace");
  if (!["ts", "mts", "js", "mjs"].some((ending) => existsSync(join(project, `millrace.config.${ending}`)))) return usual;
  if (await findInstance(usual)) return usual;
  const { readConfiguredProject } = await import("../supervisor/definitions/read-project.ts");
  return (await readConfiguredProject(project)).config.dataDir;
}
