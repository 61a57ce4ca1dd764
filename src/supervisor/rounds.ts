export interface RoundsOptions {
  /** From `begin` to the first round, in milliseconds. */
  firstMs: number;
  /** From the end of a round to the next one, in milliseconds. */
  everyMs: number;
  /** Tells of its own faults: what it throws ends nothing, and nobody hears of it. */
  round(): Promise<unknown>;
}

/** The same work again and again, one time after the other, from `begin` until `rest`. */
export class Rounds {
  readonly #options: RoundsOptions;
  #rests = false;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Whether a round under way is to end after its step. */
  get rests(): boolean {
    return this.#rests;
  }

  begin(): void {
    this.#rests = false;
    this.#wait(this.#options.firstMs);
  }

  /** Ends with the round under way. */
  async rest(): Promise<void> {
    this.#rests = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#rests) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#options
        .round()
        .catch(() => undefined)
        .then(() => this.#wait(this.#options.everyMs));
    }, ms).unref();
  }
}
