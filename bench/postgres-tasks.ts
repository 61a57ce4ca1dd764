import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startPostgres } from "../scripts/engines/postgres.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { ProcessorShare } from "./harness/processor-share.ts";
import { seconds } from "./harness/seconds.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const tasks = 20;
const shards = 16;
/** Of a plane that nobody has shown to be dead, until it is. */
const leaseMs = 10_000;
/** Of a processor, for each plane: as little as leaves the server what two of them ask of it, on two processors. */
const share = 0.25;

export const postgresTasks: Benchmark = {
  name: "postgres.tasks",
  what: `sched.throughput on PostgreSQL: 200 DAGs of ${tasks} tasks in a row that end as they start, all triggered at once, in control planes that are processes: one, and two that share the shards; the server on the same machine, which syncs every commit. Planes belong on machines of their own: each gets ${share} of a processor and the server the rest; and without limits, where planes and server share all there is`,
  reach: ">= 2,000 transitions/s; two planes more than one",
  run: async ({ small, say }): Promise<Outcome> => {
    const count = small ? 10 : 200;
    const server = await startPostgres({ fsync: true });
    const planes: BenchPlane[] = [];
    const planesOver = async (schema: string, number: number): Promise<BenchPlane[]> => {
      const those = Array.from({ length: number }, () => new BenchPlane({ url: server.url(), schema, count, tasks }));
      planes.push(...those);
      await Promise.all(those.map((plane) => plane.holds(shards / number)));
      return those;
    };
    try {
      // Each with tables of its own, so that they can take turns.
      const [one, two] = [await planesOver("one", 1), await planesOver("two", 2)];
      const rate = async (those: BenchPlane[]): Promise<number> => recordedAtLeast(count) / (await through(those));
      const turns = async (): Promise<Turn[]> => {
        const found: Turn[] = [];
        for (let n = 0; n < (small ? 1 : 7); n++) found.push({ one: await rate(one), two: await rate(two) });
        say(found.map((turn) => `${rounded(turn.one)} and ${rounded(turn.two)}`).join(", "));
        return found;
      };
      for (const those of [one, two]) await through(those); // All is compiled, and prepared in the server.
      say("transitions/s of one plane, and of two, without limits:");
      const free = await turns();
      if (!planes.every((plane) => plane.limit(share))) {
        say("this machine lets nobody limit processes: planes and server share all there is");
        return outcome(free, `${count * tasks} tasks`, "one control plane; planes and server share the machine");
      }
      say(`with ${share} of a processor each:`);
      const limited = await turns();
      const figures = outcome(limited, `${count * tasks} tasks`, `one control plane; each has ${share} of a processor`);
      return { ...figures, extra: { ...figures.extra, ...{ unlimited: rounded(median(free.map(({ two }) => two))), unlimitedOne: rounded(median(free.map(({ one }) => one))), unlimitedTurnRatio: turnRatio(free) } } };
    } finally {
      await Promise.all(planes.map((plane) => plane.kill()));
      await server.stop();
    }
  },
};

interface Turn {
  one: number;
  two: number;
}

const turnRatio = (turns: Turn[]): number => rounded(median(turns.map(({ one, two }) => two / one)));

function outcome(turns: Turn[], hash: string, baseline: string): Outcome {
  const [one, two] = [turns.map((turn) => turn.one), turns.map((turn) => turn.two)];
  return { value: median(two), unit: "transitions/s", baseline, baselineValue: median(one), spread: spread(two), hash, extra: { medianTurnRatio: turnRatio(turns), spreadOfOne: rounded(spread(one)) } };
}

/** As of `sched.throughput`: of each run, task and attempt a start and an end. */
const recordedAtLeast = (runs: number): number => 2 * runs + 2 * runs * tasks + 2 * runs * tasks;

/** Seconds until a run of each DAG, all triggered at once, has ended and is on disk. */
const through = (planes: readonly BenchPlane[]): Promise<number> => seconds(() => Promise.all(planes.map((plane) => plane.through())));

type Said = { held: number } | { ended: number };

class BenchPlane {
  readonly #process: ChildProcess;
  readonly #share: ProcessorShare | undefined;

  constructor(work: { url: string; schema: string; count: number; tasks: number }) {
    this.#process = fork(fileURLToPath(new URL("harness/plane-process.ts", import.meta.url)), [JSON.stringify(work)]);
    this.#share = ProcessorShare.for(this.#process.pid as number);
  }

  /** @returns whether this machine lets it */
  limit(share: number): boolean {
    this.#share?.limit(share);
    return this.#share !== undefined;
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

  async kill(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
    this.#share?.remove();
  }

  async #said(): Promise<Said> {
    return (await once(this.#process, "message"))[0] as Said;
  }
}
