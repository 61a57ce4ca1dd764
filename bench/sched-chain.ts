import { join } from "node:path";
import { bareCommits } from "./harness/bare-commits.ts";
import { bareRoundTrips } from "./harness/bare-ipc.ts";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { runThrough } from "./harness/dag-runs.ts";
import { median, rounded, spread, sum } from "./harness/statistics.ts";

const tasks = 40;

export const schedChain: Benchmark = {
  name: "sched.chain",
  what: `a run of ${tasks} tasks of TypeScript that do nothing, one after another, each step on disk; the median run in warm workers, and the first one`,
  reach: "<= 0.25 s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const millrace = await upProject("dags", join(folder, "data"));
    try {
      const seconds: number[] = [];
      const bare: { commits: number; trips: number }[] = [];
      const { seconds: first, run } = await runThrough(millrace.control.dags, "chain");
      const { tasks: ended } = await millrace.control.dags.run(run.id);
      for (let n = 0; n < (small ? 1 : 20); n++) {
        seconds.push((await runThrough(millrace.control.dags, "chain")).seconds);
        bare.push({ commits: sum(await bareCommits(folder, tasks)), trips: sum(await bareRoundTrips(tasks)) });
      }
      const commits = median(bare.map((each) => each.commits));
      const trips = median(bare.map((each) => each.trips));
      say(`first ${rounded(first)} s, then ${seconds.map(rounded).join(", ")} s`);
      return {
        ...{ value: median(seconds), unit: "s", baseline: `${tasks} commits to a bare SQLite file and ${tasks} round trips to a bare process`, baselineValue: commits + trips },
        ...{ spread: spread(seconds), hash: `${ended.filter(({ state }) => state === "success").length} tasks` },
        extra: { firstSeconds: rounded(first), worstSeconds: rounded(Math.max(...seconds)), commitsSeconds: rounded(commits), roundTripsSeconds: rounded(trips) },
      };
    } finally {
      await millrace.close();
    }
  },
};
