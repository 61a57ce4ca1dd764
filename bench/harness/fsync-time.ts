import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { median } from "./statistics.ts";

/** Median seconds of a small write with fdatasync: what one hop must cost at the least. */
export function fsyncSeconds(folder: string, rounds = 100): number {
  const fd = openSync(join(folder, "fsync"), "w");
  const bytes = new Uint8Array(1_024);
  const seconds: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const startMs = performance.now();
    writeSync(fd, bytes);
    fdatasyncSync(fd);
    seconds.push((performance.now() - startMs) / 1000);
  }
  closeSync(fd);
  return median(seconds);
}
