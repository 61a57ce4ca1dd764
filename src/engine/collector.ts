import type { Batch, Header } from "../batch/batch.ts";
import { textVector } from "../batch/builder.ts";
import { headersAt, type RowReader } from "../batch/rows.ts";
import { select } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import type { LaneMark, Output } from "../log/driver.ts";
import type { EmitOptions } from "../model/definition.ts";
import type { TopicDecl } from "../model/manifest.ts";
import { OutputBuffer, type Origin } from "./output-buffer.ts";

/** Topics that a stage writes. */
export interface StageOutputs {
  /** By the alias that user code knows them by. */
  byAlias: Map<string, TopicDecl>;
  dlq?: TopicDecl;
  late?: TopicDecl;
}

/** Takes what a task writes in one epoch. */
export class Collector {
  readonly #stage: string;
  readonly #task: number;
  readonly #outputs: StageOutputs;
  readonly #buffers = new Map<string, OutputBuffer>();
  readonly #single: OutputBuffer | undefined;
  /** Buffers written since `begin`, once per record, so that a record that fails can take back what it has written. */
  readonly #touched: OutputBuffer[] = [];
  /** How many of them count: to empty the array for each record would give its memory back each time. */
  #touches = 0;
  readonly #aside: Aside[] = [];
  #origin: Origin | undefined;
  #record: object | undefined;
  #read: RowReader | undefined;
  #resultTime: number | undefined;
  #emitted = 0;
  #dead = 0;
  #late = 0;

  constructor(stage: string, task: number, outputs: StageOutputs) {
    this.#stage = stage;
    this.#task = task;
    this.#outputs = outputs;
    for (const [alias, topic] of outputs.byAlias) this.#buffers.set(alias, new OutputBuffer(topic, task, stage));
    if (outputs.byAlias.size === 1) this.#single = this.#buffers.values().next().value;
  }

  /** Counts of this epoch. */
  get counts(): { emitted: number; dead: number; late: number } {
    return { emitted: this.#emitted, dead: this.#dead, late: this.#late };
  }

  /**
   * Says which record is being worked on. `origin` may be changed afterwards for the next one.
   *
   * @param read - what made `record` of its batch, where user code may have changed it since: it is then no longer the one
   *   of the input
   */
  begin(origin: Origin, record: object, read?: RowReader): void {
    this.#origin = origin;
    this.#record = record;
    this.#read = read;
    this.#touches = 0;
  }

  /** What is written next comes from no single record of the input: a result at `eventTime`, where its topic names no field for it. */
  beginResult(eventTime: number): void {
    this.#origin = undefined;
    this.#record = undefined;
    this.#resultTime = eventTime;
    this.#touches = 0;
  }

  /** The record at hand has failed: what it wrote is taken back. */
  rollback(): void {
    for (let i = 0; i < this.#touches; i++) this.#touched[i].pop();
    this.#emitted -= this.#touches;
    this.#touches = 0;
  }

  /** `emit` as user code calls it: `emit(record)` or `emit(alias, record)`. */
  readonly emit = (first: unknown, second?: unknown, third?: unknown): void => {
    if (typeof first === "string") this.write(this.#buffer(first), second, third as EmitOptions | undefined);
    else this.write(this.#single ?? this.#buffer(undefined), first, second as EmitOptions | undefined);
  };

  write(buffer: OutputBuffer, record: unknown, options: EmitOptions | undefined): void {
    if (options === undefined && record === this.#record && this.#origin && this.#isUnchanged(record as object, this.#origin) && buffer.pass(this.#origin)) {
      this.#touched[this.#touches++] = buffer;
      this.#emitted++;
      return;
    }
    const whole = record === this.#record ? (this.#origin?.whole?.(this.#origin.index) ?? record) : record;
    if (typeof whole !== "object" || whole === null) throw this.#notARecord(buffer.topic.name, whole);
    buffer.build(whole, this.#origin?.eventTime ?? this.#resultTime ?? Date.now(), options);
    this.#touched[this.#touches++] = buffer;
    this.#emitted++;
  }

  #isUnchanged(record: object, origin: Origin): boolean {
    return this.#read === undefined || this.#read.unchanged(record, origin.index);
  }

  #buffer(alias: string | undefined): OutputBuffer {
    const buffer = alias === undefined ? undefined : this.#buffers.get(alias);
    if (buffer) return buffer;
    const names = [...this.#buffers.keys()].map((name) => `"${name}"`).join(", ");
    throw new MillraceError("MR-ENGINE-003", {
      what: alias === undefined ? "emit was called without the name of an output" : `there is no output "${alias}"`,
      where: `stage "${this.#stage}"`,
      mend: names === "" ? "declare an output in the stage's `to`" : `emit to one of ${names}`,
    });
  }

  #notARecord(topic: string, record: unknown): MillraceError {
    return new MillraceError("MR-ENGINE-004", {
      what: `emit was given ${record === null ? "null" : `a ${typeof record}`}, not a record`,
      where: `stage "${this.#stage}", output "${topic}"`,
      mend: "emit an object with the fields of the output's schema",
    });
  }

  /** Puts a record of the input into the dead letters, its values untouched, with the reason in its headers. */
  deadLetter(batch: Batch, index: number, partition: number, reason: readonly Header[]): void {
    if (!this.#outputs.dlq) return;
    this.#dead++;
    this.#putAside(this.#outputs.dlq, batch, index, partition, reason);
  }

  /** Puts a record that came after its window into the late topic. */
  lateRecord(batch: Batch, index: number, partition: number, reason: readonly Header[]): void {
    if (!this.#outputs.late) return;
    this.#late++;
    this.#putAside(this.#outputs.late, batch, index, partition, reason);
  }

  #putAside(topic: TopicDecl, batch: Batch, index: number, partition: number, reason: readonly Header[]): void {
    let aside = this.#aside.at(-1);
    if (aside?.batch !== batch || aside.topic !== topic) {
      aside = { topic, partition: partition % topic.partitions, batch, indices: [], headers: [] };
      this.#aside.push(aside);
    }
    aside.indices.push(index);
    aside.headers.push(JSON.stringify([...headersAt(batch, index), ...reason]));
  }

  /**
   * What the epoch writes. Every output carries `mark`.
   *
   * @param everywhere - also send the mark, alone, to the partitions that got no record
   */
  finish(mark: LaneMark, everywhere: boolean): Output[] {
    const outputs: Output[] = [];
    for (const buffer of this.#buffers.values()) {
      const { name, partitions } = buffer.topic;
      const written = new Set<number>();
      for (const { partition, batch } of buffer.finish()) {
        outputs.push({ topic: name, partition, batch, mark });
        written.add(partition);
      }
      for (let partition = 0; everywhere && partition < partitions; partition++) if (!written.has(partition)) outputs.push({ topic: name, partition, mark });
    }
    return [...outputs, ...this.putAside()];
  }

  /** What was put aside: dead letters and late records. */
  putAside(): Output[] {
    return this.#aside.map(({ topic, partition, batch, indices, headers }): Output => ({ topic: topic.name, partition, batch: { ...select(batch, Int32Array.from(indices)), headers: textVector(headers) } }));
  }

  get task(): number {
    return this.#task;
  }
}

interface Aside {
  topic: TopicDecl;
  partition: number;
  batch: Batch;
  indices: number[];
  headers: string[];
}
