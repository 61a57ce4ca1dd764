import { readFileSync } from "node:fs";
import { lof } from "../src/statistics/neighbours/lof.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { askScikit, rowsWithOutliers } from "./harness/scikit.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

/** Local outlier factors of the same rows, by us and by scikit-learn in turn. Both use one core. */
export const outliersLof: Benchmark = {
  name: "outliers.lof",
  what: "local outlier factors by 20 neighbours of 100,000 rows of 5 columns, the same ones from both",
  reach: "<= 1 x the time of scikit-learn",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const rows = rowsWithOutliers(small ? 2_000 : 100_000);
    const [ours, theirs]: number[][] = [[], []];
    let apart = 0;
    for (let run = 0; run < (small ? 1 : 5); run++) {
      const begunMs = performance.now();
      const { scores } = lof(rows, { scale: "none" });
      ours.push((performance.now() - begunMs) / 1_000);
      const { answer, target } = askScikit("lof", folder, rows);
      theirs.push(answer.seconds);
      say(`${rounded(ours[run])} s; scikit-learn ${rounded(theirs[run])} s`);
      apart = furthestApart(scores, readFileSync(target));
    }
    if (!(apart < 1e-9)) throw new Error(`the factors differ by up to ${apart}`);
    return { value: median(ours), unit: "s", baseline: "scikit-learn's LocalOutlierFactor", baselineValue: median(theirs), spread: spread(ours), hash: `${rows.rows} factors the same` };
  },
};

function furthestApart(scores: Float64Array, theirs: Buffer): number {
  return scores.reduce((most, score, i) => Math.max(most, Math.abs(score / theirs.readDoubleLE(i * 8) - 1)), 0);
}
