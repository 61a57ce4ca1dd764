import type { LogDriver, TopicInfo } from "../../log/driver.ts";

/** Partitions of a topic whose last entry is looked up when the topic is first seen. */
const lookedUpMax = 64;

/** When records last came to each topic: seen as it happens, and for what was there before, read off the log once. */
export class Arrivals {
  readonly #log: Pick<LogDriver, "fetch">;
  readonly #seen = new Map<string, { ends: number; atMs: number | null }>();

  constructor(log: Pick<LogDriver, "fetch">) {
    this.#log = log;
  }

  /** Milliseconds since 1970; null while nothing is known to have come. */
  of(topic: string): number | null {
    return this.#seen.get(topic)?.atMs ?? null;
  }

  async note(atMs: number, topics: readonly TopicInfo[]): Promise<void> {
    for (const topic of topics) {
      const ends = topic.partitionInfo.reduce((sum, { end }) => sum + end, 0);
      const seen = this.#seen.get(topic.name);
      if (seen?.ends === ends) continue;
      this.#seen.set(topic.name, { ends, atMs: seen ? atMs : await this.#lastTaken(topic) });
    }
  }

  async #lastTaken({ name, partitionInfo }: TopicInfo): Promise<number | null> {
    const held = partitionInfo.filter(({ start, end }) => end > start).slice(0, lookedUpMax);
    const times = await Promise.all(held.map(({ partition, end }) => this.#takenAt(name, partition, end - 1)));
    return times.reduce((newest: number | null, at) => (at === null || (newest !== null && newest >= at) ? newest : at), null);
  }

  /** Retention may take an entry in between: then nothing is known. */
  async #takenAt(topic: string, partition: number, offset: number): Promise<number | null> {
    const found = await this.#log.fetch({ partitions: [{ topic, partition, offset }], bytesMax: 1, waitMs: 0 }).catch(() => undefined);
    return found?.entries[0]?.appendedAt ?? null;
  }
}
