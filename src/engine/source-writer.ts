import type { Batch } from "../batch/batch.ts";
import { BatchBuilder } from "../batch/builder.ts";
import { partitionsOf } from "../batch/partition.ts";
import { select } from "../batch/select.ts";
import type { AssignedTask, Epoch, LaneMark, LogDriver, Member, Output } from "../log/driver.ts";
import type { Json, TopicDecl } from "../model/manifest.ts";
import { CommitQueue } from "./commit-queue.ts";

const marksMs = 250;
/** Epochs on their way to the disk: those that wait for the transaction before them are committed together. */
const commitsMax = 8;

/** Where a source keeps its bookmark: a position in no real topic. */
const bookmarkTopic = "@source";

interface Saved {
  position: Json;
  done: boolean;
  watermark: number | null;
}

export interface SourceWriterOptions {
  stage: string;
  member: string;
  log: LogDriver;
  topic: TopicDecl;
  /** How far behind the newest record an older one may come, in milliseconds. Default 0. */
  disorderMs?: number;
}

/**
 * The writing half of a source: records and the bookmark behind them are committed together, so that a source that is
 * killed goes on exactly where its last epoch ended.
 */
export class SourceWriter {
  readonly #options: SourceWriterOptions;
  #member: Member | undefined;
  #saved: Saved = { position: null, done: false, watermark: null };
  #epochs = 0;
  #watermark = -Infinity;
  readonly #commits = new CommitQueue({ underWayMax: commitsMax, onFailure: () => undefined });
  #markedAt = -Infinity;
  #next = 0;
  recordsOut = 0;
  /** Epochs of this life that are on disk. */
  epochsOut = 0;

  private constructor(options: SourceWriterOptions) {
    this.#options = options;
  }

  /** Joins the source's group and waits until this process is the one that may write. `lost` when that ends. */
  static async open(options: SourceWriterOptions, lost: (error: Error) => void): Promise<SourceWriter> {
    const writer = new SourceWriter(options);
    const assigned = Promise.withResolvers<AssignedTask>();
    // Who hears of a loss before the first task would otherwise wait for it for ever.
    const end = (error: Error): void => {
      assigned.reject(error);
      lost(error);
    };
    assigned.promise.catch(() => undefined);
    writer.#member = await options.log.join({
      group: options.stage,
      member: options.member,
      topics: [],
      tasks: 1,
      onAssigned: ([first]) => assigned.resolve(first),
      onRevoked: async () => end(new Error("another process has taken the source over")),
      onLost: end,
    });
    const { positions } = await assigned.promise;
    const bookmark = positions.find(({ topic }) => topic === bookmarkTopic);
    if (bookmark?.metadata) writer.#saved = bookmark.metadata as unknown as Saved;
    writer.#epochs = bookmark?.offset ?? 0;
    writer.#watermark = writer.#saved.watermark ?? -Infinity;
    return writer;
  }

  /** What the last epoch carried; null at the very first start. */
  get position(): Json {
    return this.#saved.position;
  }

  get done(): boolean {
    return this.#saved.done;
  }

  /** Commits records that are objects of the topic's schema. */
  writeRecords(records: object[], position: Json): Promise<void> {
    const { topic, stage } = this.#options;
    const builder = new BatchBuilder({ columns: topic.columns, key: topic.key, eventTime: topic.eventTime, where: `source "${stage}", topic "${topic.name}"` });
    const now = Date.now();
    for (const record of records) builder.append(record, now);
    return this.writeBatch(builder.finish(), position);
  }

  /** Commits a batch whose columns are the topic's. Resolves when another may be written; earlier ones may still be on their way. */
  async writeBatch(batch: Batch, position: Json): Promise<void> {
    for (let i = 0; i < batch.count; i++) if (batch.eventTime[i] > this.#watermark) this.#watermark = batch.eventTime[i];
    const mark = this.#mark("active");
    const outputs = byPartition(batch, this.#options.topic, this.#next++).map(({ partition, batch }): Output => ({ topic: this.#options.topic.name, partition, batch, mark }));
    if (performance.now() - this.#markedAt >= marksMs) outputs.push(...this.#toOthers(outputs, mark));
    this.recordsOut += batch.count;
    await this.#commit(outputs, () => ({ position, done: false, watermark: this.#finiteWatermark }));
  }

  /** The mark for partitions that get no record: their readers wait for this source too. */
  #toOthers(outputs: Output[], mark: LaneMark): Output[] {
    this.#markedAt = performance.now();
    const written = new Set(outputs.map(({ partition }) => partition));
    const { name, partitions } = this.#options.topic;
    return Array.from({ length: partitions }, (_, partition): Output => ({ topic: name, partition, mark })).filter(({ partition }) => !written.has(partition));
  }

  /** Says that nothing comes after this, to every partition. */
  async end(): Promise<void> {
    await this.#tell("end", () => ({ ...this.#saved, done: true }));
  }

  /** Says to every partition that the source is quiet for now: its readers need not wait for it until it writes again. */
  async idle(): Promise<void> {
    await this.#tell("idle", () => this.#saved);
  }

  async #tell(status: LaneMark["status"], saved: () => Saved): Promise<void> {
    const { name, partitions } = this.#options.topic;
    const mark = this.#mark(status);
    await this.#commit(
      Array.from({ length: partitions }, (_, partition): Output => ({ topic: name, partition, mark })),
      saved,
    );
    await this.settle();
  }

  #mark(status: LaneMark["status"]): LaneMark {
    return { lane: `${this.#options.stage}/0`, watermark: this.#watermark - (this.#options.disorderMs ?? 0), status };
  }

  get #finiteWatermark(): number | null {
    return Number.isFinite(this.#watermark) ? this.#watermark : null;
  }

  /** @param saved - asked for when its turn has come: what was written in between must not be taken back */
  async #commit(outputs: Output[], saved: () => Saved): Promise<void> {
    const epoch = (): Epoch => {
      this.#saved = saved();
      return { tasks: [0], positions: [{ topic: bookmarkTopic, partition: 0, offset: ++this.#epochs, metadata: this.#saved as unknown as Json }], outputs };
    };
    await this.#commits.add(this.#member as Member, epoch, () => void this.epochsOut++);
  }

  /** Waits until everything written is on disk. */
  settle(): Promise<void> {
    return this.#commits.settle();
  }

  /** The stage must end: does not wait any longer for a disk that takes nothing. */
  hurry(): void {
    this.#commits.hurry();
  }

  async leave(): Promise<void> {
    await this.#member?.leave();
  }
}

/** Records by the partition of their key; those without one go to `keyless`, in turn from batch to batch. */
function byPartition(batch: Batch, { partitions }: TopicDecl, keyless: number): { partition: number; batch: Batch }[] {
  if (batch.count === 0) return [];
  const other = keyless % partitions;
  if (partitions === 1 || !batch.keys) return [{ partition: partitions === 1 ? 0 : other, batch }];
  const { codes, dictionary, valid } = batch.keys;
  const target = dictionary.length > 0 ? partitionsOf(dictionary, partitions) : new Int32Array(0);
  const counts = new Int32Array(partitions);
  const partitionOf = new Int32Array(batch.count);
  for (let i = 0; i < batch.count; i++) counts[(partitionOf[i] = valid && !valid[i] ? other : target[codes[i]])]++;
  const rows = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < batch.count; i++) rows[partitionOf[i]][counts[partitionOf[i]]++] = i;
  return rows.flatMap((indices, partition) => (indices.length > 0 ? [{ partition, batch: select(batch, indices) }] : []));
}

