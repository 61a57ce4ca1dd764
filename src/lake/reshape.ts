import { isDeepStrictEqual } from "node:util";
import { MillraceError } from "../errors.ts";
import type { PartitionField } from "../model/manifest.ts";
import type { SchemaField } from "./iceberg-type.ts";
import { evolvedSpec } from "./partition-spec.ts";
import type { SchemaChange } from "./schema-change.ts";
import { changedSchema } from "./schema-change.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { currentSchema, withSchema, withSpec } from "./table-metadata.ts";

/** Columns and partitions that a table takes on together with rows: nobody sees the one without the other. */
export interface Reshape {
  columns: readonly SchemaChange[];
  partitionBy: PartitionField[];
}

/** A reshape that files were written for. */
export interface PlannedReshape extends Reshape {
  /** What comes of it: the columns, with the ids that the files have. */
  fields: SchemaField[];
}

/** The table as it is after it. @throws MillraceError `MR-LAKE-003`, `MR-LAKE-006` for what cannot be done */
export function reshaped(table: string, base: TableMetadata, { columns, partitionBy }: Reshape): TableMetadata {
  const changed = columns.length === 0 ? base : (withSchema(base, changedSchema(table, base, columns)) ?? base);
  return withSpec(changed, evolvedSpec(table, changed, partitionBy, currentSchema(changed))) ?? changed;
}

/** As `reshaped`. @throws MillraceError `MR-LAKE-002`, to be retried, when something else comes of it by now */
export function reshapedAsPlanned(table: string, base: TableMetadata, planned: PlannedReshape): TableMetadata {
  const next = reshaped(table, base, planned);
  if (planned.columns.length === 0 || isDeepStrictEqual(currentSchema(next).fields, planned.fields)) return next;
  throw new MillraceError("MR-LAKE-002", {
    what: "its columns were changed by another while rows were written that change them too",
    where: `table "${table}"`,
    mend: "write the rows again",
    retryable: true,
  });
}
