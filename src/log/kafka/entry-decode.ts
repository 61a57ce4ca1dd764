import type { Batch, BatchColumn, Header, Vector } from "../../batch/batch.ts";
import { textVector } from "../../batch/builder.ts";
import { decodeBatch } from "../../batch/codec.ts";
import { Strings } from "../../batch/strings.ts";
import { MillraceError } from "../../errors.ts";
import type { Column } from "../../model/manifest.ts";
import type { ValueFormat } from "../../model/value-format.ts";
import type { Entry, LaneMark, TopicSpec } from "../driver.ts";
import { unreadableHeader, unreadableValueHeader } from "../unreadable.ts";
import { decodeAvro } from "./avro-decode.ts";
import { ByteWriter } from "./bytes.ts";
import { visible } from "./committed.ts";
import { appendedHeader, avroHeader, columnsHeader, columnsVersion, markerHeader, markHeader, reserved, schemaHeader, timeHeader, topicHeader } from "./entry-encode.ts";
import { decodeJson } from "./json-decode.ts";
import type { FetchedPartition } from "./kafka-port.ts";
import type { FetchedBatch, RecordParts } from "./record-batch.ts";
import { encodeHeaders, headersOf, readRecords } from "./record-batch.ts";
import { declaredSchema, isAvro, type RecordSchema } from "./record-schemas.ts";
import type { DecodedValues, ValueSpans } from "./values.ts";

export interface DecodeOptions {
  spec: Pick<TopicSpec, "name" | "decl">;
  /** How values are read that say nothing of it. */
  values: ValueFormat;
  schemaOf: (id: string) => RecordSchema | undefined;
  /** There are no schemas but those that `schemaOf` knows: a producer that names another one is mistaken. */
  knowsAll?: boolean;
  decompress: (codec: number, bytes: Uint8Array) => Uint8Array;
  /** Entries that end here or before are left out. */
  from: number;
  bytesMax: number;
}

export interface DecodedPartition {
  entries: Entry[];
  bytes: number;
  /** Where to read on: past what was found, and past what a reader does not see. */
  next: number;
}

/**
 * What a reader sees of what was fetched: without transactions that were given up, and without Kafka's own records of how
 * they ended. Each entry ends where the next one begins, so that who has read all has nothing left to read.
 *
 * @throws MillraceError `MR-LOG-002` when a batch is damaged, `-003` when its columns are not known
 */
export function decodePartition(fetched: FetchedPartition, options: DecodeOptions): DecodedPartition {
  try {
    return joined(entriesUpTo(fetched, options));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MillraceError("MR-LOG-002", { what: `a record batch is damaged: ${error.message}`, where: `topic "${options.spec.name}", partition ${fetched.partition}, from offset ${options.from}`, mend: "see what the brokers say of this partition", cause: error });
  }
}

function entriesUpTo(fetched: FetchedPartition, options: DecodeOptions): DecodedPartition {
  const found: DecodedPartition = { entries: [], bytes: 0, next: options.from };
  const isFull = (): boolean => found.entries.length > 0 && found.bytes >= options.bytesMax;
  for (const { batch, isSeen } of visible(fetched)) {
    if (isSeen && batch.next > options.from) {
      for (const entry of entriesOf(batch, fetched.partition, options)) {
        if (entry.next <= options.from) continue;
        if (isFull()) return found;
        found.entries.push(entry);
        found.bytes += entry.bytes;
        found.next = entry.next;
      }
    }
    found.next = Math.max(found.next, batch.next);
  }
  return found;
}

function joined(found: DecodedPartition): DecodedPartition {
  for (const [i, entry] of found.entries.entries()) entry.next = found.entries[i + 1]?.offset ?? found.next;
  return found;
}

/** What the headers of a record say to the log itself, and those of its writer. */
interface RecordHeaders {
  schema?: string;
  avro?: string;
  /** The version of the form in which its value holds all records. */
  columns?: string;
  appendedAt?: number;
  timeMs?: number;
  mark?: LaneMark;
  isMarker: boolean;
  own: Header[];
}

/** Records that were written as one batch, or by one schema. */
interface Run extends Pick<RecordHeaders, "schema" | "avro" | "columns" | "appendedAt" | "mark" | "isMarker"> {
  from: number;
  to: number;
  /** Of those records that have any but the usual ones. */
  headers: Map<number, RecordHeaders>;
}

function* entriesOf(batch: FetchedBatch, partition: number, options: DecodeOptions): Generator<Entry> {
  const records = batch.compression === 0 ? batch.records : options.decompress(batch.compression, batch.records);
  const parts = readRecords(batch, records);
  for (const run of runsOf(parts, options.spec.name)) {
    const offset = batch.baseOffset + parts.deltas[run.from];
    const next = batch.baseOffset + parts.deltas[run.to - 1] + 1;
    const bytes = run.isMarker ? 0 : Math.ceil((batch.bytes * (run.to - run.from)) / parts.count);
    const appendedAt = run.appendedAt ?? Math.max(0, batch.maxTimeMs);
    yield { topic: options.spec.name, partition, offset, next, batch: run.isMarker ? undefined : batchOf(run, parts, options), mark: run.mark, bytes, appendedAt };
  }
}

