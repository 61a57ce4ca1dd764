import { glob, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import type { ListedFile } from "../../connect/files/list-objects.ts";
import { MillraceError } from "../../errors.ts";
import { versionText } from "../../formats/file-source.ts";
import { hivePartition, leftOutName } from "../../formats/hive-partitions.ts";

const filesMax = 100_000;
const statsAtOnce = 64;

/**
 * The files that are there now, in the order of their paths, each once. Empty ones are left out, and those with a name, or in
 * a folder, that begins with `_` or `.`: writers mark so what is not ready or no data.
 *
 * @param at - paths and globs from `folder`; of a folder all that is in it
 * @throws MillraceError `MR-FORMAT-003` for more than 100,000 files
 */
export async function listFiles(folder: string, at: readonly string[], where: string): Promise<ListedFile[]> {
  const paths = new Set<string>();
  for (const pattern of at) {
    for await (const path of pathsOf(resolve(folder, pattern))) {
      paths.add(path);
      checkCount(paths.size, where);
    }
  }
  const sorted = [...paths].sort();
  const files: ListedFile[] = [];
  for (let i = 0; i < sorted.length; i += statsAtOnce) {
    const found = await Promise.all(sorted.slice(i, i + statsAtOnce).map((path) => listed(path, folder)));
    files.push(...found.filter((file) => file !== undefined));
  }
  return files;
}

/** @throws MillraceError `MR-FORMAT-003` */
export function checkCount(files: number, where: string): void {
  if (files > filesMax) throw new MillraceError("MR-FORMAT-003", { what: `the table has more than ${filesMax} files`, where, mend: "let its paths fit fewer of them, or bring the files into the lake" });
}

async function* pathsOf(path: string): AsyncGenerator<string> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) yield path;
  else if (info?.isDirectory()) yield* globbed("**", path);
  // A name may have wildcards in it: what is there is meant before what could be.
  else yield* globbed(path.slice(staticPart(path).length + 1), staticPart(path));
}

async function* globbed(pattern: string, base: string): AsyncGenerator<string> {
  for await (const entry of glob(pattern, { cwd: base, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && relative(base, path).split(sep).every((name) => !leftOutName.test(name))) yield path;
  }
}

/** The folders before the first wildcard. */
function staticPart(path: string): string {
  const parts = path.split(sep);
  const wild = parts.findIndex((part) => /[*?[{]/.test(part));
  return parts.slice(0, wild < 0 ? -1 : wild).join(sep);
}

/** A file may go while it is looked at, and a link may lead nowhere. */
async function listed(path: string, folder: string): Promise<ListedFile | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile() || info.size === 0) return undefined;
  return { path, bytes: info.size, version: versionText(info), partition: hivePartition(relative(folder, path).split(sep).join("/")) };
}
