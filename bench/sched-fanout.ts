import { join } from "node:path";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { runThrough } from "./harness/dag-runs.ts";
import { SchedulerBed } from "./harness/scheduler-bed.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

export const schedFanout: Benchmark = {
  name: "sched.fanout",
  what: "one task, then one for each of 5,000 entries of its list, then one behind all of them; in warm workers",
  reach: ">= 2,000 tasks/s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const items = small ? 100 : 5_000;
    const millrace = await upProject("dags", join(folder, "data"));
    try {
      const { dags } = millrace.control;
      const { decl } = await dags.dag("fanout");
      await runThrough(dags, "fanout", { items: 100 }); // The workers are up, and have imported the DAG.
      const rates: number[] = [];
      const alone: number[] = [];
      let last = "";
      for (let n = 0; n < (small ? 1 : 7); n++) {
        const { run, seconds } = await runThrough(dags, "fanout", { items });
        rates.push((items + 2) / seconds);
        last = run.id;
        alone.push(await withoutWorkers(join(folder, `alone-${n}`), decl, items));
      }
      const joined = (await dags.run(last)).tasks.find(({ task }) => task === "gather")?.result;
      say(`tasks/s: ${rates.map(rounded).join(", ")}; scheduler and store alone: ${alone.map(rounded).join(", ")}`);
      return { value: median(rates), unit: "tasks/s", baseline: "scheduler and store alone, with an executor that runs nothing", baselineValue: median(alone), spread: spread(rates), hash: `${joined} gathered`, extra: { worst: rounded(Math.min(...rates)) } };
    } finally {
      await millrace.close();
    }
  },
};

async function withoutWorkers(folder: string, decl: Parameters<typeof SchedulerBed.open>[1][number], items: number): Promise<number> {
  const list = { json: JSON.stringify(Array.from({ length: items }, (_, i) => i)), items };
  const bed = await SchedulerBed.open(folder, [decl], ({ task }) => (task.name === "spread" ? { kind: "success", result: list } : { kind: "success" }));
  try {
    const seconds = await bed.through([decl.name]);
    return (items + 2) / seconds;
  } finally {
    await bed.close();
  }
}
