import { keyAt, type RowReader, rowReader } from "../batch/rows.ts";
import type { EmitFunction, StageDefinition } from "../model/definition.ts";
import type { TopicDecl } from "../model/manifest.ts";
import type { Collector } from "./collector.ts";
import { type FailurePolicy, StageInterrupted } from "./failures.ts";
import type { InputBatch, Operator } from "./operator.ts";
import { type OperatorHost, optionalFields } from "./operator-host.ts";
import type { Origin } from "./output-buffer.ts";
import { MovingContext } from "./record-context.ts";

/**
 * Runs the user's function on each record. A function that returns no promise is called straight through; one that does
 * runs on several records at once, in order per key, and what it emits is put in the order of the input.
 */
export class RecordOperator implements Operator {
  readonly #definition: StageDefinition;
  readonly #host: OperatorHost;
  readonly #failures: FailurePolicy;
  readonly #context: MovingContext;
  readonly #optional = new Map<string, ReadonlySet<string>>();
  readonly #reads: ReadonlySet<string> | undefined;
  /** Known after the first record. */
  #async: boolean | undefined;
  #seen = 0;

  /**
   * @param reads - the fields that `run` can read, when it is known to do nothing else with the record but pass it on. Only
   *   they are decoded then, and a record that is emitted is copied by columns; otherwise `run` may have changed it
   */
  constructor(definition: StageDefinition, host: OperatorHost, failures: FailurePolicy, reads?: string[]) {
    // What JSON holds can be changed through a read, and what is no column may be inherited and see the whole record.
    const isPlain = (field: string): boolean => [...host.inputs.values()].every(({ columns }) => columns.some(({ name, type }) => name === field && type !== "json"));
    this.#reads = reads?.every(isPlain) ? new Set(reads) : undefined;
    this.#definition = definition;
    this.#host = host;
    this.#failures = failures;
    this.#context = new MovingContext(host);
    for (const [name, topic] of host.inputs) this.#optional.set(name, optionalFields(topic));
  }

  async process(input: InputBatch, out: Collector): Promise<void> {
    const read = rowReader(input.batch, this.#optional.get(input.topic), this.#reads);
    const origin = this.#origin(input);
    let index = 0;
    if (this.#async === undefined && input.batch.count > 0) {
      // The first record is run with its output held back, since only its return value tells how to run the rest.
      await this.#runHeld(input, read, [0], out, origin);
      index = 1;
    }
    while (index < input.batch.count && !this.#async) {
      index = this.#runStraight(input, read, index, out, origin);
      if (index < input.batch.count) {
        await this.#finish(input, read, index, out, origin);
        index++;
      }
    }
    for (; index < input.batch.count; index += heldMax) {
      const some = Array.from({ length: Math.min(heldMax, input.batch.count - index) }, (_, i) => index + i);
      await this.#runHeld(input, read, some, out, origin);
    }
    this.#seen += input.batch.count;
  }

  #origin({ batch, partition, topic }: InputBatch): Origin {
    let readAll: ((index: number) => object) | undefined;
    const whole = this.#reads && ((index: number): object => (readAll ??= rowReader(batch, this.#optional.get(topic)))(index));
    return { batch, index: 0, eventTime: 0, partition, topic: this.#host.inputs.get(topic) as TopicDecl, whole };
  }

  /** @returns the index of the record that failed or gave a promise, kept for `finish`; the count when none did */
  #runStraight(input: InputBatch, read: RowReader, from: number, out: Collector, origin: Origin): number {
    const { run } = this.#definition;
    const { count, eventTime } = input.batch;
    const context = this.#context;
    const emit = out.emit as EmitFunction;
    const reads = this.#reads;
    if (!run) return count;
    context.attempt = 1;
    for (let index = from; index < count; index++) {
      const record = read(index);
      origin.index = index;
      origin.eventTime = eventTime[index];
      out.begin(origin, record, reads ? undefined : read);
      try {
        const returned = run(record, emit, context.at(input, index));
        if (returned === undefined || !isPromise(returned)) continue;
        this.#pending = returned;
      } catch (error) {
        out.rollback();
        this.#lastError = error;
      }
      return index;
    }
    return count;
  }

  #lastError: unknown;
  #pending: PromiseLike<unknown> | undefined;

