import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type S3Server, startS3 } from "../../scripts/engines/s3.ts";
import { s3Client } from "../files/s3-client.ts";
import type { S3Port } from "../files/s3-port.ts";
import { bucketTree } from "./bucket-tree.ts";
import { crawlBed } from "./crawl-for-tests.ts";
import type { CrawledTable } from "./external-table.ts";

/** Needs versitygw; MILLRACE_S3_BIN names the folder of its program. */
const bed = crawlBed();
const data = new URL("../../node_modules/vega-datasets/data", import.meta.url).pathname;
let server: S3Server;
let bucket: S3Port;
beforeAll(async () => {
  server = await startS3(["raw"]);
  const { endpoint, accessKeyId, secretAccessKey } = server;
  bucket = await s3Client({ bucket: "raw", connection: { endpoint, accessKeyId, secretAccessKey } });
});
afterAll(() => server?.stop());

async function upload(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!(await stat(join(folder, name))).isFile()) continue;
    const bytes = await readFile(join(folder, name));
    await bucket.putNew(prefix + name, { bytes: bytes.length, read: async (start, end) => bytes.subarray(start, end) }, "test");
  }
}

/** All that is kept of a table but where it lies, and when that was written. */
function withoutPlace({ location: _, files, connection: __, ...table }: CrawledTable, root: string): object {
  return { ...table, files: files.map(({ path, bytes, rows, partition }) => ({ path: path.slice(root.length), bytes, rows, partition })) };
}

test("a bucket of real, dirty, nested files gives the tables that the folder of them gives, and a second crawl reads nothing", async () => {
  await upload(data, "vega/data/");
  const tree = bucketTree(bucket, "vega/data/");
  const found: object[][] = [];
  for (const [where, root] of [[{ at: data }, data], [{ tree }, tree.location]] as const) {
    const report = await bed().crawl({ into: "vega" }, where);
    expect(report.files).toMatchObject({ seen: 73, read: 73 });
    const tables = await Promise.all(report.tables.filter(({ action }) => action !== "deprecated").map(({ name }) => bed().tables.table(name)));
    found.push([...tables.map((table) => withoutPlace(table as CrawledTable, root)), report.unreadable.map(({ path, error }) => [path, error.code])]);
  }
  expect(found[1]).toEqual(found[0]);
  const again = await bed().crawl({ into: "vega" }, { tree: { ...tree, open: () => expect.unreachable("nothing has changed") } });
  expect(again.files).toMatchObject({ seen: 73, read: 0 });
});
