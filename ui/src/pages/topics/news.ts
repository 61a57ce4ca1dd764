import type { RecordView } from "../records/record-pages.ts";
import type { TopicInfo } from "./topic-page.tsx";

type Partition = Pick<TopicInfo["partitionInfo"][number], "partition" | "start" | "end" | "records">;

/** Partitions as they stood when they were read: as far as that was known, and as far as was read beyond it. */
export function seenOf(partitions: readonly Partition[], records: readonly Pick<RecordView, "partition" | "offset">[]): Map<number, Partition> {
  const seen = new Map(partitions.map((each) => [each.partition, each]));
  const beyond = records.filter(({ partition, offset }) => offset >= (seen.get(partition)?.end ?? Number.POSITIVE_INFINITY));
  for (const { partition, offset } of beyond) {
    const { start, end, records: before } = seen.get(partition) as Partition;
    seen.set(partition, { partition, start, end: Math.max(end, offset + 1), records: before + 1 });
  }
  return seen;
}

/**
 * Records behind what was seen; undefined: some, and nobody knows how many, for records have gone meanwhile. Offsets alone do
 * not tell it, since markers take some.
 * @param partition - this one alone
 */
export function newsSince(seen: ReadonlyMap<number, Partition>, partitions: readonly Partition[], partition?: number): number | undefined {
  const news = partitions.filter((each) => partition === undefined || each.partition === partition).map((now) => newsOf(seen.get(now.partition), now));
  return news.reduce((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each), 0);
}

function newsOf(seen: Partition | undefined, { start, end, records }: Partition): number | undefined {
  if (seen === undefined) return records;
  if (end <= seen.end) return 0;
  return start === seen.start && records >= seen.records ? records - seen.records : undefined;
}
