import type { Entry, LogDriver, TopicInfo } from "../log/driver.ts";
import type { Place } from "../log/embedded/segment-reader.ts";
import type { Column } from "../model/manifest.ts";
import type { PlacedBatch, TopicBatch, TopicSource } from "./query-request.ts";

/** Where batches of the embedded log stand, without their bytes: what its service answers a `fetch` with. */
export type FetchPlaces = (request: { partitions: PartitionOffset[]; bytesMax: number; waitMs: number }) => Promise<{ refs: (PartitionOffset & Place & { next: number })[] }>;

interface PartitionOffset {
  topic: string;
  partition: number;
  offset: number;
}

/** How much of a partition's index is asked for at once, in bytes of batches. */
const placesBytesMax = 1024 * 1024 * 1024;
const fetchBytesMax = 4 * 1024 * 1024;

/**
 * A topic of the embedded log, up to the ends it has in `info`. The child reads the segments by itself: no record passes
 * through this process.
 */
export async function placedTopicSource(fetchPlaces: FetchPlaces, folder: string, info: TopicInfo, columns = columnsOf(info)): Promise<TopicSource> {
  const batches: PlacedBatch[] = [];
  await readToEnds(info, async (partitions) => {
    const { refs } = await fetchPlaces({ partitions, bytesMax: placesBytesMax, waitMs: 0 });
    return refs;
  }, ({ partition, offset, segment, at, bytes, crc }, skip, take) => {
    if (bytes > 0) batches.push({ partition, offset, skip, take, place: { segment, at, bytes, crc } });
  });
  return { kind: "topic", columns, records: { kind: "segments", folder, batches } };
}

/** A topic of any log, up to the ends it has in `info`. One fetch is in memory at a time. */
export function streamedTopicSource(log: Pick<LogDriver, "fetch">, info: TopicInfo, columns = columnsOf(info), signal?: AbortSignal): TopicSource {
  return { kind: "topic", columns, records: { kind: "stream", batches: streamed(log, info, signal) } };
}

async function* streamed(log: Pick<LogDriver, "fetch">, info: TopicInfo, signal?: AbortSignal): AsyncGenerator<TopicBatch> {
  for (const { partition, start, end } of info.partitionInfo) {
    for (let offset = start; offset < end; ) {
      const { entries } = await log.fetch({ partitions: [{ topic: info.name, partition, offset }], bytesMax: fetchBytesMax, waitMs: 0, signal });
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
  if (!batch || offset >= end) return undefined;
  return { partition, offset, batch, ...rangeOf(offset, from, end) };
}

async function readToEnds<T extends PartitionOffset & { next: number }>(info: TopicInfo, fetch: (partitions: PartitionOffset[]) => Promise<T[]>, found: (entry: T, skip: number, take: number) => void): Promise<void> {
  const ends = new Map(info.partitionInfo.map(({ partition, end }) => [partition, end]));
  const offsets = new Map(info.partitionInfo.filter(({ start, end }) => start < end).map(({ partition, start }) => [partition, start]));
  while (offsets.size > 0) {
    const entries = await fetch([...offsets].map(([partition, offset]) => ({ topic: info.name, partition, offset })));
    const before = new Map(offsets);
    for (const entry of entries) {
      const end = ends.get(entry.partition) as number;
      const from = offsets.get(entry.partition);
      if (from === undefined || entry.offset >= end) continue;
      const { skip, take } = rangeOf(entry.offset, from, end);
      found(entry, skip, take);
      if (entry.next >= end) offsets.delete(entry.partition);
      else offsets.set(entry.partition, entry.next);
    }
    // Where nothing came although the end is not reached, markers or removed records fill the rest.
    for (const [partition, offset] of before) if (offsets.get(partition) === offset) offsets.delete(partition);
  }
}

function rangeOf(offset: number, from: number, end: number): { skip: number; take: number } {
  const skip = Math.max(0, from - offset);
  return { skip, take: end - offset - skip };
}

function columnsOf({ decl }: TopicInfo): Column[] {
  return decl?.columns ?? [];
}
