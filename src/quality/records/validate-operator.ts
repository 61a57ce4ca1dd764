import { keyAt, type RowReader, rowReader } from "../../batch/rows.ts";
import { offsetAt } from "../../batch/select.ts";
import { isoTimestamp } from "../../batch/timestamp.ts";
import type { Collector } from "../../engine/collector.ts";
import type { FailurePolicy } from "../../engine/failures.ts";
import type { InputBatch, Operator } from "../../engine/operator.ts";
import { type OperatorHost, optionalFields } from "../../engine/operator-host.ts";
import type { Origin } from "../../engine/output-buffer.ts";
import type { StageDecl, TopicDecl } from "../../model/manifest.ts";
import type { BrokenRecord, RecordChecks } from "./record-checks.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Judges records by the batch. One that breaks no check of severity `error` goes on untouched, copied as columns; of one that
 * breaks any check a verdict is written for each. What comes in is what goes on and what is kept back in verdicts, in one epoch.
 */
export class ValidateOperator implements Operator {
  readonly #checks: ReadonlyMap<string, RecordChecks>;
  readonly #host: OperatorHost;
  readonly #failures: FailurePolicy;
  readonly #writes: { valid: boolean; verdicts: boolean };
  #seen = 0;

  /** @param checks - by name of the input */
  constructor({ to }: Pick<StageDecl, "to">, checks: ReadonlyMap<string, RecordChecks>, host: OperatorHost, failures: FailurePolicy) {
    this.#checks = checks;
    this.#host = host;
    this.#failures = failures;
    this.#writes = { valid: "valid" in to, verdicts: "verdicts" in to };
  }

  process(input: InputBatch, out: Collector): void {
    const { batch, topic, partition } = input;
    const decl = this.#host.inputs.get(topic) as TopicDecl;
    const read = rowReader(batch, optionalFields(decl));
    const origin: Origin = { batch, index: 0, eventTime: 0, partition, topic: decl, whole: read };
    const broken = Map.groupBy(this.#checks.get(topic)?.verdicts(batch) ?? [], ({ index }) => index);
    for (let index = 0; index < batch.count; index++) {
      // What deletes its key has nothing to be judged.
      if (batch.tombstones?.[index]) continue;
      origin.index = index;
      origin.eventTime = batch.eventTime[index];
      this.#settle(input, read, broken.get(index) ?? [], origin, out);
    }
    this.#seen += batch.count;
  }

  #settle(input: InputBatch, read: RowReader, broken: readonly BrokenRecord[], origin: Origin, out: Collector): void {
    const { index } = origin;
    const keptBack = broken.some(({ check }) => check.severity === "error");
    out.begin(origin, asItIs);
    try {
      if (!keptBack && this.#writes.valid) out.emit("valid", asItIs);
      if (this.#writes.verdicts) for (const each of broken) out.emit("verdicts", verdictOf(input, each, keptBack ? read(index) : undefined));
    } catch (error) {
      // The output asks something of records that the checks do not.
      out.rollback();
      this.#failures.giveUp(this.#seen + index, error);
      const now = this.#host.now();
      out.deadLetter(input.batch, index, input.partition, this.#failures.headers(input, index, { error, attempt: 1, firstFailedAt: now }, now));
    }
  }
}

/** Stands for the record at hand, which is not even read where its columns can be copied. */
const asItIs = {};

function verdictOf(input: InputBatch, { index, check, why }: BrokenRecord, record: object | undefined): Verdict {
  const { topic, partition, batch } = input;
  return { topic, partition, offset: offsetAt(input, index), key: keyAt(batch, index), check: check.name, severity: check.severity, keptBack: record !== undefined, why, at: isoTimestamp(batch.eventTime[index]), record: record ?? null };
}
