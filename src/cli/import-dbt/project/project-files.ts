import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../../../errors.ts";

/** A file of the project: where, and what it says. */
export interface SourceFile {
  /** Relative to the project, with forward slashes. */
  path: string;
  text: string;
}

/** What a person writes is smaller. */
const bytesMax = 4 * 1024 * 1024;
const filesMax = 20_000;

/**
 * Files of a folder of the project and of those in it, by name. Links are not followed.
 * @param folder - relative to the project; one that is not there has no files
 */
export async function filePaths(project: string, folder: string, fits: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const entries = await readdir(join(project, path), { withFileTypes: true }).catch(missing);
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) await visit(inner);
      else if (entry.isFile() && fits(entry.name)) found.push(inner);
      if (found.length > filesMax) throw unreadable(project, `it has more than ${filesMax} files`);
    }
  };
  await visit(folder.replace(/\/+$/, ""));
  return found;
}

/** The first of the names that is a file in the project's own folder. */
export async function topFile(project: string, names: readonly string[]): Promise<string | undefined> {
  const entries = await readdir(project, { withFileTypes: true }).catch(missing);
  return names.find((name) => entries.some((entry) => entry.isFile() && entry.name === name));
}

/** @throws MillraceError `MR-CLI-004` for a file that cannot be read, or is too large to be text */
export async function readSource(project: string, path: string): Promise<SourceFile> {
  try {
    const { size } = await lstat(join(project, path));
    if (size > bytesMax) throw unreadable(path, `it has ${size} bytes, and no more than ${bytesMax} are read`);
    return { path, text: (await readFile(join(project, path), "utf8")).replaceAll("\r\n", "\n") };
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

function missing(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw unreadable(error.path ?? "", error.code ?? error.message);
}

function unreadable(where: string, what: string): MillraceError {
  return new MillraceError("MR-CLI-004", { what: `a file of the dbt project cannot be read: ${what}`, where, mend: "look at the file and at who may read it, and import again" });
}
