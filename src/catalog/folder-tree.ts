import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MillraceError } from "../errors.ts";
import { byUtf8 } from "../files/file-key.ts";
import { versionText } from "../formats/file-source.ts";
import { leftOutName } from "../formats/hive-partitions.ts";
import { depthMax, type FileTree, type LeftOut, type TreeFile } from "./file-tree.ts";

/**
 * A folder of this machine. Names that begin with a dot or an underscore are passed over. Links are not followed: what they lead to is crawled where it is.
 */
export function folderTree(folder: string): FileTree {
  const location = resolve(folder);
  return {
    location,
    walk: (isExcluded) => walkRoot(location, isExcluded),
    address: (path) => join(location, path),
  };
}

async function* walkRoot(location: string, isExcluded: (path: string) => boolean): AsyncGenerator<TreeFile | LeftOut> {
  const entries = await readdir(location, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    const how = cause.code === "ENOENT" ? "it is not there" : cause.code === "ENOTDIR" ? "it is no folder" : cause.message;
    throw new MillraceError("MR-CRAWL-001", { what: `the folder to crawl cannot be read: ${how}`, where: location, mend: "correct its path, or mount what belongs there; tables found before stay as they are", cause });
  });
  yield* walkEntries(location, "", entries, 1, isExcluded);
}

async function* walkEntries(location: string, prefix: string, entries: Dirent[], depth: number, isExcluded: (path: string) => boolean): AsyncGenerator<TreeFile | LeftOut> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => byUtf8(a.name, b.name))) {
    const path = prefix + entry.name;
    const why = reasonAgainst(entry, path, isExcluded);
    if (why !== undefined) yield { path, why };
    else (entry.isDirectory() ? folders : files).push(path);
  }
  yield* await Promise.all(files.map((path) => look(location, path)));
  for (const path of folders) {
    if (depth >= depthMax) {
      yield { path: `${path}/`, why: `it lies more than ${depthMax} folders deep` };
      continue;
    }
    const inner = await readdir(join(location, path), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
    if (typeof inner === "string") yield { path: `${path}/`, why: `the folder cannot be read: ${inner}` };
    else yield* walkEntries(location, `${path}/`, inner, depth + 1, isExcluded);
  }
}

function reasonAgainst(entry: Dirent, path: string, isExcluded: (path: string) => boolean): string | undefined {
  if (leftOutName.test(entry.name)) return "its name begins with a dot or an underscore";
  if (entry.isSymbolicLink()) return "it is a link";
  if (!entry.isDirectory() && !entry.isFile()) return "it is no file";
  return isExcluded(entry.isDirectory() ? `${path}/` : path) ? "a pattern of `exclude` fits it" : undefined;
}

async function look(location: string, path: string): Promise<TreeFile | LeftOut> {
  try {
    const stats = await stat(join(location, path));
    return { path, bytes: stats.size, modifiedAt: Math.floor(stats.mtimeMs), version: versionText(stats) };
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { path, why: gone ? "it went while the folder was read, or its name is no valid Unicode" : `it cannot be looked at: ${(error as Error).message}` };
  }
}
