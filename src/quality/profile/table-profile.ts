import { setImmediate as nextTurn } from "node:timers/promises";
import type { ColumnState } from "../states/column-state.ts";
import type { ProfiledColumn } from "../states/profiled-column.ts";
import { columnProfile } from "./column-profile.ts";
import { findingsOf } from "./findings.ts";
import type { ProfiledFiles, TableProfile } from "./profile.ts";

export interface Profiled {
  dataset: string;
  snapshotId: bigint | undefined;
  partitions?: string[];
  rows: number;
  columns: readonly ProfiledColumn[];
  columnsLeftOut: number;
  /** One for each column. */
  states: readonly ColumnState[];
  files: ProfiledFiles;
  at: Date;
}

/** The profile that states come to. Between two columns others have their turn. */
export async function tableProfile({ dataset, snapshotId, partitions, rows, columns, columnsLeftOut, states, files, at }: Profiled): Promise<TableProfile> {
  const profile: TableProfile = { dataset, snapshot: snapshotId === undefined ? null : String(snapshotId), ...(partitions && { partitions }), at: at.toISOString(), rows, files, columns: [], columnsLeftOut, findings: [] };
  for (const [i, column] of columns.entries()) {
    profile.columns.push(columnProfile(column, states[i]));
    profile.findings.push(...findingsOf(column, states[i]));
    await nextTurn();
  }
  return profile;
}
