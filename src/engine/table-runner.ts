import type { Entry, LogDriver, Member, Position } from "../log/driver.ts";
import { indexAtOffset } from "../batch/batch.ts";
import { slice } from "../batch/select.ts";
import type { Table } from "../lake/table.ts";
import type { Advance } from "../lake/positions.ts";
import type { TableWriter } from "../lake/table-writer.ts";
import type { TableDecl, TopicDecl } from "../model/manifest.ts";
import { acceptsGap, gapOf } from "./gap.ts";
import type { StageCounts } from "./stage-runner.ts";

export interface TableRunnerOptions {
  stage: string;
  member: string;
  log: LogDriver;
  topic: TopicDecl;
  decl: TableDecl;
  table: Table;
  /** Kept in each snapshot's summary. */
  release: string;
  /** Rows of one commit while catching up. Default: what keeps the process under 250 MB, at most 300,000. */
  rowsMax?: number;
}

const waitMs = 10_000;
/** Values held in memory for one commit. */
const valuesMax = 1_500_000;
/** How often small files are looked for while rows keep coming. */
const maintainEveryMs = 30_000;

/**
 * Writes a topic into a table. The table's own snapshot says how far it has come, in the same commit as the rows: what is
 * read again after a crash is what no snapshot holds. The log's group position only follows, for those who look at lag.
 *
 * One process has all partitions: a table's commits come one after the other in any case.
 */
export class TableRunner {
  readonly #options: TableRunnerOptions;
  readonly #offsets = new Map<number, number>();
  /** Where the table stands, per partition: the `from` of the next commit. */
  readonly #standing = new Map<number, number>();
  #counts = { recordsIn: 0, recordsOut: 0, epochs: 0, waitedMs: 0, lag: 0 };
  /** Of the rows that are not committed: the times at which the log took them, added up. */
  #takenMs = 0;
  #member: Member | undefined;
  #tasks = new Set<number>();
  /** What the log's group knew of the tasks when they came. */
  readonly #assigned: Position[] = [];
  /** Partitions in which the table has not yet passed a gap that somebody has accepted. */
  readonly #gapsAccepted = new Set<number>();
  #lost: unknown;
  #stopping = false;
  #abort = new AbortController();
  #wake: () => void = () => undefined;
  #firstRowAt: number | undefined;
  #maintainedAt = performance.now();

  constructor(options: TableRunnerOptions) {
    this.#options = options;
  }

  get counts(): StageCounts {
    return { ...this.#counts, dead: 0, late: 0, warned: 0, held: 0, tasks: [...this.#tasks] };
  }

  stop(): void {
    this.#stopping = true;
    this.#interrupt();
  }

  #interrupt(): void {
    this.#abort.abort();
    this.#wake();
  }

