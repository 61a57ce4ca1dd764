import { crc32 } from "node:zlib";
import { damaged } from "../damage.ts";
import type { FileSource } from "../file-source.ts";
import { readFooter } from "./parquet-footer.ts";
import { readThriftHead, type ThriftStruct, type ThriftValue } from "./thrift.ts";

/* Fields of the format's structs, by their ids. */
const rowGroupsOf = 4;
const chunksOf = 1;
const metaOf = 3;
const [bytesOf, dataAt, dictionaryAt] = [7, 9, 11];
const [pageBytesOf, sumOf] = [3, 4];

/** A page's header is this long at most, with the bounds of its values. */
const headBytesMax = 1 << 20;
const windowBytes = 1 << 20;

/**
 * Holds each page against its checksum, where the writer has put one there: the engine does not look, and of a flipped bit in
 * a value nothing else tells. Of a file without checksums only its first page's header is read.
 *
 * @returns how many pages were held against theirs
 * @throws MillraceError `MR-FORMAT-006` naming the page that is not what was written
 */
export async function checkPageSums(source: FileSource): Promise<number> {
  const footer = await readFooter(source);
  let checked = 0;
  for (const group of structsIn(footer.get(rowGroupsOf))) {
    for (const chunk of structsIn(group.get(chunksOf))) {
      const meta = chunk.get(metaOf);
      // In another file, or encrypted: whoever reads it says so.
      if (!(meta instanceof Map) || chunk.has(1)) continue;
      const pages = await checkChunk(source, meta);
      if (pages === undefined) return checked;
      checked += pages;
    }
  }
  return checked;
}

/** @returns undefined where its pages have no checksums */
async function checkChunk(source: FileSource, meta: ThriftStruct): Promise<number | undefined> {
  const [data, dictionary] = [Number(meta.get(dataAt)), Number(meta.get(dictionaryAt) ?? 0)];
  const start = dictionary > 0 ? Math.min(data, dictionary) : data;
  const end = start + Number(meta.get(bytesOf));
  if (!(start >= 4 && end <= source.size)) throw damaged(source.name, "the footer", `a column's pages stand at bytes ${start} to ${end}, which the file does not have`);
  let pages = 0;
  let window: Window = { from: 0, bytes: Buffer.alloc(0) };
  for (let at = start; at < end; pages++) {
    window = await covering(source, window, at, Math.min(end, at + headBytesMax));
    const { struct, length } = headAt(source, at, window.bytes.subarray(at - window.from));
    const sum = struct.get(sumOf);
    if (sum === undefined) return pages === 0 ? undefined : pages;
    const [from, to] = [at + length, at + length + Number(struct.get(pageBytesOf))];
    if (!(to >= from && to <= end)) throw damaged(source.name, `the page at byte ${at}`, "it is longer than its column");
    window = await covering(source, window, from, to);
    if (crc32(window.bytes.subarray(from - window.from, to - window.from)) !== Number(sum) >>> 0) throw damaged(source.name, `the page at byte ${at}`, "its checksum is not that of its bytes");
    at = to;
  }
  return pages;
}

function headAt(source: FileSource, at: number, bytes: Buffer): { struct: ThriftStruct; length: number } {
  try {
    return readThriftHead(bytes);
  } catch (cause) {
    throw damaged(source.name, `the page at byte ${at}`, `its header cannot be read: ${(cause as Error).message}`, cause);
  }
}

interface Window {
  from: number;
  bytes: Buffer;
}

/** Bytes of the file from `at` to `to` and beyond: what was read last where that has them all, else read anew. */
async function covering(source: FileSource, last: Window, at: number, to: number): Promise<Window> {
  if (at >= last.from && to <= last.from + last.bytes.length) return last;
  return { from: at, bytes: await source.read(at, Math.max(to, at + windowBytes)) };
}

function structsIn(value: ThriftValue | undefined): ThriftStruct[] {
  return Array.isArray(value) ? value.filter((each) => each instanceof Map) : [];
}
