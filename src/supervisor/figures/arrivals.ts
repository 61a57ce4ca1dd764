import type { LogDriver, PartitionInfo, TopicInfo } from "../../log/driver.ts";

/** Partitions of a topic whose last entry is looked up when the topic is first seen. */
const lookedUpMax = 64;

/** Offsets back from the end within which the last record is looked for: markers stand there too. */
const backs = [1, 100, 10_000];
const lookBytes = 64 * 1024;

/** When records last came to each topic: seen as it happens, and for what was there before, read off the log once. */
export class Arrivals {
  readonly #log: Pick<LogDriver, "fetch">;
  readonly #seen = new Map<string, { records: number; starts: number; atMs: number | null }>();

  constructor(log: Pick<LogDriver, "fetch">) {
    this.#log = log;
  }

  /** Milliseconds since 1970; null while nothing is known to have come. */
  of(topic: string): number | null {
    return this.#seen.get(topic)?.atMs ?? null;
  }

  async note(atMs: number, topics: readonly TopicInfo[]): Promise<void> {
    for (const topic of topics) {
      const now = { records: sumOf(topic, "records"), starts: sumOf(topic, "start") };
      const seen = this.#seen.get(topic.name);
      if (!seen) this.#seen.set(topic.name, { ...now, atMs: await this.#lastTaken(topic) });
      // Markers move the end and are no records. Where retention has taken some meanwhile, others have come if none are missing.
      else if (now.records > seen.records || (now.starts > seen.starts && now.records === seen.records)) this.#seen.set(topic.name, { ...now, atMs });
      else this.#seen.set(topic.name, { ...now, atMs: seen.atMs });
    }
  }

  async #lastTaken({ name, partitionInfo }: TopicInfo): Promise<number | null> {
    const held = partitionInfo.filter(({ records }) => records > 0).slice(0, lookedUpMax);
    const times = await Promise.all(held.map((partition) => this.#takenIn(name, partition)));
    return times.reduce((newest: number | null, at) => (at === null || (newest !== null && newest >= at) ? newest : at), null);
  }

  async #takenIn(topic: string, { partition, start, end }: PartitionInfo): Promise<number | null> {
    for (const back of backs) {
      const offset = Math.max(start, end - back);
      // Retention may take an entry in between: then nothing is known.
      const found = await this.#log.fetch({ partitions: [{ topic, partition, offset }], bytesMax: lookBytes, waitMs: 0 }).catch(() => undefined);
      const last = found?.entries.findLast(({ batch }) => batch !== undefined);
      if (last) return last.appendedAt;
    }
    return null;
  }
}

const sumOf = ({ partitionInfo }: TopicInfo, part: "records" | "start"): number => partitionInfo.reduce((sum, each) => sum + each[part], 0);
