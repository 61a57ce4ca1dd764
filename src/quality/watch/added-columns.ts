import type { Table } from "../../lake/table.ts";
import type { ColumnState } from "../states/column-state.ts";
import type { ColumnKind } from "../states/profiled-column.ts";
import type { PersonalMarks } from "../states/personal-values.ts";
import { type StatesRequest, tableStates } from "../states/table-states.ts";
import { valuesMin } from "./distribution.ts";

/** Runs a statement of ours over files of a table, and gives its rows. */
export type MeasureParts = StatesRequest["run"];

/** Rows that are looked at of one version. Of more the smaller files are. */
const rowsMax = 1_000_000;
/** A file that is larger by itself is looked at up to this size, or a table that comes as one file would never be. */
const fileRowsMax = 5_000_000;
/** Some two dozen are one statement. */
const filesMax = 96;
/** States of smaller files would be as large as the files. */
const keptFromRows = 100_000;
const columnsMax = 60;
/** Times are always others, and what has parts has them measured each by itself. */
const watchedKinds: ReadonlySet<ColumnKind> = new Set(["boolean", "integer", "decimal", "float", "text"]);

/**
 * What came with a version, column by column, those with personal data left out: the states of the files that have come since, those that are kept as they are, the others measured.
 * @param since - sequence number of the version before, 0 for all files
 * @returns undefined where too little came to say something, or too much at once
 */
export async function addedColumns(table: Table, snapshotId: bigint, since: number, personal: PersonalMarks, run: MeasureParts): Promise<[name: string, state: ColumnState][] | undefined> {
  const added = (await table.files(snapshotId)).filter(({ sequenceNumber }) => sequenceNumber > since).sort((a, b) => a.records - b.records).slice(0, filesMax);
  const chosen = new Set<string>();
  let rows = 0;
  for (const { location, records } of added) {
    rows += records;
    if (rows <= (chosen.size === 0 ? fileRowsMax : rowsMax)) chosen.add(location);
  }
  if (chosen.size === 0 || rows < valuesMin) return undefined;
  const { columns, states } = await tableStates({ table, snapshotId, only: ({ location }) => chosen.has(location), keptFromRows, columnsMax, personal, run });
  return columns.flatMap(({ path, kind }, i) => (watchedKinds.has(kind) && states[i].personal === undefined ? [[path.join("."), states[i]] as [string, ColumnState]] : []));
}
