import { expect, test } from "vitest";
import { benchmarks } from "./benchmarks.ts";
import { missingFor } from "./harness/benchmark.ts";
import { runBenchmark } from "./harness/run-benchmark.ts";

/** How much each did in a small run, as its hash says: speed is not for tests. */
const hashes: Record<string, string | RegExp> = {
  "log.append": "40000-8f0fa6084eac5bda",
  "log.read": /id:/,
  "hop.passthrough": "20000-ffac2dfad1076094",
  "stage.map": "20000-566109f919602d54",
  "stage.window": "8669-4b58ee829c69e508",
  "hop.latency": /^1000-[0-9a-f]{16}$/,
  recovery: "sent = came out",
  kills: "flights.clean 3000000, flights.daily_routes 0, flights.delayed_enriched 599055, flights.hourly 424259",
  visible: "1 flights",
  idle: "10 stages",
  "sched.chain": "40 tasks",
  "sched.fanout": "100 gathered",
  "sched.throughput": "200 tasks",
  "sched.history": "200 tasks beside 10000",
  "sched.tick": "20 DAGs",
  "sched.idle": "10 DAGs",
  "postgres.tasks": "200 tasks",
  "kafka.idle": "10 stages",
  "kafka.map": "20000-566109f919602d54",
  "kafka.produce": "8192-b20e81aa672da50b",
  "lake.commit": "24 rows",
  "lake.scan": "4 files of 4000",
  "sql.latency": "20 answers",
  "entities.link": "2000 rows",
  "etl.flatten": /^2000-\d+$/,
  "quality.profile": /^30000 rows, /,
  "quality.increment": "20200 rows",
  "models.incremental": "40 tables the same",
  "quality.checks": "5 of 30 do not hold",
  "quality.scan": /^10000 rows, \d+ failures$/,
  "quality.stream": "20000-ffac2dfad1076094",
  crawl: "200 files, 15 tables, 20000 rows, 0 unreadable",
  "outliers.lof": "2000 factors the same",
  "outliers.mcd": "2000 rows, the same outliers",
};

test("every benchmark is tried here", () => {
  expect(benchmarks.map(({ name }) => name).sort()).toEqual(Object.keys(hashes).sort());
});

for (const benchmark of benchmarks) {
  test(`${benchmark.name}, small`, { timeout: 300_000 }, async (context) => {
    context.skip(missingFor(benchmark) !== undefined, `${missingFor(benchmark)} is not set`);
    const line = await runBenchmark(benchmark, { small: true, say: () => undefined });
    expect(line).toMatchObject({ name: benchmark.name, unit: expect.any(String), baseline: expect.any(String), spread: expect.any(Number) });
    for (const figure of [line.value, line.baselineValue, line.ratio]) expect(figure).toBeGreaterThan(0);
    expect(line.hash).toMatch(hashes[benchmark.name]);
    expect(JSON.parse(JSON.stringify(line))).toEqual(line);
  });
}