  async run(): Promise<void> {
    const { log, stage, member, topic } = this.#options;
    this.#member = await log.join({
      group: stage,
      member,
      topics: [topic.name],
      onAssigned: (tasks) => {
        for (const { task, positions } of tasks) {
          this.#tasks.add(task);
          this.#assigned.push(...positions);
        }
        this.#wake();
      },
      onRevoked: async () => this.#lose(new Error("another process is taking the table over")),
      onLost: (error) => this.#lose(error),
    });
    while (this.#tasks.size < topic.partitions && !this.#stopping && this.#lost === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    const writer = await this.#begin();
    try {
      // From here on the log knows what is unread, and what retention takes of it is a gap.
      if (!this.#stopping && this.#lost === undefined && this.#assigned.length < topic.partitions) await this.#follow();
      while (!this.#stopping) await this.#round(writer);
      if (this.#lost === undefined) await this.#commit(writer);
    } finally {
      await writer.close();
    }
    if (this.#lost !== undefined) throw this.#lost;
    await this.#member.leave();
  }

  #lose(error: unknown): void {
    this.#lost ??= error;
    this.#interrupt();
  }

  async #begin(): Promise<TableWriter> {
    const { table, topic } = this.#options;
    const standing = (await table.positions()).filter((position) => position.topic === topic.name);
    const { partitionInfo } = await this.#options.log.topic(topic.name);
    for (const { partition, start } of partitionInfo) {
      const own = standing.find((position) => position.partition === partition)?.offset;
      this.#standing.set(partition, own ?? start);
      this.#offsets.set(partition, this.#readFrom(partition, own, start));
    }
    return table.writer({ unknownColumns: "drop" });
  }

  /**
   * The table's own position; where it has none, the first offset there is, unless the log knows of records before it that
   * were to come and are gone. Behind a gap only when somebody has accepted it: then reading past it is no error any more.
   */
  #readFrom(partition: number, own: number | undefined, start: number): number {
    const known = this.#assigned.find((position) => position.partition === partition);
    if (acceptsGap(known)) this.#gapsAccepted.add(partition);
    if (own !== undefined) return own < start && acceptsGap(known) ? start : own;
    return known && known.offset < start && !acceptsGap(known) ? known.offset : start;
  }

  async #round(writer: TableWriter): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    const { log, topic, decl } = this.#options;
    const rowsMax = this.#options.rowsMax ?? Math.min(300_000, Math.floor(valuesMax / decl.columns.length));
    this.#abort = new AbortController();
    const dueMs = this.#firstRowAt === undefined ? undefined : this.#firstRowAt + decl.commitEveryMs - performance.now();
    const partitions = [...this.#offsets].map(([partition, offset]) => ({ topic: topic.name, partition, offset }));
    const fetched = await log.fetch({ partitions, bytesMax: 1024 * 1024, waitMs: Math.max(0, Math.min(waitMs, dueMs ?? waitMs)), signal: this.#abort.signal }).catch((error: unknown) => {
      throw gapOf(error, this.#options.stage) ?? error;
    });
    for (const entry of fetched.entries) await this.#add(writer, entry);
    this.#counts.lag = fetched.ends.reduce((sum, { partition, end }) => sum + Math.max(0, end - (this.#offsets.get(partition) ?? end)), 0);
    const due = this.#firstRowAt !== undefined && performance.now() - this.#firstRowAt >= decl.commitEveryMs;
    // While there is more to read, a larger commit makes fewer and better files.
    const behind = this.#counts.lag > 0 && writer.rows < rowsMax;
    if (writer.rows >= rowsMax || (due && !behind)) await this.#commit(writer);
    else if (writer.rows === 0 && fetched.entries.length > 0) await this.#follow();
    else if (fetched.entries.length === 0 && writer.rows === 0) await this.#maintain(writer);
  }

  async #add(writer: TableWriter, { partition, offset, next, batch, appendedAt }: Entry): Promise<void> {
    const from = this.#offsets.get(partition) ?? 0;
    if (batch) {
      const rows = slice(batch, indexAtOffset(batch, from - offset));
      await writer.add(rows);
      this.#counts.recordsIn += rows.count;
      this.#takenMs += rows.count * appendedAt;
      this.#firstRowAt ??= performance.now();
    }
    this.#offsets.set(partition, next);
  }

  async #commit(writer: TableWriter): Promise<void> {
    this.#firstRowAt = undefined;
    if (writer.rows === 0) return;
    const { topic, table, release } = this.#options;
    const rows = writer.rows;
    const advance = [...this.#offsets].flatMap(([partition, to]): Advance[] => {
      const from = this.#standing.get(partition) ?? 0;
      return to > from ? [{ topic: topic.name, partition, from, to }] : [];
    });
    await writer.commit({ advance, summary: { "millrace.release": release, "millrace.stage": this.#options.stage } });
    for (const { partition, to } of advance) this.#standing.set(partition, to);
    for (const { partition } of advance) this.#gapsAccepted.delete(partition);
    this.#counts.recordsOut += rows;
    this.#counts.waitedMs += Math.max(0, rows * Date.now() - this.#takenMs);
    this.#takenMs = 0;
    this.#counts.epochs++;
    await this.#follow();
    if (performance.now() - this.#maintainedAt >= maintainEveryMs) await table.maintain().then(() => (this.#maintainedAt = performance.now()));
  }

  /** Tells the log how far the table has come. */
  async #follow(): Promise<void> {
    const { topic } = this.#options;
    const positions = [...this.#offsets].map(([partition, offset]): Position => ({ topic: topic.name, partition, offset, metadata: this.#gapsAccepted.has(partition) ? { gapAccepted: true } : undefined }));
    await this.#member?.commit({ tasks: [...this.#tasks], positions, outputs: [] });
  }

  async #maintain(writer: TableWriter): Promise<void> {
    if (writer.rows > 0 || this.#counts.epochs === 0 || performance.now() - this.#maintainedAt < 1_000) return;
    await this.#options.table.maintain();
    this.#maintainedAt = performance.now();
  }
}
