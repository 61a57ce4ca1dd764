import type { ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { Entry, LogDriver, TopicInfo } from "../log/driver.ts";
import { type Cursor, cursorText } from "./cursor.ts";
import { eventStreamHeaders } from "./event-stream.ts";
import type { RecordFilter } from "./record-filter.ts";
import { RecordViewer } from "./record-view.ts";
import { shortened } from "./shortened.ts";

/** Bytes read at once for a tail, as stored. */
const readBytesMax = 256 * 1024;
/** Between two answers to a reader who only wants the newest. */
const glanceMs = 200;
/** Where the reader is, is said when nothing else was for this long, so that a dead connection is noticed. */
const heartbeatMs = 15_000;

/** What a reader wants to see of each record. */
export interface TailLook {
  matches?: RecordFilter;
  /** Longest text within a record. */
  textMax?: number;
  /** Records of a partition that may be still to come before the reader is taken to the newest. Absent: all come. */
  behindMax?: number;
}

export interface Following {
  cursor: Cursor;
  look: TailLook;
  headers: Record<string, string>;
  takeOver: () => void;
}

/**
 * Follows topics as server-sent events, for as long as the reader stays.
 *
 * Each record is an event `record` whose id is a cursor: a reader that comes back with it as `Last-Event-ID` misses nothing. An
 * event `cursor` has such an id too, so that a reader for whom nothing has come yet, or nothing that a filter lets through, can
 * come back as well.
 * A reader that is slower than retention gets an event `gap` and goes on from what is left. One that does not read at all
 * holds one buffer and nothing else: the next records are fetched when that is empty.
 */
export class Tails {
  readonly #log: LogDriver;
  readonly #tailsMax: number;
  readonly #open = new Set<AbortController>();

  /** @param tailsMax - tails open at once; the next is refused */
  constructor(log: LogDriver, tailsMax: number) {
    this.#log = log;
    this.#tailsMax = tailsMax;
  }

  /**
   * Takes over the response; resolves when the tail has ended.
   * @throws MillraceError `MR-HTTP-008` when too many are open, before anything is sent
   */
  async follow(response: ServerResponse, topic: TopicInfo, { cursor, look, headers, takeOver }: Following): Promise<void> {
    if (this.#open.size >= this.#tailsMax) throw tooMany(this.#tailsMax, topic.name);
    const stop = new AbortController();
    this.#open.add(stop);
    response.once("close", () => stop.abort());
    takeOver();
    response.writeHead(200, { ...headers, ...eventStreamHeaders });
    // Browsers and proxies show nothing before the first byte of the body.
    response.write(cursorEvent(cursor));
    try {
      await this.#pump(response, topic, new Map(cursor), look, stop.signal);
    } finally {
      this.#open.delete(stop);
      response.end();
    }
  }

  /** Ends every tail. */
  close(): void {
    for (const stop of this.#open) stop.abort();
  }

  async #pump(response: ServerResponse, topic: TopicInfo, cursor: Cursor, look: TailLook, signal: AbortSignal): Promise<void> {
    const viewer = new RecordViewer(topic);
    let spokeAt = performance.now();
    while (!signal.aborted) {
      if (look.behindMax !== undefined) await this.#keepUp(response, topic.name, cursor, look.behindMax);
      const entries = await this.#next(response, topic, cursor, signal);
      if (signal.aborted) return;
      const events = eventsOf(entries, cursor, viewer, look);
      // A filter may find nothing for long, and who follows has to tell that from a broken line.
      const text = events === "" && performance.now() - spokeAt >= heartbeatMs ? cursorEvent(cursor) : events;
      if (text !== "") spokeAt = performance.now();
      if (text !== "" && !response.write(text)) await drained(response, signal);
      if (look.behindMax !== undefined) await setTimeout(glanceMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #next(response: ServerResponse, topic: TopicInfo, cursor: Cursor, signal: AbortSignal): Promise<Entry[]> {
    const partitions = [...cursor].map(([partition, offset]) => ({ topic: topic.name, partition, offset }));
    try {
      return (await this.#log.fetch({ partitions, bytesMax: readBytesMax, waitMs: heartbeatMs, signal })).entries;
    } catch (error) {
      if (signal.aborted) return [];
      if (!(error instanceof MillraceError) || error.code !== "MR-LOG-005") throw sayError(response, error);
      await this.#skipGap(response, topic.name, cursor);
      return [];
    }
  }

  /** A reader who wants the newest is taken there. */
  async #keepUp(response: ServerResponse, name: string, cursor: Cursor, behindMax: number): Promise<void> {
    const { partitionInfo } = await this.#log.topic(name);
    for (const [partition, offset] of cursor) {
      const to = partitionInfo[partition].end - behindMax;
      if (offset < to) passOver(response, cursor, { partition, from: offset, to });
    }
  }

  async #skipGap(response: ServerResponse, name: string, cursor: Cursor): Promise<void> {
    const { partitionInfo } = await this.#log.topic(name);
    for (const [partition, offset] of cursor) {
      const { start } = partitionInfo[partition];
      if (offset >= start) continue;
      passOver(response, cursor, { partition, from: offset, to: start });
    }
  }
}

/** Behind what the reader has been shown, or need not be shown. */
const cursorEvent = (cursor: Cursor): string => `event: cursor\nid: ${cursorText(cursor)}\ndata: {}\n\n`;

function passOver(response: ServerResponse, cursor: Cursor, gap: { partition: number; from: number; to: number }): void {
  cursor.set(gap.partition, gap.to);
  response.write(`event: gap\nid: ${cursorText(cursor)}\ndata: ${JSON.stringify(gap)}\n\n`);
}

/** The events of entries; moves the cursor behind them. */
function eventsOf(entries: Entry[], cursor: Cursor, viewer: RecordViewer, { matches, textMax }: TailLook): string {
  let text = "";
  for (const entry of entries) {
    const from = cursor.get(entry.partition) as number;
    for (const record of viewer.records(entry, from, entry.next - from)) {
      cursor.set(entry.partition, record.offset + 1);
      if (matches && !matches(record)) continue;
      text += `event: record\nid: ${cursorText(cursor)}\ndata: ${JSON.stringify(textMax === undefined ? record : shortened(record, textMax))}\n\n`;
    }
    cursor.set(entry.partition, entry.next);
  }
  return text;
}

function sayError(response: ServerResponse, error: unknown): unknown {
  if (error instanceof MillraceError) response.write(`event: error\ndata: ${JSON.stringify({ error: error.toJSON() })}\n\n`);
  return error;
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

function tooMany(tailsMax: number, topic: string): MillraceError {
  return new MillraceError("MR-HTTP-008", { what: `${tailsMax} tails are open, which is the most`, where: `topic "${topic}"`, mend: "close one, or read pages of records", retryable: true });
}
