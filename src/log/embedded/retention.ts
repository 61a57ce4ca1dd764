import type { LogIndex, PartitionIndex, TopicIndex } from "./log-index.ts";

export type Start = [topic: string, partition: number, start: number];

/**
 * The new first offsets that the topics' retention asks for; partitions that keep all they have are left out.
 * Time is that of the log, when it took the records: a replay of last year's events is not a year old.
 *
 * @param now - milliseconds since 1970; undefined while the clock is not trusted, and then only sizes count
 */
export function expiredStarts(index: LogIndex, now: number | undefined): Start[] {
  return [...index.topics.values()].flatMap((topic) => {
    const first = topic.partitions.map((partition) => firstByTime(partition, topic.spec.retentionMs, now));
    if (topic.spec.retentionBytes !== undefined) advanceBySize(topic, first, topic.spec.retentionBytes);
    return topic.partitions.flatMap(({ refs }, p): Start[] => (first[p] > 0 ? [[topic.spec.name, p, refs[first[p] - 1].next]] : []));
  });
}

/** Index of the first entry that is young enough. */
function firstByTime({ refs }: PartitionIndex, retentionMs: number | undefined, now: number | undefined): number {
  let first = 0;
  if (retentionMs === undefined || now === undefined) return first;
  while (first < refs.length && now - refs[first].appendedAt > retentionMs) first++;
  return first;
}

/** Moves on over the oldest entries of all partitions until the rest of the topic is small enough. */
function advanceBySize({ partitions }: TopicIndex, first: number[], bytesMax: number): void {
  let bytes = 0;
  partitions.forEach(({ refs }, p) => {
    for (let i = first[p]; i < refs.length; i++) bytes += refs[i].bytes;
  });
  while (bytes > bytesMax) {
    const oldest = oldestOf(partitions, first);
    bytes -= partitions[oldest].refs[first[oldest]++].bytes;
  }
}

function oldestOf(partitions: PartitionIndex[], first: number[]): number {
  const at = (p: number): number => partitions[p].refs[first[p]]?.appendedAt ?? Number.POSITIVE_INFINITY;
  return first.reduce((oldest, _, p) => (at(p) < at(oldest) ? p : oldest), 0);
}
