import { Worker } from "node:worker_threads";
import { beatDescriptor, blockedMs } from "./task-protocol.ts";

/** The scheduler takes an attempt away from a worker that was silent for three of these. */
const everyMs = 5_000;
const lookMs = 500;

interface ThreadData {
  /** Turns of the event loop; attempts at work; never changed. */
  shared: Int32Array;
  descriptor: number;
  everyMs: number;
  lookMs: number;
  blockedMs: number;
}

/** Says that this process lives, from a thread that nothing on the event loop can stop. */
export class Heartbeat {
  readonly #shared = new Int32Array(new SharedArrayBuffer(12));
  #turning: NodeJS.Timeout | undefined;

  start(): void {
    const workerData: ThreadData = { shared: this.#shared, descriptor: beatDescriptor, everyMs, lookMs, blockedMs };
    // As text, for a thread would otherwise load the compiler of TypeScript in a checkout, some 20 MB.
    const thread = new Worker(`(${beatForEver.toString()})()`, {
      eval: true,
      workerData,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    });
    thread.unref();
    // Without its heartbeat the process would lose its work anyway, and not know it.
    thread.on("error", () => process.kill(process.pid, "SIGKILL"));
  }

  /** The event loop is watched while there is work. */
  working(attempts: number): void {
    Atomics.add(this.#shared, 0, 1);
    Atomics.store(this.#shared, 1, attempts);
    if (attempts > 0) this.#turning ??= setInterval(() => Atomics.add(this.#shared, 0, 1), lookMs / 2).unref();
    else {
      clearInterval(this.#turning);
      this.#turning = undefined;
    }
  }
}

/** The thread's whole program: it may use nothing from outside. */
function beatForEver(): void {
  const { writeSync } = process.getBuiltinModule("node:fs");
  const { workerData } = process.getBuiltinModule("node:worker_threads");
  const { shared, descriptor, everyMs, lookMs, blockedMs } = workerData as ThreadData;
  let turns = -1;
  let turnedAt = performance.now();
  let told = { at: Number.NEGATIVE_INFINITY, blocked: false };
  for (;;) {
    const now = performance.now();
    const seen = Atomics.load(shared, 0);
    if (seen !== turns || Atomics.load(shared, 1) === 0) turnedAt = now;
    turns = seen;
    const lagMs = Math.round(now - turnedAt);
    const blocked = lagMs > blockedMs;
    if (blocked !== told.blocked || now - told.at >= everyMs) {
      told = { at: now, blocked };
      try {
        writeSync(descriptor, `${JSON.stringify({ lagMs })}\n`);
      } catch (error) {
        // Nobody listens any more: nothing that is done here can count.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") process.kill(process.pid, "SIGKILL");
      }
    }
    Atomics.wait(shared, 2, 0, lookMs);
  }
}
