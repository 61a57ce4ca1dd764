import { drainBenchmark } from "./harness/drain-benchmark.ts";
import { jsonBaseline } from "./harness/json-baseline.ts";

export const hopPassthrough = drainBenchmark({
  name: "hop.passthrough",
  what: "a stage that branches records of ten columns by one of them, unchanged; durable",
  reach: ">= 2 M records/s per core",
  project: "passthrough",
  stage: "branch",
  outputs: ["orders.large", "orders.small"],
  records: 6_000_000,
  baseline: "the same records parsed and printed as JSON, in memory",
  measureBaseline: (records) => jsonBaseline(records, (order) => order),
  check: ({ inputHash, outputHash }) => {
    if (inputHash !== outputHash) throw new Error(`records in: ${inputHash}; records out: ${outputHash}`);
  },
});