/** A run begins where a writer said that it did or the schema of values changes, and ends behind a mark. A marker is one by itself. */
function runsOf(parts: RecordParts, topic: string): Run[] {
  const runs: Run[] = [];
  const reader = new HeaderReader(parts, topic);
  let run: Run | undefined;
  for (let i = 0; i < parts.count; i++) {
    const headers = reader.at(i);
    if (!run || run.mark !== undefined || headers?.isMarker || headers?.appendedAt !== undefined || headers?.avro !== run.avro || (headers?.schema !== undefined && headers.schema !== run.schema)) {
      run = { from: i, to: i, schema: headers?.schema, avro: headers?.avro, columns: headers?.columns, appendedAt: headers?.appendedAt, isMarker: headers?.isMarker === true, headers: new Map() };
      runs.push(run);
    }
    run.to = i + 1;
    if (headers && headers !== reader.usual) {
      run.mark = headers.mark;
      run.headers.set(i, headers);
    }
  }
  return runs;
}

/** Reads headers. Those of most records of a batch in Avro are the same bytes, which are read once. */
class HeaderReader {
  readonly #parts: RecordParts;
  readonly #topic: string;
  #usualBytes: Uint8Array = new Uint8Array(0);
  /** What says by which schema the value is read, and nothing else. */
  usual: RecordHeaders | undefined;

  constructor(parts: RecordParts, topic: string) {
    this.#parts = parts;
    this.#topic = topic;
  }

