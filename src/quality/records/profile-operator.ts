import { MillraceError } from "../../errors.ts";
import type { Collector } from "../../engine/collector.ts";
import type { FailurePolicy } from "../../engine/failures.ts";
import type { InputBatch, Operator } from "../../engine/operator.ts";
import type { OperatorHost } from "../../engine/operator-host.ts";
import { inRange } from "../../engine/aggregate/windowing.ts";
import { timeless } from "../../engine/timeless.ts";
import type { StateEntry } from "../../log/driver.ts";
import type { StageDecl, TopicDecl } from "../../model/manifest.ts";
import { withheld } from "./measured-of.ts";
import { ProfileWindow, type WindowPart, type WindowPlace } from "./profile-window.ts";
import { kindOfColumn, measureVector } from "./record-columns.ts";

/** How long a window is: milliseconds of event time, or records of a partition. */
export type ProfileEvery = { ms: number } | { records: number };

/** What a stage that profiles is told. */
export interface ProfileSettings {
  every: ProfileEvery;
  /** Columns of which no value is told. */
  withhold: string[];
}

/** What has happened to a window: something was added, or else it was given out. */
interface Step {
  window: string;
  add?: WindowPart;
}

interface StateForm {
  form: 1;
  steps: Step[];
}

/** Beyond, the earliest window is given out as it stands: what comes for it later is a further part of it. */
const openMax = 256;

/**
 * Says window by window what the records of each partition look like, as states that merge. A window of event time is given out when
 * the watermark has passed its end; what comes later is given out as a further part of the same window, so that windows together are
 * always all records, each once. What windows hold is part of the epoch.
 */
export class ProfileOperator implements Operator {
  readonly #every: ProfileEvery;
  readonly #withhold: ReadonlySet<string>;
  readonly #host: OperatorHost;
  readonly #failures: FailurePolicy;
  readonly #where: string;
  readonly #windows = new Map<string, ProfileWindow>();
  /** Since they were last written down. */
  #steps: Step[] = [];
  #seen = 0;

  constructor({ name, settings }: Pick<StageDecl, "name" | "settings">, host: OperatorHost, failures: FailurePolicy) {
    const { every, withhold } = settings as unknown as ProfileSettings;
    this.#every = every;
    this.#withhold = new Set(withhold);
    this.#host = host;
    this.#failures = failures;
    this.#where = `stage "${name}"`;
  }

  get held(): number {
    return this.#windows.size;
  }

  process(input: InputBatch, out: Collector): void {
    const rows = this.#counted(input, out);
    if ("ms" in this.#every) this.#byTime(input, rows, this.#every.ms, out);
    else this.#byCount(input, rows, this.#every.records, out);
    this.#seen += input.batch.count;
  }

  /** Those that have a time. What deletes its key counts nowhere. */
  #counted(input: InputBatch, out: Collector): Int32Array {
    const { count, eventTime, tombstones } = input.batch;
    const spanMs = "ms" in this.#every ? this.#every.ms : 0;
    const rows = new Int32Array(count);
    let used = 0;
    for (let row = 0; row < count; row++) {
      if (tombstones?.[row]) continue;
      if (inRange(eventTime[row], spanMs)) rows[used++] = row;
      else this.#refuse(input, row, out);
    }
    return rows.subarray(0, used);
  }

  #refuse(input: InputBatch, row: number, out: Collector): void {
    const error = timeless(input, row);
    this.#failures.giveUp(this.#seen + row, error);
    const now = this.#host.now();
    out.deadLetter(input.batch, row, input.partition, this.#failures.headers(input, row, { error, attempt: 1, firstFailedAt: now }, now));
  }

  #byTime(input: InputBatch, rows: Int32Array, ms: number, out: Collector): void {
    const { eventTime } = input.batch;
    const windows = Map.groupBy(rows, (row) => Math.floor(eventTime[row] / ms) * ms);
    for (const [from, some] of windows) {
      this.#step({ window: keyOf(input, from), add: this.#part(input, Int32Array.from(some), { from, to: from + ms }) });
      if (this.#windows.size > openMax) this.#give(this.#earliest(), out);
    }
  }

