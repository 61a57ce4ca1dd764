import { isAbsolute } from "node:path";
import { MillraceError } from "../errors.ts";
import { digestInName } from "../lake/data-file.ts";
import { readsByName } from "../lake/projection.ts";
import type { SnapshotAt } from "../lake/refs.ts";
import { snapshotAt } from "../lake/refs.ts";
import type { StoredFile, TableView } from "../lake/table.ts";
import { currentSnapshot, type TableMetadata } from "../lake/table-metadata.ts";
import type { DataFile, TableSource, TableVersion } from "./query-request.ts";

/**
 * A table of the lake as it stands now, or one of its versions, under the columns that it had then.
 * @throws MillraceError `MR-LAKE-001` when there is no such version
 */
export async function tableSource(table: TableView, at?: TableVersion): Promise<TableSource> {
  const metadata = await table.metadata();
  const snapshotId = at === undefined ? currentSnapshot(metadata)?.["snapshot-id"] : snapshotAt(table.name, metadata, placeOf(metadata, at))["snapshot-id"];
  const files = snapshotId === undefined ? [] : await table.files(snapshotId);
  const { fields } = await table.schema(at === undefined ? undefined : snapshotId);
  return {
    kind: "table",
    snapshotId,
    ...(!readsByName(metadata) && { byFile: metadata.properties }),
    columns: fields.map(({ id, name, type }) => ({ name, type, fieldId: id })),
    files: files.map((file) => ({ ...sqlFile(table.name, file), location: file.location, deletes: file.deletes.map((one) => sqlFile(table.name, one)) })),
  };
}

function sqlFile(table: string, { path, location }: StoredFile): DataFile {
  if (isAbsolute(path)) return { path, sha256: digestInName(location) };
  throw new MillraceError("MR-LAKE-004", { what: "a data file lies outside this lake", where: `table "${table}", ${location}`, mend: "copy its files into the lake; files elsewhere are not opened" });
}

/** A name is that of a tag or branch before it is the id of a snapshot. */
function placeOf({ refs }: TableMetadata, at: TableVersion): SnapshotAt {
  if (!("version" in at)) return { time: new Date(at.timestampMs) };
  return !Object.hasOwn(refs, at.version) && /^\d{1,19}$/.test(at.version) ? { snapshot: BigInt(at.version) } : { ref: at.version };
}
