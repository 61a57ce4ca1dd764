import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { ZlibOptions } from "node:zlib";
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from "node:zlib";
import avro from "avsc";
import type { AvroRecord, AvroSchema } from "./avro-decode.ts";
import { blockRecords, recordDecoder } from "./avro-decode.ts";
import { MillraceError } from "../errors.ts";

/*
 * Avro object container files, in the form that Iceberg's manifests need. The library's own container writer drops the
 * schema attributes it does not know, `field-id` among them, so the container is written here and the library encodes
 * the records alone.
 */

const deflate = promisify(deflateRaw) as (bytes: Uint8Array) => Promise<Buffer>;
const inflate = promisify(inflateRaw) as (bytes: Uint8Array, options: ZlibOptions) => Promise<Buffer>;
const magic = Buffer.from("Obj\u0001", "latin1");
const syncBytes = 16;
/** Blocks are about this large unpacked; in the small pieces that are the default each costs a turn of this thread. */
const unpackedChunkBytes = 1 << 20;
const recordsPerBlock = 4096;
const smallBlockBytes = 64 << 10;
/** Unpacked they may be a thousand times as large, and nothing else goes on meanwhile. */
const smallStoredBytes = 8 << 10;
/** A block that claims to unpack to more than this is damage, or worse. */
const blockBytesMax = 1 << 30;

/** 64-bit integers as bigint: snapshot ids use all 63 bits. */
const bigLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});
const metadataType = avro.Type.forSchema({ type: "map", values: "bytes" });

/** The registry knows `"long"` alone, and not `{"type": "long", "logicalType": …}`, as partitions by a timestamp have it. */
function longOf(schema: avro.Schema): avro.Type | undefined {
  return (schema as { type?: unknown }).type === "long" ? bigLong : undefined;
}

/** To make one takes longer than to write a small file by it; those used last, by their schema. */
const types = new Map<string, avro.Type>();
const typesMax = 200;

/** @param text - of the schema, as JSON */
function typeOf(schema: AvroSchema, text: string): avro.Type {
  const type = types.get(text) ?? avro.Type.forSchema(schema as avro.Schema, { registry: { long: bigLong }, typeHook: longOf, wrapUnions: "auto" });
  types.delete(text);
  types.set(text, type);
  if (types.size > typesMax) types.delete(types.keys().next().value as string);
  return type;
}

/** @param metadata - stands in the header beside the schema */
export async function writeAvro(schema: AvroSchema, records: readonly unknown[], metadata: Record<string, string>): Promise<Uint8Array> {
  const text = JSON.stringify(schema);
  const type = typeOf(schema, text);
  const sync = randomBytes(syncBytes);
  const header = { ...metadata, "avro.schema": text, "avro.codec": "deflate" };
  const entries = Object.entries(header).map(([key, value]) => [key, Buffer.from(value, "utf8")]);
  const parts = [magic, metadataType.toBuffer(Object.fromEntries(entries)), sync];
  for (let at = 0; at < records.length; at += recordsPerBlock) {
    const block = records.slice(at, at + recordsPerBlock);
    const bytes = await packed(Buffer.concat(block.map((record) => type.toBuffer(record))));
    parts.push(varint(block.length), varint(bytes.length), bytes, sync);
  }
  return Buffer.concat(parts);
}

/** A thread takes longer to begin than a small block to pack. */
async function packed(bytes: Buffer): Promise<Buffer> {
  return bytes.length <= smallBlockBytes ? deflateRawSync(bytes) : deflate(bytes);
}

export interface AvroFile {
  metadata: Record<string, string>;
  records: AvroRecord[];
}

/**
 * @param where - the file, for the error
 * @throws MillraceError `MR-LAKE-005` when the bytes are no such file, or are cut short
 */
export async function readAvro(bytes: Uint8Array, where: string): Promise<AvroFile> {
  try {
    return await read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new MillraceError("MR-LAKE-005", {
      what: `an Avro file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where,
      mend: "restore the file, or roll the table back to a snapshot that does not need it",
      cause,
    });
  }
}

async function read(bytes: Buffer): Promise<AvroFile> {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new Error("it does not begin as one");
  const header = metadataType.decode(bytes, magic.length) as { value: Record<string, Buffer>; offset: number };
  if (header.offset < 0) throw new Error("its header is cut short");
  const metadata = Object.fromEntries(Object.entries(header.value).map(([key, value]) => [key, value.toString("utf8")]));
  const decoder = recordDecoder(JSON.parse(metadata["avro.schema"]) as AvroSchema);
  const sync = bytes.subarray(header.offset, header.offset + syncBytes);
  const blocks: { count: number; bytes: Promise<Buffer> }[] = [];
  for (let at = header.offset + syncBytes; at < bytes.length; ) {
    const count = readVarint(bytes, at);
    const length = readVarint(bytes, count.next);
    const end = length.next + length.value;
    if (!bytes.subarray(end, end + syncBytes).equals(sync)) throw new Error(`the block at byte ${at} is cut short`);
    // Unpacked beside one another, in threads of their own.
    const unpacked = unpack(bytes.subarray(length.next, end), metadata["avro.codec"]);
    unpacked.catch(() => {});
    blocks.push({ count: count.value, bytes: unpacked });
    at = end + syncBytes;
  }
  const records: AvroRecord[] = [];
  for (const block of blocks) {
    const bytes = await block.bytes;
    // Each takes a byte at least: a count beyond that would only use up memory.
    if (block.count > bytes.length) throw new Error("a block is cut short");
    for (const record of blockRecords(decoder, bytes, block.count)) records.push(record);
  }
  return { metadata, records };
}

async function unpack(stored: Buffer, codec: string | undefined): Promise<Buffer> {
  if (codec !== undefined && codec !== "null" && codec !== "deflate") throw new Error(`codec ${codec} is not known`);
  if (codec === "deflate" && stored.length <= smallStoredBytes) return inflateRawSync(stored, { maxOutputLength: blockBytesMax, chunkSize: smallBlockBytes });
  return codec === "deflate" ? inflate(stored, { maxOutputLength: blockBytesMax, chunkSize: unpackedChunkBytes }) : stored;
}

/** Avro's zigzag varint, for sizes: not negative, below 2 ** 31. */
function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value * 2;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  out.push(rest);
  return Buffer.from(out);
}

function readVarint(bytes: Buffer, at: number): { value: number; next: number } {
  let raw = 0;
  for (let shift = 0, next = at; shift < 5; shift++) {
    if (next >= bytes.length) throw new Error("it is cut short");
    const byte = bytes[next++];
    raw += (byte & 0x7f) * 128 ** shift;
    if (byte >= 0x80) continue;
    if (raw % 2 === 1) throw new Error(`a size at byte ${at} is negative`);
    return { value: raw / 2, next };
  }
  throw new Error(`a size at byte ${at} is too large`);
}
