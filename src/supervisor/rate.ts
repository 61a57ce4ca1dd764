/** Mean over the last ten seconds of a number that only grows. */
export class Rate {
  #samples: { atMs: number; count: number }[] = [];

  sample(atMs: number, count: number): void {
    this.#samples.push({ atMs, count });
    while (this.#samples.length > 2 && atMs - this.#samples[0].atMs > windowMs) this.#samples.shift();
  }

  /** 0 until two samples are there. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return 0;
    return Math.max(0, ((last.count - first.count) * 1_000) / (last.atMs - first.atMs));
  }
}

const windowMs = 10_000;
