import { join } from "node:path";
import type { FilesDriver } from "../../files/driver.ts";
import { folderFiles } from "../../files/folder.ts";
import { ObjectCopies } from "../../files/object-copies.ts";
import { s3Files } from "../../files/s3.ts";
import { s3Client } from "../../files/s3-client.ts";
import type { S3FilesDecl } from "../../model/profile.ts";
import { lakeFolder } from "../data-folder.ts";

/**
 * The files of the lake: a folder of the data folder, or a bucket.
 *
 * @param files - absent: embedded. With secrets filled in
 * @param scratch - a folder of this process alone, for what is on its way to a bucket and for copies of what is read
 * @throws MillraceError `MR-CONNECT-005` without the library for S3, `-004` where nothing says in which region the bucket is
 */
export async function openLakeFiles(files: S3FilesDecl | undefined, { dataFolder, scratch }: { dataFolder: string; scratch: string }): Promise<FilesDriver> {
  if (files === undefined) return folderFiles(lakeFolder(dataFolder));
  return openBucket(files, scratch, "");
}

/**
 * What control planes of a project share in its bucket: beside the lake, in a folder that nobody who lists the lake sees.
 * @returns undefined where the project has no bucket
 */
export async function openSharedFiles(files: S3FilesDecl | undefined, scratch: string): Promise<FilesDriver | undefined> {
  return files && openBucket(files, join(scratch, "shared"), ".millrace/");
}

async function openBucket({ bucket, prefix, connection }: S3FilesDecl, scratch: string, folder: string): Promise<FilesDriver> {
  return s3Files(await s3Client({ bucket, connection }), { prefix: prefix + folder, stagingFolder: join(scratch, "staged"), copies: new ObjectCopies(join(scratch, "objects")) });
}
