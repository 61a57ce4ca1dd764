import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { logFile } from "./log-file.ts";

const flushed = (file: ReturnType<typeof logFile>): Promise<void> => new Promise((resolve) => file.flush(() => resolve()));

test("lines come in their order, and behind those of an earlier start; a long file begins anew", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-log-"));
  const path = join(folder, "deep", "millrace.log");
  const first = logFile(path);
  for (let i = 0; i < 1_000; i++) first.write(`${i}\n`);
  await flushed(first);
  const second = logFile(path);
  second.write("again\n");
  await flushed(second);
  expect(readFileSync(path, "utf8")).toBe(`${Array.from({ length: 1_000 }, (_, i) => i).join("\n")}\nagain\n`);
  writeFileSync(path, "");
  truncateSync(path, 65 * 1024 * 1024);
  const third = logFile(path);
  third.write("fresh\n");
  await flushed(third);
  expect(readFileSync(path, "utf8")).toBe("fresh\n");
  expect(statSync(`${path}.1`).size).toBe(65 * 1024 * 1024);
  rmSync(folder, { recursive: true });
});

test.skipIf(!existsSync("/dev/full"))("a disk that takes nothing is no error, and keeps nothing in memory", async () => {
  const file = logFile("/dev/full");
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 1_000; i++) file.write(`${"x".repeat(1_000)}\n`);
    await flushed(file);
  }
});
