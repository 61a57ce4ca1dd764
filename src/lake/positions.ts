import { MillraceError } from "../errors.ts";
import { positionsKey } from "./summary-keys.ts";
import type { Snapshot } from "./table-metadata.ts";

/** Where in its input a table stands: `offset` is the next to read. */
export interface TablePosition {
  topic: string;
  partition: number;
  offset: number;
}

/** A stretch of input that a commit holds the rows of: `from` inclusive, `to` exclusive. */
export interface Advance {
  topic: string;
  partition: number;
  from: number;
  to: number;
}

export function positionsOf(snapshot: Snapshot | undefined): TablePosition[] {
  const text = snapshot?.summary[positionsKey];
  return text === undefined ? [] : (JSON.parse(text) as TablePosition[]);
}

/**
 * The positions after a commit.
 * @throws MillraceError `MR-LAKE-002` when the table already stands elsewhere: the rows are there, or are another's
 */
export function advanced(table: string, standing: TablePosition[], advances: Advance[]): TablePosition[] {
  const next = new Map(standing.map((position) => [idOf(position), position]));
  for (const { topic, partition, from, to } of advances) {
    const before = next.get(idOf({ topic, partition }));
    if (before !== undefined && before.offset !== from) throw fenced(table, before, from);
    next.set(idOf({ topic, partition }), { topic, partition, offset: to });
  }
  return [...next.values()].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

function idOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

function fenced(table: string, standing: TablePosition, from: number): MillraceError {
  const { topic, partition, offset } = standing;
  return new MillraceError("MR-LAKE-002", {
    what: `table "${table}" already holds topic "${topic}", partition ${partition} up to offset ${offset}; this commit began at ${from}`,
    where: `table "${table}"`,
    mend: "drop the rows and read on from the table's positions: another process has taken over",
  });
}
