import { digestInName } from "../lake/data-file.ts";
import type { Lake } from "../lake/lake.ts";
import { MillraceError } from "../errors.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import type { Resolution, SqlSource, TableReference, TopicBatch, TopicSource } from "../sql/query-request.ts";

/** Records of a topic that a statement sees: the newest of each partition, this many in all. */
const topicRecordsMax = 10_000_000;

export interface QuerySources {
  resolve(references: TableReference[]): Promise<Resolution>;
  /** What the reader of the result should know. */
  notes: string[];
}

/** What a statement may read: the current snapshot of each table, and the topics up to where they stand now. */
export function querySources(lake: Lake, log: LogDriver): QuerySources {
  const notes: string[] = [];
  return {
    notes,
    async resolve(references) {
      const tables = await lake.tables();
      const topics = new Map((await log.topics()).map((topic) => [topic.name, topic]));
      const known = [...tables, ...[...topics.keys()].map((name) => `topics."${name}"`)];
      const sources = await Promise.all(references.map((reference) => sourceOf(reference, lake, tables, log, topics, notes)));
      return { sources, known };
    },
  };
}

async function sourceOf({ namespace, name }: TableReference, lake: Lake, tables: string[], log: LogDriver, topics: Map<string, TopicInfo>, notes: string[]): Promise<SqlSource | undefined> {
  if (namespace === "topics") {
    const topic = topics.get(name);
    return topic && topicSource(topic, log, notes);
  }
  // A name alone is that of a table in any namespace, as long as there is one of it.
  const matching = namespace === undefined ? tables.filter((table) => table === name || table.endsWith(`.${name}`)) : tables.filter((table) => table === `${namespace}.${name}`);
  if (matching.length > 1) throw ambiguous(name, matching);
  return matching.length === 0 ? undefined : tableSource(lake, matching[0]);
}

async function tableSource(lake: Lake, name: string): Promise<SqlSource> {
  const table = await lake.table(name);
  const [files, schema] = await Promise.all([table.files(), table.schema()]);
  return {
    kind: "table",
    columns: schema.fields.map(({ name, type, id }) => ({ name, type, fieldId: id })),
    files: files.map(({ path, location }) => ({ path, sha256: digestInName(location) })),
  };
}

async function topicSource(topic: TopicInfo, log: LogDriver, notes: string[]): Promise<TopicSource> {
  const share = Math.ceil(topicRecordsMax / topic.partitions);
  const partitions = topic.partitionInfo.map(({ partition, start, end }) => ({ topic: topic.name, partition, offset: Math.max(start, end - share) }));
  if (topic.partitionInfo.some(({ start, end }) => end - start > share)) notes.push(`of topic "${topic.name}" the newest ${share.toLocaleString("en")} records of each partition were read`);
  const columns = topic.decl?.columns ?? [];
  if (!log.places) return { kind: "topic", columns, records: { kind: "stream", batches: stream(log, topic, partitions) } };
  const { folder, entries } = await log.places(partitions);
  const from = new Map(partitions.map(({ partition, offset }) => [partition, offset]));
  const batches = entries.map(({ partition, offset, place }) => ({ partition, offset, place, skip: Math.max(0, (from.get(partition) ?? 0) - offset) }));
  return { kind: "topic", columns, records: { kind: "segments", folder, batches } };
}

/** The records up to the ends of now, for a log whose files are not here. */
async function* stream(log: LogDriver, topic: TopicInfo, partitions: { topic: string; partition: number; offset: number }[]): AsyncIterable<TopicBatch> {
  for (const start of partitions) {
    const { end } = topic.partitionInfo[start.partition];
    for (let offset = start.offset; offset < end; ) {
      const { entries } = await log.fetch({ partitions: [{ ...start, offset }], bytesMax: 4 * 1024 * 1024, waitMs: 0 });
      if (entries.length === 0) break;
      for (const { batch, offset: first, next, partition } of entries) {
        if (batch && first < end) yield { batch, partition, offset: first, skip: Math.max(0, offset - first), take: Math.min(next, end) - Math.max(first, offset) };
        offset = next;
      }
    }
  }
}

function ambiguous(name: string, tables: string[]): MillraceError {
  return new MillraceError("MR-SQL-003", { what: `"${name}" could be ${tables.map((table) => `"${table}"`).join(" or ")}`, where: "the statement", mend: `write the namespace too, as ${tables[0]}` });
}
