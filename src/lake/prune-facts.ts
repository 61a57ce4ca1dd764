import type { FilterColumn } from "./filter.ts";
import type { ComparableValue } from "./filter-value.ts";
import { comparableValue, compareComparable, isBytes } from "./filter-value.ts";
import type { IcebergType } from "./iceberg-type.ts";
import type { FieldMap, FileRecord } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { transformSourcesOf } from "./prune-transform.ts";
import { decodeValue } from "./single-value.ts";
import type { PartitionValue, SourceValue } from "./transform.ts";

/** What is known of a column's values in a file, or in all files of a manifest. What is absent is not known. */
export interface ColumnFacts {
  /** Rows where it is null: none, all, or unknown. */
  nulls?: "none" | "all";
  /** No value is below it. */
  lower?: ComparableValue;
  /** No value is above it, NaN among them. */
  upper?: ComparableValue;
  /** The bucket of every value, where rows are partitioned so: from `least` to `most`. */
  bucket?: { of(value: ComparableValue): number; least: number; most: number };
}

/** What all of several sources say together. */
export function allFacts(facts: ColumnFacts[]): ColumnFacts {
  const together: ColumnFacts = {};
  for (const { nulls, lower, upper, bucket } of facts) {
    together.nulls ??= nulls;
    together.bucket ??= bucket;
    if (lower !== undefined && (together.lower === undefined || compareComparable(lower, together.lower) > 0)) together.lower = lower;
    if (upper !== undefined && (together.upper === undefined || compareComparable(upper, together.upper) < 0)) together.upper = upper;
  }
  return together;
}

/** What a file's own statistics say of a column. */
export function statisticsFacts(column: FilterColumn, file: FileRecord): ColumnFacts {
  return new StatisticsFacts(column, file);
}

/** Each is looked up when it is asked for: of very many files most are out by one bound alone. */
class StatisticsFacts implements ColumnFacts {
  readonly #column: FilterColumn;
  readonly #file: FileRecord;

  constructor(column: FilterColumn, file: FileRecord) {
    this.#column = column;
    this.#file = file;
  }

  get nulls(): ColumnFacts["nulls"] {
    const { id, required } = this.#column;
    if (required) return "none";
    const nulls = this.#file.nullCounts?.get(id);
    if (nulls === undefined || nulls === 0n) return nulls === undefined ? undefined : "none";
    return nulls === (this.#file.valueCounts?.get(id) ?? this.#file.records) ? "all" : undefined;
  }

  get lower(): ComparableValue | undefined {
    return this.#bound(this.#file.lowerBounds);
  }

  get upper(): ComparableValue | undefined {
    // Bounds leave NaN out, which is above them all.
    const isBelowNan = this.#isFloat && this.#file.nanCounts?.get(this.#column.id) !== 0n;
    return isBelowNan ? undefined : this.#bound(this.#file.upperBounds);
  }

  get #isFloat(): boolean {
    return this.#column.type === "float" || this.#column.type === "double";
  }

  #bound(bounds: FieldMap<Uint8Array> | undefined): ComparableValue | undefined {
    const { id, type } = this.#column;
    const bytes = bounds?.get(id);
    const value = bytes && (type === "string" || isBytes(type) ? asBuffer(bytes) : comparableValue(type, decodeValue(type, bytes)));
    return this.#isFloat && Number.isNaN(value) ? undefined : value;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a file's partition says of the column that it is computed from. */
export function partitionFacts(column: PartitionColumn, value: PartitionValue): ColumnFacts {
  return value === null ? { nulls: "all" } : rangeFacts(column, value, value, "none");
}

/** What a manifest's summary of a partition field says of the column that it is computed from. */
export function summaryFacts(column: PartitionColumn, summary: ManifestRef["partitions"][number] | undefined): ColumnFacts {
  if (summary === undefined) return {};
  const { lower, upper, containsNull } = summary;
  if (lower === null && upper === null) return containsNull ? { nulls: "all" } : {};
  const read = (bytes: Uint8Array | null) => (bytes === null ? undefined : decodeValue(column.resultType, bytes));
  return rangeFacts(column, read(lower), read(upper), containsNull ? undefined : "none");
}

/** @param least, most - of the partition's values; undefined where there is no bound */
function rangeFacts(column: PartitionColumn, least: SourceValue | undefined, most: SourceValue | undefined, nulls: ColumnFacts["nulls"]): ColumnFacts {
  const range = transformSourcesOf(column.transform);
  if (range.kind === "none") return {};
  if (range.kind === "bucket") {
    return least === undefined || most === undefined ? { nulls } : { nulls, bucket: { of: (value) => range.of(sourceOf(value, column.sourceType), column.sourceType), least: Number(least), most: Number(most) } };
  }
  const isFloat = column.sourceType === "float" || column.sourceType === "double";
  const comparable = (value: SourceValue | undefined) => (value === undefined || Number.isNaN(value) ? undefined : comparableValue(column.sourceType, value));
  return {
    nulls,
    lower: comparable(least === undefined ? undefined : range.first(least, column.sourceType)),
    upper: isFloat ? undefined : comparable(most === undefined ? undefined : range.last(most, column.sourceType)),
  };
}

function sourceOf(value: ComparableValue, type: IcebergType): SourceValue {
  return typeof value === "object" ? value.toString(type === "string" ? "utf8" : "hex") : value;
}
