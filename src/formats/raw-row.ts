/**
 * A row as a reader finds it, before its values are fitted into types. Exactly one of `cells`, `value` and `fault` is there.
 */
export interface RawRow {
  /** The physical line it begins in, or its number where the format has no lines; from 1. */
  line: number;
  /** Its text as it stands in the file, cut where it is long. */
  raw: string;
  /** In the order of the file's columns; null where nothing stands. */
  cells?: (string | null)[];
  /** A record with values of its own types. */
  value?: unknown;
  /** Why it cannot be read at all. */
  fault?: string;
  /** The fault is that it goes past a limit. */
  limit?: true;
}

/** Rows out of text that comes in pieces. A piece may end anywhere. */
export interface RowParser {
  push(text: string): RawRow[];
  /** The rows that the end of the text completes. */
  end(): RawRow[];
}

/** So much of a row is kept with a report of it, in characters. */
const rawMax = 10_000;

export function cut(raw: string): string {
  return raw.length > rawMax ? `${raw.slice(0, rawMax)}…` : raw;
}
