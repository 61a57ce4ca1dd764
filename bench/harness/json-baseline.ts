import { rowReader } from "../../src/batch/rows.ts";
import { orderBatch } from "./order-batches.ts";

/**
 * Records a second of processor time when each is parsed from JSON, given to `work` and printed as JSON again: what a
 * stage costs that gets and hands on lines of JSON, before any of them is stored.
 */
export function jsonBaseline(records: number, work: (order: any) => object): number {
  const batch = orderBatch(0, Math.min(records, 50_000));
  const read = rowReader(batch);
  const lines = Array.from({ length: batch.count }, (_, i) => JSON.stringify(read(i)));
  return perCoreSecond(records, (i) => JSON.stringify(work(JSON.parse(lines[i % lines.length]))).length);
}

/** @param work - called for each record; what it returns is added up, so that nothing can be left out */
export function perCoreSecond(records: number, work: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < records / 4; i++) sum += work(i);
  const before = process.cpuUsage();
  for (let i = 0; i < records; i++) sum += work(i);
  const { user, system } = process.cpuUsage(before);
  if (!Number.isFinite(sum)) throw new Error("the baseline computed nothing");
  return records / ((user + system) / 1e6);
}
