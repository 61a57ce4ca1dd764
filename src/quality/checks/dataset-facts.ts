import { digestInName } from "../../lake/data-file.ts";
import { type ComparableValue, comparableValue, compareComparable } from "../../lake/filter-value.ts";
import { type IcebergType, isPrimitive } from "../../lake/iceberg-type.ts";
import type { ColumnBounds, DataFile } from "../../lake/table.ts";
import type { TableSchema } from "../../lake/table-metadata.ts";

/** What a version's manifests say of it: no row is read for it. */
export interface DatasetFacts {
  /** Rows in its files, those among them that delete files delete. */
  rows: number;
  /** None of these rows is deleted: counts are exact. Where some are, what holds for all of them still holds for those that are left. */
  whole: boolean;
  /** When it was committed, milliseconds since 1970. */
  committedAt: number;
  /** Rows of the versions before it, the newest first. */
  rowsBefore: readonly number[];
  columns: ReadonlyMap<string, ColumnFacts>;
}

/** What is absent is not known. */
export interface ColumnFacts {
  type: IcebergType;
  nulls?: number;
  /** There is no NaN, for certain. */
  withoutNan: boolean;
  /** No value but NaN is outside of these. */
  lower?: ComparableValue;
  upper?: ComparableValue;
  /** What the column takes in all files. */
  bytes?: number;
  /** The bounds are values that are there: our own files say so, those of others need not. */
  tight: boolean;
}

/** @param schema - of the version; only columns that have kept their name since are known, for files go by the names of today */
export function datasetFacts(files: readonly DataFile[], schema: TableSchema, now: TableSchema, at: { committedAt: number; rowsBefore: readonly number[] }): DatasetFacts {
  const bounds = files.map((file) => ({ file, columns: file.bounds, isOurs: digestInName(file.location) !== undefined }));
  const named = new Map(now.fields.map(({ id, name }) => [name, id]));
  const columns = new Map<string, ColumnFacts>();
  for (const { id, name, type } of schema.fields) {
    if (named.get(name) !== id || !isPrimitive(type)) continue;
    columns.set(name, columnFacts(type, bounds.map(({ file, columns: each, isOurs }) => ({ records: file.records, isOurs, ...each[name] }))));
  }
  return { ...at, rows: files.reduce((sum, { records }) => sum + records, 0), whole: files.every(({ deletes }) => deletes.length === 0), columns };
}

type FileFacts = ColumnBounds & { records: number; isOurs: boolean };

function columnFacts(type: IcebergType, files: FileFacts[]): ColumnFacts {
  // A file of nulls alone has no bounds, and needs none.
  const valued = files.filter(({ nulls, records }) => nulls === undefined || nulls < records);
  const isFloat = type === "float" || type === "double";
  return {
    type,
    ...(files.every(({ nulls }) => nulls !== undefined) && { nulls: files.reduce((sum, { nulls = 0 }) => sum + nulls, 0) }),
    ...(files.every(({ bytes }) => bytes !== undefined) && { bytes: files.reduce((sum, { bytes = 0 }) => sum + bytes, 0) }),
    withoutNan: !isFloat || valued.every(({ nans }) => nans === 0),
    lower: extreme(type, valued.map(({ lower }) => lower), -1),
    upper: extreme(type, valued.map(({ upper }) => upper), 1),
    tight: type !== "string" && valued.every(({ isOurs }) => isOurs),
  };
}

function extreme(type: IcebergType, values: readonly ColumnBounds["lower"][], sign: -1 | 1): ComparableValue | undefined {
  let most: ComparableValue | undefined;
  for (const value of values) {
    if (value === undefined) return undefined;
    const comparable = comparableValue(type, value);
    if (typeof comparable === "number" && Number.isNaN(comparable)) return undefined;
    if (most === undefined || compareComparable(comparable, most) * sign > 0) most = comparable;
  }
  return most;
}
