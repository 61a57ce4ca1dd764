import { rowReader } from "../../batch/rows.ts";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { StateEntry } from "../../log/driver.ts";
import type { StageDefinition } from "../../model/definition.ts";
import type { Column, StageDecl } from "../../model/manifest.ts";
import type { Collector } from "../collector.ts";
import { digest32 } from "../digest32.ts";
import type { FailurePolicy } from "../failures.ts";
import type { InputBatch, Operator } from "../operator.ts";
import { type OperatorHost, optionalFields } from "../operator-host.ts";
import { timeless } from "../timeless.ts";
import type { Accumulator } from "./accumulator.ts";
import { BatchColumns } from "./batch-columns.ts";
import { checkAggregate } from "./check-aggregate.ts";
import { GroupReader } from "./group-reader.ts";
import { GroupTable } from "./group-table.ts";
import { lateHeaders } from "./late-headers.ts";
import { Pairs } from "./pairs.ts";
import { plan } from "./plan.ts";
import type { Reducers } from "./reducers.ts";
import { type ResultShape, resultShape } from "./result-shape.ts";
import { Running } from "./running.ts";
import { SessionWindows } from "./session-windows.ts";
import { Slots } from "./slots.ts";
import { readEntry, type StateParts, writeEntry } from "./state-entry.ts";
import { TimeWindows } from "./time-windows.ts";
import type { Placing, Records, Windowing } from "./windowing.ts";

export interface AggregateOptions {
  /** From the manifest: its window, lateness and the resolved `by`. */
  stage: StageDecl;
  /** Aggregates, and the shape of the results. */
  definition: StageDefinition;
  host: OperatorHost;
  failures: FailurePolicy;
  /** Alias of the output. Default `out`. */
  output?: string;
}

/**
 * Keyed aggregation, by windows of event time or running.
 *
 * A window gives its result once, when the watermark has passed its end and the allowed lateness; only then is its state
 * dropped. Results come by window end, then window start, then group, and do not depend on how the input was cut into
 * batches. A record whose windows are all over goes to the late topic; one that a reduce of the user's throws on, or whose
 * event time is no time, to the dead letters; one that deletes its key counts nowhere. Without windows, each epoch gives
 * the groups that it changed.
 *
 * @throws MillraceError `MR-MODEL-001` when the stage cannot be computed
 */
export function aggregateOperator(options: AggregateOptions): Operator {
  return new AggregateOperator(options);
}

class AggregateOperator implements Operator {
  readonly #stage: StageDecl;
  readonly #host: OperatorHost;
  readonly #failures: FailurePolicy;
  readonly #output: string;
  readonly #slots = new Slots();
  readonly #groups: GroupTable;
  readonly #columns: BatchColumns;
  readonly #groupReader: GroupReader;
  readonly #accumulators: Accumulator[];
  readonly #reducers: Reducers;
  readonly #windows: Windowing;
  readonly #shape: ResultShape;
  readonly #parts: StateParts;
  readonly #pairs = new Pairs();
  #watermark = -Infinity;
  #watermarkSaved = -Infinity;
  #arrivals = 0;
  /** Windows must be found again among restored slots. */
  #restored = false;
  /** The batch at hand. */
  #input!: InputBatch;
  #out!: Collector;

