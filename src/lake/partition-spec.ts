import type { PartitionField } from "../model/manifest.ts";
import { badDeclaration } from "./table-schema.ts";
import type { IcebergType, PlacedField } from "./iceberg-type.ts";
import { allFields, typeText } from "./iceberg-type.ts";
import type { PartitionSpec, SpecField, TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSpec, lastPartitionIdOfNone } from "./table-metadata.ts";
import type { PartitionValue, Transform } from "./transform.ts";
import { fitsTransform, sourcesOf, transformOf } from "./transform.ts";

/** The first spec of a table. @throws MillraceError `MR-LAKE-006` */
export function specOf(table: string, partitionBy: PartitionField[], schema: TableSchema): PartitionSpec {
  return { "spec-id": 0, fields: fieldsOf(table, partitionBy, schema, [], lastPartitionIdOfNone) };
}

/** The spec for what is declared now: the current one or an earlier one that says the same, else a new one. */
export function evolvedSpec(table: string, metadata: TableMetadata, partitionBy: PartitionField[], schema: TableSchema): PartitionSpec {
  const specs = metadata["partition-specs"];
  const used = specs.flatMap((spec) => spec.fields);
  const fields = fieldsOf(table, partitionBy, schema, used, metadata["last-partition-id"]);
  const same = (spec: PartitionSpec) => JSON.stringify(spec.fields.map(identity)) === JSON.stringify(fields.map(identity));
  if (same(currentSpec(metadata))) return currentSpec(metadata);
  return specs.find(same) ?? { "spec-id": Math.max(...specs.map((spec) => spec["spec-id"])) + 1, fields };
}

function identity(field: SpecField): unknown {
  return [field["source-id"], field.transform];
}

/** A field that was there before keeps its id and name: readers follow them across specs. */
function fieldsOf(table: string, partitionBy: PartitionField[], schema: TableSchema, used: SpecField[], lastId: number): SpecField[] {
  let nextId = lastId + 1;
  const fields: SpecField[] = [];
  for (const declared of partitionBy) {
    const source = schema.fields.find((field) => field.name === declared.column);
    if (source === undefined) throw badDeclaration(table, `it is partitioned by "${declared.column}", which it does not have`, "name one of its columns");
    const transform = nameOf(table, declared, source.type);
    if (fields.some((field) => field["source-id"] === source.id && field.transform === transform)) {
      throw badDeclaration(table, `it is partitioned twice by ${transform} of "${declared.column}"`, "keep one of them");
    }
    const before = used.find((field) => field["source-id"] === source.id && field.transform === transform);
    fields.push(before ?? { "source-id": source.id, "field-id": nextId++, name: fieldName(declared, schema, fields), transform });
  }
  return fields;
}

function nameOf(table: string, { column, transform, parameter }: PartitionField, source: IcebergType): string {
  if (!fitsTransform(transform, source)) {
    throw badDeclaration(table, `${transform} does not fit column "${column}", which is ${typeText(source)}`, `use it on ${sourcesOf(transform)}`);
  }
  if (transform !== "bucket" && transform !== "truncate") return transform;
  if (parameter === undefined || !Number.isInteger(parameter) || parameter < 1 || parameter > 0x7fff_ffff) {
    throw badDeclaration(table, `${transform} of "${column}" needs a count from 1 to 2147483647`, `write ${transform}(16), say`);
  }
  return `${transform}[${parameter}]`;
}

/** Iceberg's own way: the column for identity, else column and transform; never the name of another column. */
function fieldName({ column, transform }: PartitionField, schema: TableSchema, taken: SpecField[]): string {
  let name = transform === "identity" ? column : `${column}_${transform === "truncate" ? "trunc" : transform}`;
  const isTaken = () => taken.some((field) => field.name === name) || (transform !== "identity" && schema.fields.some((field) => field.name === name));
  while (isTaken()) name += "_";
  return name;
}

/** A field of a spec with all that is needed to compute and store its values. */
export interface PartitionColumn {
  field: SpecField;
  /** Names from the column down to the source. */
  sourcePath: string[];
  sourceType: IcebergType;
  resultType: IcebergType;
  transform: Transform;
}

/** @returns the spec's fields, in order; those of a transform or column that is not known are an error */
export function partitionColumns(table: string, spec: PartitionSpec, schemas: TableSchema[]): PartitionColumn[] {
  return knownPartitionColumns(spec, schemas).map((column, i) => {
    if (column !== undefined) return column;
    const { name, transform } = spec.fields[i];
    throw badDeclaration(table, `its partition field "${name}" (${transform}) cannot be computed`, "write to it with the engine that made it");
  });
}

/** The same for who only reads: undefined stands for a field of a transform or column that is not known, which says nothing of rows. */
export function knownPartitionColumns(spec: PartitionSpec, schemas: TableSchema[]): (PartitionColumn | undefined)[] {
  return spec.fields.map((field) => {
    const transform = transformOf(field.transform);
    const source = placedField(schemas, field["source-id"]);
    return transform && source && { field, sourcePath: source.path, sourceType: source.field.type, resultType: transform.result(source.field.type), transform };
  });
}

/** The same text for two files of one partition, and for no others. */
export function partitionKey(specId: number, partition: PartitionValue[]): string {
  // JSON keeps text and numbers apart; a bigint is the only value that it does not know.
  return `${specId} ${JSON.stringify(partition, (_key, value) => (typeof value === "bigint" ? `${value}n` : value))}`;
}

/** Of the last schema that has it: a field keeps its id, whatever it is called by then. */
function placedField(schemas: TableSchema[], id: number): PlacedField | undefined {
  for (const { fields } of schemas.toReversed()) for (const placed of allFields(fields)) if (placed.field.id === id) return placed;
  return undefined;
}

/** The folder of a partition, for people to read: readers take the values from the manifests. */
export function partitionFolder(columns: PartitionColumn[], values: PartitionValue[]): string {
  return columns.map((column, i) => `${plain(column.field.name)}=${plain(partitionText(column, values[i]))}`).join("/");
}

function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.+-]/gu, "_").slice(0, 60);
}

/** A partition value as people write it: the day of a `day`, not its number. */
export function partitionText({ transform, resultType }: PartitionColumn, value: PartitionValue): string {
  if (value === null) return "null";
  if (resultType === "date") return isoPrefix(Number(value) * 86_400_000, "T00:00:00.000Z".length);
  if (resultType === "timestamptz" || resultType === "timestamp") return isoPrefix(Number((value as bigint) / 1000n), 0);
  if (transform.name === "hour") return isoPrefix(Number(value) * 3_600_000, ":00:00.000Z".length);
  if (transform.name === "month") return isoPrefix(Date.UTC(1970, Number(value)), "-00T00:00:00.000Z".length);
  if (transform.name === "year") return String(1970 + Number(value));
  return String(value);
}

/** A time as ISO 8601, without its last `cut` characters; a number where no calendar reaches. */
function isoPrefix(ms: number, cut: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const text = date.toISOString();
  return text.slice(0, text.length - cut);
}
