import type { LogDriver, PartitionInfo, TopicInfo } from "../../log/driver.ts";
import { Rate } from "../rate.ts";

/** Partitions of a topic whose last entry is looked up when the topic is first seen. */
const lookedUpMax = 64;

/** Offsets back from the end within which the last record is looked for: markers stand there too. */
const backs = [1, 100, 10_000];
const lookBytes = 64 * 1024;

interface Seen {
  records: number;
  starts: number;
  ends: number;
  atMs: number | null;
  /** Records that have come since the topic was first seen. */
  came: number;
  rate: Rate;
}

/** When records last came to each topic, and how fast: seen as it happens, and for what was there before, read off the log once. */
export class Arrivals {
  readonly #log: Pick<LogDriver, "fetch">;
  readonly #clockMs: () => number;
  readonly #seen = new Map<string, Seen>();

  /** @param clockMs - one that is not put back, for rates */
  constructor(log: Pick<LogDriver, "fetch">, clockMs = () => performance.now()) {
    this.#log = log;
    this.#clockMs = clockMs;
  }

  /** Milliseconds since 1970; null while nothing is known to have come. */
  of(topic: string): number | null {
    return this.#seen.get(topic)?.atMs ?? null;
  }

  /** Records that came in a second, the mean of the last ten. */
  perSecond(topic: string): number {
    return this.#seen.get(topic)?.rate.perSecond ?? 0;
  }

  async note(atMs: number, topics: readonly TopicInfo[]): Promise<void> {
    for (const topic of topics) {
      const now = { records: sumOf(topic, "records"), starts: sumOf(topic, "start"), ends: sumOf(topic, "end") };
      const seen = this.#seen.get(topic.name) ?? { ...now, atMs: await this.#lastTaken(topic), came: 0, rate: new Rate() };
      // Markers move the end and are no records; what retention has taken meanwhile, markers among it, moves the start.
      const fresh = Math.max(0, Math.min(now.ends - seen.ends, now.records - seen.records + now.starts - seen.starts));
      const came = seen.came + fresh;
      seen.rate.sample(this.#clockMs(), came);
      this.#seen.set(topic.name, { ...seen, ...now, came, atMs: fresh > 0 ? atMs : seen.atMs });
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

const sumOf = ({ partitionInfo }: TopicInfo, part: "records" | "start" | "end"): number => partitionInfo.reduce((sum, each) => sum + each[part], 0);