  constructor({ stage, definition, host, failures, output = "out" }: AggregateOptions) {
    const columns = inputColumns(host);
    const aggregates = definition.aggregate ?? {};
    checkAggregate(stage, aggregates, columns);
    const by = (stage.by ?? []).map((field) => columns.find(({ name }) => name === field) as Column);
    const where = `stage "${stage.name}"`;
    this.#stage = stage;
    this.#host = host;
    this.#failures = failures;
    this.#output = output;
    this.#groups = new GroupTable(by.length);
    this.#columns = new BatchColumns(where);
    this.#groupReader = new GroupReader(by, this.#columns, this.#groups);
    const { accumulators, reducers, results, make } = plan(aggregates, columns, this.#slots, where);
    this.#accumulators = accumulators;
    this.#reducers = reducers;
    this.#slots.attach([...accumulators, reducers]);
    this.#windows = windowing(stage, this.#slots, this.#groups, this.#placing());
    const result = definition.shaped === false ? undefined : definition.result;
    this.#shape = resultShape({ by, results, windowed: stage.window !== undefined, result }, this.#slots, this.#groups);
    const made = digest32(JSON.stringify([stage.window ?? null, by.map(({ name, type }) => [name, type]), make]));
    this.#parts = { slots: this.#slots, groups: this.#groups, accumulators, reducers, make: made, where };
  }

  get held(): number {
    return this.#slots.open;
  }

  process(input: InputBatch, out: Collector): void {
    const { batch } = input;
    if (batch.count === 0) return;
    this.#findWindows();
    this.#input = input;
    this.#out = out;
    this.#columns.bind(batch);
    const records: Records = { count: batch.count, times: batch.eventTime, groups: this.#groupReader.read(batch) };
    for (const accumulator of this.#accumulators) accumulator.bind(this.#columns, this.#arrivals);
    for (let row = 0; row < batch.count; ) {
      row = this.#windows.place(records, row, this.#pairs);
      this.#count();
    }
    this.#arrivals += batch.count;
  }

  /** Counts the records that have been placed. */
  #count(): void {
    const pairs = this.#pairs;
    if (this.#reducers.count > 0) this.#reduce();
    this.#slots.count(pairs, this.#input.batch.eventTime);
    for (const accumulator of this.#accumulators) accumulator.add(pairs);
    this.#windows.counted?.(pairs);
    pairs.count = 0;
  }

  #reduce(): void {
    const { batch, topic } = this.#input;
    const read = rowReader(batch, optionalFields(this.#host.inputs.get(topic)));
    this.#reducers.addRecords(this.#pairs, read, (row, error) => this.#refuse(row, error));
  }

  #refuse(row: number, error: unknown): void {
    const now = this.#host.now();
    this.#failures.giveUp(this.#arrivals + row, error);
    const headers = this.#failures.headers(this.#input, row, { error, attempt: 1, firstFailedAt: now }, now);
    this.#out.deadLetter(this.#input.batch, row, this.#input.partition, headers);
  }

  #placing(): Placing {
    return {
      late: (row, windowEnd) => {
        const { batch, partition } = this.#input;
        this.#out.lateRecord(batch, row, partition, lateHeaders(this.#stage.name, this.#input, row, this.#watermark, windowEnd));
      },
      timeless: (row) => this.#refuse(row, timeless(this.#input, row)),
      flush: () => this.#count(),
      open: (group, start) => {
        this.#groups.hold(group);
        return this.#slots.add(group, start);
      },
      merge: (into, from) => this.#merge(into, from),
    };
  }

  #merge(into: number, from: number): void {
    const fromIsEarlier = this.#slots.start[from] < this.#slots.start[into];
    for (const accumulator of this.#accumulators) accumulator.merge(into, from, fromIsEarlier);
    this.#callUser("merge", () => this.#reducers.merge(into, from, fromIsEarlier));
    this.#slots.merge(into, from);
    this.#close(from);
  }

  #close(slot: number): void {
    this.#groups.release(this.#slots.group[slot]);
    this.#slots.remove(slot);
  }

  advance(watermark: number, out: Collector): void {
    this.#findWindows();
    this.#watermark = Math.max(this.#watermark, watermark);
    const over = this.#windows.close(this.#watermark);
    this.#emit(over, out);
    const due = this.#windows.due?.();
    if (due) this.#emit(due, out);
    for (const slot of over) this.#close(slot);
    this.#groups.sweep();
  }

  quiet(nowMs: number, out: Collector): number | undefined {
    this.#findWindows();
    const closed = this.#windows.closableBy(nowMs);
    if (closed === -Infinity) return undefined;
    this.advance(closed, out);
    return this.#watermark;
  }

  resultsFrom(watermark: number): number {
    return this.#windows.resultsFrom(watermark);
  }

  #emit(slots: Int32Array, out: Collector): void {
    for (const slot of slots) {
      // Every record of the slot was refused.
      if (this.#slots.rows[slot] === 0) continue;
      const record = this.#callUser("result", () => this.#shape(slot, this.#windows.endOf(slot)));
      out.beginResult(this.#slots.latest[slot]);
      out.emit(this.#output, record);
    }
  }

  #callUser<T>(name: string, call: () => T): T {
    try {
      return call();
    } catch (cause) {
      const { parts } = asMillraceError(cause, "");
      throw new MillraceError("MR-ENGINE-001", { what: `\`${name}\` threw: ${parts.what}`, where: `stage "${this.#stage.name}"`, mend: `let \`${name}\` handle this; the stage starts again where it was`, cause });
    }
  }

  delta(): Uint8Array | undefined {
    if (!this.#slots.hasChanges && this.#watermark === this.#watermarkSaved) return undefined;
    this.#watermarkSaved = this.#watermark;
    return writeEntry(this.#parts, this.#head, this.#slots.takeChanges());
  }

  /** In place of `delta`, or after it: deltas go on from here. */
  snapshot(): Uint8Array {
    this.#watermarkSaved = this.#watermark;
    const all = this.#slots.takeAll();
    for (const accumulator of this.#accumulators) accumulator.unwrite?.(all.changed);
    return writeEntry(this.#parts, this.#head, all);
  }

  get #head(): { watermark: number; arrivals: number } {
    return { watermark: this.#watermark, arrivals: this.#arrivals };
  }

  restore({ kind, bytes }: StateEntry): void {
    if (kind === "snapshot") for (const slot of this.#slots.all()) this.#close(slot);
    const { watermark, arrivals } = this.#readEntry(bytes);
    this.#watermark = watermark;
    this.#watermarkSaved = watermark;
    this.#arrivals = arrivals;
    this.#restored = true;
    this.#groups.sweep();
  }

  #readEntry(bytes: Uint8Array): { watermark: number; arrivals: number } {
    const open = (slot: number, group: number): void => {
      this.#groups.hold(group);
      this.#slots.addKnown(slot, group, 0);
    };
    try {
      return readEntry(this.#parts, bytes, open, (slot) => this.#close(slot));
    } catch (cause) {
      if (cause instanceof MillraceError) throw cause;
      // A length that was never written asks for more memory than there is.
      throw new MillraceError("MR-ENGINE-009", { what: "the stage's saved state is damaged", where: this.#parts.where, mend: "seek the stage to the start of its input to compute the state anew", cause });
    }
  }

  #findWindows(): void {
    if (!this.#restored) return;
    this.#restored = false;
    this.#windows.rebuild(this.#watermark);
  }
}

/** The columns of all inputs. Where two have one of the same name, the first tells its type. */
function inputColumns({ inputs }: OperatorHost): Column[] {
  const columns = new Map<string, Column>();
  for (const topic of inputs.values()) for (const column of topic.columns) if (!columns.has(column.name)) columns.set(column.name, column);
  return [...columns.values()];
}

function windowing({ window, allowedLatenessMs: latenessMs = 0 }: StageDecl, slots: Slots, groups: GroupTable, placing: Placing): Windowing {
  switch (window?.kind) {
    case "tumbling":
      return new TimeWindows({ sizeMs: window.sizeMs, advanceMs: window.sizeMs, latenessMs }, slots, groups, placing);
    case "hopping":
      return new TimeWindows({ sizeMs: window.sizeMs, advanceMs: window.advanceMs, latenessMs }, slots, groups, placing);
    case "session":
      return new SessionWindows({ gapMs: window.gapMs, latenessMs }, slots, groups, placing);
    case undefined:
      return new Running(slots, groups, placing);
  }
}
