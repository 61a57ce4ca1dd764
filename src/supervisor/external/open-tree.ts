import { bucketTree } from "../../catalog/bucket-tree.ts";
import type { FileTree } from "../../catalog/file-tree.ts";
import { folderTree } from "../../catalog/folder-tree.ts";
import { type BucketConnection, bucketPlace, isBucketAddress } from "../../model/bucket.ts";
import { openBucket } from "./open-bucket.ts";

/**
 * Raw files at a place.
 *
 * @param at - a folder, absolute, or `s3://bucket/folder`
 */
export async function openTree(at: string, connection?: BucketConnection): Promise<FileTree> {
  if (!isBucketAddress(at)) return folderTree(at);
  const { bucket, prefix } = bucketPlace(at, at);
  return bucketTree(await openBucket(bucket, connection), prefix, connection);
}
