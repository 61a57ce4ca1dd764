import { mkdtempSync, rmSync } from "node:fs";
import { appendFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folderFiles } from "../../files/folder.ts";
import { filesIn } from "../../files/shared-files.ts";
import { catalogFolder, resultsFolder } from "../data-folder.ts";
import { SharedLogs } from "../shared/shared-logs.ts";
import { attemptLogFile } from "../tasks/attempt-place.ts";
import { carryKept, countKept } from "./carry-kept.ts";

const place = { dag: "daily", run: "r 1", made: 5, task: "talk", index: -1, number: 1 };
const line = (n: number): string => `${JSON.stringify({ msg: "x".repeat(n) })}\n`;

test("results, findings and logs are carried as planes look for them, twice to the same end, and nothing else is taken for them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-kept-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [data, bucket] = [join(folder, "data"), folderFiles(join(folder, "bucket"))];
  await folderFiles(resultsFolder(data)).putIfAbsent("daily/r.5/a.json", Buffer.from("[1]"));
  await folderFiles(catalogFolder(data)).putIfAbsent("tables/t.zst", Buffer.from("t"));
  const path = attemptLogFile(data, place);
  await mkdir(dirname(path), { recursive: true });
  const lines = [10, 200_000, 100_000, 600_000, 5].map(line);
  await appendFile(path, `${lines.join("")}{"msg": "cut o`);
  expect(await countKept(data)).toEqual({ results: 1, catalog: 1, logs: 1 });
  for (let n = 0; n < 2; n++) await carryKept(data, bucket, () => undefined);
  expect(String(await bucket.read("results/daily/r.5/a.json"))).toBe("[1]");
  expect(String(await bucket.read("catalog/tables/t.zst"))).toBe("t");
  const logs = new SharedLogs(filesIn(bucket, "logs/"), join(folder, "elsewhere"));
  const read: string[] = [];
  for (let offset = 0, atEnd = false; !atEnd; ) {
    const part = await logs.read(place, offset);
    read.push(...part.lines);
    ({ next: offset, atEnd } = part);
  }
  expect(read.map((text) => `${text}\n`)).toEqual(lines);
  await logs.close();
  await bucket.delete("catalog/tables/t.zst");
  await bucket.putIfAbsent("catalog/tables/t.zst", Buffer.from("another"));
  await expect(carryKept(data, bucket, () => undefined)).rejects.toMatchObject({ code: "MR-MIGRATE-002" });
});
