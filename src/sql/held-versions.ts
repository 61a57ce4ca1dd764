import type { SqlSource } from "./query-request.ts";

type Hold = { release(): Promise<void> };

/**
 * Keeps the versions of tables that a statement reads from expiry while it runs, where it takes long: those that are read in
 * an instant need no note in the state store. Where one cannot be held the statement goes on, and says so if its files go.
 */
export class HeldVersions {
  readonly #forMs: number;
  readonly #sources: SqlSource[] = [];
  readonly #held: Promise<Hold | undefined>[] = [];
  readonly #timer: NodeJS.Timeout;
  #isLong = false;

  /**
   * @param afterMs - from when on a statement takes long
   * @param forMs - how long a hold counts when nobody lives to release it
   */
  constructor(afterMs: number, forMs: number) {
    this.#forMs = forMs;
    this.#timer = setTimeout(() => {
      this.#isLong = true;
      this.#hold(this.#sources);
    }, afterMs).unref();
  }

  add(sources: readonly SqlSource[]): void {
    if (this.#isLong) this.#hold(sources);
    else this.#sources.push(...sources);
  }

  /** The statement has ended. */
  release(): void {
    clearTimeout(this.#timer);
    for (const held of this.#held.splice(0)) void held.then((hold) => hold?.release()).catch(() => undefined);
  }

  #hold(sources: readonly SqlSource[]): void {
    for (const source of sources) if (source.kind === "table" && source.hold) this.#held.push(source.hold(this.#forMs).catch(() => undefined));
  }
}
