import { ByteReader, ByteWriter } from "./bytes.ts";
import type { ProducerId } from "./kafka-port.ts";

/*
 * Kafka's record batch, version 2:
 *
 *   i64 base offset | i32 length of what follows | i32 leader epoch | i8 magic 2 | u32 CRC-32C of what follows
 *   i16 attributes | i32 last offset delta | i64 base time | i64 max time | i64 producer | i16 its epoch | i32 base sequence | i32 count
 *   count times: varint length | i8 attributes | varint time delta | varint offset delta | varint key bytes, key
 *                varint value bytes, value | varint headers, each: varint name bytes, name, varint value bytes, value
 *
 * A length of -1 is null. Written by ourselves, and not by way of an object a record: that alone is worth a factor of four.
 */

const headBytes = 61;
const lengthAt = 8;
const lengthFrom = 12;
const magicAt = 16;
const crcAt = 17;
const attributesAt = 21;
const lastDeltaAt = 23;
const baseTimeAt = 27;
const maxTimeAt = 35;
const producerAt = 43;
const epochAt = 51;
const sequenceAt = 53;
const countAt = 57;

const transactional = 0x10;
const control = 0x20;

/** Collects records into a batch. */
export class RecordBatchWriter {
  readonly #out: ByteWriter;
  #count = 0;
  #baseTime = 0;
  #maxTime = noTime;

