import type { Header } from "../batch/batch.ts";
import { BatchBuilder } from "../batch/builder.ts";
import { keyText, partitionFor } from "../batch/partition.ts";
import { MillraceError } from "../errors.ts";
import type { LogDriver, Output } from "../log/driver.ts";
import type { TopicDecl } from "../model/manifest.ts";
import type { Validator, Violation } from "../model/validate.ts";
import type { IngestLane } from "./ingest-lane.ts";

/** What may come with a record beside its value. */
export interface RecordExtras {
  /** Absent: the value of the topic's key field. */
  key?: string | null;
  /** Milliseconds. Absent: the topic's event-time field, else the time of arrival. */
  eventTime?: number;
  headers?: readonly Header[];
}

export interface Rejection {
  /** Place in the request, from 0. */
  index: number;
  violations: Violation[];
}

interface Accepted {
  index: number;
  partition: number;
  /** Null when the log was restarted just then: the record is stored, but where was not told again. */
  offset: number | null;
}

export interface WriteResult {
  accepted: Accepted[];
  rejected: Rejection[];
}

export interface TopicWriterOptions {
  log: LogDriver;
  topic: TopicDecl;
  /** Who writes, as the log knows it. */
  producer: string;
  lane: IngestLane;
  validate: Validator;
  /** Bytes of requests that may wait for the disk before new ones are turned away. Default 64 MiB. */
  waitingBytesMax?: number;
  /** Told how long the log took for an append, in milliseconds. */
  onAppend?: (ms: number) => void;
}

const flightRecordsMax = 8_192;
const flightBytesMax = 8 * 1024 * 1024;

/**
 * Takes records at the door: checks them, turns them into batches and appends those. Requests that arrive in one turn of
 * the event loop share a batch a partition and one append: readers get batches worth reading, and the log fewer frames.
 * A request's records are stored together or not at all.
 */
export class TopicWriter {
  readonly #options: TopicWriterOptions;
  readonly #where: string;
  #flight: Flight | undefined;
  #waitingBytes = 0;
  #turn = 0;

  constructor(options: TopicWriterOptions) {
    this.#options = options;
    this.#where = `${options.producer}, topic "${options.topic.name}"`;
  }

  get topic(): TopicDecl {
    return this.#options.topic;
  }

  /**
   * Resolves when the records that fit are on disk. Those that do not are named in the result, and do not stop the others.
   *
   * @param bytes - size of the request, which counts against what may wait
   * @param extrasOf - what comes with the record at an index
   * @throws MillraceError `MR-HTTP-008` when too much waits for the disk already; whatever the log throws
   */
  async write(values: unknown[], bytes: number, extrasOf?: (index: number) => RecordExtras | undefined): Promise<WriteResult> {
    this.#requireRoom(bytes);
    const flight = this.#open();
    const rejected: Rejection[] = [];
    const taken: { index: number; partition: number; at: number }[] = [];
    const arrivedMs = Date.now();
    this.#turn++;
    for (let index = 0; index < values.length; index++) {
      const violations = this.#options.validate(values[index]);
      const placed = violations.length > 0 ? violations : this.#place(flight, values[index] as object, arrivedMs, extrasOf?.(index));
      if (Array.isArray(placed)) rejected.push({ index, violations: placed });
      else taken.push({ index, ...placed });
    }
    if (taken.length === 0) return { accepted: [], rejected };
    this.#load(flight, bytes, taken.length);
    const offsets = await flight.landed.promise;
    const offsetOf = (partition: number, at: number): number | null => {
      const first = offsets.get(partition);
      return first === undefined ? null : first + at;
    };
    return { accepted: taken.map(({ index, partition, at }) => ({ index, partition, offset: offsetOf(partition, at) })), rejected };
  }

