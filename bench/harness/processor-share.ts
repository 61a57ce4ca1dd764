import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Short, so that who has used up its part of one waits for milliseconds and not for a tenth of a second. */
const periodUs = 10_000;

/**
 * A part of a processor, for one process and what it starts: a control group of Linux, of version 1 or 2. What there is to
 * do in vain for others is not given to it: a machine of that size of its own.
 */
export class ProcessorShare {
  readonly #folder: string;
  readonly #limits: (share: number | undefined) => [file: string, text: string][];

  private constructor(folder: string, limits: (share: number | undefined) => [string, string][]) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** For the process, which may have all it can get until it is limited. Undefined: this machine does not let us. */
  static for(pid: number): ProcessorShare | undefined {
    const name = `millrace-bench-${pid}`;
    const first = existsSync("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") || existsSync("/sys/fs/cgroup/cpu/tasks");
    const share = first
      ? new ProcessorShare(join("/sys/fs/cgroup/cpu", name), (share) => [["cpu.cfs_period_us", String(periodUs)], ["cpu.cfs_quota_us", share === undefined ? "-1" : String(share * periodUs)]])
      : new ProcessorShare(join("/sys/fs/cgroup", name), (share) => [["cpu.max", `${share === undefined ? "max" : share * periodUs} ${periodUs}`]]);
    try {
      mkdirSync(share.#folder);
      share.limit(undefined);
      writeFileSync(join(share.#folder, "cgroup.procs"), String(pid));
      return share;
    } catch {
      share.remove();
      return undefined;
    }
  }

  /** @param share - of one processor; undefined: all there is */
  limit(share: number | undefined): void {
    for (const [file, text] of this.#limits(share)) writeFileSync(join(this.#folder, file), text);
  }

  /** Once the process has ended. */
  remove(): void {
    if (existsSync(this.#folder)) rmdirSync(this.#folder);
  }
}
