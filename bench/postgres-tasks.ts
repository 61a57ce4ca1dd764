import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startPostgres } from "../scripts/engines/postgres.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const tasks = 20;
const shards = 16;
/** Of a plane that nobody has shown to be dead, until it is. */
const leaseMs = 10_000;

export const postgresTasks: Benchmark = {
  name: "postgres.tasks",
  what: `sched.throughput on PostgreSQL: 200 DAGs of ${tasks} tasks in a row that end as they start, all triggered at once, in control planes that are processes: one, and two that share the shards; the server on the same machine, which syncs every commit`,
  reach: ">= 2,000 transitions/s; two planes more than one",
  run: async ({ small, say }): Promise<Outcome> => {
    const count = small ? 10 : 200;
    const server = await startPostgres({ fsync: true });
    const planes: BenchPlane[] = [];
    try {
      const rates = async (): Promise<number[]> => {
        await through(planes); // All is compiled, and prepared in the server.
        const found: number[] = [];
        for (let n = 0; n < (small ? 1 : 7); n++) found.push(recordedAtLeast(count) / (await through(planes)));
        return found;
      };
      planes.push(new BenchPlane(server.url(), count));
      await planes[0].holds(shards);
      const one = await rates();
      planes.push(new BenchPlane(server.url(), count));
      await Promise.all(planes.map((plane) => plane.holds(shards / 2)));
      const two = await rates();
      say(`transitions/s with one plane: ${one.map(rounded).join(", ")}; with two: ${two.map(rounded).join(", ")}`);
      return { value: median(two), unit: "transitions/s", baseline: "one control plane", baselineValue: median(one), spread: spread(two), hash: `${count * tasks} tasks`, extra: { spreadOfOne: rounded(spread(one)) } };
    } finally {
      for (const plane of planes) plane.kill();
      await server.stop();
    }
  },
};

/** As of `sched.throughput`: of each run, task and attempt a start and an end. */
const recordedAtLeast = (runs: number): number => 2 * runs + 2 * runs * tasks + 2 * runs * tasks;

/** Seconds until a run of each DAG, all triggered at once, has ended and is on disk. */
async function through(planes: readonly BenchPlane[]): Promise<number> {
  const startMs = performance.now();
  await Promise.all(planes.map((plane) => plane.through()));
  return (performance.now() - startMs) / 1000;
}

type Said = { held: number } | { ended: number };

class BenchPlane {
  readonly #process: ChildProcess;

  constructor(url: string, count: number) {
    this.#process = fork(fileURLToPath(new URL("harness/plane-process.ts", import.meta.url)), [JSON.stringify({ url, count, tasks })]);
  }

  /** Until it holds so many shards. */
  async holds(count: number): Promise<void> {
    for (const endMs = performance.now() + 3 * leaseMs; ; ) {
      const said = await this.#said();
      if ("held" in said && said.held === count) return;
      if (performance.now() > endMs) throw new Error(`a plane does not come to hold ${count} shards`);
    }
  }

  async through(): Promise<void> {
    this.#process.send("go");
    while (!("ended" in (await this.#said())));
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async #said(): Promise<Said> {
    return (await once(this.#process, "message"))[0] as Said;
  }
}
