/** A wall clock that moved this much more or less than time has passed is not believed, in milliseconds. */
export const jumpMs = 24 * 60 * 60 * 1000;
/** How long appends must have gone on by the new clock before it is believed, in milliseconds. */
export const confirmMs = 60 * 60 * 1000;

/**
 * Decides whether the wall clock may be used to delete records. A clock that jumps by years would make retention remove
 * everything; so after a jump of more than a day nothing expires until the log has been written to by the new clock for
 * an hour. The machine may also just have slept: then records are removed an hour late.
 */
export class ClockWatch {
  readonly #monotonic: () => number;
  #trusted: { wall: number; monotonic: number };
  #doubted: { wall: number; monotonic: number } | undefined;

  /**
   * @param wall - a time that is known to have been right: that of the newest record, else now
   * @param monotonic - milliseconds that pass at the pace of time, from any beginning
   */
  constructor(wall: number, monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#trusted = { wall, monotonic: monotonic() };
  }

  /**
   * @param wall - the wall clock now
   * @param newestAppend - when the log took its newest record, by the wall clock
   */
  believes(wall: number, newestAppend: number): boolean {
    const now = { wall, monotonic: this.#monotonic() };
    if (near(this.#trusted, now)) return this.#trust(now);
    if (!this.#doubted || !near(this.#doubted, now)) this.#doubted = now;
    const held = now.monotonic - this.#doubted.monotonic;
    if (held >= confirmMs && newestAppend - this.#doubted.wall >= confirmMs) return this.#trust(now);
    return false;
  }

  #trust(now: { wall: number; monotonic: number }): true {
    this.#trusted = now;
    this.#doubted = undefined;
    return true;
  }
}

const near = (then: { wall: number; monotonic: number }, now: { wall: number; monotonic: number }): boolean =>
  Math.abs(now.wall - then.wall - (now.monotonic - then.monotonic)) <= jumpMs;
