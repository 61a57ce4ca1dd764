import { join } from "node:path";
import type { Benchmark, Outcome } from "./benchmark.ts";
import { type Drained, type DrainWork, drainStage } from "./drain-stage.ts";
import { median, rounded, spread } from "./statistics.ts";

export interface DrainBenchmark extends Pick<Benchmark, "name" | "what" | "reach">, Omit<DrainWork, "records" | "warmShare"> {
  /** What a full run works off. */
  records: number;
  baseline: string;
  /** Records a second of processor time, of the same work done plainly. */
  measureBaseline: (records: number) => number;
  /** @throws when the stage has not done what it should have */
  check: (drained: Drained) => void;
}

const runs = 3;
const smallRecords = 20_000;

/** A benchmark of one stage that works off a full topic, in turn with its baseline: A B A B A B. */
export function drainBenchmark({ name, what, reach, baseline, measureBaseline, check, ...work }: DrainBenchmark): Benchmark {
  return {
    name,
    what,
    reach,
    run: async ({ small, folder, say }): Promise<Outcome> => {
      const records = small ? smallRecords : work.records;
      const rates: number[] = [];
      const baselines: number[] = [];
      let hash = "";
      for (let run = 1; run <= (small ? 1 : runs); run++) {
        const drained = await drainStage({ ...work, records, warmShare: small ? 0 : 0.25 }, join(folder, String(run)));
        check(drained);
        if (hash !== "" && drained.outputHash !== hash) throw new Error(`run ${run} computed ${drained.outputHash}, the one before ${hash}`);
        hash = drained.outputHash;
        rates.push(drained.perCore);
        baselines.push(measureBaseline(small ? smallRecords : 1_000_000));
        say(`run ${run}: ${rounded(drained.perCore)} records/s per core (${rounded(drained.perSecond)} by the clock); baseline ${rounded(baselines.at(-1) as number)}`);
      }
      return { value: median(rates), unit: "records/s/core", baseline, baselineValue: median(baselines), spread: spread(rates), hash };
    },
  };
}
