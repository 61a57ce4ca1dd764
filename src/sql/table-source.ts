import { isAbsolute } from "node:path";
import { MillraceError } from "../errors.ts";
import { digestInName } from "../lake/data-file.ts";
import { readsByName } from "../lake/projection.ts";
import type { Lake } from "../lake/lake.ts";
import type { StoredFile, TableView } from "../lake/table.ts";
import { currentSnapshot, type TableMetadata } from "../lake/table-metadata.ts";
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
  const version = at && versionOf(table.name, metadata, at);
  const schema = await table.schema(version);
  const { files, filesPruned } = await table.planFiles({ snapshotId: version, where: fileFilter(schema, conditions) });
  const { fields } = schema;
  return {
    kind: "table",
    snapshotId: version ?? currentSnapshot(metadata)?.["snapshot-id"],
    filesPruned,
    ...(!readsByName(metadata) && { byFile: metadata.properties }),
    columns: fields.map(({ id, name, type }) => ({ name, type, fieldId: id })),
    files: files.map((file) => ({ ...sqlFile(table.name, file), location: file.location, deletes: file.deletes.map((one) => sqlFile(table.name, one)) })),
  };
}

/** Of the log of snapshots, not of the chain of parents: after a rollback they differ, and the log says what was seen then. */
function versionOf(table: string, metadata: TableMetadata, at: TableVersion): bigint {
  const id = "version" in at ? namedVersion(metadata, at.version) : metadata["snapshot-log"].findLast((entry) => entry["timestamp-ms"] <= at.timestampMs)?.["snapshot-id"];
  if (id !== undefined) return id;
  const wanted = "version" in at ? `version ${JSON.stringify(at.version)}` : `version at ${new Date(at.timestampMs).toISOString()}`;
  throw new MillraceError("MR-LAKE-001", { what: `table "${table}" has no ${wanted}`, where: `table "${table}"`, mend: "choose the id of one of its snapshots, one of its tags or branches, or a later time; old snapshots expire" });
}

function namedVersion({ refs }: TableMetadata, version: string): bigint | undefined {
  const ref = Object.hasOwn(refs, version) ? refs[version]["snapshot-id"] : undefined;
  return ref ?? (/^\d{1,19}$/.test(version) ? BigInt(version) : undefined);
}

function sqlFile(table: string, { path, location, bytes }: StoredFile): DataFile {
  if (isAbsolute(path)) return { path, sha256: digestInName(location), bytes };
  throw new MillraceError("MR-LAKE-004", { what: "a data file lies outside this lake", where: `table "${table}", ${location}`, mend: "copy its files into the lake; files elsewhere are not opened" });
}

/** A table as it stands now, whatever is written to it meanwhile. @throws MillraceError `MR-LAKE-001` when there is none of the name */
export async function tableNow(lake: Pick<Lake, "table">, name: string): Promise<TableView> {
  const table = await lake.table(name);
  return table.at(await table.metadata());
}
