import { setTimeout as wait } from "node:timers/promises";
import type { LogDriver, TopicInfo } from "../log/driver.ts";

const waitMs = 1_000;

/** The topics of the log for who would rather have them as they were than wait for a log that is away. */
export class TopicsKnown {
  readonly #log: Pick<LogDriver, "topics">;
  #known: readonly TopicInfo[] = [];
  #asked: Promise<void> | undefined;

  constructor(log: Pick<LogDriver, "topics">) {
    this.#log = log;
  }

  /** As they are now, or as they were when the log answered last. */
  async now(): Promise<readonly TopicInfo[]> {
    const stop = new AbortController();
    await Promise.race([this.#ask(), wait(waitMs, undefined, { signal: stop.signal }).catch(() => undefined)]);
    stop.abort();
    return this.#known;
  }

  /** One question serves all who wait for it. */
  #ask(): Promise<void> {
    this.#asked ??= this.#log
      .topics()
      .then((topics) => void (this.#known = topics), () => undefined)
      .finally(() => (this.#asked = undefined));
    return this.#asked;
  }
}
