/** Means over the last ten seconds of numbers that only grow. */
export class Rates {
  #samples: { atMs: number; in: number; out: number }[] = [];

  sample(atMs: number, recordsIn: number, recordsOut: number): void {
    this.#samples.push({ atMs, in: recordsIn, out: recordsOut });
    while (this.#samples.length > 2 && atMs - this.#samples[0].atMs > windowMs) this.#samples.shift();
  }

  /** Per second; 0 until two samples are there. */
  get perSecond(): { in: number; out: number } {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return { in: 0, out: 0 };
    const seconds = (last.atMs - first.atMs) / 1_000;
    return { in: Math.max(0, (last.in - first.in) / seconds), out: Math.max(0, (last.out - first.out) / seconds) };
  }
}

const windowMs = 10_000;
