import { everyRow, type Filter } from "../../lake/filter.ts";
import type { RowChange, RowChangeRequest } from "../../lake/row-change.ts";
import type { StagedParquet } from "../../lake/row-files.ts";
import type { Table } from "../../lake/table.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";
import type { Materialization } from "../../model/models/model-decl.ts";

export interface ModelRows extends RowChangeRequest {
  files: StagedParquet[];
  /**
   * The time whose rows are replaced, of a model by interval: from and to, exclusive, milliseconds since 1970.
   * @param parent - the version that the rows come upon: it says what is filled
   */
  replaced: (parent: Snapshot | undefined) => [from: number, to: number];
  /** All rows of before go. */
  full: boolean;
}

/** What becomes of a model's table when its statement has given rows. */
export function modelRows(table: Table, materialize: Materialization, { replaced, full, ...request }: ModelRows): Promise<RowChange> {
  if (full && materialize.kind !== "interval") return table.replaceRows({ ...request, where: everyRow });
  switch (materialize.kind) {
    case "interval":
      return table.replaceRows({ ...request, where: (parent) => timesIn(materialize.column, replaced(parent)) });
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

export function timesIn(column: string, [from, to]: [number, number]): Filter {
  const micros = (ms: number) => BigInt(ms) * 1_000n;
  return { op: "and", filters: [{ op: ">=", column, value: micros(from) }, { op: "<", column, value: micros(to) }] };
}
