import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, realpath, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MillraceError } from "../errors.ts";
import type { FilesDriver, HeldFiles } from "./driver.ts";
import { byUtf8, keyToPath, pathToKey } from "./file-key.ts";
import { FolderFlushes } from "./folder-flushes.ts";
import { discardStaged, sweepStaged } from "./staging.ts";
import { isMissing, missing, refused } from "./system-error.ts";

/** Where files stand before they have their name. Begins with a dot: no key encodes to it. */
const stagingFolder = ".staging";

const alwaysThere: HeldFiles = { release: () => undefined };

/**
 * The embedded files driver: a folder whose tree follows the keys, so that any program can open the files.
 * Several processes may use one folder at once.
 *
 * @param root - made when it is not there
 * @param newId - a name no other process makes
 */
export function folderFiles(root: string, newId: () => string = randomUUID): FilesDriver {
  const base = resolve(root);
  const staging = join(base, stagingFolder);
  const folders = new Folders();
  const walls = new Walls(base);
  const names = new FolderFlushes(flush);
  const path = (key: string) => join(base, keyToPath(key));

  /** A link refuses a name that is taken; a rename would replace it without a word. */
  async function name(key: string, stagedPath: string): Promise<boolean> {
    const target = path(key);
    try {
      await walls.check(dirname(target));
      const added = await folders.within(dirname(target), () => link(stagedPath, target).then(() => true, expected("EEXIST", false)));
      if (added) await names.flush(dirname(target));
      return added;
    } catch (error) {
      throw refused(error, target);
    } finally {
      await discardStaged(stagedPath);
    }
  }

  async function stage(): Promise<string> {
    await folders.within(staging, async () => stat(staging)).catch((error) => Promise.reject(refused(error, staging)));
    return join(staging, newId());
  }

  return {
    capabilities: { localPaths: true },
    async adopt(key, stagedPath) {
      await flush(stagedPath).catch(async (error) => {
        await discardStaged(stagedPath).catch(() => {});
        throw refused(error, stagedPath);
      });
      return name(key, stagedPath);
    },
    discard: discardStaged,
    stage,
    path,
    hold: async () => alwaysThere,
    folders: [base],
    async putIfAbsent(key, bytes) {
      path(key);
      const staged = join(staging, newId());
      await folders.within(staging, () => writeStaged(staged, bytes)).catch(async (error) => {
        await discardStaged(staged).catch(() => {});
        throw refused(error, staged);
      });
      return name(key, staged);
    },
    async read(key, start = 0, end) {
      await walls.check(path(key));
      return readRange(path(key), start, end);
    },
    async stat(key) {
      await walls.check(path(key));
      const found = await stat(path(key)).catch(missing(path(key)));
      return found?.isFile() ? { bytes: found.size, modifiedAt: found.mtimeMs } : undefined;
    },
    async *list(prefix) {
      if (folderOf(prefix) !== "") await walls.check(path(folderOf(prefix)));
      yield* walk(base, prefix);
    },
    async delete(key) {
      // A link itself may go.
      await walls.check(dirname(path(key)));
      await unlink(path(key)).catch((error) => (isMissing(error) ? undefined : Promise.reject(refused(error, key))));
    },
    async makeFolder(prefix) {
      await walls.check(path(prefix));
      await mkdir(path(prefix), { recursive: true }).catch((error) => Promise.reject(refused(error, prefix)));
    },
    sweepStaged: (ageMs) => sweepStaged(staging, ageMs),
    location: (key) => locationOf(base) + keyToPath(key),
    keyAt: (location) => keyAtLocation(base, location),
  };
}

/** Nothing is read, written or removed through a link that leads out of the folder, whoever has put it there. */
class Walls {
  readonly #base: string;
  #realBase: string | undefined;

  constructor(base: string) {
    this.#base = base;
  }

