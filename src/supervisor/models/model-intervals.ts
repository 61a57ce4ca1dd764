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
  /** From and to, milliseconds since 1970, in order; what touches is one. */
  filled: [from: number, to: number][];
}

/** @returns undefined where nothing is noted */
export function readLedger(snapshot: Snapshot | undefined): IntervalLedger | undefined {
  const text = snapshot?.summary[intervalsKey];
  if (text === undefined) return undefined;
  const { fingerprint, filled } = JSON.parse(text) as { fingerprint: string; filled: string[] };
  return { fingerprint, filled: filled.map((span) => span.split("/").map((end) => Date.parse(end)) as [number, number]) };
}

/** As it stands in a summary. */
export function writeLedger({ fingerprint, filled }: IntervalLedger): Record<string, string> {
  const text = { fingerprint, filled: filled.map((span) => span.map((end) => new Date(end).toISOString()).join("/")) };
  return { [intervalsKey]: JSON.stringify(text) };
}

/** With one more interval filled. What another statement has filled counts no more. */
export function withFilled(ledger: IntervalLedger | undefined, fingerprint: string, from: number, to: number): IntervalLedger {
  const before = ledger?.fingerprint === fingerprint ? ledger.filled : [];
  const filled: [number, number][] = [];
  for (const span of [...before, [from, to] as [number, number]].sort((a, b) => a[0] - b[0])) {
    const last = filled.at(-1);
    if (last !== undefined && span[0] <= last[1]) last[1] = Math.max(last[1], span[1]);
    else filled.push([...span]);
  }
  return { fingerprint, filled };
}

/** Whether the whole span is filled by the statement. */
export function isFilled(ledger: IntervalLedger | undefined, fingerprint: string, from: number, to: number): boolean {
  return ledger?.fingerprint === fingerprint && ledger.filled.some((span) => span[0] <= from && span[1] >= to);
}
