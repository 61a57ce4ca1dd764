import { type Batch, type Header, indexAtOffset } from "../batch/batch.ts";
import { headersAt, keyAt, rowReader } from "../batch/rows.ts";
import { offsetAt } from "../batch/select.ts";
import { isoTimestamp } from "../batch/timestamp.ts";
import type { Entry, TopicInfo } from "../log/driver.ts";

/** A record as it leaves by REST. */
export interface RecordView {
  partition: number;
  offset: number;
  /** ISO 8601, as is `appendedAt`. */
  eventTime: string;
  appendedAt: string;
  key: string | null;
  headers: Header[];
  /** Null for a record that deletes its key. */
  value: Record<string, unknown> | null;
  /** Parts of it were left out, as the reader asked for. */
  shortened?: true;
}

/**
 * Shows the records of entries of a topic. Fields that the topic declares as optional are left out where they were absent.
 */
export class RecordViewer {
  readonly #optional: ReadonlySet<string>;

  constructor({ decl }: Pick<TopicInfo, "decl">) {
    this.#optional = new Set(decl?.columns.flatMap(({ name, optional }) => (optional ? [name] : [])));
  }

  /** The records of `entry` from offset `from` on, `limit` at the most; none for a marker. */
  *records(entry: Entry, from: number, limit: number): Generator<RecordView> {
    const { batch } = entry;
    if (!batch) return;
    const first = indexAtOffset(batch, from - entry.offset);
    const end = Math.min(batch.count, first + limit);
    if (first >= end) return;
    const read = rowReader(batch, this.#optional);
    for (let i = first; i < end; i++) yield viewAt(entry, batch, i, read);
  }
}

function viewAt(entry: Entry, batch: Batch, i: number, read: (i: number) => Record<string, unknown>): RecordView {
  return {
    partition: entry.partition,
    offset: offsetAt({ offset: entry.offset, batch }, i),
    eventTime: isoOf(batch.eventTime[i]),
    appendedAt: isoOf(entry.appendedAt),
    key: keyAt(batch, i),
    headers: headersAt(batch, i),
    value: batch.tombstones?.[i] ? null : read(i),
  };
}

/** Event times may lie outside what a `Date` can hold; those are shown at its end. */
function isoOf(ms: number): string {
  const edge = 8_640_000_000_000_000;
  return isoTimestamp(Number.isNaN(ms) ? 0 : Math.min(edge, Math.max(-edge, ms)));
}
