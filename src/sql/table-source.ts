import { digestInName } from "../lake/data-file.ts";
import { readsByName } from "../lake/projection.ts";
import type { Lake } from "../lake/lake.ts";
import type { SnapshotAt } from "../lake/refs.ts";
import { snapshotAt } from "../lake/refs.ts";
import type { StoredFile, TableView } from "../lake/table.ts";
import { currentSnapshot, type TableMetadata, type TableSchema } from "../lake/table-metadata.ts";
import { fileFilter } from "./file-filter.ts";
import type { ColumnCondition, DataFile, TableSource, TableVersion } from "./query-request.ts";

/**
 * A table of the lake as it stands now, or one of its versions, under the columns that it had then.
 * @param table - as it stands at one moment: `Table.at`
 * @param conditions - files of which surely no row fulfils them are left out
 * @throws MillraceError `MR-LAKE-001` when there is no such version
 */
export async function tableSource(table: TableView, at?: TableVersion, conditions: ColumnCondition[] = []): Promise<TableSource> {
  const metadata = await table.metadata();
  const version = at && snapshotAt(table.name, metadata, placeOf(metadata, at))["snapshot-id"];
  const schema = await table.schema(version);
  const snapshotId = version ?? currentSnapshot(metadata)?.["snapshot-id"];
  const { files, filesPruned } = await table.planFiles({ snapshotId: version, where: fileFilter(schema, conditions) });
  return {
    kind: "table",
    snapshotId,
    ...(snapshotId !== undefined && { hold: (forMs: number) => table.hold(snapshotId, forMs) }),
    bring: (signal) => table.holdFiles(files, signal),
    filesPruned,
    ...(!readsByName(metadata) && { byFile: metadata.properties }),
    columns: columnsOf(schema),
    files: files.map((file) => ({ ...sqlFile(file), location: file.location, deletes: file.deletes.map(sqlFile) })),
  };
}

/** Under which a statement reads the rows of a version. */
export const columnsOf = ({ fields }: TableSchema): TableSource["columns"] => fields.map(({ id, name, type }) => ({ name, type, fieldId: id }));

function sqlFile({ path, location, bytes }: StoredFile): DataFile {
  return { path, sha256: digestInName(location), bytes };
}

/** A version as text is a tag or branch first: ids of snapshots often come as text too. */
function placeOf({ refs }: TableMetadata, at: TableVersion): SnapshotAt {
  if (!("version" in at)) return { time: new Date(at.timestampMs) };
  return !Object.hasOwn(refs, at.version) && /^\d{1,19}$/.test(at.version) ? { snapshot: BigInt(at.version) } : { ref: at.version };
}

/** A table as it stands now, whatever is written to it meanwhile. @throws MillraceError `MR-LAKE-001` when there is none of the name */
export async function tableNow(lake: Pick<Lake, "table">, name: string): Promise<TableView> {
  const table = await lake.table(name);
  return table.at(await table.metadata());
}
