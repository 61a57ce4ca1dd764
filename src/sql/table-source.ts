import { isAbsolute } from "node:path";
import { MillraceError } from "../errors.ts";
import { digestInName } from "../lake/data-file.ts";
import { readsByName } from "../lake/projection.ts";
import type { Table } from "../lake/table.ts";
import type { TableSource } from "./query-request.ts";

/** A table of the lake as it stands now. */
export async function tableSource(table: Pick<Table, "name" | "currentSnapshot" | "files" | "schema" | "metadata">): Promise<TableSource> {
  const snapshotId = (await table.currentSnapshot())?.["snapshot-id"];
  const files = snapshotId === undefined ? [] : await table.files(snapshotId);
  const { fields } = await table.schema();
  const metadata = await table.metadata();
  return {
    kind: "table",
    snapshotId,
    ...(!readsByName(metadata) && { byFile: metadata.properties }),
    columns: fields.map(({ id, name, type }) => ({ name, type, fieldId: id })),
    files: files.map(({ path, location }) => {
      if (isAbsolute(path)) return { path, sha256: digestInName(location) };
      throw new MillraceError("MR-LAKE-004", { what: "a data file lies outside this lake", where: `table "${table.name}"`, mend: "copy its files into the lake; files elsewhere are not opened" });
    }),
  };
}
