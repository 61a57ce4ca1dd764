import { join } from "node:path";
import type { DagControl } from "../src/server/dag-control.ts";
import { bareCommits } from "./harness/bare-commits.ts";
import { bareRoundTrips } from "./harness/bare-ipc.ts";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, BenchmarkOptions, Outcome } from "./harness/benchmark.ts";
import { allEnded } from "./harness/dag-runs.ts";
import { manyDags } from "./harness/many-dags.ts";
import { median, quantile, rounded, spread } from "./harness/statistics.ts";

/** The user's code says when it runs. */
const tasks = '  task("now", () => Date.now());';
const bareRounds = 1_000;

export const schedTick: Benchmark = {
  name: "sched.tick",
  what: "1,000 DAGs that run every 10 s, a hundredth of a second apart: from due to the user's code in a warm worker, the 99th percentile; and with all of them due at the same instant (togetherP99Ms)",
  reach: "p99 <= 100 ms",
  run: async (options): Promise<Outcome> => {
    const count = options.small ? 20 : 1_000;
    const stepMs = options.small ? 1_000 : 10_000;
    const apart = await delays(options, { count, stepMs, apartMs: stepMs / count, ticks: options.small ? 2 : 4 });
    const together = await delays(options, { count, stepMs: 2 * stepMs, apartMs: 0, ticks: options.small ? 2 : 4 });
    const commits = await bareCommits(options.folder, options.small ? 10 : bareRounds);
    const bareMs = (quantile(commits, 0.99) + median(await bareRoundTrips(10))) * 1000;
    // By tick: each as many runs as there are DAGs.
    const p99 = apart.map((tick) => quantile(tick, 0.99));
    return {
      ...{ value: quantile(apart.flat(), 0.99), unit: "ms", baseline: "the 99th percentile of commits to a bare SQLite file, and a round trip to a bare process", baselineValue: bareMs, spread: spread(p99), hash: `${count} DAGs` },
      extra: {
        p50Ms: rounded(quantile(apart.flat(), 0.5)), commitP50Ms: rounded(median(commits) * 1000), worstMs: rounded(Math.max(...apart.flat())), runs: apart.flat().length,
        togetherP50Ms: rounded(quantile(together.flat(), 0.5)), togetherP99Ms: rounded(quantile(together.flat(), 0.99)), togetherWorstMs: rounded(Math.max(...together.flat())), togetherRuns: together.flat().length,
      },
    };
  },
};

interface Ticks {
  count: number;
  stepMs: number;
  /** Between a DAG's tick and the next one's. */
  apartMs: number;
  /** Ticks of each DAG that count; one more comes before them, with which the workers warm up. */
  ticks: number;
}

/** Milliseconds from due to running: a list for each tick, the first of them left out. */
async function delays({ folder, say }: BenchmarkOptions, { count, stepMs, apartMs, ticks }: Ticks): Promise<number[][]> {
  const anchor = (n: number): string => new Date(Math.round(n * apartMs)).toISOString();
  const project = manyDags({ count, options: (n) => `{ schedule: every("${stepMs}ms", { anchor: "${anchor(n)}" }), catchup: "none" }`, tasks });
  const millrace = await upProject(project.folder, join(folder, `data-${apartMs}`));
  try {
    const { dags } = millrace.control;
    await new Promise((resolve) => setTimeout(resolve, (ticks + 1.5) * stepMs));
    for (let n = 0; n < count; n++) await dags.pauseDag(`d${n}`);
    await allEnded(dags);
    const byTick = await delaysByTick(dags, count, ticks);
    for (const tick of byTick) say(`${apartMs > 0 ? "apart" : "together"}: ${tick.length} runs, p50 ${quantile(tick, 0.5)} ms, p99 ${quantile(tick, 0.99)} ms, worst ${Math.max(...tick)} ms`);
    return byTick.slice(1);
  } finally {
    await millrace.close();
    project.remove();
  }
}

/** The first ticks of each DAG, the warm one included. */
async function delaysByTick(dags: DagControl, count: number, ticks: number): Promise<number[][]> {
  const byTick: number[][] = Array.from({ length: ticks + 1 }, () => []);
  for (let n = 0; n < count; n++) {
    const runs = (await dags.runs({ dag: `d${n}`, limit: 100 })).toReversed();
    if (runs.length < byTick.length) throw new Error(`d${n} has had ${runs.length} runs in place of ${byTick.length}`);
    for (const [tick, { id, runAfter }] of runs.slice(0, byTick.length).entries()) {
      const [{ result }] = (await dags.run(id)).tasks;
      byTick[tick].push((result as number) - Date.parse(runAfter));
    }
  }
  return byTick;
}