  /** @throws MillraceError `MR-FILES-001` when the path, as far as it exists, is outside */
  async check(path: string): Promise<void> {
    if (path.length <= this.#base.length) return;
    const real = await realpath(path).catch(missing(path));
    if (real === undefined) return this.check(dirname(path));
    this.#realBase ??= await realpath(this.#base);
    if (real.startsWith(this.#realBase + sep)) return;
    throw new MillraceError("MR-FILES-001", { what: "a link leads out of the folder that keeps the files", where: path, mend: "put the files themselves there in the link's place" });
  }
}

/** Folders that are known to be there, and on disk with their names. */
class Folders {
  readonly #known = new Set<string>();

  /** Runs `work`, which needs `folder`; makes the folder first, and again should another process have removed it. */
  async within<T>(folder: string, work: () => Promise<T>): Promise<T> {
    if (!this.#known.has(folder)) await this.#make(folder);
    try {
      return await work();
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#make(folder);
      return await work();
    }
  }

  async #make(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    // Each new folder is a name in the one above it, which must reach the disk as well.
    if (first !== undefined) for (let at = folder; at.length >= first.length; at = dirname(at)) await flush(dirname(at));
    this.#known.add(folder);
  }
}

/** The bytes are on disk when it resolves. */
async function writeStaged(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Brings a file's bytes, or a folder's names, to the disk. */
async function flush(path: string): Promise<void> {
  const file = await open(path, "r").catch((error) => {
    // Windows opens no folders, and keeps their names itself.
    if (process.platform === "win32") return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    await file.sync();
  } catch (error) {
    if (process.platform !== "win32") throw error;
  } finally {
    await file.close();
  }
}

async function readRange(path: string, start: number, end: number | undefined): Promise<Uint8Array | undefined> {
  const file = await open(path, "r").catch(missing(path));
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const stop = Math.min(end ?? size, size);
    const bytes = Buffer.allocUnsafe(Math.max(0, stop - start));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) return bytes.subarray(0, filled);
      filled += bytesRead;
    }
    return bytes;
  } catch (error) {
    throw refused(error, path);
  } finally {
    await file.close();
  }
}

/** Folders sort with the slash that follows them in a key, so that the walk goes in the order of whole keys. */
async function* walk(base: string, prefix: string): AsyncIterable<string> {
  const folder = folderOf(prefix);
  yield* walkFolder(base, folder === "" ? "" : `${keyToPath(folder)}/`, prefix);
}

const folderOf = (prefix: string): string => prefix.slice(0, Math.max(0, prefix.lastIndexOf("/")));

async function* walkFolder(base: string, folder: string, prefix: string): AsyncIterable<string> {
  const entries = await readdir(join(base, folder), { withFileTypes: true }).catch(missing(folder));
  const found: { key: string; path: string; isFolder: boolean }[] = [];
  for (const entry of entries ?? []) {
    const key = pathToKey(folder + entry.name);
    if (key === undefined) continue;
    const isFolder = entry.isDirectory();
    const sortKey = isFolder ? `${key}/` : key;
    if (sortKey.startsWith(prefix) || (isFolder && prefix.startsWith(sortKey))) found.push({ key: sortKey, path: folder + entry.name, isFolder });
  }
  for (const { key, path, isFolder } of found.sort((a, b) => byUtf8(a.key, b.key))) {
    if (isFolder) yield* walkFolder(base, `${path}/`, prefix);
    else yield key;
  }
}

/** `file:///…/` of a folder. Percent signs in names stand as they are: Iceberg's readers do not decode addresses. */
function locationOf(folder: string): string {
  return process.platform === "win32" ? `${pathToFileURL(folder).href}/` : `file://${folder}/`;
}

function keyAtLocation(base: string, location: string): string | undefined {
  const prefix = locationOf(base);
  if (location.startsWith(prefix)) return pathToKey(location.slice(prefix.length));
  // Other engines write `file:/…` and bare paths.
  const path = location.startsWith("file:/") ? location.replace(/^file:\/+/, "/") : location;
  const plain = process.platform === "win32" && location.startsWith("file:") ? fileURLToPath(location) : path;
  return plain.startsWith(base + sep) ? pathToKey(plain.slice(base.length + 1).split(sep).join("/")) : undefined;
}

function expected<T>(code: string, instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === code) return instead;
    throw error;
  };
}
