import { MillraceError } from "../errors.ts";
import { changedObject } from "../files/changed-object.ts";
import { unreadableObject } from "../files/object-copies.ts";
import { etagOf, objectVersion } from "../files/object-version.ts";
import { bytesOf, type S3Object, type S3Port } from "../files/s3-port.ts";
import { BlockSource } from "../formats/block-source.ts";
import type { FileSource } from "../formats/file-source.ts";
import { leftOutName } from "../formats/hive-partitions.ts";
import type { BucketConnection } from "../model/bucket.ts";
import { depthMax, type FileTree, type LeftOut, type TreeFile } from "./file-tree.ts";

/**
 * What lies below a prefix of a bucket, by the rules of a folder. A walk lists and reads nothing; whether an object is another
 * one than before its ETag and its size say.
 *
 * @param prefix - empty, or with a slash at its end
 * @param connection - kept with the tables, as it was declared
 */
export function bucketTree(s3: S3Port, prefix: string, connection?: BucketConnection): FileTree {
  const root = `s3://${s3.bucket}/${prefix}`;
  const location = root.slice(0, -1);
  return {
    location,
    connection,
    walk: (isExcluded) => walk(s3, prefix, isExcluded),
    address: (path) => (path === "" ? location : root + path),
    open: (file) => objectSource(s3, prefix + file.path, root + file.path, file),
  };
}

async function* walk(s3: S3Port, prefix: string, isExcluded: (path: string) => boolean): AsyncGenerator<TreeFile | LeftOut> {
  const folders = new FolderVerdicts(isExcluded);
  let seen = 0;
  for await (const page of s3.pages(prefix)) {
    for (const object of page) {
      seen++;
      const path = object.key.slice(prefix.length);
      // What consoles store in place of a folder.
      if (path === "" || path.endsWith("/")) continue;
      const folder = folders.of(path);
      if (folder === undefined) yield treeFile(object, path, isExcluded);
      else if (folder.isNews) yield { path: folder.path, why: folder.why };
    }
  }
  if (seen === 0 && prefix !== "") throw new MillraceError("MR-CRAWL-001", { what: "the folder to crawl cannot be read: nothing lies there", where: `s3://${s3.bucket}/${prefix}`, mend: "correct its path; tables found before stay as they are" });
}

function treeFile({ bytes, etag, modifiedAt, archived }: S3Object, path: string, isExcluded: (path: string) => boolean): TreeFile | LeftOut {
  if (leftOutName.test(path.slice(path.lastIndexOf("/") + 1))) return { path, why: "its name begins with a dot or an underscore" };
  if (isExcluded(path)) return { path, why: "a pattern of `exclude` fits it" };
  if (archived !== undefined) return { path, why: `it is archived (${archived}): restore it to have it read` };
  return { path, bytes, modifiedAt, version: objectVersion({ bytes, etag }) };
}

/** Whether the objects of a folder are passed over: a bucket has no folders, and says them with every key. */
class FolderVerdicts {
  readonly #isExcluded: (path: string) => boolean;
  readonly #told = new Set<string>();
  #folder = "";
  #verdict: LeftOut | undefined;

  constructor(isExcluded: (path: string) => boolean) {
    this.#isExcluded = isExcluded;
  }

  of(path: string): (LeftOut & { isNews: boolean }) | undefined {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    // Keys come sorted: the next one mostly lies where the last one did.
    if (folder !== this.#folder) this.#verdict = this.#judged(folder);
    this.#folder = folder;
    if (this.#verdict === undefined) return undefined;
    const isNews = !this.#told.has(this.#verdict.path);
    this.#told.add(this.#verdict.path);
    return { ...this.#verdict, isNews };
  }

  #judged(folder: string): LeftOut | undefined {
    const names = folder.split("/").slice(0, -1);
    for (let depth = 0, path = ""; depth < names.length; depth++) {
      if (names[depth] === "") return { path: `${path}/`, why: "the name of a folder is empty" };
      if (leftOutName.test(names[depth])) return { path: path + names[depth], why: "its name begins with a dot or an underscore" };
      path += `${names[depth]}/`;
      if (this.#isExcluded(path)) return { path: path.slice(0, -1), why: "a pattern of `exclude` fits it" };
      if (depth + 1 >= depthMax) return { path, why: `it lies more than ${depthMax} folders deep` };
    }
    return undefined;
  }
}

/** An object as readers see files, in the version that was listed. */
function objectSource(s3: S3Port, key: string, address: string, { bytes, version }: TreeFile): FileSource {
  return new BlockSource({
    ...{ name: address, version, size: bytes },
    fetch: async (start, end) => {
      const found = await bytesOf(s3, key, { start, end }, etagOf(version)).catch((error: unknown) => Promise.reject(ofObject(error, address)));
      if (found === "changed") throw changedObject(address);
      if (found === undefined) throw unreadableObject(address, "it is not there any more");
      return found;
    },
  });
}

/** A bucket that may be listed may hold objects that may not be read. */
function ofObject(error: unknown, address: string): unknown {
  return error instanceof MillraceError && error.code === "MR-CONNECT-002" ? unreadableObject(address, error.parts.what, error) : error;
}
