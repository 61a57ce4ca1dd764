import type { Entry, FetchRequest, FetchResult } from "../driver.ts";
import { MillraceError } from "../../errors.ts";
import { decodePartition } from "./entry-decode.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { FetchedPartition } from "./kafka-port.ts";
import { fault, isPassing, KafkaFault } from "./kafka-port.ts";
import { asMillrace } from "./producer.ts";
import type { KnownTopic, Registry } from "./registry.ts";

/** One wait at a broker. Who stops waiting leaves a connection behind that is free again after it. */
const waitMsMax = 1_000;

/** One partition that is read. */
interface Reading {
  known: KnownTopic;
  partition: number;
  /** Where to read on. */
  offset: number;
  /** Where the reader asked to begin. */
  asked: number;
  end: number;
}

/** What readers of topics see: batches of committed records, in order for each partition. */
export class Fetcher {
  readonly #cluster: KafkaCluster;
  readonly #registry: Registry;

  constructor(cluster: KafkaCluster, registry: Registry) {
    this.#cluster = cluster;
    this.#registry = registry;
  }

  async fetch({ partitions, bytesMax, waitMs, signal }: FetchRequest): Promise<FetchResult> {
    const readings = await Promise.all(partitions.map(async ({ topic, partition, offset }): Promise<Reading> => ({ known: await this.#registry.requirePartition(topic, partition), partition, offset, asked: offset, end: -1 })));
    const until = performance.now() + waitMs;
    for (;;) {
      const left = Math.max(0, until - performance.now());
      const before = readings.map(({ offset }) => offset);
      const entries = await this.#once(readings, bytesMax, signal?.aborted ? 0 : Math.min(left, waitMsMax), signal);
      if (entries.length > 0 || signal?.aborted) return resultOf(readings, entries);
      // While something is passed over, records may stand behind it.
      if (left > 0 || readings.some(({ offset }, i) => offset > before[i])) continue;
      return resultOf(readings, passedOver(readings));
    }
  }

  async #once(readings: Reading[], bytesMax: number, waitMs: number, signal: AbortSignal | undefined): Promise<Entry[]> {
    if (readings.length === 0) return [];
    const spots = readings.map(({ known, partition, offset }) => ({ topic: known.name, partition, offset }));
    const asking = this.#cluster.fetchPatiently({ spots, bytesMax: clamped(bytesMax), waitMs });
    const fetched = await (signal && waitMs > 0 ? untilAborted(asking, signal) : asking).catch((error: unknown) => {
      throw asMillrace(error, `topic "${readings[0].known.spec.name}"`);
    });
    const entries: Entry[] = [];
    let bytes = 0;
    for (const found of fetched ?? []) {
      const reading = readings.find(({ known, partition }) => known.name === found.topic && partition === found.partition);
      if (!reading) continue;
      if (found.fault !== 0) await this.#onFault(reading, found);
      else if (entries.length === 0 || bytes < bytesMax) bytes += await this.#take(reading, found, bytesMax - bytes, entries);
      reading.end = Math.max(reading.end, found.end);
    }
    return entries;
  }

  /** @returns bytes taken */
  async #take(reading: Reading, found: FetchedPartition, bytesMax: number, entries: Entry[]): Promise<number> {
    const { known } = reading;
    const decode = (knowsAll: boolean) => decodePartition(found, { spec: known.spec, values: known.values ?? "json", schemaOf: (id) => this.#registry.schema(id), knowsAll, decompress: this.#cluster.port.decompress, from: reading.offset, bytesMax });
    let decoded: ReturnType<typeof decode>;
    try {
      decoded = decode(false);
    } catch (error) {
      // Columns that were not known when this process last looked.
      if (!(error instanceof MillraceError && error.code === "MR-LOG-003")) throw error;
      await this.#registry.refresh();
      decoded = decode(true);
    }
    entries.push(...decoded.entries);
    reading.offset = decoded.next;
    return decoded.bytes;
  }

  async #onFault(reading: Reading, { fault: code, topic, partition }: FetchedPartition): Promise<void> {
    if (code === fault.offsetOutOfRange) return this.#beside(reading);
    if (code === fault.unknownTopic) {
      this.#cluster.forget(topic);
      await this.#registry.topic(reading.known.spec.name);
    }
    if (!isPassing(code) && code !== fault.unknownTopic) throw asMillrace(new KafkaFault(code, `partition ${partition} cannot be read`), `topic "${reading.known.spec.name}"`);
  }

  /** The offset lies before what is kept, or past the end: there the reader waits. */
  async #beside(reading: Reading): Promise<void> {
    const spot = { topic: reading.known.name, partition: reading.partition };
    const [[start], [end]] = await Promise.all([this.#cluster.offsets("start", [spot]), this.#cluster.offsets("end", [spot])]);
    const topic = reading.known.spec.name;
    if (reading.offset < start) throw gone(topic, reading.partition, reading.offset, start);
    reading.end = end;
    await new Promise((resolve) => setTimeout(resolve, pastEndMs));
  }
}

/** How often somebody looks who waits for an offset that does not exist yet. */
const pastEndMs = 20;

const clamped = (bytesMax: number): number => Math.max(1, Math.min(bytesMax, 2 ** 30));

function resultOf(readings: Reading[], entries: Entry[]): FetchResult {
  return { entries, ends: readings.map(({ known, partition, end, asked }) => ({ topic: known.spec.name, partition, end: end < 0 ? asked : end })) };
}

/** Entries that hold nothing, and only say where to read on. */
function passedOver(readings: Reading[]): Entry[] {
  return readings.filter(({ offset, asked }) => offset > asked).map(({ known, partition, asked, offset }) => ({ topic: known.spec.name, partition, offset: asked, next: offset, bytes: 0, appendedAt: 0 }));
}

/** Undefined once the signal says that nobody waits any more. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function gone(topic: string, partition: number, offset: number, start: number): MillraceError {
  return new MillraceError("MR-LOG-005", {
    what: `offsets ${offset} to ${start - 1} are gone`,
    where: `topic "${topic}", partition ${partition}`,
    mend: `read from offset ${start} on, and keep the topic's records for longer if readers need more time`,
  });
}
