/** Lets so many through at once and the others wait, first come, first served. */
export class Turnstile {
  readonly #insideMax: number;
  #inside = 0;
  #waiting: (() => void)[] = [];

  constructor(insideMax: number) {
    this.#insideMax = insideMax;
  }

  /**
   * @param signal - gives the place in the queue up
   * @returns what must be called, once, to leave
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#inside >= this.#insideMax) await this.#wait(signal);
    else this.#inside += 1;
    return () => this.#leave();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting = this.#waiting.filter((waiting) => waiting !== enter);
        reject(signal.reason);
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.push(enter);
    });
  }

  /** A place that is handed on is never free in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inside -= 1;
  }
}
