import { drainBenchmark } from "./harness/drain-benchmark.ts";
import { jsonBaseline } from "./harness/json-baseline.ts";
import { price } from "./projects/map/pipeline.ts";

const noContext = {} as never;

export const stageMap = drainBenchmark({
  name: "stage.map",
  what: "a function for each record, ten typed fields in and twelve out; durable",
  reach: ">= 1 M records/s per core",
  project: "map",
  stage: "price",
  outputs: ["orders.priced"],
  records: 4_000_000,
  baseline: "the same function between parsing and printing JSON, in memory",
  measureBaseline: (records) =>
    jsonBaseline(records, (order) => {
      let out: object = order;
      price.run?.(order, (record) => (out = record), noContext);
      return out;
    }),
  check: ({ inputHash, outputHash }) => {
    const [records, content] = outputHash.split("-");
    if (records !== inputHash.split("-")[0] || outputHash === inputHash || !content) throw new Error(`records in: ${inputHash}; records out: ${outputHash}`);
  },
});
