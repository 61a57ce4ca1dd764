/*
 * The scheduler on clocks of its own, for longer than the tests have time for.
 *
 *   npm run simulate -- --seeds 3000 --from 1     faults of all kinds, each seed twice; ends at the first that goes wrong
 *                                                 --shards 16: DAGs divided among so many, each with a scheduler of its own
 *   npm run simulate -- --year                    a year of 1,000 hourly DAGs; --dags and --days for another size
 */
import { parseArgs } from "node:util";
import { simulateYear, type YearResult } from "../src/scheduler/simulated-year-for-tests.ts";
import { simulate } from "../src/scheduler/simulation-for-tests.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    shards: { type: "string", default: "1" },
    year: { type: "boolean", default: false },
    dags: { type: "string", default: "1000" },
    days: { type: "string", default: "365" },
  },
});
const beganAt = performance.now();
const seconds = (): string => ((performance.now() - beganAt) / 1_000).toFixed(1);
/** Of the processor: what a machine that does other things too takes longer for. */
const workSeconds = (): string => (process.cpuUsage().user / 1e6).toFixed(1);
const megabytes = (): number => Math.round(process.memoryUsage().heapUsed / 1e6);

if (values.year) liveYear(wholeNumber("dags"), wholeNumber("days"));
else trySeeds(wholeNumber("from"), wholeNumber("seeds"));

function wholeNumber(name: "seeds" | "from" | "shards" | "dags" | "days"): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`--${name} is ${JSON.stringify(values[name])}; give a whole number from 1 on`);
  process.exit(2);
}

function trySeeds(from: number, count: number): void {
  const totals = { runs: 0, attempts: 0, crashes: 0, takeovers: 0, lost: 0 };
  for (let seed = from; seed < from + count; seed++) {
    const { digest, ...result } = simulated(seed);
    if (simulated(seed).digest !== digest) fail(seed, "it is not the same twice");
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += result[key];
    if ((seed - from + 1) % 100 === 0) console.log(`${seconds()} s: up to seed ${seed}`);
  }
  console.log(`${count} seeds from ${from} on in ${seconds()} s (${workSeconds()} s of work): ${JSON.stringify(totals)}`);
}

function simulated(seed: number): ReturnType<typeof simulate> {
  try {
    return simulate(seed, { shards: wholeNumber("shards") });
  } catch (error) {
    fail(seed, (error as Error).stack ?? String(error));
  }
}

function fail(seed: number, why: string): never {
  console.error(`seed ${seed}: ${why}`);
  process.exit(1);
}

function liveYear(dags: number, days: number): void {
  const tell = (day: number, { runs }: Readonly<YearResult>): void => {
    if (day % 30 === 0 || day === days) console.log(`${seconds()} s: day ${day}, ${runs.toLocaleString("en")} runs, ${megabytes()} MB of objects`);
  };
  const result = simulateYear(dags, days, tell);
  console.log(`${days} days of ${dags} hourly DAGs in ${seconds()} s (${workSeconds()} s of work): ${JSON.stringify(result)}`);
}
