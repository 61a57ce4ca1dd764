import { closeSync, constants, fdatasync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import type { Batch } from "../../batch/batch.ts";
import { decodeBatch, encodeBatch } from "../../batch/codec.ts";
import { select } from "../../batch/select.ts";
import { keptBy, type Replaced } from "./compaction.ts";
import { lastingFact } from "./facts.ts";
import { align8, encodeFrame, type FrameHeader, type FrameOutput, type FrameState } from "./frame.ts";
import { type LogIndex, type PartitionIndex, refIndexAt } from "./log-index.ts";
import type { Ref, StateRef } from "./ref.ts";
import { SegmentIndex } from "./segment-index.ts";
import { SegmentReader } from "./segment-reader.ts";
import { damaged, removeSegment, saveIndex } from "./sealed-segment.ts";
import { frames, type SegmentName, segmentName, type StoredFrame, syncFolder, writeAll } from "./segment-file.ts";

const dataSync = promisify(fdatasync);

type EpochHeader = Extract<FrameHeader, { k: "epoch" }>;

/** What changes in the index once the new file stands. */
interface Moves {
  refs: { ref: Ref; to: Partial<Ref> & { at: number } }[];
  gone: Map<PartitionIndex, Set<Ref>>;
  states: { ref: StateRef; at: number }[];
}

/** Called between pieces of work, so that rewriting does not hold up those who write. */
export type Breathe = () => Promise<void>;

const pieceBytes = 1024 * 1024;

/**
 * Writes a sealed segment anew with what still lives in it, and takes the old file away.
 *
 * The new file gets its name only when it is whole and on disk; on opening, the later of two files of a segment counts. So
 * a crash at any step leaves a log that says the same. What an epoch said of positions and owners is left out: the checkpoint
 * of each later segment says it again.
 *
 * @param replaced - by `topic/partition`: records that compaction removes
 * @throws MillraceError `MR-LOG-002` when something that lives is damaged; the segment stays as it is
 */
export async function rewriteSegment(folder: string, index: LogIndex, old: SegmentName, replaced: Map<string, Replaced>, breathe: Breathe): Promise<void> {
  const name = segmentName(old.number, old.generation + 1);
  const temporary = join(folder, `${name}.new`);
  const reader = new SegmentReader(folder);
  try {
    const { moves, written } = await copyLiving(folder, temporary, index, old, replaced, reader, breathe);
    renameSync(temporary, join(folder, name));
    syncFolder(folder);
    saveIndex(folder, name, written);
    applyMoves(index, moves, name);
    index.weights.delete(old.name);
    index.weights.set(name, written.weight);
  } finally {
    reader.close();
    rmSync(temporary, { force: true });
  }
  removeSegment(folder, old.name);
}

async function copyLiving(folder: string, to: string, index: LogIndex, old: SegmentName, replaced: Map<string, Replaced>, reader: SegmentReader, breathe: Breathe): Promise<{ moves: Moves; written: SegmentIndex }> {
  const fd = openSync(to, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
  const moves: Moves = { refs: [], gone: new Map(), states: [] };
  try {
    const written = new SegmentIndex();
    let at = 0;
    let since = 0;
    const all = frames(folder, old.name, false);
    for (;;) {
      const { done, value: frame } = all.next();
      if (done) {
        if (frame.end !== frame.size) throw damaged(join(folder, old.name), frame.end);
        break;
      }
      const copy = frame.header.k === "epoch" ? copyEpoch(frame, frame.header, index, replaced, reader, moves) : copyFact(frame.header);
      if (copy) {
        const { buffers, bytes, bodyAt } = encodeFrame(copy.header, { segment: old.number, at }, 0, copy.parts);
        writeAll(fd, buffers, at);
        copy.place(at + bodyAt);
        written.add({ header: copy.header, segment: to, at, bodyAt: at + bodyAt, bytes });
        at += bytes;
      }
      since += frame.bytes;
      if (since >= pieceBytes) {
        since = 0;
        await breathe();
      }
    }
    await dataSync(fd);
    return { moves, written };
  } finally {
    closeSync(fd);
  }
}

interface Copy {
  header: FrameHeader;
  parts: Uint8Array[];
  /** Told where the body begins in the new file. */
  place: (bodyAt: number) => void;
}

function copyFact(header: FrameHeader): Copy | undefined {
  const fact = lastingFact(header);
  return fact && { header: fact, parts: [], place: () => undefined };
}

interface Part {
  bytes: Uint8Array | undefined;
  place: (at: number) => void;
}

function copyEpoch({ segment, bodyAt }: StoredFrame, header: EpochHeader, index: LogIndex, replaced: Map<string, Replaced>, reader: SegmentReader, moves: Moves): Copy | undefined {
  const outputs: FrameOutput[] = [];
  const state: FrameState[] = [];
  const parts: Part[] = [];
  let at = bodyAt;
  for (const output of header.outputs) {
    const copy = copyOutput(output, segment, at, index, replaced, reader, moves);
    if (copy) {
      outputs.push(copy.output);
      parts.push(copy);
    }
    at += align8(output.l);
  }
  const states = header.group === undefined ? undefined : index.groups.get(header.group)?.states;
  for (const part of header.state ?? []) {
    const found = states?.get(part.task)?.find((ref) => ref.segment === segment && ref.at === at && ref.bytes === part.l);
    if (found) {
      state.push(part);
      parts.push({ bytes: reader.read([found])[0] ?? new Uint8Array(0), place: (to) => moves.states.push({ ref: found, at: to }) });
    }
    at += align8(part.l);
  }
  if (outputs.length === 0 && state.length === 0) return undefined;
  const place = (from: number): void => {
    for (const part of parts) {
      part.place(from);
      from += align8(part.bytes?.byteLength ?? 0);
    }
  };
  const copied: EpochHeader = { k: "epoch", at: header.at, by: header.by, seq: 0, group: header.group, outputs, state: state.length > 0 ? state : undefined };
  return { header: copied, parts: parts.flatMap(({ bytes }) => (bytes && bytes.byteLength > 0 ? [bytes] : [])), place };
}

function copyOutput(output: FrameOutput, segment: string, at: number, index: LogIndex, replaced: Map<string, Replaced>, reader: SegmentReader, moves: Moves): (Part & { output: FrameOutput }) | undefined {
  const partition = index.topics.get(output.t)?.partitions[output.p];
  const ref = partition?.refs[refIndexAt(partition.refs, output.o)];
  if (!ref || ref.offset !== output.o || ref.segment !== segment || ref.at !== at) return undefined;
  const [bytes] = reader.read([ref]);
  const dead = replaced.get(`${output.t}/${output.p}`);
  const batch = bytes && dead && decodeBatch(bytes);
  const kept = batch && keptBy(dead, batch, ref);
  if (!batch || !kept) return { output, bytes, place: (to) => moves.refs.push({ ref, to: { at: to } }) };
  if (kept.length === 0 && !output.m) {
    const gone = moves.gone.get(partition) ?? new Set();
    moves.gone.set(partition, gone.add(ref));
    return undefined;
  }
  const smaller = compacted(output, ref, batch, kept);
  const { n: records, l, c: crc, lo: timeMin, hi: timeMax } = smaller.output;
  return { ...smaller, place: (to) => moves.refs.push({ ref, to: { at: to, records, bytes: l, crc, timeMin, timeMax } }) };
}

/** The output with fewer records, at their old offsets. */
function compacted(output: FrameOutput, ref: Ref, batch: Batch, kept: Int32Array): { output: FrameOutput; bytes: Uint8Array | undefined } {
  const span = ref.next - ref.offset;
  const { lo: _lo, hi: _hi, ...rest } = output;
  if (kept.length === 0) return { output: { ...rest, n: 0, span, l: 0, c: 0 }, bytes: undefined };
  const offsets = kept.map((i) => (batch.offsets ? batch.offsets[i] : i));
  const chosen = select(batch, kept);
  const bytes = encodeBatch(chosen, offsets);
  const times = chosen.eventTime.subarray(0, chosen.count);
  return { output: { ...rest, n: kept.length, span, l: bytes.byteLength, c: crc32(bytes), lo: least(times), hi: -least(times.map((time) => -time)) }, bytes };
}

const least = (times: Float64Array): number => times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

/** In one turn of the event loop: a reader finds each batch in the old file or in the new. */
function applyMoves(index: LogIndex, { refs, gone, states }: Moves, segment: string): void {
  for (const { ref, to } of refs) Object.assign(ref, to, { segment });
  for (const { ref, at } of states) Object.assign(ref, { segment, at });
  for (const { partitions } of index.topics.values()) {
    for (const partition of partitions) {
      const dead = gone.get(partition);
      if (dead) partition.refs = partition.refs.filter((ref) => !dead.has(ref));
    }
  }
}
