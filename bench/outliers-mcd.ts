import { mcd } from "../src/statistics/multivariate/mcd.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { askScikit, rowsWithOutliers } from "./harness/scikit.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

/** Robust distances of the same rows, by us and by scikit-learn in turn. */
export const outliersMcd: Benchmark = {
  name: "outliers.mcd",
  what: "robust distances by the minimum covariance determinant, 500 starts, of 100,000 rows of 5 columns",
  reach: "<= 1 x the time of scikit-learn; a determinant no greater than its own, to a thousandth",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const rows = rowsWithOutliers(small ? 2_000 : 100_000);
    const [ours, theirs]: number[][] = [[], []];
    let hash = "";
    for (let run = 0; run < (small ? 1 : 3); run++) {
      const begunMs = performance.now();
      const { by, outliers } = mcd(rows);
      ours.push((performance.now() - begunMs) / 1_000);
      const { answer } = askScikit<{ logDeterminant: number; outliers: number[] }>("mcd", folder, rows);
      theirs.push(answer.seconds);
      say(`${rounded(ours[run])} s; scikit-learn ${rounded(theirs[run])} s; logarithms of the determinants ${by.logDeterminant} and ${answer.logDeterminant}`);
      if (by.logDeterminant > answer.logDeterminant + 1e-3) throw new Error("scikit-learn has found rows that lie closer together");
      const both = new Set(answer.outliers);
      const shared = outliers.filter((row) => both.has(row)).length;
      if (shared < 0.97 * Math.max(outliers.length, both.size)) throw new Error(`${shared} outliers are the same, of ${outliers.length} and ${both.size}`);
      hash = `${rows.rows} rows, the same outliers`;
    }
    return { value: median(ours), unit: "s", baseline: "scikit-learn's MinCovDet", baselineValue: median(theirs), spread: spread(ours), hash };
  },
};
