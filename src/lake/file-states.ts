import { hash, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Json } from "../model/manifest.ts";
import type { TableStore } from "./table-store.ts";

/*
 * What was measured of a data file, beside the files of its table. A data file never changes, so neither does what was measured of it:
 * no snapshot names it, no commit waits for it, and it goes when the data file goes. Nothing depends on it; what is gone or damaged
 * is measured again.
 */

/** In the table's folder. */
const statesFolder = "states";

/**
 * What was measured of each of the files asked for, each time more; of those of which nothing is there, nothing. One file after the
 * other: of all together it may be more than fits into memory.
 */
export async function* readFileStates({ files }: TableStore, folder: string, locations: readonly string[]): AsyncGenerator<[location: string, states: Json[]]> {
  const wanted = new Map(locations.map((location) => [nameOf(location), location]));
  const keys = new Map<string, string[]>();
  for await (const key of files.list(`${folder}/${statesFolder}/`)) {
    const location = wanted.get(fileIn(key));
    if (location !== undefined) keys.set(location, [...(keys.get(location) ?? []), key]);
  }
  for (const [location, ofFile] of keys) {
    const states: Json[] = [];
    for (const key of ofFile) {
      const bytes = await files.read(key);
      const found = bytes && (await unpacked(bytes));
      if (found !== undefined) states.push(found);
    }
    yield [location, states];
  }
}

/** Keeps what was measured of a data file. On disk when it resolves. */
export async function keepFileStates({ files }: TableStore, folder: string, location: string, states: Json): Promise<void> {
  await files.putIfAbsent(`${folder}/${statesFolder}/${nameOf(location)}.${randomUUID()}.json.gz`, await promisify(gzip)(JSON.stringify(states)));
}

/** Removes what was measured of files that are gone. */
export async function removeFileStates({ files }: TableStore, folder: string, locations: Iterable<string>): Promise<void> {
  const gone = new Set(Array.from(locations, nameOf));
  if (gone.size === 0) return;
  for await (const key of files.list(`${folder}/${statesFolder}/`)) if (gone.has(fileIn(key))) await files.delete(key);
}

export async function removeAllFileStates({ files }: TableStore, folder: string): Promise<void> {
  for await (const key of files.list(`${folder}/${statesFolder}/`)) await files.delete(key);
}

/** Whether a key is of a state of one of the files. @param names - see `stateNames` */
export function isStateOf(key: string, folder: string, names: ReadonlySet<string>): boolean {
  return key.startsWith(`${folder}/${statesFolder}/`) && names.has(fileIn(key));
}

/** Names of states by the addresses of data files: short, whatever the address is. */
export const stateNames = (locations: Iterable<string>): Set<string> => new Set(Array.from(locations, nameOf));

const nameOf = (location: string): string => hash("sha256", location).slice(0, 32);
const fileIn = (key: string): string => key.slice(key.lastIndexOf("/") + 1).split(".", 1)[0];

async function unpacked(bytes: Uint8Array): Promise<Json | undefined> {
  try {
    return JSON.parse((await promisify(gunzip)(bytes)).toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}
