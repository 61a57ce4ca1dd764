import { join } from "node:path";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { allEnded } from "./harness/dag-runs.ts";
import { manyDags } from "./harness/many-dags.ts";
import { SchedulerBed } from "./harness/scheduler-bed.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const tasks = 20;
const chainOfTasks = `  let last: Last;\n  for (let n = 1; n <= ${tasks}; n++) last = task(\`step-\${n}\`, () => null, { after: last ? [last] : [] });`;

export const schedThroughput: Benchmark = {
  name: "sched.throughput",
  what: `200 DAGs of ${tasks} tasks in a row that do nothing, all triggered at once: states of runs, tasks and attempts that the store has recorded, in warm workers`,
  reach: ">= 5,000 transitions/s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const count = small ? 10 : 200;
    const project = manyDags({ count, options: () => "{}", tasks: chainOfTasks });
    const millrace = await upProject(project.folder, join(folder, "data"));
    try {
      const { dags } = millrace.control;
      const names = Array.from({ length: count }, (_, n) => `d${n}`);
      const decls = await Promise.all(names.map(async (name) => (await dags.dag(name)).decl));
      const through = async (): Promise<number> => {
        const startMs = performance.now();
        await Promise.all(names.map((name) => dags.triggerDag(name, {})));
        await allEnded(dags);
        return (performance.now() - startMs) / 1000;
      };
      await through(); // The workers are up, and have imported the DAGs.
      const bed = await SchedulerBed.open(join(folder, "alone"), decls);
      const rounds: { workers: number; alone: number; recorded: number }[] = [];
      for (let n = 0; n < (small ? 1 : 7); n++) {
        const before = bed.transitions;
        const seconds = await bed.through(names);
        const recorded = bed.transitions - before;
        rounds.push({ recorded, alone: recorded / seconds, workers: recordedAtLeast(count) / (await through()) });
      }
      await bed.close();
      const workers = rounds.map((round) => round.workers);
      const alone = rounds.map((round) => round.alone);
      say(`transitions/s in workers: ${workers.map(rounded).join(", ")}; scheduler and store alone: ${alone.map(rounded).join(", ")} (${rounds[0].recorded} a round)`);
      return {
        ...{ value: median(workers), unit: "transitions/s", baseline: "scheduler and store alone, with an executor that runs nothing", baselineValue: median(alone), spread: spread(workers) },
        hash: `${count * tasks} tasks`,
        extra: { tasksPerSecond: rounded((median(workers) * count * tasks) / recordedAtLeast(count)), aloneTasksPerSecond: rounded((median(alone) * count * tasks) / rounds[0].recorded), worst: rounded(Math.min(...workers)) },
      };
    } finally {
      await millrace.close();
      project.remove();
    }
  },
};

/**
 * Transitions that the store has certainly recorded: a start and an end are never in one commit, so of each run, task and
 * attempt there are two. What more there is, as an attempt that was queued for a while, is not counted.
 */
const recordedAtLeast = (runs: number): number => 2 * runs + 2 * runs * tasks + 2 * runs * tasks;