  constructor(capacity = 4_096) {
    this.#out = new ByteWriter(headBytes + capacity);
    this.#out.at = headBytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Says how many bytes are to come, about. */
  expect(bytes: number): void {
    this.#out.reserve(bytes);
  }

  get bytes(): number {
    return this.#out.at;
  }

  /**
   * @param timeMs - a whole number, 0 or more; -1: the record has no time
   * @param key - `undefined`: null
   * @param value - `undefined`: null
   * @param headers - as made by `encodeHeaders`
   */
  add(timeMs: number, key: Slice | undefined, value: Slice | undefined, headers: Uint8Array = noHeaders): void {
    const out = this.#out;
    if (this.#count === 0) this.#baseTime = timeMs;
    if (timeMs > this.#maxTime) this.#maxTime = timeMs;
    const keyBytes = key ? key.end - key.start : 0;
    const valueBytes = value ? value.end - value.start : 0;
    const most = 40 + keyBytes + valueBytes + headers.byteLength;
    out.reserve(most);
    // The length stands before what it counts: room is left for the most that it may take, and what was too much closed again.
    const start = out.at;
    const width = most < 64 ? 1 : most < 8_192 ? 2 : 5;
    out.at = start + width;
    out.bytes[out.at++] = 0;
    out.varint(timeMs - this.#baseTime);
    out.varint(this.#count);
    writeSlice(out, key);
    writeSlice(out, value);
    out.copy(headers, 0, headers.byteLength);
    this.#close(start, width);
    this.#count++;
  }

  #close(start: number, width: number): void {
    const out = this.#out;
    const end = out.at;
    out.at = start;
    out.varint(end - start - width);
    const slack = start + width - out.at;
    if (slack > 0) out.bytes.copyWithin(out.at, start + width, end);
    out.at = end - slack;
  }

  /** The batch without its producer: see `stamp`. The writer must not be used afterwards. */
  finish(): RecordBatch {
    const bytes = this.#out.finish();
    bytes.fill(0, 0, headBytes);
    bytes.writeInt32BE(bytes.byteLength - lengthFrom, lengthAt);
    bytes.writeInt32BE(-1, lengthFrom);
    bytes[magicAt] = 2;
    bytes.writeInt32BE(this.#count - 1, lastDeltaAt);
    bytes.writeBigInt64BE(BigInt(this.#baseTime), baseTimeAt);
    bytes.writeBigInt64BE(BigInt(this.#maxTime), maxTimeAt);
    bytes.writeInt32BE(this.#count, countAt);
    return { bytes, count: this.#count };
  }
}

/** Records, ready to be sent. */
export interface RecordBatch {
  bytes: Buffer;
  count: number;
}

const noTime = -1;
const noHeaders = new Uint8Array([0]);

/** `bytes[start..end)`. */
export interface Slice {
  bytes: Uint8Array;
  start: number;
  end: number;
}

export const whole = (bytes: Uint8Array): Slice => ({ bytes, start: 0, end: bytes.byteLength });

function writeSlice(out: ByteWriter, slice: Slice | undefined): void {
  if (!slice) return out.varint(-1);
  out.varint(slice.end - slice.start);
  out.copy(slice.bytes, slice.start, slice.end);
}

/** Headers of a record in bytes, for `RecordBatchWriter.add`. */
export function encodeHeaders(headers: readonly (readonly [string, string])[]): Uint8Array {
  const parts = headers.map(([name, value]) => [Buffer.from(name, "utf8"), Buffer.from(value, "utf8")]);
  const out = new ByteWriter(10 + parts.reduce((sum, [name, value]) => sum + name.byteLength + value.byteLength + 20, 0));
  out.varint(headers.length);
  for (const part of parts.flat()) writeSlice(out, whole(part));
  return out.finish();
}

/** Says who writes a batch and with which number its first record comes, and sums it up. */
export function stamp({ bytes }: RecordBatch, { id, epoch }: ProducerId, sequence: number, inTransaction: boolean, checksum: (bytes: Uint8Array) => number): void {
  bytes.writeInt16BE(inTransaction ? transactional : 0, attributesAt);
  bytes.writeBigInt64BE(id, producerAt);
  bytes.writeInt16BE(epoch, epochAt);
  bytes.writeInt32BE(sequence, sequenceAt);
  bytes.writeUInt32BE(checksum(bytes.subarray(attributesAt)) >>> 0, crcAt);
}

/** A batch as it was fetched. */
export interface FetchedBatch {
  baseOffset: number;
  /** One past the last offset. */
  next: number;
  count: number;
  baseTimeMs: number;
  maxTimeMs: number;
  /** The time is that at which the broker took it, of all its records. */
  appendTime: boolean;
  producer: bigint;
  transactional: boolean;
  /** Says how a transaction ended, and holds no records. */
  ends?: "commit" | "abort";
  compression: number;
  /** Its records, compressed or not. */
  records: Uint8Array;
  /** As stored. */
  bytes: number;
}

/**
 * The whole batches among fetched bytes; one that is cut off at the end is left out.
 *
 * @throws RangeError when they are no record batches
 */
export function* batchesIn(bytes: Uint8Array): Generator<FetchedBatch> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + headBytes <= view.byteLength; ) {
    const end = at + lengthFrom + view.readInt32BE(at + lengthAt);
    if (end > view.byteLength) return;
    if (view[at + magicAt] !== 2 || end < at + headBytes) throw new RangeError(`there is no record batch of version 2 at byte ${at}`);
    yield readBatch(view.subarray(at, end));
    at = end;
  }
}

function readBatch(bytes: Buffer): FetchedBatch {
  const attributes = bytes.readInt16BE(attributesAt);
  const baseOffset = Number(bytes.readBigInt64BE(0));
  const records = bytes.subarray(headBytes);
  return {
    baseOffset,
    next: baseOffset + bytes.readInt32BE(lastDeltaAt) + 1,
    count: bytes.readInt32BE(countAt),
    baseTimeMs: Number(bytes.readBigInt64BE(baseTimeAt)),
    maxTimeMs: Number(bytes.readBigInt64BE(maxTimeAt)),
    appendTime: (attributes & 0x08) !== 0,
    producer: bytes.readBigInt64BE(producerAt),
    transactional: (attributes & transactional) !== 0,
    ends: (attributes & control) === 0 ? undefined : endOf(records),
    compression: attributes & 0x07,
    records,
    bytes: bytes.byteLength,
  };
}

/** A control record's key is its version and its kind: 0 abort, 1 commit. */
function endOf(records: Uint8Array): "commit" | "abort" {
  const reader = new ByteReader(records);
  reader.varint();
  reader.at++;
  reader.varint();
  reader.varint();
  const key = reader.skip();
  return key >= 0 && records[key + 3] === 0 ? "abort" : "commit";
}

/** Where the parts of each record of a batch stand in its bytes. */
export interface RecordParts {
  count: number;
  bytes: Uint8Array;
  /** Offset of each record from the batch's base. */
  deltas: Int32Array;
  timeMs: Float64Array;
  /** Begin and end; a begin of -1 is null. */
  keys: Int32Array;
  values: Int32Array;
  /** Where the headers begin: their count, then names and values. -1: there are none. */
  headers: Int32Array;
}

/**
 * @param records - decompressed
 * @throws RangeError when they are cut off or damaged
 */
export function readRecords({ count, baseTimeMs, maxTimeMs, appendTime }: FetchedBatch, records: Uint8Array): RecordParts {
  if (count < 0 || count > records.byteLength) throw new RangeError(`${count} records are said to stand in ${records.byteLength} bytes`);
  const parts: RecordParts = { count, bytes: records, deltas: new Int32Array(count), timeMs: new Float64Array(count), keys: new Int32Array(count * 2), values: new Int32Array(count * 2), headers: new Int32Array(count) };
  const reader = new ByteReader(records);
  for (let i = 0; i < count; i++) {
    const bytes = reader.varint();
    const end = reader.at + bytes;
    if (!(bytes > 0 && end <= records.byteLength)) throw new RangeError(`record ${i} is cut off`);
    reader.at++;
    const time = reader.varint();
    parts.timeMs[i] = appendTime ? maxTimeMs : baseTimeMs + time;
    parts.deltas[i] = reader.varint();
    parts.keys[i * 2] = reader.skip();
    parts.keys[i * 2 + 1] = reader.at;
    parts.values[i * 2] = reader.skip();
    parts.values[i * 2 + 1] = reader.at;
    parts.headers[i] = records[reader.at] === 0 ? -1 : reader.at;
    reader.at = end;
  }
  return parts;
}

/** The headers of record `index`; a value that is null reads as empty text. */
export function headersOf({ bytes, headers }: RecordParts, index: number): [string, string][] {
  const at = headers[index];
  if (at < 0) return [];
  const reader = new ByteReader(bytes, at);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const next = (): string => {
    const start = reader.skip();
    return start < 0 ? "" : text.toString("utf8", start, reader.at);
  };
  return Array.from({ length: reader.varint() }, (): [string, string] => [next(), next()]);
}