  /** A record that did not pass straight through: its promise is waited for, or it is tried again. */
  async #finish(input: InputBatch, read: RowReader, index: number, out: Collector, origin: Origin): Promise<void> {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) {
      // The first record gave none, and others of this kind follow: from here on they are run side by side.
      this.#async = true;
      try {
        await pending;
        return;
      } catch (error) {
        out.rollback();
        this.#lastError = error;
      }
    }
    await this.#retry(input, read, index, out, origin);
  }

  /** Goes on with a record whose first attempt failed, until it passes or is given up. */
  async #retry(input: InputBatch, read: RowReader, index: number, out: Collector, origin: Origin): Promise<void> {
    const firstFailedAt = this.#host.now();
    let error = this.#lastError;
    for (let attempt = 1; ; attempt++) {
      const waitMs = this.#failures.retryAfterMs(error, attempt, this.#host.random());
      if (waitMs === undefined || this.#host.signal.aborted) {
        this.#giveUp(input, index, out, { error, attempt, firstFailedAt });
        return;
      }
      await this.#host.sleep(waitMs);
      this.#context.attempt = attempt + 1;
      origin.index = index;
      origin.eventTime = input.batch.eventTime[index];
      const record = read(index);
      out.begin(origin, record, this.#reads ? undefined : read);
      try {
        await this.#definition.run?.(record, out.emit as EmitFunction, this.#context.at(input, index));
        return;
      } catch (again) {
        out.rollback();
        error = again;
      }
    }
  }

  #giveUp(input: InputBatch, index: number, out: Collector, failed: { error: unknown; attempt: number; firstFailedAt: number }): void {
    if (this.#host.signal.aborted) throw new StageInterrupted();
    this.#failures.giveUp(this.#seen + index, failed.error);
    out.deadLetter(input.batch, index, input.partition, this.#failures.headers(input, index, failed, this.#host.now()));
  }

  /** Runs records with their output held back, several at once, then writes it in their order. */
  async #runHeld(input: InputBatch, read: RowReader, indices: number[], out: Collector, origin: Origin): Promise<void> {
    const results = await inOrderPerKey(indices, this.#definition.concurrency, (index) => keyAt(input.batch, index), (index) => this.#attemptHeld(input, index, read(index)));
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i];
      const result = results[i];
      if ("failed" in result) {
        this.#giveUp(input, index, out, result.failed);
        continue;
      }
      origin.index = index;
      origin.eventTime = input.batch.eventTime[index];
      out.begin(origin, result.record, this.#reads ? undefined : read);
      try {
        for (const args of result.emitted) out.emit(args[0], args[1], args[2]);
      } catch (error) {
        out.rollback();
        this.#giveUp(input, index, out, { error, attempt: result.attempt, firstFailedAt: this.#host.now() });
      }
    }
  }

  async #attemptHeld(input: InputBatch, index: number, record: object): Promise<HeldResult> {
    const context = new MovingContext(this.#host).at(input, index);
    let firstFailedAt = 0;
    for (let attempt = 1; ; attempt++) {
      const emitted: unknown[][] = [];
      context.attempt = attempt;
      try {
        const returned = this.#definition.run?.(record, (...args: unknown[]) => void emitted.push(args), context);
        this.#async ??= isPromise(returned);
        await returned;
        return { record, emitted, attempt };
      } catch (error) {
        this.#async ??= false;
        firstFailedAt ||= this.#host.now();
        const waitMs = this.#failures.retryAfterMs(error, attempt, this.#host.random());
        if (waitMs === undefined || this.#host.signal.aborted) return { failed: { error, attempt, firstFailedAt } };
        await this.#host.sleep(waitMs);
      }
    }
  }
}

type HeldResult = { record: object; emitted: unknown[][]; attempt: number } | { failed: { error: unknown; attempt: number; firstFailedAt: number } };

/** Records of one input batch whose output is held in memory at once. */
const heldMax = 1_024;

/** Runs `work` on each item, at most `concurrency` at once, and those of one key one after the other. */
async function inOrderPerKey<T, R>(items: T[], concurrency: number, keyOf: (item: T) => string | null, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const tails = new Map<string, Promise<unknown>>();
  const running = new Set<Promise<void>>();
  for (let i = 0; i < items.length; i++) {
    while (running.size >= concurrency) await Promise.race(running);
    const key = keyOf(items[i]);
    const before = key === null ? undefined : tails.get(key);
    const done: Promise<void> = (before ? before.then(() => work(items[i])) : work(items[i])).then((result) => {
      results[i] = result;
      running.delete(done);
    });
    running.add(done);
    if (key !== null) tails.set(key, done);
  }
  await Promise.all(running);
  return results;
}

/** Of any library: what is not waited for would be lost without a word. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
