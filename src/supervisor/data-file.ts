import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DataRequest } from "../server/profile-control.ts";
import type { FilesSource } from "../sql/query-request.ts";

/** Lends data that a request has brought as a file to be read, which is gone afterwards. @param folder - where it lies meanwhile */
export async function dataFile<T>(folder: string, { content, encoding }: DataRequest, use: (source: FilesSource) => Promise<T>): Promise<T> {
  const own = join(folder, randomUUID());
  await mkdir(own, { recursive: true });
  try {
    const path = join(own, "data");
    await writeFile(path, Buffer.from(content, encoding === "base64" ? "base64" : "utf8"));
    return await use({ kind: "files", partitionColumns: [], files: [{ path }], onBadRows: "skip-and-tell" });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
