import type { Entry, LogDriver, Member, Position } from "../log/driver.ts";
import { indexAtOffset } from "../batch/batch.ts";
import { stretch } from "../batch/select.ts";
import type { Table } from "../lake/table.ts";
import type { Advance } from "../lake/positions.ts";
import type { TableWriter } from "../lake/table-writer.ts";
import type { Json, TableDecl, TopicDecl } from "../model/manifest.ts";
import { Collector } from "./collector.ts";
import { acceptsGap, gapOf } from "./gap.ts";
import type { InputGate } from "./input-gate.ts";
import type { InputBatch } from "./operator.ts";
import type { StageCounts } from "./stage-runner.ts";
import { Waits } from "./waits.ts";

export interface TableRunnerOptions {
  stage: string;
  member: string;
  log: LogDriver;
  topic: TopicDecl;
  decl: TableDecl;
  table: Table;
  /** Kept in each snapshot's summary. */
  release: string;
  /** What stands before the table: records that cannot be read go to the dead letters. */
  gate: InputGate;
  dlq?: TopicDecl;
  /** Rows of one commit while catching up. Default: what keeps the process under 250 MB, at most 300,000. */
  rowsMax?: number;
}

const waitMs = 10_000;
/** What stands beside the group's position. */
interface PositionNote {
  gapAccepted?: true;
  putAsideTo?: number;
}

/** Values held in memory for one commit. */
const valuesMax = 1_500_000;
/** How often small files are looked for while rows keep coming. */
const maintainEveryMs = 30_000;

/**
 * Writes a topic into a table. The table's own snapshot says how far it has come, in the same commit as the rows: what is
 * read again after a crash is what no snapshot holds. The log's group position only follows, for those who look at lag.
 *
 * Dead letters are written before the rows among which they stood. How far they are written stands in the group's position or
 * beside it, in the same epoch, so that what is read again is put aside once.
 *
 * One process has all partitions: a table's commits come one after the other in any case.
 */
export class TableRunner {
  readonly #options: TableRunnerOptions;
  readonly #offsets = new Map<number, number>();
  /** Where the table stands, per partition: the `from` of the next commit. */
  readonly #standing = new Map<number, number>();
  /** Up to where dead letters are in the log, per partition; absent where the table is farther. */
  readonly #putAsideTo = new Map<number, number>();
  #aside: Collector;
  #counts = { recordsIn: 0, recordsOut: 0, dead: 0, epochs: 0, lag: 0 };
  readonly #waits = new Waits();
  /** How many rows that are not committed the log took at which time, milliseconds. */
  readonly #taken = new Map<number, number>();
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
    this.#aside = this.#collector(options.dlq);
  }

  #collector(dlq?: TopicDecl): Collector {
    return new Collector(this.#options.stage, 0, { byAlias: new Map(), dlq });
  }

  get counts(): StageCounts {
    return { ...this.#counts, waits: this.#waits.counts, late: 0, warned: 0, held: 0, tasks: [...this.#tasks] };
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
    if (known) this.#putAsideTo.set(partition, Math.max(known.offset, (known.metadata as PositionNote | undefined)?.putAsideTo ?? 0));
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
    if (batch) {
      const topic = this.#options.topic.name;
      const at = (from: number): number => indexAtOffset(batch, from - offset);
      const first = at(this.#offsets.get(partition) ?? 0);
      const fresh = Math.max(first, at(this.#putAsideTo.get(partition) ?? 0));
      const rows = writer.rows;
      await this.#pass(writer, { topic, partition, ...stretch({ offset, batch }, first, fresh) }, this.#collector());
      await this.#pass(writer, { topic, partition, ...stretch({ offset, batch }, fresh) }, this.#aside);
      const added = writer.rows - rows;
      if (added > 0) this.#taken.set(appendedAt, (this.#taken.get(appendedAt) ?? 0) + added);
    }
    this.#offsets.set(partition, next);
  }

  async #pass(writer: TableWriter, input: InputBatch, aside: Collector): Promise<void> {
    if (input.batch.count === 0) return;
    this.#counts.recordsIn += input.batch.count;
    const left = this.#options.gate.pass(input, aside);
    if (!left) return;
    await writer.add(left.batch);
    this.#firstRowAt ??= performance.now();
  }

  async #commit(writer: TableWriter): Promise<void> {
    this.#firstRowAt = undefined;
    if (this.#aside.counts.dead > 0) await this.#follow(this.#standing);
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
    for (const [atMs, records] of this.#taken) this.#waits.note(Date.now() - atMs, records);
    this.#taken.clear();
    this.#counts.epochs++;
    await this.#follow();
    if (performance.now() - this.#maintainedAt >= maintainEveryMs) await table.maintain().then(() => (this.#maintainedAt = performance.now()));
  }

  /** Tells the log how far the table has come, with the dead letters of what was read until now. */
  async #follow(offsets: ReadonlyMap<number, number> = this.#offsets): Promise<void> {
    const { topic, dlq } = this.#options;
    const aside = this.#aside;
    this.#aside = this.#collector(dlq);
    if (aside.counts.dead > 0) for (const [partition, to] of this.#offsets) this.#putAsideTo.set(partition, to);
    for (const [partition, to] of this.#putAsideTo) if (to <= (offsets.get(partition) ?? 0)) this.#putAsideTo.delete(partition);
    const positions = [...offsets].map(([partition, offset]): Position => ({ topic: topic.name, partition, offset, metadata: this.#note(partition) }));
    await this.#member?.commit({ tasks: [...this.#tasks], positions, outputs: aside.putAside() });
    this.#counts.dead += aside.counts.dead;
  }

  #note(partition: number): Json | undefined {
    const putAsideTo = this.#putAsideTo.get(partition);
    const note: PositionNote = { ...(this.#gapsAccepted.has(partition) && { gapAccepted: true }), ...(putAsideTo !== undefined && { putAsideTo }) };
    return Object.keys(note).length > 0 ? { ...note } : undefined;
  }

  async #maintain(writer: TableWriter): Promise<void> {
    if (writer.rows > 0 || this.#counts.epochs === 0 || performance.now() - this.#maintainedAt < 1_000) return;
    await this.#options.table.maintain();
    this.#maintainedAt = performance.now();
  }
}
