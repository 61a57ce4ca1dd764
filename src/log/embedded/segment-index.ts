import { crc32 } from "node:zlib";
import type { LaneMark } from "../driver.ts";
import { lastingFact } from "./facts.ts";
import { align8, type FrameHeader, frameWeight } from "./frame.ts";
import { NumberRows } from "./number-rows.ts";
import type { Ref, StateRef } from "./ref.ts";
import type { StoredFrame } from "./segment-file.ts";

/*
 * What a sealed segment adds to the log's index, so that a start need not read the header of each of its frames: that
 * takes some 10 µs a frame, and a restart of the log service holds up every stage.
 *
 *   u32 magic "MRX1" | u32 head bytes | u32 CRC-32 of all behind the 16th byte | u32 zero | head, JSON | batches | states
 *
 * It is a copy: the frames are what counts. A file that is missing, torn, or of another segment is made anew from them.
 */

const magic = 0x3158_524d; // "MRX1", little-endian
const fixedBytes = 16;
const batchWidth = 14;
const stateWidth = 6;
const statuses: LaneMark["status"][] = ["active", "idle", "end"];

export interface SealedVisitor {
  fact: (header: FrameHeader) => void;
  batch: (topic: string, partition: number, ref: Ref) => void;
  state: (group: string, task: number, ref: StateRef) => void;
}

interface Head {
  /** Name and size of the segment's file: what tells that this is about it. */
  segment: string;
  size: number;
  weight: number;
  newestAppend: number;
  batches: number;
  states: number;
  /** The strings that rows name by their numbers. */
  names: string[];
  /** What was said of topics, and how many of the batches stand before it. */
  facts: [before: number, fact: FrameHeader][];
}

export class SegmentIndex {
  #batches = new NumberRows(batchWidth);
  #states = new NumberRows(stateWidth);
  #names: string[] = [];
  #numbers = new Map<string, number>();
  #facts: Head["facts"] = [];
  #weight = 0;
  #newestAppend = 0;

  /** What was written into the segment, as `frameWeight` counts it. */
  get weight(): number {
    return this.#weight;
  }

  /** When the log took its newest epoch, milliseconds since 1970; 0: it holds none. */
  get newestAppend(): number {
    return this.#newestAppend;
  }

  /** Whether it begins as every segment does but the very first. */
  get startsWithCheckpoint(): boolean {
    const [first] = this.#facts;
    return first?.[0] === 0 && first[1].k === "checkpoint";
  }

  /** Takes the segment's next frame in. */
  add({ header, bodyAt }: StoredFrame): void {
    const fact = lastingFact(header);
    if (fact) this.#facts.push([this.#batches.count, fact]);
    if (header.k === "epoch") this.#addEpoch(header, bodyAt);
  }

  #addEpoch(header: Extract<FrameHeader, { k: "epoch" }>, bodyAt: number): void {
    this.#weight += frameWeight(header);
    this.#newestAppend = header.at;
    let at = bodyAt;
    for (const { t, p, o, n, span, l, c, lo = Number.NaN, hi = Number.NaN, m } of header.outputs) {
      const lane = m ? this.#number(m.lane) : -1;
      // JSON makes null of the watermark that is not there yet.
      const watermark = m?.watermark ?? Number.NEGATIVE_INFINITY;
      this.#batches.push([this.#number(t), p, o, o + (span ?? Math.max(1, n)), n, at, l, c, lo, hi, header.at, lane, watermark, m ? statuses.indexOf(m.status) : -1]);
      at += align8(l);
    }
    if (header.group === undefined) return;
    for (const { task, kind, l, c } of header.state ?? []) {
      this.#states.push([this.#number(header.group), task, kind === "snapshot" ? 1 : 0, at, l, c]);
      at += align8(l);
    }
  }

  #number(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      this.#numbers.set(name, (number = this.#names.length));
      this.#names.push(name);
    }
    return number;
  }

  /**
   * Says again what the frames said: facts and batches in their order, then the states in theirs.
   *
   * @param segment - name of the file in which they stand
   */
  replay(segment: string, { fact, batch, state }: SealedVisitor): void {
    const names = this.#names;
    const batches = this.#batches;
    const states = this.#states;
    let done = 0;
    const batchesBefore = (end: number): void => {
      for (; done < end; done++) batch(names[batches.at(done, 0)], batches.at(done, 1), this.#ref(segment, done));
    };
    for (const [before, header] of this.#facts) {
      batchesBefore(before);
      fact(header);
    }
    batchesBefore(batches.count);
    for (let i = 0; i < states.count; i++) {
      state(names[states.at(i, 0)], states.at(i, 1), { kind: states.at(i, 2) === 1 ? "snapshot" : "delta", segment, at: states.at(i, 3), bytes: states.at(i, 4), crc: states.at(i, 5) });
    }
  }

  #ref(segment: string, i: number): Ref {
    const rows = this.#batches;
    const lane = rows.at(i, 11);
    return {
      offset: rows.at(i, 2),
      next: rows.at(i, 3),
      records: rows.at(i, 4),
      segment,
      at: rows.at(i, 5),
      bytes: rows.at(i, 6),
      crc: rows.at(i, 7),
      timeMin: timeOf(rows.at(i, 8)),
      timeMax: timeOf(rows.at(i, 9)),
      mark: lane < 0 ? undefined : { lane: this.#names[lane], watermark: rows.at(i, 12), status: statuses[rows.at(i, 13)] },
      appendedAt: rows.at(i, 10),
    };
  }

  /** @param size - of the segment's file, in bytes */
  encode(segment: string, size: number): Buffer {
    const head: Head = { segment, size, weight: this.#weight, newestAppend: this.#newestAppend, batches: this.#batches.count, states: this.#states.count, names: this.#names, facts: this.#facts };
    const json = Buffer.from(JSON.stringify(head), "utf8");
    const rest = Buffer.concat([json, this.#batches.bytes, this.#states.bytes]);
    const fixed = Buffer.alloc(fixedBytes);
    fixed.writeUInt32LE(magic, 0);
    fixed.writeUInt32LE(json.byteLength, 4);
    fixed.writeUInt32LE(crc32(rest), 8);
    return Buffer.concat([fixed, rest]);
  }

  /** Undefined when the bytes are not whole, or are about another file than this segment's. */
  static decode(file: Buffer, segment: string, size: number): SegmentIndex | undefined {
    if (file.byteLength < fixedBytes || file.readUInt32LE(0) !== magic) return undefined;
    const rest = file.subarray(fixedBytes);
    if (crc32(rest) !== file.readUInt32LE(8)) return undefined;
    const headBytes = file.readUInt32LE(4);
    const head = JSON.parse(rest.toString("utf8", 0, headBytes)) as Head;
    if (head.segment !== segment || head.size !== size) return undefined;
    const index = new SegmentIndex();
    index.#names = head.names;
    index.#facts = head.facts;
    index.#weight = head.weight;
    index.#newestAppend = head.newestAppend;
    index.#batches = NumberRows.from(batchWidth, head.batches, rest.subarray(headBytes));
    index.#states = NumberRows.from(stateWidth, head.states, rest.subarray(headBytes + index.#batches.bytes.byteLength));
    return index;
  }
}

const timeOf = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time);
