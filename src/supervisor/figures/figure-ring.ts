import type { FigurePoint, Figures } from "../../server/insight-control.ts";

const figureNames = ["recordsIn", "recordsOut", "lag", "latencyP50Ms", "latencyP99Ms", "cores", "memoryBytes"] as const satisfies (keyof Figures)[];

/** The last points of one step, in memory of a fixed size, to seven digits. What was not noted is left out. */
export class FigureRing {
  readonly stepMs: number;
  readonly #count: number;
  readonly #values: Float32Array;
  /** Number of the newest step since 1970; -1 before the first. */
  #newest = -1;

  /** @param count - points kept */
  constructor(stepMs: number, count: number) {
    this.stepMs = stepMs;
    this.#count = count;
    this.#values = new Float32Array(count * figureNames.length).fill(Number.NaN);
  }

  /** A second word of the same step takes the place of the first; one that is older than the newest is not taken. */
  note(atMs: number, figures: Figures): void {
    const step = Math.floor(atMs / this.stepMs);
    if (step < this.#newest) return;
    // Steps in between in which nothing was noted hold what stood there a round ago.
    for (let gone = Math.max(this.#newest + 1, step - this.#count + 1); gone < step; gone++) this.#row(gone).fill(Number.NaN);
    this.#newest = step;
    this.#row(step).set(figureNames.map((name) => figures[name] ?? Number.NaN));
  }

  /** The oldest first. @param sinceMs - those that end after it */
  points(sinceMs = 0): FigurePoint[] {
    const points: FigurePoint[] = [];
    const oldest = Math.max(0, this.#newest - this.#count + 1, Math.floor(sinceMs / this.stepMs));
    for (let step = oldest; step <= this.#newest; step++) {
      const row = this.#row(step);
      if (row.every(Number.isNaN)) continue;
      const figures = Object.fromEntries(figureNames.map((name, i) => [name, Number.isNaN(row[i]) ? null : row[i]])) as unknown as Figures;
      points.push({ atMs: (step + 1) * this.stepMs, ...figures });
    }
    return points;
  }

  #row(step: number): Float32Array {
    const at = (step % this.#count) * figureNames.length;
    return this.#values.subarray(at, at + figureNames.length);
  }
}
