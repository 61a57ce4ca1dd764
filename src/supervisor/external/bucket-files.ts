import { MillraceError } from "../../errors.ts";
import { ObjectCopies, type WantedObject } from "../../files/object-copies.ts";
import type { S3Port } from "../../files/s3-port.ts";
import { type BucketConnection, bucketAddress, isBucketAddress } from "../../model/bucket.ts";
import type { FilesSource } from "../../sql/query-request.ts";
import { openBucket } from "./open-bucket.ts";

/** A file of a table, as it was listed. */
interface ListedFile {
  /** A path of this machine, or an address. */
  path: string;
  bytes: number;
  version: string;
}

/** Objects in buckets, as files that statements read. */
export class BucketFiles {
  readonly #copies: ObjectCopies;
  readonly #open: typeof openBucket;

  /** @param copies - a folder of this process for copies of objects */
  constructor(copies: string, open = openBucket) {
    this.#copies = new ObjectCopies(copies);
    this.#open = open;
  }

  /** Those of a table, for the source that names them; nothing where they are files of this machine. */
  fetch(files: readonly ListedFile[], connection: BucketConnection | undefined): Pick<FilesSource, "fetch"> {
    if (!files.some(({ path }) => isBucketAddress(path))) return {};
    const byPath = new Map(files.map((file) => [file.path, file]));
    return {
      fetch: async (paths, signal) => {
        const wanted = paths.map((path) => byPath.get(path) as ListedFile);
        const objects = await this.#objects(wanted, connection);
        const { copies, release } = await this.#copies.hold(objects.filter((object) => object !== undefined), signal);
        let next = 0;
        const files = wanted.map(({ path, version }, i) => {
          const copy = objects[i] ? copies[next++] : path;
          return copy instanceof MillraceError ? copy : { path: copy, version };
        });
        return { files, release };
      },
    };
  }

  /** Undefined for a file of this machine. */
  async #objects(files: readonly ListedFile[], connection: BucketConnection | undefined): Promise<(WantedObject | undefined)[]> {
    const buckets = new Map<string, S3Port>();
    const objects: (WantedObject | undefined)[] = [];
    for (const { path, bytes, version } of files) {
      if (!isBucketAddress(path)) {
        objects.push(undefined);
        continue;
      }
      const { bucket, key } = bucketAddress(path, path);
      const s3 = buckets.get(bucket) ?? (await this.#open(bucket, connection));
      buckets.set(bucket, s3);
      objects.push({ s3, key, bytes, version });
    }
    return objects;
  }

  /** A bucket, with the secrets of its connection as they are now. */
  bucket(name: string, connection: BucketConnection | undefined): Promise<S3Port> {
    return this.#open(name, connection);
  }

  /** Ends what is on its way. */
  close(): void {
    this.#copies.close();
  }
}