  #requireRoom(bytes: number): void {
    const { waitingBytesMax = 64 * 1024 * 1024, topic } = this.#options;
    if (this.#waitingBytes === 0 || this.#waitingBytes + bytes <= waitingBytesMax) return;
    throw new MillraceError("MR-HTTP-008", {
      what: `${this.#waitingBytes} bytes wait for the disk already`,
      where: `topic "${topic.name}"`,
      mend: "send again in a moment, and more slowly",
      retryable: true,
    });
  }

  #open(): Flight {
    if (!this.#flight) {
      const flight = newFlight();
      this.#flight = flight;
      setImmediate(() => this.#depart(flight));
    }
    return this.#flight;
  }

  #place(flight: Flight, value: object, arrivedMs: number, extras: RecordExtras | undefined): { partition: number; at: number } | Violation[] {
    const partition = this.#partitionOf(value, extras);
    let builder = flight.builders.get(partition);
    if (!builder) {
      const { columns, key, eventTime } = this.#options.topic;
      builder = new BatchBuilder({ columns, key, eventTime, where: this.#where });
      flight.builders.set(partition, builder);
    }
    const at = builder.count;
    try {
      builder.append(value, arrivedMs, extras);
      return { partition, at };
    } catch (error) {
      return asViolations(error);
    }
  }

  /** Records without a key stay together for a request, and requests take turns. */
  #partitionOf(value: object, extras: RecordExtras | undefined): number {
    const { key, partitions } = this.#options.topic;
    const own = extras?.key !== undefined ? extras.key : key === undefined ? null : keyText((value as Record<string, unknown>)[key]);
    return own === null ? this.#turn % partitions : partitionFor(own, partitions);
  }

  #load(flight: Flight, bytes: number, records: number): void {
    flight.bytes += bytes;
    flight.records += records;
    this.#waitingBytes += bytes;
    if (flight.records >= flightRecordsMax || flight.bytes >= flightBytesMax) this.#depart(flight);
  }

  #depart(flight: Flight): void {
    if (this.#flight === flight) this.#flight = undefined;
    if (flight.departed) return;
    flight.departed = true;
    const { log, topic, producer, lane, onAppend } = this.#options;
    const batches = [...flight.builders].flatMap(([partition, builder]) => (builder.count > 0 ? [{ partition, batch: builder.finish() }] : []));
    if (batches.length === 0) return;
    const eventTimeMax = Math.max(...batches.map(({ batch }) => highest(batch.eventTime, batch.count)));
    const mark = lane.mark(batches.map(({ partition }) => partition), eventTimeMax);
    const outputs = batches.map(({ partition, batch }): Output => ({ topic: topic.name, partition, batch, mark }));
    const startMs = performance.now();
    log
      .append({ producer, outputs })
      .then(({ offsets }) => {
        onAppend?.(performance.now() - startMs);
        flight.landed.resolve(new Map(batches.map(({ partition }, i) => [partition, offsets[i]])));
      }, flight.landed.reject)
      .finally(() => (this.#waitingBytes -= flight.bytes));
  }
}

/** What goes to the log with one append. */
interface Flight {
  builders: Map<number, BatchBuilder>;
  bytes: number;
  records: number;
  departed: boolean;
  /** First offset of the batch in each partition. */
  landed: PromiseWithResolvers<Map<number, number | undefined>>;
}

const newFlight = (): Flight => ({ builders: new Map(), bytes: 0, records: 0, departed: false, landed: Promise.withResolvers() });

function highest(times: Float64Array, count: number): number {
  let max = -Infinity;
  for (let i = 0; i < count; i++) if (times[i] > max) max = times[i];
  return max;
}

/** A value may pass the schema and fit no column: a leap second is a valid timestamp and no point in time. */
function asViolations(error: unknown): Violation[] {
  if (!(error instanceof MillraceError) || error.code !== "MR-ENGINE-004") throw error;
  const field = /^field "(.*)" must be /.exec(error.parts.what)?.[1] ?? "";
  return [{ field, rule: "type", message: error.parts.what }];
}
