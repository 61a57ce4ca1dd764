import type { Batch } from "../batch/batch.ts";
import { type AppendOptions, BatchBuilder } from "../batch/builder.ts";
import { partitionFor, partitionsOf } from "../batch/partition.ts";
import { select } from "../batch/select.ts";
import type { TopicDecl } from "../model/manifest.ts";

/** Where an emitted record comes from: the record being worked on. */
export interface Origin {
  batch: Batch;
  index: number;
  eventTime: number;
  partition: number;
  /** Reads a record of the batch with all its fields, where the one at hand may have only some. */
  whole?: (index: number) => object;
  /** Key field, event-time field and partition count of the topic it was read from. */
  topic: Pick<TopicDecl, "key" | "eventTime" | "partitions">;
}

/**
 * What one task writes to one topic in one epoch, in the order of the calls.
 *
 * A record passed on unchanged is only noted by its place in the input batch, and its columns are copied without ever
 * being turned into an object. The first record that the stage made itself ends that: from then on all are written out,
 * since order matters more.
 */
export class OutputBuffer {
  readonly topic: TopicDecl;
  readonly #where: string;
  readonly #selections: { origin: Origin; batch: Batch; indices: Int32Array; count: number }[] = [];
  #builders: (BatchBuilder | undefined)[] | undefined;
  /** Partition of each record since the builders took over, to take the last back. */
  #order: number[] = [];
  #next: number;

  /** @param task - keyless records of a task stay together, in the partition of its number */
  constructor(topic: TopicDecl, task: number, stage: string) {
    this.topic = topic;
    this.#where = `stage "${stage}", output "${topic.name}"`;
    this.#next = task % topic.partitions;
  }

  /** Passes the record on as it is. False: the output needs something that the input batch does not have; build it. */
  pass(origin: Origin): boolean {
    if (this.#builders) return false;
    let selection = this.#selections.at(-1);
    if (selection?.origin.batch !== origin.batch) {
      const batch = project(origin, this.topic);
      if (!batch) return false;
      selection = { origin: { ...origin }, batch, indices: new Int32Array(origin.batch.count), count: 0 };
      this.#selections.push(selection);
    }
    if (selection.count === selection.indices.length) {
      const larger = new Int32Array(selection.count * 2);
      larger.set(selection.indices);
      selection.indices = larger;
    }
    selection.indices[selection.count++] = origin.index;
    return true;
  }

  /** @throws MillraceError `MR-ENGINE-004` when the record breaks the topic's schema */
  build(record: object, fallbackTime: number, options?: AppendOptions): void {
    this.#builders ??= new Array(this.topic.partitions);
    const partition = this.#partitionOf(record, options);
    let builder = this.#builders[partition];
    if (!builder) {
      const { columns, key, eventTime } = this.topic;
      this.#builders[partition] = builder = new BatchBuilder({ columns, key, eventTime, where: this.#where });
    }
    builder.append(record, fallbackTime, options);
    this.#order.push(partition);
  }

  #partitionOf(record: object, options: AppendOptions | undefined): number {
    const { key, partitions } = this.topic;
    if (partitions === 1) return 0;
    const value = options?.key !== undefined ? options.key : key === undefined ? null : (record as Record<string, unknown>)[key];
    return value === null || value === undefined ? this.#next : partitionFor(typeof value === "string" ? value : keyOf(value), partitions);
  }

  /** Takes back the last record written. */
  pop(): void {
    const partition = this.#order.pop();
    if (partition !== undefined) {
      this.#builders?.[partition]?.pop();
      return;
    }
    const selection = this.#selections.at(-1);
    if (selection) selection.count--;
  }

  /** What was written, by partition and in order. */
  finish(): { partition: number; batch: Batch }[] {
    const selected = this.#selections.flatMap((selection) => split(selection.origin, selection.batch, selection.indices.subarray(0, selection.count), this.topic, this.#next));
    const built = (this.#builders ?? []).flatMap((builder, partition) => (builder && builder.count > 0 ? [{ partition, batch: builder.finish() }] : []));
    return [...selected, ...built];
  }
}

const keyOf = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** The columns of `topic` out of the input batch; undefined when one is missing, or key or time come from elsewhere. */
function project(origin: Origin, topic: TopicDecl): Batch | undefined {
  const { batch } = origin;
  if (topic.key !== origin.topic.key && topic.key !== undefined) return undefined;
  if (topic.eventTime !== origin.topic.eventTime && topic.eventTime !== undefined) return undefined;
  const columns = [];
  for (const { name, type, nullable } of topic.columns) {
    const column = batch.columns.find((candidate) => candidate.name === name && candidate.type === type);
    if (!column || (!nullable && column.vector.valid)) return undefined;
    columns.push(column);
  }
  return {
    count: batch.count,
    columns,
    get eventTime() {
      return batch.eventTime;
    },
    get keys() {
      return topic.key === undefined ? undefined : batch.keys;
    },
    get headers() {
      return batch.headers;
    },
  };
}

function split(origin: Origin, batch: Batch, indices: Int32Array, topic: TopicDecl, task: number): { partition: number; batch: Batch }[] {
  if (indices.length === 0) return [];
  if (topic.key === undefined || topic.partitions === 1 || !batch.keys) return [{ partition: topic.partitions === 1 ? 0 : task, batch: select(batch, indices) }];
  // The same key over the same number of partitions is the same partition.
  if (origin.topic.key === topic.key && origin.topic.partitions === topic.partitions) return [{ partition: origin.partition, batch: select(batch, indices) }];
  const { codes, dictionary, valid } = batch.keys;
  const partitions = partitionsOf(dictionary, topic.partitions);
  const rows: number[][] = Array.from({ length: topic.partitions }, () => []);
  for (const index of indices) rows[valid && !valid[index] ? task : partitions[codes[index]]].push(index);
  return rows.flatMap((some, partition) => (some.length > 0 ? [{ partition, batch: select(batch, Int32Array.from(some)) }] : []));
}

