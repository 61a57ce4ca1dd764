import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { DagDecl } from "../model/dag-manifest.ts";
import { postgresRuns } from "../state/postgres-runs.ts";
import type { Executor, Hint } from "./executor.ts";
import { Plane } from "./plane.ts";

/*
 * A control plane as a process: its DAGs come as JSON in its first argument, with the address of the database. Each task takes
 * a part of a second, in this process: whenever it is killed, it has some at work. It runs until it is killed.
 */

const { url, schema, dags, leaseMs } = JSON.parse(process.argv[2]) as { url: string; schema: string; dags: DagDecl[]; leaseMs: number };
const taskMsMax = 400;
const beatMs = 2_000;

const runs = await postgresRuns({ connection: { url }, schema, leaseMs });

class HereExecutor implements Executor {
  readonly #worker = randomUUID();
  readonly #plane: Plane;
  readonly #live = new Set<string>();

  constructor(plane: Plane) {
    this.#plane = plane;
    setInterval(() => plane.alive(this.#worker, [...this.#live]), beatMs);
  }

  offer(hint: Hint): void {
    void this.#run(hint).catch(() => undefined);
  }

  stop(attempt: string): void {
    this.#live.delete(attempt);
  }

  async #run(hint: Hint): Promise<void> {
    const work = await this.#plane.start(hint, this.#worker);
    if (!work) return;
    this.#live.add(work.attempt);
    await wait(Math.random() * taskMsMax);
    while (this.#live.has(work.attempt)) {
      const ended = await this.#plane.end(work.attempt, work.fence, { kind: "success" }).then(() => true, () => false);
      if (ended) this.#live.delete(work.attempt);
      else await wait(100);
    }
  }
}

const quiet = { begin: () => undefined, wake: () => undefined, idle: true, close: async () => undefined };
const logger = { warn: () => undefined, error: () => undefined };
const plane = await Plane.open({ runs, holder: `process ${process.pid}`, onlyLooks: false, outboxOf: () => quiet, clock: Date.now, mint: randomUUID, logger, declarationOf: (_, dag) => dags.find(({ name }) => name === dag) });
plane.attach(new HereExecutor(plane));
await plane.register("r", dags);
console.log("up");
