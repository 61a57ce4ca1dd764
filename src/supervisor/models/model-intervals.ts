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
  /** By other statements before it: they count as filled no more, but their rows stand where nothing has taken their place. */
  earlier: Fill[];
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
  const { fingerprint, filled, earlier = [] } = JSON.parse(text) as { fingerprint: string; filled: string[]; earlier?: string[] };
  return { fingerprint, filled: filled.map(readFill), earlier: earlier.map(readFill) };
}

function readFill(text: string): Fill {
  const [from, to, length] = text.split("/");
  return { from: Date.parse(from), to: Date.parse(to), length: Number(length) };
}

/** As it stands in a summary. */
export function writeLedger({ fingerprint, filled, earlier }: IntervalLedger): Record<string, string> {
  return { [intervalsKey]: JSON.stringify({ fingerprint, filled: filled.map(fillText), ...(earlier.length > 0 && { earlier: earlier.map(fillText) }) }) };
}

const fillText = ({ from, to, length }: Fill): string => `${new Date(from).toISOString()}/${new Date(to).toISOString()}/${length}`;

/**
 * With one more interval filled, in place of those that overlap it: their rows go, and what they held beside it is filled no
 * more. What another statement has filled counts no more, and is known for as long as its rows stand.
 */
export function withFilled(ledger: IntervalLedger | undefined, fingerprint: string, from: number, to: number): IntervalLedger {
  const { filled = [], earlier = [] } = ledger ?? {};
  const isSame = ledger?.fingerprint === fingerprint;
  const rest = (fills: Fill[]) => fills.flatMap((fill) => withoutOverlap(fill, from, to));
  const made = to > from ? [{ from, to, length: to - from }] : [];
  return { fingerprint, filled: joined([...(isSame ? rest(filled) : []), ...made]), earlier: joined(rest(isSame ? earlier : [...earlier, ...filled])) };
}

/** In order; those of one length that touch are one. */
function joined(fills: Fill[]): Fill[] {
  const all: Fill[] = [];
  for (const fill of fills.sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last !== undefined && fill.from === last.to && fill.length === last.length) last.to = fill.to;
    else all.push({ ...fill });
  }
  return all;
}

function withoutOverlap(fill: Fill, from: number, to: number): Fill[] {
  const [first, end] = overlapOf(fill, from, to);
  return [{ ...fill, to: first }, { ...fill, from: end }].filter((part) => part.from < part.to);
}

/**
 * From and to of the intervals in it that overlap a span; nothing of its end when none does. A span without length holds no
 * time: only rows that stand at its very instant are in its way.
 */
function overlapOf({ from, to, length }: Fill, spanFrom: number, spanTo: number): [first: number, end: number] {
  if (Math.max(spanTo, spanFrom + 1) <= from || spanFrom >= to) return [to, to];
  const first = from + Math.max(0, Math.floor((spanFrom - from) / length)) * length;
  if (spanTo === spanFrom) return first === spanFrom ? [first, Math.min(to, first + length)] : [to, to];
  return [first, Math.min(to, from + Math.ceil((spanTo - from) / length) * length)];
}

/** The time whose rows go so that an interval can be filled, its end exclusive. A run that was started by hand may have one without length. */
export function replacedTimes(ledger: IntervalLedger | undefined, from: number, to: number): [from: number, to: number] {
  return [replacedFrom(ledger, from, to), Math.max(to, from + 1)];
}

/** From where on rows must go: an earlier interval, whoever filled it, may reach into this one. */
function replacedFrom(ledger: IntervalLedger | undefined, from: number, to: number): number {
  const overlaps = [...(ledger?.filled ?? []), ...(ledger?.earlier ?? [])].map((fill) => ({ fill, first: overlapOf(fill, from, to)[0] }));
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
