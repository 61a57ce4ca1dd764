import { MillraceError } from "../errors.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { compareValues, decodeValue } from "./single-value.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import type { SpecField, TableMetadata } from "./table-metadata.ts";
import { currentSchema, currentSpec } from "./table-metadata.ts";
import { badDeclaration } from "./table-schema.ts";
import type { PartitionValue, SourceValue } from "./transform.ts";

/**
 * All rows of a table, or those with one value of the column that the table is partitioned by. Values as partitioning sees
 * them: microseconds since 1970, as a bigint, for a timestamp.
 */
export type RowChoice = "all" | { column: string; value: SourceValue };

/** Which data files hold chosen rows. Each file holds chosen rows alone, or none. */
export interface FileChoice {
  /** The partition of files with chosen rows that are written now. */
  partition: PartitionValue[];
  /** False where the manifest surely names no file that is chosen. */
  mayHold(manifest: ManifestRef): boolean;
  /** @throws MillraceError `MR-LAKE-006` for a file from before the table was partitioned so, which may hold other rows too */
  holds(file: FileRecord, specId: number): boolean;
}

/** @throws MillraceError `MR-LAKE-006` where the table is not partitioned so that whole files can be chosen */
export function fileChoice(table: string, metadata: TableMetadata, rows: RowChoice): FileChoice {
  if (rows === "all") {
    checkUnpartitioned(table, metadata);
    return { partition: [], mayHold: () => true, holds: () => true };
  }
  const field = currentSchema(metadata).fields.find(({ name }) => name === rows.column);
  if (field === undefined) throw badDeclaration(table, `it has no column "${rows.column}" to replace rows by`, "declare the column as a timestamp");
  checkPartitioned(table, metadata, field);
  return new ValueChoice(table, metadata, field, rows.value);
}

function checkUnpartitioned(table: string, metadata: TableMetadata): void {
  const [field] = currentSpec(metadata).fields;
  if (field === undefined) return;
  throw badDeclaration(table, `it is partitioned by "${field.name}", and can only be replaced whole when it is not partitioned`, "declare it without partitionBy, or name the column that holds the start of the interval");
}

function checkPartitioned(table: string, metadata: TableMetadata, field: SchemaField): void {
  const { fields } = currentSpec(metadata);
  if (fields.length === 1 && isIdentityOf(fields[0], field)) return;
  const found = fields.length === 0 ? "it is not partitioned" : `it is partitioned by ${fields.map(({ name, transform }) => `${transform} "${name}"`).join(", ")}`;
  throw badDeclaration(table, `${found}, and rows of one "${field.name}" can only be replaced when it is partitioned by the identity of that column alone`, `declare it with partitionBy: [identity("${field.name}")]`);
}

function isIdentityOf(field: SpecField, { id }: SchemaField): boolean {
  return field.transform === "identity" && field["source-id"] === id;
}

class ValueChoice implements FileChoice {
  readonly partition: PartitionValue[];
  readonly #table: string;
  readonly #field: SchemaField;
  readonly #value: SourceValue;
  /** Where the column stands in each partition spec that has it whole. */
  readonly #places: Map<number, number>;

  constructor(table: string, metadata: TableMetadata, field: SchemaField, value: SourceValue) {
    this.#table = table;
    this.#field = field;
    this.#value = comparable(field.type, value);
    this.partition = [field.type === "int" || field.type === "date" ? Number(value) : this.#value];
    const places = metadata["partition-specs"].map((spec): [number, number] => [spec["spec-id"], spec.fields.findIndex((one) => isIdentityOf(one, field))]);
    this.#places = new Map(places.filter(([, place]) => place >= 0));
  }

  mayHold({ specId, partitions }: ManifestRef): boolean {
    const place = this.#places.get(specId);
    const summary = place === undefined ? undefined : partitions[place];
    return summary === undefined || this.#isWithin(summary.lower, summary.upper);
  }

  holds(file: FileRecord, specId: number): boolean {
    const place = this.#places.get(specId);
    if (place !== undefined) {
      const value = file.partition[place];
      return value !== null && this.#compare(value) === 0;
    }
    const { id } = this.#field;
    if (!this.#isWithin(file.lowerBounds?.get(id), file.upperBounds?.get(id))) return false;
    throw new MillraceError("MR-LAKE-006", {
      what: `a file from before table "${this.#table}" was partitioned by "${this.#field.name}" may hold rows that are to be replaced, and others`,
      where: file.location,
      mend: "write the rows of that time into a new table, declared as this one is now",
    });
  }

  /** True as well where a bound is not known. */
  #isWithin(lower: Uint8Array | null | undefined, upper: Uint8Array | null | undefined): boolean {
    const { type } = this.#field;
    if (lower && this.#compare(decodeValue(type, lower)) > 0) return false;
    return !(upper && this.#compare(decodeValue(type, upper)) < 0);
  }

  /** The sign of `value` against the one chosen. */
  #compare(value: SourceValue): number {
    return compareValues(comparable(this.#field.type, value), this.#value);
  }
}

/** Whole numbers come as numbers or as bigint, depending on who read them. */
export function comparable(type: IcebergType, value: SourceValue): SourceValue {
  return type === "string" || type === "boolean" || type === "float" || type === "double" ? value : BigInt(value);
}
