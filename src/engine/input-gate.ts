import { select } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import type { RecordChecks } from "../quality/records/record-checks.ts";
import type { Collector } from "./collector.ts";
import type { FailurePolicy } from "./failures.ts";
import type { InputBatch } from "./operator.ts";
import type { OperatorHost } from "./operator-host.ts";

/** How often what is only warned of is told. */
const tellMs = 60_000;

/**
 * What stands before a stage's code: records that break a check go to the dead letters, and are in quarantine there; the others
 * go on. What goes in is what goes on and what is put aside.
 */
export class InputGate {
  readonly #checks: ReadonlyMap<string, RecordChecks>;
  readonly #failures: FailurePolicy;
  readonly #host: OperatorHost;
  /** Since it was last told, by check. */
  readonly #warned = new Map<string, number>();
  #warnedSum = 0;
  #toldAt = -Infinity;
  #seen = 0;

  /** @param checks - by name of the input */
  constructor(checks: ReadonlyMap<string, RecordChecks>, failures: FailurePolicy, host: OperatorHost) {
    this.#checks = checks;
    this.#failures = failures;
    this.#host = host;
  }

  /** Records that break a check which only warns, once for each. */
  get warned(): number {
    return this.#warnedSum;
  }

  /**
   * @returns the records that go on, each at the offset that it has; undefined where none does
   * @throws StagePaused when too many break a check
   */
  pass(input: InputBatch, out: Collector): InputBatch | undefined {
    const checks = this.#checks.get(input.topic);
    if (checks === undefined) return input;
    const { broken, warned } = checks.judge(input.batch);
    this.#warn(warned);
    for (const { index, check, why } of broken) {
      const error = new MillraceError("MR-QUALITY-004", { what: `check ${check.name}: ${why}`, where: `topic "${input.topic}"`, mend: "mend what writes the record, or the check; then redrive it" });
      this.#failures.giveUp(this.#seen + index, error);
      const now = this.#host.now();
      out.deadLetter(input.batch, index, input.partition, [...this.#failures.headers(input, index, { error, attempt: 1, firstFailedAt: now }, now), ["mr.dlq.check", check.name]]);
    }
    this.#seen += input.batch.count;
    return broken.length === 0 ? input : without(input, new Set(broken.map(({ index }) => index)));
  }

  #warn(warned: ReadonlyMap<string, number>): void {
    for (const [name, count] of warned) {
      this.#warned.set(name, (this.#warned.get(name) ?? 0) + count);
      this.#warnedSum += count;
    }
    if (this.#warned.size === 0 || this.#host.now() - this.#toldAt < tellMs) return;
    this.#toldAt = this.#host.now();
    for (const [check, records] of this.#warned) this.#host.log.warn("records break a check that lets them through", { check, records });
    this.#warned.clear();
  }
}

function without(input: InputBatch, broken: ReadonlySet<number>): InputBatch | undefined {
  const { batch } = input;
  const kept = new Int32Array(batch.count - broken.size);
  let at = 0;
  for (let index = 0; index < batch.count; index++) if (!broken.has(index)) kept[at++] = index;
  if (at === 0) return undefined;
  const left = select(batch, kept);
  return { ...input, batch: { ...left, offsets: left.offsets ?? kept } };
}
