import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { ZlibOptions } from "node:zlib";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { AvroRecord, AvroSchema } from "./avro-decode.ts";
import { blockRecords, bytesByName, recordDecoder } from "./avro-decode.ts";
import { AvroBytes, encoderOf } from "./avro-encode.ts";
import { MillraceError } from "../errors.ts";

/*
 * Avro object container files, in the form that Iceberg's manifests need: the schema in the header keeps the attributes that
 * Avro itself does not know, `field-id` among them.
 */

const deflate = promisify(deflateRaw) as (bytes: Uint8Array) => Promise<Buffer>;
const inflate = promisify(inflateRaw) as (bytes: Uint8Array, options: ZlibOptions) => Promise<Buffer>;
const magic = Buffer.from("Obj\u0001", "latin1");
const syncBytes = 16;
/** Blocks are about this large unpacked; in the small pieces that are the default each costs a turn of this thread. */
const unpackedChunkBytes = 1 << 20;
const recordsPerBlock = 4096;
/** A block that claims to unpack to more than this is damage, or worse. */
const blockBytesMax = 1 << 30;

/** @param metadata - stands in the header beside the schema */
export async function writeAvro(schema: AvroSchema, records: readonly unknown[], metadata: Record<string, string>): Promise<Uint8Array> {
  const encode = encoderOf(schema);
  const sync = randomBytes(syncBytes);
  const parts: Uint8Array[] = [magic, headerBytes({ ...metadata, "avro.schema": JSON.stringify(schema), "avro.codec": "deflate" }), sync];
  const block = new AvroBytes();
  for (let at = 0; at < records.length; at += recordsPerBlock) {
    const end = Math.min(at + recordsPerBlock, records.length);
    block.clear();
    for (let n = at; n < end; n++) encode(block, records[n]);
    const bytes = await deflate(block.written);
    parts.push(longBytes(end - at), longBytes(bytes.length), bytes, sync);
  }
  return Buffer.concat(parts);
}

/**
 * The file with other records in the place of its own; its schema, and what else its header says, stay.
 *
 * @param change - is given each record, and may change it
 * @throws MillraceError `MR-LAKE-005` when the bytes are no such file, or its schema has what manifests do not need
 */
export async function rewriteAvro(bytes: Uint8Array, where: string, change: (record: Record<string, unknown>) => Promise<void> | void): Promise<Uint8Array> {
  const { metadata, records } = await readAvro(bytes, where);
  const changed = records.map((record) => record.plain());
  for (const record of changed) await change(record);
  const { "avro.schema": schema, "avro.codec": _, ...rest } = metadata;
  try {
    return await writeAvro(JSON.parse(schema) as AvroSchema, changed, rest);
  } catch (cause) {
    throw new MillraceError("MR-LAKE-005", { what: `an Avro file cannot be written anew: ${cause instanceof Error ? cause.message : String(cause)}`, where, mend: "let the engine that wrote it rewrite the table's manifests", cause });
  }
}

/** A map of bytes by name, in one block. */
function headerBytes(entries: Record<string, string>): Uint8Array {
  const out = new AvroBytes();
  const names = Object.keys(entries);
  out.long(names.length);
  for (const name of names) for (const text of [name, entries[name]]) out.sized(Buffer.from(text, "utf8"));
  out.long(0);
  return out.written;
}

function longBytes(value: number): Uint8Array {
  const out = new AvroBytes();
  out.long(value);
  return out.written;
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
  const header = bytesByName(bytes, magic.length);
  const metadata = Object.fromEntries(header.entries.map(([name, value]) => [name, value.toString("utf8")]));
  const decoder = recordDecoder(JSON.parse(metadata["avro.schema"]) as AvroSchema);
  const sync = bytes.subarray(header.end, header.end + syncBytes);
  const blocks: { count: number; bytes: Promise<Buffer> }[] = [];
  for (let at = header.end + syncBytes; at < bytes.length; ) {
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
  return codec === "deflate" ? inflate(stored, { maxOutputLength: blockBytesMax, chunkSize: unpackedChunkBytes }) : stored;
}

/** Avro's zigzag varint, for sizes: not negative, below 2 ** 31. */
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
