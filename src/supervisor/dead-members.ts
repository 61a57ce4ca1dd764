import { randomUUID } from "node:crypto";
import type { LogDriver } from "../log/driver.ts";

/**
 * Takes processes of stages that are known to have ended out of their groups. The log would notice by their silence, which on
 * Kafka takes ten seconds where brokers allow it, and 45 where nobody has set them up for it. One that only seemed dead starts
 * anew: nothing is lost by an error.
 */
export class DeadMembers {
  readonly #log: Pick<LogDriver, "dismiss">;
  readonly #logger: { warn(fields: object, message: string): void };
  /** Processes of this control plane that live. */
  readonly #own = new Set<string>();
  #closed = false;

  constructor(log: Pick<LogDriver, "dismiss">, logger: { warn(fields: object, message: string): void }) {
    this.#log = log;
    this.#logger = logger;
  }

  /** A name for a process that this control plane starts. */
  newOwn(stage: string): string {
    const member = `${stage}${ofPlane}${randomUUID()}`;
    this.#own.add(member);
    return member;
  }

  /** A process has ended, or its machine is silent. */
  gone(stage: string, member: string): void {
    this.#own.delete(member);
    this.#dismiss(stage, (each) => each === member);
  }

  /** This control plane has the stage from now on: what others before it have started is gone, or is to go. Workers' processes stay. */
  goneBefore(stage: string): void {
    this.#dismiss(stage, (each) => each.startsWith(`${stage}${ofPlane}`) && !this.#own.has(each));
  }

  /** Processes that are stopped in order leave their groups by themselves. */
  close(): void {
    this.#closed = true;
  }

  #dismiss(stage: string, isDead: (member: string) => boolean): void {
    this.#ask(stage, isDead);
    // What it had sent just before its end may have been heard behind us.
    setTimeout(() => this.#ask(stage, isDead), againMs).unref();
  }

  #ask(stage: string, isDead: (member: string) => boolean): void {
    if (this.#closed) return;
    this.#log.dismiss?.(stage, isDead).catch((error: unknown) => this.#logger.warn({ stage, err: error }, "a process that has ended could not be taken out of its group; its tasks move when its silence is noticed"));
  }
}

const againMs = 3_000;
const ofPlane = ".plane-";

/** A name for a process that a worker starts. */
export const workerMember = (stage: string): string => `${stage}.worker-${randomUUID()}`;
