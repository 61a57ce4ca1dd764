import type { Entry, LogDriver, TopicInfo } from "../log/driver.ts";
import type { TopicBatch, TopicSource } from "./query-request.ts";

const fetchBytesMax = 4 * 1024 * 1024;

type RecordLog = Pick<LogDriver, "fetch" | "places">;

/**
 * A topic up to the ends that it has in `info`. Where the log's files are on this machine, the child reads them by itself
 * and no record passes through this process; else one fetch is in memory at a time.
 *
 * @param columns - default: as the topic was declared
 * @throws MillraceError `MR-LOG-005` when records expired since `info` was asked for
 */
export async function topicSource(log: RecordLog, info: TopicInfo, columns = info.decl?.columns ?? []): Promise<TopicSource> {
  if (!log.places) return { kind: "topic", columns, records: { kind: "stream", batches: fetched(log, info) } };
  const ranges = new Map(info.partitionInfo.filter(({ start, end }) => start < end).map((range) => [range.partition, range]));
  const { folder, entries } = await log.places([...ranges.values()].map(({ partition, start }) => ({ topic: info.name, partition, offset: start })));
  const batches = entries.flatMap(({ partition, offset, place }) => {
    const { start, end } = ranges.get(partition) as { start: number; end: number };
    return offset < end ? [{ partition, offset, place, ...rangeOf(offset, start, end) }] : [];
  });
  return { kind: "topic", columns, records: { kind: "segments", folder, batches } };
}

async function* fetched(log: RecordLog, info: TopicInfo): AsyncGenerator<TopicBatch> {
  for (const { partition, start, end } of info.partitionInfo) {
    for (let offset = start; offset < end; ) {
      const { entries } = await log.fetch({ partitions: [{ topic: info.name, partition, offset }], bytesMax: fetchBytesMax, waitMs: 0 });
      if (entries.length === 0) break;
      for (const entry of entries) {
        const batch = batchOf(entry, offset, end);
        if (batch) yield batch;
        offset = Math.max(offset, entry.next);
      }
    }
  }
}

function batchOf({ partition, offset, batch }: Entry, from: number, end: number): TopicBatch | undefined {
  return batch && offset < end ? { partition, offset, batch, ...rangeOf(offset, from, end) } : undefined;
}

/** Which records of a batch at `offset` lie in `[from, end)`. */
function rangeOf(offset: number, from: number, end: number): { skip: number; take: number } {
  const skip = Math.max(0, from - offset);
  return { skip, take: end - offset - skip };
}
