import { posix } from "node:path";
import { objectVersion } from "../../files/object-version.ts";
import type { S3Port } from "../../files/s3-port.ts";
import { hivePartition, leftOutName } from "../../formats/hive-partitions.ts";
import { bucketAddress } from "../../model/bucket.ts";

/** A file, as it was found where it lies. */
export interface ListedFile {
  /** Absolute, or an address. */
  path: string;
  bytes: number;
  /** Differs whenever the bytes may differ. */
  version: string;
  /** Value by key of the folders `key=value` that it lies in. */
  partition: Record<string, string | null>;
}

/**
 * The objects that are there now, in the order of their addresses, each once, without those that are empty, or whose names or folders begin with `_` or `.`: a key, all below a folder, or a pattern with wildcards.
 *
 * @param at - addresses, `s3://bucket/raw/*.csv`
 * @param onFound - told how many there are so far; what it throws ends the listing
 */
export async function listObjects(open: (bucket: string) => Promise<S3Port>, at: readonly string[], where: string, onFound?: (objects: number) => void): Promise<ListedFile[]> {
  const found = new Map<string, ListedFile>();
  for (const address of at) {
    const { bucket, key: pattern } = bucketAddress(address, where);
    const { base, within } = isWild(pattern) ? wildcards(pattern) : below(pattern);
    for await (const page of (await open(bucket)).pages(base)) {
      for (const { key, bytes, etag } of page) {
        const path = within(key);
        if (bytes === 0 || path === undefined || key.endsWith("/") || isLeftOut(path)) continue;
        found.set(`s3://${bucket}/${key}`, { path: `s3://${bucket}/${key}`, bytes, version: objectVersion({ bytes, etag }), partition: hivePartition(key) });
      }
      onFound?.(found.size);
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Wanted {
  /** What all keys begin with that are wanted. */
  base: string;
  /** The path of a key below what was named; undefined for one that is not wanted. */
  within(key: string): string | undefined;
}

const isWild = (pattern: string): boolean => /[*?[{]/.test(pattern);

/** What fits, below the folders before the first wildcard. A name may have wildcards in it, and means itself as well. */
function wildcards(pattern: string): Wanted {
  const base = pattern.slice(0, pattern.lastIndexOf("/", pattern.search(/[*?[{]/)) + 1);
  const { within } = below(pattern);
  return { base, within: (key) => within(key) ?? (posix.matchesGlob(key, pattern) ? key.slice(base.length) : undefined) };
}

/** The one object, or what lies in a folder of that name. */
function below(pattern: string): Wanted {
  const folder = pattern === "" || pattern.endsWith("/") ? pattern : `${pattern}/`;
  return { base: pattern, within: (key) => (key === pattern ? "" : key.startsWith(folder) ? key.slice(folder.length) : undefined) };
}

const isLeftOut = (path: string): boolean => path !== "" && path.split("/").some((name) => name === "" || leftOutName.test(name));
