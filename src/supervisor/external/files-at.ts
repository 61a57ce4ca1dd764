import { resolve } from "node:path";
import { isBucketAddress } from "../../model/bucket.ts";

/** A declared place of files: an address in a bucket, as it is, or a path from the project folder. */
export const filesAt = (projectFolder: string, at: string): string => (isBucketAddress(at) ? at : resolve(projectFolder, at));
