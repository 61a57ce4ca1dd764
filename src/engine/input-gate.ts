import { select } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import { unreadableIn } from "../log/unreadable.ts";
import type { RecordChecks } from "../quality/records/record-checks.ts";
import type { Collector } from "./collector.ts";
import type { FailurePolicy } from "./failures.ts";
import type { InputBatch } from "./operator.ts";
import type { OperatorHost } from "./operator-host.ts";

/** How often what is only warned of is told. */
const tellMs = 60_000;

/**
 * What stands before a stage's code: records that cannot be read or break a check go to the dead letters, and are in quarantine
 * there; the others go on. What goes in is what goes on and what is put aside.
 */
export class InputGate {
  readonly #checks: ReadonlyMap<string, RecordChecks>;
  readonly #failures: FailurePolicy;
  readonly #host: Pick<OperatorHost, "log" | "now">;
  /** Since it was last told, by check. */
  readonly #warned = new Map<string, number>();
  #warnedSum = 0;
  #toldAt = -Infinity;
  #seen = 0;

  /** @param checks - by name of the input */
  constructor(checks: ReadonlyMap<string, RecordChecks>, failures: FailurePolicy, host: Pick<OperatorHost, "log" | "now">) {
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
    const faults = this.#faults(input);
    for (const { index, error, check } of faults) {
      this.#failures.giveUp(this.#seen + index, error);
      const now = this.#host.now();
      const headers = this.#failures.headers(input, index, { error, attempt: 1, firstFailedAt: now }, now);
      out.deadLetter(input.batch, index, input.partition, check === undefined ? headers : [...headers, ["mr.dlq.check", check]]);
    }
    this.#seen += input.batch.count;
    return faults.length === 0 ? input : without(input, new Set(faults.map(({ index }) => index)));
  }

  #faults({ topic, batch }: InputBatch): Fault[] {
    const unreadable = unreadableIn(batch).map(({ index, why }): Fault => ({ index, error: new MillraceError("MR-DATA-001", { what: `a record cannot be read: ${why}`, where: `topic "${topic}"`, mend: "mend what writes the record: its value must be a record of the topic's fields, in JSON or in the format that the topic has" }) }));
    const checks = this.#checks.get(topic);
    if (checks === undefined) return unreadable;
    const { broken, warned } = checks.judge(batch);
    this.#warn(warned);
    const told = new Set(unreadable.map(({ index }) => index));
    const breaking = broken.filter(({ index }) => !told.has(index)).map(({ index, check, why }): Fault => ({ index, check: check.name, error: new MillraceError("MR-QUALITY-004", { what: `check ${check.name}: ${why}`, where: `topic "${topic}"`, mend: "mend what writes the record, or the check; then redrive it" }) }));
    return [...unreadable, ...breaking];
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

/** A record that does not go on. */
interface Fault {
  index: number;
  error: MillraceError;
  /** The check that it breaks. */
  check?: string;
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
