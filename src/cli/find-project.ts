import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { MillraceError } from "../errors.ts";

const marks = /^(millrace\.config|pipeline|[^/]+\.pipeline)\.(ts|mts|js|mjs)$/;

/**
 * The project's folder: the one named, or the nearest upward from `from` with a `millrace.config.*`, `pipeline.*` or
 * `*.pipeline.*` in it.
 *
 * @throws MillraceError `MR-MODEL-008` when there is none
 */
export function findProject(from: string, named: string | undefined): string {
  if (named !== undefined) return namedProject(resolve(from, named));
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (isProject(folder)) return folder;
    if (folder === dirname(folder)) throw noProject("neither this folder nor one above it is a project", from, "go to a project's folder, name it with --project, or make one: millrace init my-project");
  }
}

function namedProject(folder: string): string {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw noProject("there is no such folder", folder, "correct --project");
  return folder;
}

function isProject(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => marks.test(name));
  } catch {
    return false; // A folder above that we may not read is not ours.
  }
}

function noProject(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-MODEL-008", { what, where, mend });
}
