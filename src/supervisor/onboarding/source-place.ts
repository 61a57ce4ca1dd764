import { stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { bucketAddress, isBucketAddress } from "../../model/bucket.ts";
import type { SourceDecl } from "../../model/onboarding/source-decl.ts";
import type { BucketFiles } from "../external/bucket-files.ts";

/** Where a source folder is: what its files are called, wherever that lies. */
export interface SourcePlace {
  /** With slashes. */
  nameOf(path: string): string;
  pathOf(name: string): string;
  /** False only for a file that is surely not there: a disk or a store that fails takes no rows with it. */
  isThere(name: string): Promise<boolean>;
}

export interface SourcePlaceParts {
  projectFolder: string;
  buckets: Pick<BucketFiles, "bucket">;
}

export function sourcePlace({ projectFolder, buckets }: SourcePlaceParts, source: SourceDecl): SourcePlace {
  return isBucketAddress(source.at) ? inBucket(buckets, source) : inFolder(resolve(projectFolder, source.at));
}

function inFolder(folder: string): SourcePlace {
  const pathOf = (name: string): string => resolve(folder, name);
  return {
    nameOf: (path) => relative(folder, path).split(sep).join("/"),
    pathOf,
    isThere: (name) => stat(pathOf(name)).then(() => true, (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ENOTDIR"),
  };
}

function inBucket(buckets: SourcePlaceParts["buckets"], { at, connection }: SourceDecl): SourcePlace {
  const root = `${at.replace(/\/+$/, "")}/`;
  const pathOf = (name: string): string => root + name;
  return {
    nameOf: (path) => path.slice(root.length),
    pathOf,
    isThere: async (name) => {
      const { bucket, key } = bucketAddress(pathOf(name), at);
      const look = async (): Promise<boolean> => (await (await buckets.bucket(bucket, connection)).head(key)) !== undefined;
      return look().catch(() => true);
    },
  };
}
