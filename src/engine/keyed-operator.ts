import { keyAt, type RowReader, rowReader } from "../batch/rows.ts";
import type { StateEntry } from "../log/driver.ts";
import type { EmitFunction, StageDefinition } from "../model/definition.ts";
import type { StageDecl, TopicDecl } from "../model/manifest.ts";
import type { Collector } from "./collector.ts";
import type { FailurePolicy } from "./failures.ts";
import { KeyMemory } from "./key-memory.ts";
import { digest32 } from "./digest32.ts";
import type { InputBatch, Operator } from "./operator.ts";
import { type OperatorHost, optionalFields } from "./operator-host.ts";
import type { Origin } from "./output-buffer.ts";
import { MovingContext } from "./record-context.ts";

/**
 * Runs the user's function on each record with what it remembers of the record's key. What it remembers is part of the
 * epoch: after a crash it is what it was when the records before were committed. A record that it throws on goes to the
 * dead letters, and what the function returned before stays; one that deletes its key is passed over.
 */
export class KeyedOperator implements Operator {
  readonly #stage: StageDecl;
  readonly #definition: StageDefinition;
  readonly #host: OperatorHost;
  readonly #failures: FailurePolicy;
  readonly #context: MovingContext;
  readonly #memory: KeyMemory;
  #seen = 0;

  constructor(stage: StageDecl, definition: StageDefinition, host: OperatorHost, failures: FailurePolicy) {
    this.#stage = stage;
    this.#definition = definition;
    this.#host = host;
    this.#failures = failures;
    this.#context = new MovingContext(host);
    this.#memory = new KeyMemory(digest32(JSON.stringify(stage.by ?? [])), `stage "${stage.name}"`);
  }

  get held(): number {
    return this.#memory.size;
  }

  process(input: InputBatch, out: Collector): void {
    const { batch, partition, topic } = input;
    const read = rowReader(batch, optionalFields(this.#host.inputs.get(topic)));
    const origin: Origin = { batch, index: 0, eventTime: 0, partition, topic: this.#host.inputs.get(topic) as TopicDecl };
    for (let index = 0; index < batch.count; index++) {
      if (batch.tombstones?.[index]) continue;
      origin.index = index;
      origin.eventTime = batch.eventTime[index];
      this.#runOne(input, read, index, origin, out);
    }
    this.#seen += batch.count;
  }

  #runOne(input: InputBatch, read: RowReader, index: number, origin: Origin, out: Collector): void {
    const record = read(index) as Record<string, unknown>;
    const key = this.#keyOf(record, input, index);
    out.begin(origin, record, read);
    try {
      const memory = this.#definition.runKeyed?.(this.#memory.get(key) ?? this.#definition.init?.(), record, out.emit as EmitFunction, this.#context.at(input, index));
      checkMemory(memory);
      this.#memory.set(key, memory, origin.eventTime);
    } catch (error) {
      out.rollback();
      const now = this.#host.now();
      this.#failures.giveUp(this.#seen + index, error);
      out.deadLetter(input.batch, index, input.partition, this.#failures.headers(input, index, { error, attempt: 1, firstFailedAt: now }, now));
    }
  }

  #keyOf(record: Record<string, unknown>, { batch }: InputBatch, index: number): string {
    const { by = [] } = this.#stage;
    return by.length === 0 ? (keyAt(batch, index) ?? "") : JSON.stringify(by.map((field) => record[field] ?? null));
  }

  advance(watermark: number): void {
    const { keepForMs } = this.#stage;
    if (keepForMs !== undefined) this.#memory.forgetBefore(watermark, keepForMs);
  }

  delta(): Uint8Array | undefined {
    return this.#memory.delta();
  }

  snapshot(): Uint8Array {
    return this.#memory.snapshot();
  }

  restore(entry: StateEntry): void {
    this.#memory.restore(entry);
  }
}

function checkMemory(memory: unknown): void {
  if (memory === undefined) throw new TypeError("runKeyed returned nothing; it must return what to remember of the key");
  if (typeof (memory as { then?: unknown } | null)?.then === "function") throw new TypeError("runKeyed returned a promise; it must not be async, for records of a key come in order");
}