  #byCount(input: InputBatch, rows: Int32Array, records: number, out: Collector): void {
    const window = keyOf(input, null);
    for (let at = 0; at < rows.length; ) {
      // A window that an earlier release began may hold more.
      const some = rows.subarray(at, at + Math.max(1, records - (this.#windows.get(window)?.rows ?? 0)));
      at += some.length;
      const times = Array.from(some, (row) => input.batch.eventTime[row]);
      this.#step({ window, add: this.#part(input, some, { from: least(times), to: -least(times.map((time) => -time)) }) });
      if ((this.#windows.get(window)?.rows ?? 0) >= records) this.#give(window, out);
    }
  }

  /** The columns of the topic are looked at, whatever a batch has. */
  #part({ batch, topic, partition }: InputBatch, rows: Int32Array, { from, to }: Pick<WindowPlace, "from" | "to">): WindowPart {
    const vectors = new Map(batch.columns.map(({ name, vector }) => [name, vector]));
    const columns = (this.#host.inputs.get(topic) as TopicDecl).columns.map(({ name, type }): WindowPart["columns"][number] => {
      const measured = measureVector(type, vectors.get(name), rows);
      return [name, type, this.#withhold.has(name) ? withheld(kindOfColumn(type), measured) : measured];
    });
    return { topic, partition, from, to, rows: rows.length, columns };
  }

  /** Takes a step, and notes it. */
  #step(step: Step): void {
    this.#take(step);
    this.#steps.push(step);
  }

  #give(key: string, out: Collector): void {
    const window = this.#windows.get(key) as ProfileWindow;
    out.beginResult(window.from);
    out.emit(window.record);
    this.#step({ window: key });
  }

  #take({ window, add }: Step): void {
    if (add === undefined) return void this.#windows.delete(window);
    let open = this.#windows.get(window);
    if (open === undefined) this.#windows.set(window, (open = new ProfileWindow(add)));
    open.add(add);
  }

  #earliest(): string {
    return [...this.#windows].reduce((a, b) => (b[1].from < a[1].from ? b : a))[0];
  }

  advance(watermark: number, out: Collector): void {
    if ("records" in this.#every) return;
    for (const [key, { to }] of [...this.#windows].sort(byTime)) if (to <= watermark) this.#give(key, out);
  }

  quiet(nowMs: number, out: Collector): number | undefined {
    if ("records" in this.#every) return undefined;
    const over = [...this.#windows.values()].map(({ to }) => to).filter((to) => to <= nowMs);
    if (over.length === 0) return undefined;
    const closed = -least(over.map((to) => -to));
    this.advance(closed, out);
    return closed;
  }

  /** A window's record has the time at which it begins. */
  resultsFrom(watermark: number): number {
    const next = "ms" in this.#every ? Math.floor(watermark / this.#every.ms) * this.#every.ms : watermark;
    return least([next, ...[...this.#windows.values()].map(({ from }) => from)]);
  }

  delta(): Uint8Array | undefined {
    if (this.#steps.length === 0) return undefined;
    const steps = this.#steps;
    this.#steps = [];
    return written(steps);
  }

  snapshot(): Uint8Array {
    this.#steps = [];
    return written(Array.from(this.#windows, ([window, { part }]) => ({ window, add: part })));
  }

  /** @throws MillraceError `MR-ENGINE-009` when it is damaged, or of another form */
  restore({ kind, bytes }: StateEntry): void {
    if (kind === "snapshot") this.#windows.clear();
    for (const step of this.#read(bytes)) this.#take(step);
  }

  #read(bytes: Uint8Array): Step[] {
    let state: StateForm | undefined;
    try {
      state = JSON.parse(Buffer.from(bytes).toString()) as StateForm;
    } catch {
      // Told below.
    }
    if (state?.form === 1) return state.steps;
    throw new MillraceError("MR-ENGINE-009", { what: "the stage's saved state is damaged, or of another version", where: this.#where, mend: "start the version of Millrace that wrote it, or seek the stage to the start of its input to compute the state anew" });
  }
}

const written = (steps: Step[]): Uint8Array => Buffer.from(JSON.stringify({ form: 1, steps } satisfies StateForm));

/** @param start - of a window of event time */
const keyOf = ({ topic, partition }: InputBatch, start: number | null): string => JSON.stringify([topic, partition, start]);

const byTime = ([, a]: [string, ProfileWindow], [, b]: [string, ProfileWindow]): number => a.from - b.from || a.partition - b.partition;

const least = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b));
