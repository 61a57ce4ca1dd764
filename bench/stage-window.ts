import { rowReader } from "../src/batch/rows.ts";
import { drainBenchmark } from "./harness/drain-benchmark.ts";
import { perCoreSecond } from "./harness/json-baseline.ts";
import { orderBatch } from "./harness/order-batches.ts";

export const stageWindow = drainBenchmark({
  name: "stage.window",
  what: "sum and count by key and minute of event time, 10,000 keys; durable",
  reach: ">= 1 M records/s per core",
  project: "window",
  stage: "per-minute",
  outputs: ["orders.minutes"],
  records: 6_000_000,
  baseline: "a Map from key and minute to sum and count, over objects in memory",
  measureBaseline: mapBaseline,
  check: ({ inputHash, outputHash }) => {
    if (!(Number(outputHash.split("-")[0]) >= Number(inputHash.split("-")[0]) / 100)) throw new Error(`too few results: ${outputHash} from ${inputHash}`);
  },
});

function mapBaseline(records: number): number {
  const batch = orderBatch(0, Math.min(records, 200_000));
  const read = rowReader(batch);
  const orders = Array.from({ length: batch.count }, (_, i) => ({ ...(read(i) as { customer: string; amount: number }), atMs: batch.eventTime[i] }));
  const groups = new Map<string, { sum: number; count: number }>();
  return perCoreSecond(records, (i) => {
    const { customer, amount, atMs } = orders[i % orders.length];
    const key = `${customer}|${Math.floor(atMs / 60_000)}`;
    const group = groups.get(key);
    if (group) {
      group.sum += amount;
      group.count++;
    } else groups.set(key, { sum: amount, count: 1 });
    return amount;
  });
}
