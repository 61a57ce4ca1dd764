import { createHash, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { MillraceError } from "../errors.ts";
import type { Json } from "../model/manifest.ts";
import { bookmarkKey } from "./summary-keys.ts";
import type { Snapshot } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

/*
 * How far a table has come with its input, where that is more than a few words: a file beside its metadata, which a snapshot's
 * summary names. Rows and bookmark are one fact. Whoever goes back to another snapshot goes back to its bookmark.
 */

/**
 * Writes a bookmark down, on the disk when it resolves. Nothing names it before a snapshot does, by what this gives.
 * @returns what stands under `bookmarkKey` in the summary
 */
export async function writeBookmark({ files }: TableStore, folder: string, bookmark: Json): Promise<string> {
  const bytes = await promisify(gzip)(JSON.stringify(bookmark));
  // Never the name of one that was there before: that may just be going.
  const key = `${folder}/metadata/bookmark-${digestOf(bytes)}-${randomUUID()}.json.gz`;
  await files.putIfAbsent(key, bytes);
  return files.location(key);
}

/**
 * The bookmark of a snapshot; undefined where it has none.
 * @throws MillraceError `MR-LAKE-004` when it is gone or is not what was written
 */
export async function readBookmark({ files, name }: TableStore, snapshot: Snapshot): Promise<Json | undefined> {
  const location = snapshot.summary[bookmarkKey];
  if (location === undefined) return undefined;
  const key = files.keyAt(location);
  const bytes = key === undefined ? undefined : await files.read(key);
  if (bytes !== undefined && location.includes(`/bookmark-${digestOf(bytes)}-`)) return JSON.parse((await promisify(gunzip)(bytes)).toString("utf8")) as Json;
  throw new MillraceError("MR-LAKE-004", {
    what: bytes === undefined ? `the bookmark of table "${name}" is gone` : `the bookmark of table "${name}" is not what was written: its digest does not agree`,
    where: location,
    mend: "restore the file from a backup, or roll the table back to a snapshot whose bookmark is there",
  });
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
