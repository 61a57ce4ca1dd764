import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { MillraceError } from "../../errors.ts";
import { ObjectCopies } from "../../files/object-copies.ts";
import type { S3Port } from "../../files/s3-port.ts";
import { bucketAddress, isBucketAddress } from "../../model/bucket.ts";
import { listObjects } from "./list-objects.ts";

export interface ReplayOptions {
  /** Of this machine, or addresses. */
  paths: readonly string[];
  /** For the objects; it goes with the list beside it, and belongs to this replay alone. */
  folder: string;
  /** Nothing has been replayed yet: what there is now counts. */
  fresh: boolean;
  where: string;
  open(bucket: string): Promise<S3Port>;
  signal: AbortSignal;
}

/** One path, or the objects that an address stood for when the replay began. */
type Replayed = string | { address: string; version: string; bytes: number };

/**
 * The files of a replay, all on this machine. Which objects they are is written down when it begins, for a replay goes on by the
 * number of a row: what comes to the bucket later takes no part, and what changes or goes is an error.
 *
 * @throws MillraceError `MR-FORMAT-002` when there are none, `-004` when one has changed, `-005` when one is gone, `MR-CONNECT-…` when the store fails
 */
export async function replayedPaths(options: ReplayOptions): Promise<string[]> {
  const { paths, folder, fresh, where, open, signal } = options;
  if (!paths.some(isBucketAddress)) return [...paths];
  if (fresh) await forgetReplay(folder);
  const list = (await read(folder)) ?? (await write(folder, await listed(options)));
  const buckets = new Map<string, Promise<S3Port>>();
  const objects = list.filter((each) => typeof each !== "string").map(async ({ address, version, bytes }) => {
    const { bucket, key } = bucketAddress(address, where);
    if (!buckets.has(bucket)) buckets.set(bucket, open(bucket));
    return { s3: await (buckets.get(bucket) as Promise<S3Port>), key, version, bytes };
  });
  const copies = new ObjectCopies(folder, { bytesMax: Number.POSITIVE_INFINITY });
  signal.addEventListener("abort", () => copies.close(), { once: true });
  const held = await copies.hold(await Promise.all(objects), signal);
  let next = 0;
  return list.map((each) => {
    const path = typeof each === "string" ? each : held.copies[next++];
    if (path instanceof MillraceError) throw path;
    return path;
  });
}

/** The replay has ended, or begins anew. */
export async function forgetReplay(folder: string): Promise<void> {
  await rm(listFile(folder), { force: true });
  await rm(folder, { recursive: true, force: true });
}

const listFile = (folder: string): string => `${folder}.json`;

async function listed({ paths, where, open }: ReplayOptions): Promise<Replayed[]> {
  const all: Replayed[] = [];
  for (const path of paths) {
    const found = isBucketAddress(path) ? await listObjects(open, [path], where) : undefined;
    if (found?.length === 0) throw new MillraceError("MR-FORMAT-002", { what: "there are no objects", where: `${where}, ${path}`, mend: "correct the address, or put the objects there" });
    all.push(...(found?.map(({ path: address, version, bytes }) => ({ address, version, bytes })) ?? [path]));
  }
  return all;
}

async function read(folder: string): Promise<Replayed[] | undefined> {
  const text = await readFile(listFile(folder), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Replayed[]);
}

/** Whole, or not at all. */
async function write(folder: string, list: Replayed[]): Promise<Replayed[]> {
  await mkdir(dirname(folder), { recursive: true });
  const path = `${listFile(folder)}.${process.pid}`;
  await writeFile(path, JSON.stringify(list), { flush: true });
  await rename(path, listFile(folder));
  return list;
}
