import type { KafkaCluster } from "./kafka-cluster.ts";
import type { Spot } from "./kafka-port.ts";
import type { TransactionalProducer } from "./producer.ts";
import { RecordBatchWriter } from "./record-batch.ts";
import type { TaskRecord } from "./task-record.ts";
import { addTaskRecord, newestRecords, recordsBetween } from "./task-record.ts";

/**
 * Who owns a task, by Kafka's transactions alone: whatever the group coordinator believes, of two that take each other's
 * place one is shut out.
 *
 * An owner writes its transactional id into the task's record. The next one reads it, takes that id from its holder, so that
 * whatever it has under way is ended and all that it writes from now on is refused, and writes its own. Of several that do so
 * at once the last in the log is the owner: each looks at what was written between what it had read and its own record, and
 * shuts out whom it finds there.
 */
export class TaskClaims {
  readonly #cluster: KafkaCluster;
  readonly #topic: string;
  readonly #id: string;
  readonly #producer: TransactionalProducer;
  readonly #transactionMs: number;

  constructor({ cluster, transactionMs }: { cluster: KafkaCluster; transactionMs: number }, stateTopic: string, transactionalId: string, producer: TransactionalProducer) {
    this.#cluster = cluster;
    this.#topic = stateTopic;
    this.#id = transactionalId;
    this.#producer = producer;
    this.#transactionMs = transactionMs;
  }

  /**
   * @param fenceMin - the fence is at least this
   * @throws MillraceError `MR-LOG-006` when somebody else has shut this one out meanwhile
   */
  async claim(tasks: readonly number[], fenceMin: number): Promise<[task: number, record: TaskRecord][]> {
    const spots = tasks.map((partition): Spot => ({ topic: this.#topic, partition }));
    const shutOut = new Set([this.#id]);
    for (;;) {
      let found = await newestRecords(this.#cluster, spots);
      const before = found.flatMap(({ record: { owner } }) => (owner !== undefined && !shutOut.has(owner) ? [owner] : []));
      await this.#shutOut(before, shutOut);
      // What they had finished just before counts.
      if (before.length > 0) found = await newestRecords(this.#cluster, spots);
      const claims = found.map(({ record }): TaskRecord => ({ ...record, fence: Math.max(record.fence + 1, fenceMin), owner: this.#id }));
      const written = await this.#write(spots, claims);
      const between = (await Promise.all(spots.map((spot, i) => recordsBetween(this.#cluster, spot, found[i].end, written[i])))).flat();
      const others = between.flatMap(({ record: { owner } }) => (owner !== undefined && !shutOut.has(owner) ? [owner] : []));
      if (others.length === 0) return tasks.map((task, i) => [task, claims[i]]);
      await this.#shutOut(others, shutOut);
    }
  }

  /** Lets tasks go in good order: whoever takes them has nobody to shut out. */
  async release(records: readonly (readonly [task: number, record: TaskRecord])[]): Promise<void> {
    await this.#write(records.map(([partition]) => ({ topic: this.#topic, partition })), records.map(([, record]) => ({ ...record, owner: undefined })));
  }

  async #shutOut(ids: string[], done: Set<string>): Promise<void> {
    for (const id of new Set(ids)) {
      await this.#cluster.initProducer(id, this.#transactionMs);
      done.add(id);
    }
  }

  #write(spots: readonly Spot[], records: readonly TaskRecord[]): Promise<number[]> {
    const batches = spots.map((spot, i) => {
      const writer = new RecordBatchWriter();
      addTaskRecord(writer, records[i]);
      return { ...spot, batch: writer.finish() };
    });
    return this.#producer.run((transaction) => transaction.send(batches), this.#transactionMs);
  }
}
