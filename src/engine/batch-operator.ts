import { rowReader } from "../batch/rows.ts";
import { offsetAt } from "../batch/select.ts";
import type { EmitFunction, StageDefinition } from "../model/definition.ts";
import type { TopicDecl } from "../model/manifest.ts";
import type { Collector } from "./collector.ts";
import { type FailurePolicy, StageInterrupted } from "./failures.ts";
import type { InputBatch, Operator } from "./operator.ts";
import { type OperatorHost, optionalFields } from "./operator-host.ts";

/**
 * What a batch function does with records: emits some, or, for a sink, sends them outside.
 * `batchId` is the same when the same records come again after a crash.
 */
export type BatchWork = (records: object[], emit: EmitFunction, batchId: string) => unknown;

/**
 * Runs the user's function on whole batches. When it throws, halves are tried until the record that it fails on stands
 * alone; the others have passed by then.
 */
export class BatchOperator implements Operator {
  readonly #work: BatchWork;
  readonly #host: OperatorHost;
  readonly #failures: FailurePolicy;
  #seen = 0;

  constructor(work: BatchWork, host: OperatorHost, failures: FailurePolicy) {
    this.#work = work;
    this.#host = host;
    this.#failures = failures;
  }

  static ofDefinition(definition: StageDefinition, host: OperatorHost, failures: FailurePolicy): BatchOperator {
    const context = { stage: host.stage, signal: host.signal, log: host.log, ...host.secrets };
    return new BatchOperator((records, emit) => definition.runBatch?.(records, emit, context), host, failures);
  }

  /** A sink: what it sends is outside of the epoch, so it may be sent again after a crash, under the same id. */
  static ofSink(definition: StageDefinition, host: OperatorHost, failures: FailurePolicy): BatchOperator {
    return new BatchOperator((records, _emit, batchId) => definition.sink?.(records, { stage: host.stage, batchId, signal: host.signal, log: host.log, ...host.secrets }), host, failures);
  }

  async process(input: InputBatch, out: Collector): Promise<void> {
    const read = rowReader(input.batch, optionalFields(this.#host.inputs.get(input.topic)));
    const records = Array.from({ length: input.batch.count }, (_, index) => read(index));
    await this.#runRange(input, records, 0, records.length, out);
    this.#seen += records.length;
  }

  async #runRange(input: InputBatch, records: object[], from: number, to: number, out: Collector): Promise<void> {
    let error: unknown;
    const firstFailedAt = this.#host.now();
    for (let attempt = 1; from < to; attempt++) {
      const topic = this.#host.inputs.get(input.topic) as TopicDecl;
      out.begin({ batch: input.batch, index: from, eventTime: input.batch.eventTime[to - 1], partition: input.partition, topic }, noRecord);
      try {
        await this.#work(records.slice(from, to), out.emit as EmitFunction, `${this.#host.stage}/${input.topic}/${input.partition}/${offsetAt(input, from)}-${offsetAt(input, to - 1) + 1}`);
        return;
      } catch (thrown) {
        out.rollback();
        if (this.#host.signal.aborted) throw new StageInterrupted();
        error = thrown;
      }
      const waitMs = this.#failures.retryAfterMs(error, attempt, this.#host.random());
      if (waitMs !== undefined) await this.#host.sleep(waitMs);
      else if (to - from > 1) break;
      else {
        this.#failures.giveUp(this.#seen + from, error);
        out.deadLetter(input.batch, from, input.partition, this.#failures.headers(input, from, { error, attempt, firstFailedAt }, this.#host.now()));
        return;
      }
    }
    const middle = (from + to) >> 1;
    if (from >= to) return;
    await this.#runRange(input, records, from, middle, out);
    await this.#runRange(input, records, middle, to, out);
  }
}

/** No record of a batch counts as passed on: the function may have changed any of them. */
const noRecord = {};
