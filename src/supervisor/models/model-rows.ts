import { everyRow } from "../../lake/filter.ts";
import type { RowChange, RowChangeRequest } from "../../lake/row-change.ts";
import type { StagedParquet } from "../../lake/row-files.ts";
import type { Table } from "../../lake/table.ts";
import type { Materialization } from "../../model/models/model-decl.ts";

export interface ModelRows extends RowChangeRequest {
  files: StagedParquet[];
  /** Start of the run's data interval, microseconds since 1970. */
  start: bigint;
  /** All rows of before go. */
  full: boolean;
}

/** What becomes of a model's table when its statement has given rows. */
export function modelRows(table: Table, materialize: Materialization, { start, full, ...request }: ModelRows): Promise<RowChange> {
  if (full && materialize.kind !== "interval") return table.replaceRows({ ...request, where: everyRow });
  switch (materialize.kind) {
    case "interval":
      return table.replaceRows({ ...request, where: { op: "=", column: materialize.column, value: start } });
    case "append":
      return table.append(request);
    case "merge":
      return table.merge({ ...request, keys: materialize.key });
    case "replace-keys":
      return table.merge({ ...request, keys: materialize.key, duplicates: "keep" });
    case "history":
      return table.merge({ ...request, keys: ["version_id"] });
    default:
      return table.replaceRows({ ...request, where: everyRow });
  }
}
