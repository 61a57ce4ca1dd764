import { promisify } from "node:util";
import { inflateRaw, zstdDecompress } from "node:zlib";
import avro from "avsc";
import { MillraceError } from "../../errors.ts";
import { damaged, pastLimit } from "../damage.ts";
import type { FormatLimits } from "../file-format.ts";
import type { FileSource } from "../file-source.ts";
import { cut, type RawRow } from "../raw-row.ts";
import type { RowBatch } from "../read-rows.ts";
import { jsonText } from "../fit.ts";
import { plainValue } from "./plain-value.ts";

const unpackers: Record<string, ((bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>) | undefined> = {
  deflate: promisify(inflateRaw),
  zstandard: promisify(zstdDecompress),
};
const syncBytes = 16;
const headerBytesMax = 16 << 20;
const blockBytesMax = 256 << 20;

/** All values of a file, in blocks as they were written. */
export async function* avroRows(source: FileSource, limits: FormatLimits): AsyncGenerator<RowBatch> {
  const header = await readAvroHeader(source);
  let number = 0;
  for (let at = header.end; at < source.size; ) {
    const block = await readBlock(source, header, at);
    let offset = 0;
    const rows: RawRow[] = [];
    for (let n = 0; n < block.count; n++) {
      const decoded = header.type.decode(block.bytes, offset) as { value: unknown; offset: number };
      if (decoded.offset < 0) throw damaged(source.name, `block at byte ${at}`, `it ends inside of record ${number + 1}`);
      offset = decoded.offset;
      const value = plainValue(decoded.value, header.schema, limits.depthMax);
      rows.push({ line: ++number, raw: cut(jsonText(value)), value });
    }
    yield { rows };
    at = block.end;
  }
}

export interface AvroHeader {
  type: avro.Type;
  /** As it stands in the file. */
  schema: unknown;
  codec: string;
  sync: Buffer;
  /** Where the first block begins. */
  end: number;
}

const headerType = avro.Type.forSchema({ type: "map", values: "bytes" });

/** 64-bit integers as bigint: a JavaScript number would change the last digits of the large ones. */
const bigLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

function longOf(schema: unknown): avro.Type | undefined {
  return schema !== null && typeof schema === "object" && (schema as { type?: unknown }).type === "long" ? bigLong : undefined;
}

export async function readAvroHeader(source: FileSource): Promise<AvroHeader> {
  for (let wanted = 64 << 10; ; wanted *= 8) {
    const bytes = await source.read(4, Math.min(source.size, wanted));
    const header = headerType.decode(bytes, 0) as { value: Record<string, Buffer>; offset: number };
    if (header.offset >= 0 && header.offset + syncBytes <= bytes.length) return parseHeader(source, header.value, bytes.subarray(header.offset, header.offset + syncBytes), 4 + header.offset + syncBytes);
    if (wanted >= source.size || wanted >= headerBytesMax) throw damaged(source.name, "the header", "it is cut short");
  }
}

function parseHeader(source: FileSource, metadata: Record<string, Buffer>, sync: Buffer, end: number): AvroHeader {
  const codec = metadata["avro.codec"]?.toString("utf8") ?? "null";
  if (codec !== "null" && !unpackers[codec]) throw new MillraceError("MR-FORMAT-001", { what: `the file's blocks are packed with ${JSON.stringify(codec)}`, where: source.name, mend: "write it with the codec null, deflate or zstandard" });
  try {
    const schema: unknown = JSON.parse(metadata["avro.schema"].toString("utf8"));
    return { type: avro.Type.forSchema(schema as avro.Schema, { registry: { long: bigLong }, typeHook: longOf, wrapUnions: "always" } as never), schema, codec, sync, end };
  } catch (cause) {
    throw damaged(source.name, "the header", `its schema cannot be read: ${(cause as Error).message.slice(0, 200)}`, cause);
  }
}

async function readBlock(source: FileSource, { codec, sync }: AvroHeader, at: number): Promise<{ count: number; bytes: Buffer; end: number }> {
  const where = `block at byte ${at}`;
  const head = await source.read(at, at + 20);
  const count = readLong(head, 0);
  const size = count && readLong(head, count.next);
  if (!count || !size || count.value < 0 || size.value < 0) throw damaged(source.name, where, "its size cannot be read");
  if (size.value > blockBytesMax) throw pastLimit(source.name, where, `a block of ${size.value} bytes`, "write the file with smaller blocks");
  const start = at + size.next;
  const end = start + size.value + syncBytes;
  if (end > source.size) throw damaged(source.name, where, "the file ends inside of it");
  const stored = await source.read(start, end);
  if (!stored.subarray(size.value).equals(sync)) throw damaged(source.name, where, "the mark at its end does not fit");
  try {
    const packed = stored.subarray(0, size.value);
    const bytes = codec === "null" ? packed : await (unpackers[codec] as NonNullable<(typeof unpackers)[string]>)(packed, { maxOutputLength: blockBytesMax });
    // Each record takes a byte, but for those of a schema without content.
    if (count.value > bytes.length && count.value > 1_000_000) throw damaged(source.name, where, "it claims more records than it has bytes");
    return { count: count.value, bytes, end };
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : damaged(source.name, where, (cause as Error).message, cause);
  }
}

/** Avro's zigzag variable-length integer. */
function readLong(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  let raw = 0n;
  for (let i = at, shift = 0n; i < bytes.length && shift < 64n; i++, shift += 7n) {
    raw |= BigInt(bytes[i] & 0x7f) << shift;
    if (bytes[i] < 0x80) return { value: Number((raw >> 1n) ^ -(raw & 1n)), next: i + 1 };
  }
  return undefined;
}