  at(i: number): RecordHeaders | undefined {
    const at = this.#parts.headers[i];
    if (at < 0) return undefined;
    if (this.usual && this.#isUsual(at)) return this.usual;
    const all = headersOf(this.#parts, i);
    const headers = sorted(all, this.#topic);
    if (all.length === 1 && headers.avro !== undefined) {
      this.#usualBytes = encodeHeaders(all);
      this.usual = headers;
    }
    return headers;
  }

  /** How many headers there are, and how long each is, stands before them: where these bytes stand there are no others. */
  #isUsual(at: number): boolean {
    const { bytes } = this.#parts;
    const usual = this.#usualBytes;
    for (let i = usual.length - 1; i >= 0; i--) if (bytes[at + i] !== usual[i]) return false;
    return true;
  }
}

/** @param topic - in which they stand: what was said of another one says nothing here */
function sorted(all: Header[], topic: string): RecordHeaders {
  const headers: RecordHeaders = { isMarker: false, own: [] };
  const isStray = all.some(([name, value]) => name === topicHeader && value !== topic);
  for (const [name, value] of all) {
    if (name === avroHeader) headers.avro = value;
    else if (!name.startsWith(reserved)) headers.own.push([name, value]);
    else if (isStray) continue;
    else if (name === schemaHeader) headers.schema = value;
    else if (name === columnsHeader) headers.columns = value;
    else if (name === appendedHeader) headers.appendedAt = Number(value);
    else if (name === timeHeader) headers.timeMs = Number(value);
    else if (name === markHeader || name === markerHeader) {
      headers.mark = markOf(value);
      headers.isMarker = name === markerHeader;
    }
  }
  return headers;
}

function markOf(text: string): LaneMark {
  try {
    return JSON.parse(text) as LaneMark;
  } catch {
    throw new RangeError("a mark is no JSON");
  }
}

function batchOf(run: Run, parts: RecordParts, options: DecodeOptions): Batch {
  if (run.columns !== undefined) return columnsOf(run, parts, options);
  const { from, to } = run;
  const count = to - from;
  const { spec } = options;
  const decoded = valuesOf(run, parts, options);
  const ours = run.schema !== undefined;
  const batch: Batch = {
    count,
    columns: decoded.columns,
    eventTime: (ours ? undefined : declaredTimes(decoded, spec.decl?.eventTime)) ?? eventTimes(run, parts),
    keys: keysOf(parts, from, to),
    headers: headersVector(run, parts, decoded.broken),
    tombstones: tombstonesOf(parts, from, to, decoded.broken),
    offsets: gapsOf(parts, from, to),
  };
  return batch;
}

/** What was written as one batch, by the version of the form that it names. */
function columnsOf({ columns, from, to }: Run, { bytes, values }: RecordParts, { spec }: DecodeOptions): Batch {
  if (columns !== columnsVersion) throw new MillraceError("MR-LOG-002", { what: `columns of version ${JSON.stringify(columns)} cannot be read`, where: `topic "${spec.name}"`, mend: "read it with the version of Millrace that wrote it, or a later one" });
  // A copy: columns that somebody keeps must not hold all that was fetched with them.
  const batch = decodeBatch(Uint8Array.from(bytes.subarray(values[from * 2], values[from * 2 + 1])));
  if (batch.count !== to - from) throw new RangeError(`${batch.count} records stand in the place of ${to - from}`);
  return batch;
}

/** By the schema that the records name; where they name none, they are somebody else's and read by the declaration. */
function valuesOf({ schema: id, avro, from, to }: Run, { bytes, values: spans }: RecordParts, { spec, values, schemaOf, knowsAll }: DecodeOptions): DecodedValues {
  const spanned = { bytes, spans, from, to };
  const named = avro ?? id;
  const schema = named === undefined ? (values === "avro" ? declaredSchema(spec)?.schema : undefined) : schemaOf(named);
  if (named !== undefined && !schema && id === undefined && knowsAll) return noneOf(spanned, spec.decl?.columns ?? [], `there is no schema ${JSON.stringify(named)}`);
  if (named !== undefined && !schema) throw new MillraceError("MR-LOG-003", { what: `the columns of records are not known: there is no schema "${named}"`, where: `topic "${spec.name}"`, mend: "it was written under another prefix, or the list of schemas was deleted: write the records anew" });
  const columns = schema ?? spec.decl?.columns ?? [];
  return isAvro(columns) ? decodeAvro(spanned, columns) : decodeJson(spanned, columns);
}

/** No record can be read. */
function noneOf(values: ValueSpans, columns: Column[], why: string): DecodedValues {
  const broken = new Map<number, string>();
  for (let i = values.from; i < values.to; i++) if (values.spans[2 * i] >= 0) broken.set(i - values.from, why);
  return { columns: decodeJson({ ...values, spans: new Int32Array(values.spans.length).fill(-1) }, columns).columns, broken };
}

/** What somebody else's producer wrote has its event time where the topic's declaration says, like any record of the topic. */
function declaredTimes({ columns }: { columns: BatchColumn[] }, name: string | undefined): Float64Array | undefined {
  const vector = columns.find((column) => column.name === name)?.vector;
  return vector?.kind === "f64" && vector.valid === undefined ? vector.values : undefined;
}

function eventTimes({ from, to, headers }: Run, { timeMs }: RecordParts): Float64Array {
  const times = timeMs.slice(from, to);
  for (const [i, { timeMs: exact }] of headers) if (exact !== undefined) times[i - from] = exact;
  return times;
}

function keysOf({ bytes, keys }: RecordParts, from: number, to: number): Batch["keys"] {
  const count = to - from;
  const blob = new ByteWriter(count * 8 + 16);
  const ends = new Int32Array(count);
  const codes = new Int32Array(count);
  let valid: Uint8Array | undefined;
  let some = false;
  for (let i = 0; i < count; i++) {
    const start = keys[(from + i) * 2];
    codes[i] = i;
    if (start < 0) {
      valid ??= new Uint8Array(count).fill(1);
      valid[i] = 0;
    } else {
      some = true;
      const end = keys[(from + i) * 2 + 1];
      blob.reserve(end - start);
      blob.copy(bytes, start, end);
    }
    ends[i] = blob.at;
  }
  return some ? { kind: "str", codes, dictionary: Strings.ofUtf8({ blob: blob.finish(), ends, ascii: false }), valid } : undefined;
}

function headersVector({ from, to, headers }: Run, parts: RecordParts, broken: Map<number, string>): Extract<Vector, { kind: "str" }> | undefined {
  const texts = new Map<number, Header[]>();
  for (const [i, { own }] of headers) if (own.length > 0) texts.set(i - from, own);
  for (const [row, reason] of broken) texts.set(row, [...(texts.get(row) ?? []), [unreadableHeader, reason], [unreadableValueHeader, shown(parts, from + row)]]);
  if (texts.size === 0) return undefined;
  return textVector(Array.from({ length: to - from }, (_, row) => (texts.has(row) ? JSON.stringify(texts.get(row)) : null)));
}

function shown({ bytes, values }: RecordParts, index: number): string {
  const value = Buffer.from(bytes.subarray(values[index * 2], values[index * 2 + 1]));
  const text = value.toString("utf8");
  return Buffer.from(text, "utf8").equals(value) ? text : `base64,${value.toString("base64")}`;
}

function tombstonesOf({ values }: RecordParts, from: number, to: number, broken: Map<number, string>): Uint8Array | undefined {
  let tombstones: Uint8Array | undefined;
  for (let i = from; i < to; i++) {
    if (values[i * 2] >= 0 || broken.has(i - from)) continue;
    tombstones ??= new Uint8Array(to - from);
    tombstones[i - from] = 1;
  }
  return tombstones;
}

/** Absent where no offset is missing. */
function gapsOf({ deltas }: RecordParts, from: number, to: number): Int32Array | undefined {
  if (deltas[to - 1] - deltas[from] === to - 1 - from) return undefined;
  return deltas.slice(from, to).map((delta) => delta - deltas[from]);
}
