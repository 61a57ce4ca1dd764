import { noData } from "./damage.ts";
import { detectEncoding, Decoder } from "./encoding.ts";
import type { Compression, FileFormat, FormatLimits } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import { unpack } from "./unpack.ts";

/** The beginning of a file, unpacked. */
export interface Sample {
  /** As the file has them. */
  head: Buffer;
  compression: Compression;
  /** What they unpack to. */
  bytes: Buffer;
  /** The sample is all there is. */
  whole: boolean;
  /** Absent where the bytes are no text. */
  encoding?: string;
  text?: string;
}

const sampleBytes = 1 << 20;

/** The first megabyte; more only when `enlarge` asks for it. */
export async function takeSample(source: FileSource, limits: FormatLimits, bytesMax = sampleBytes): Promise<Sample> {
  const head = await source.read(0, Math.min(source.size, bytesMax));
  const compression = compressionOf(head);
  // An archive may be a workbook, which is not unpacked here.
  if (compression === "zip" && isWorkbook(head)) return { head, compression: "none", bytes: head, whole: false };
  const { bytes, whole } = compression === "none" ? { bytes: head, whole: head.length === source.size } : await unpackHead(source, compression, limits, bytesMax);
  if (bytes.length === 0) throw noData(source.name, "it unpacks to nothing");
  const encoding = isBinary(bytes) ? undefined : detectEncoding(bytes);
  if (encoding === undefined) return { head, compression, bytes, whole };
  const decoder = new Decoder(encoding);
  const text = decoder.push(bytes) + (whole ? decoder.end() : "");
  if (whole && text.trim() === "") throw noData(source.name, "it holds nothing but blanks");
  return { head, compression, bytes, whole, encoding, text };
}

async function unpackHead(source: FileSource, compression: Compression, limits: FormatLimits, bytesMax: number): Promise<{ bytes: Buffer; whole: boolean }> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of unpack(source, { compression }, limits)) {
    pieces.push(piece);
    length += piece.length;
    if (length > bytesMax) return { bytes: Buffer.concat(pieces).subarray(0, bytesMax), whole: false };
  }
  return { bytes: Buffer.concat(pieces), whole: true };
}

/** The format of a file that may be packed in another way than the other files of its table are. */
export async function packedAs(format: FileFormat, source: FileSource): Promise<FileFormat> {
  return "encoding" in format ? { ...format, compression: compressionOf(await source.read(0, 4)) } : format;
}

function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return "zstd";
  return startsWith(head, "PK\u0003\u0004") ? "zip" : "none";
}

/** Workbooks begin with members of their own kind. */
function isWorkbook(head: Buffer): boolean {
  return head.subarray(0, 64 << 10).includes("[Content_Types].xml") || head.subarray(0, 64 << 10).includes("xl/workbook.xml");
}

export function startsWith(bytes: Buffer, magic: string): boolean {
  return bytes.subarray(0, magic.length).equals(Buffer.from(magic, "latin1"));
}

function isBinary(bytes: Buffer): boolean {
  return startsWith(bytes, "PAR1") || startsWith(bytes, "Obj\u0001");
}
