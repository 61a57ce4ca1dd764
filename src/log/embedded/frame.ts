import { crc32 } from "node:zlib";
import type { Json } from "../../model/manifest.ts";
import type { LaneMark, Position, TopicSpec } from "../driver.ts";

/*
 * A frame is what the log writes at once: an epoch, or a fact about topics and groups.
 *
 *   u32 magic "MRF1" | u32 header bytes | u32 body bytes | u32 CRC-32 of the header | header, JSON | body
 *
 * The CRC of the header begins with where the frame stands: the same bytes elsewhere, in a record or in another segment,
 * are no frame. Header and body begin at multiples of 8. The body is the parts that the header lists, one behind the other; each part
 * has its own CRC-32 in the header, so that a reader of one part can check it without reading the frame.
 */

const magic = 0x3146_524d; // "MRF1", little-endian
export const fixedBytes = 16;
/** More than any frame's header; what claims more is damage, and is not allocated. */
const headerBytesMax = 64 * 1024 * 1024;

/** A batch in a frame, or a marker without bytes. Short names: these are written with every epoch. */
export interface FrameOutput {
  t: string;
  p: number;
  /** Offset of the first record. */
  o: number;
  /** Records; 0 for a marker, which takes one offset all the same. */
  n: number;
  /** Offsets taken, where they differ from the records: a compacted batch. */
  span?: number;
  /** Bytes and their CRC-32. */
  l: number;
  c: number;
  /** Lowest and highest event time. */
  lo?: number;
  hi?: number;
  m?: LaneMark;
}

export interface FrameState {
  task: number;
  kind: "snapshot" | "delta";
  l: number;
  c: number;
}

export type FrameHeader =
  | { k: "topic"; spec: TopicSpec }
  | { k: "drop"; topic: string }
  | { k: "assign"; group: string; member: string; tasks: [task: number, fence: number][] }
  | { k: "seek"; group: string; positions: Position[] }
  | {
      k: "epoch";
      /** When the log took it, milliseconds since 1970. */
      at: number;
      by: string;
      /** Number of the epoch by this writer, from 1; 0 where the writer does not count. */
      seq: number;
      group?: string;
      positions?: Position[];
      outputs: FrameOutput[];
      state?: FrameState[];
    }
  | { k: "checkpoint"; facts: Json }
  /** Retention: what stands before these offsets is gone. */
  | { k: "trim"; starts: [topic: string, partition: number, start: number][] }
  /** Says nothing but its stamp. */
  | { k: "mark" };

/** Everything before this position of the same segment was on disk when the frame was written. */
type Stamped = FrameHeader & { d: number };

export const align8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Where a frame stands: the number of its segment, and its position in the file. */
export interface FramePlace {
  segment: number;
  at: number;
}

const seedOf = ({ segment, at }: FramePlace): number => (Math.imul(segment, 0x9e37_79b1) ^ at) >>> 0;

/** The frame as buffers to write, and where the body begins in it. */
export function encodeFrame(header: FrameHeader, place: FramePlace, synced: number, parts: Uint8Array[]): { buffers: Uint8Array[]; bytes: number; bodyAt: number } {
  const stamped: Stamped = { ...header, d: synced };
  const json = Buffer.from(JSON.stringify(stamped), "utf8");
  const bodyAt = align8(fixedBytes + json.byteLength);
  const head = Buffer.alloc(bodyAt);
  const bodyBytes = parts.reduce((sum, part) => sum + align8(part.byteLength), 0);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(json.byteLength, 4);
  head.writeUInt32LE(bodyBytes, 8);
  head.writeUInt32LE(crc32(json, seedOf(place)), 12);
  json.copy(head, fixedBytes);
  const buffers: Uint8Array[] = [head];
  for (const part of parts) {
    buffers.push(part);
    const padding = align8(part.byteLength) - part.byteLength;
    if (padding > 0) buffers.push(zeros.subarray(0, padding));
  }
  return { buffers, bytes: bodyAt + bodyBytes, bodyAt };
}

const zeros = new Uint8Array(8);

export interface FrameHead {
  headerBytes: number;
  bodyBytes: number;
  headerCrc: number;
}

/** The fixed part; undefined when the bytes are no frame. */
export function decodeFixed(bytes: Buffer, at = 0): FrameHead | undefined {
  if (bytes.byteLength - at < fixedBytes || bytes.readUInt32LE(at) !== magic) return undefined;
  const headerBytes = bytes.readUInt32LE(at + 4);
  if (headerBytes > headerBytesMax) return undefined;
  return { headerBytes, bodyBytes: bytes.readUInt32LE(at + 8), headerCrc: bytes.readUInt32LE(at + 12) };
}

/** The header; undefined when its checksum does not agree. */
export function decodeHeader(head: FrameHead, place: FramePlace, json: Buffer): Stamped | undefined {
  if (json.byteLength !== head.headerBytes || crc32(json, seedOf(place)) !== head.headerCrc) return undefined;
  return JSON.parse(json.toString("utf8")) as Stamped;
}

/** What a batch or a state counts for beside its bytes: its place in the header. */
export const partWeight = 256;

/** Bytes of an epoch that a rewriting could save, nearly. */
export function frameWeight({ outputs, state = [] }: Extract<FrameHeader, { k: "epoch" }>): number {
  const parts = [...outputs, ...state];
  return parts.reduce((sum, { l }) => sum + l, Math.max(1, parts.length) * partWeight);
}

/** The parts of a body with their checksums, in order. */
export function partsOf(header: FrameHeader): { l: number; c: number }[] {
  return header.k === "epoch" ? [...header.outputs.filter((output) => output.l > 0), ...(header.state ?? [])] : [];
}
