import { intervalsKey } from "../../lake/summary-keys.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";

/**
 * Which data intervals of a model are filled, and by which statement. It stands in the summary of each version of the table,
 * so that it says of every version what is in it, and no crash comes between the rows and the note of them. An interval
 * without rows is filled too.
 */
export interface IntervalLedger {
  /** Of the model that filled them: see `ModelDecl`. */
  fingerprint: string;
  /** In order; none overlaps another. */
  filled: Fill[];
}

/**
 * Intervals of one length that follow each other, each filled by a run of its own: the rows of one stand at its start, and go
 * together. In milliseconds; times are since 1970.
 */
export interface Fill {
  from: number;
  /** Exclusive. */
  to: number;
  length: number;
}

/** @returns undefined where nothing is noted */
export function readLedger(snapshot: Snapshot | undefined): IntervalLedger | undefined {
  const text = snapshot?.summary[intervalsKey];
  if (text === undefined) return undefined;
  const { fingerprint, filled } = JSON.parse(text) as { fingerprint: string; filled: string[] };
  return { fingerprint, filled: filled.map(readFill) };
}

function readFill(text: string): Fill {
  const [from, to, length] = text.split("/");
  return { from: Date.parse(from), to: Date.parse(to), length: Number(length) };
}

/** As it stands in a summary. */
export function writeLedger({ fingerprint, filled }: IntervalLedger): Record<string, string> {
  const text = { fingerprint, filled: filled.map(({ from, to, length }) => `${new Date(from).toISOString()}/${new Date(to).toISOString()}/${length}`) };
  return { [intervalsKey]: JSON.stringify(text) };
}

/**
 * With one more interval filled, in place of those that overlap it: their rows go, and what they held beside it is filled no
 * more. What another statement has filled counts no more.
 */
export function withFilled(ledger: IntervalLedger | undefined, fingerprint: string, from: number, to: number): IntervalLedger {
  const before = ledger?.fingerprint === fingerprint ? ledger.filled : [];
  if (to <= from) return { fingerprint, filled: before };
  const rest = before.flatMap((fill) => withoutOverlap(fill, from, to));
  const filled: Fill[] = [];
  for (const fill of [...rest, { from, to, length: to - from }].sort((a, b) => a.from - b.from)) {
    const last = filled.at(-1);
    if (last !== undefined && fill.from === last.to && fill.length === last.length) last.to = fill.to;
    else filled.push({ ...fill });
  }
  return { fingerprint, filled };
}

function withoutOverlap(fill: Fill, from: number, to: number): Fill[] {
  const [first, end] = overlapOf(fill, from, to);
  return [{ ...fill, to: first }, { ...fill, from: end }].filter((part) => part.from < part.to);
}

/** From and to of the intervals in it that overlap a span; nothing of its end when none does. */
function overlapOf({ from, to, length }: Fill, spanFrom: number, spanTo: number): [first: number, end: number] {
  if (spanTo <= from || spanFrom >= to) return [to, to];
  const first = from + Math.max(0, Math.floor((spanFrom - from) / length)) * length;
  return [first, Math.min(to, from + Math.ceil((spanTo - from) / length) * length)];
}

/** From where on rows must go so that an interval can be filled: an earlier one, whoever filled it, may reach into it. */
export function replacedFrom(ledger: IntervalLedger | undefined, from: number, to: number): number {
  const overlaps = (ledger?.filled ?? []).map((fill) => ({ fill, first: overlapOf(fill, from, to)[0] }));
  return Math.min(from, ...overlaps.filter(({ fill, first }) => first < fill.to).map(({ first }) => first));
}

/** All that is filled, in order; what touches is one. */
export function filledSpans(ledger: IntervalLedger | undefined): [from: number, to: number][] {
  const spans: [number, number][] = [];
  for (const { from, to } of ledger?.filled ?? []) {
    const last = spans.at(-1);
    if (last?.[1] === from) last[1] = to;
    else spans.push([from, to]);
  }
  return spans;
}
