import type { AvroRecord, AvroSchema } from "./avro-decode.ts";
import { readAvro, writeAvro } from "./avro-container.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { fromUnscaledBytes, unscaledBytes, uuidText } from "./binary-value.ts";
import type { Decimal, IcebergType } from "./iceberg-type.ts";
import { decimalOf, isPrimitive } from "./iceberg-type.ts";
import type { PartitionSpec, TableSchema } from "./table-metadata.ts";
import { encodeValue } from "./single-value.ts";
import type { PartitionValue } from "./transform.ts";

/** What a manifest says of a file. Sequence numbers that are null are those of the manifest itself. */
export interface ManifestEntry {
  status: "existing" | "added" | "deleted";
  snapshotId: bigint | null;
  sequenceNumber: bigint | null;
  fileSequenceNumber: bigint | null;
  file: FileRecord;
}

/** By field id. */
export interface FieldMap<T> extends Iterable<[id: number, value: T]> {
  get(id: number): T | undefined;
}

/** A data file as a manifest holds it. */
export interface FileRecord {
  /** 0 data, 1 position deletes, 2 equality deletes. */
  content: number;
  location: string;
  format: string;
  /** By position in the partition spec. */
  partition: PartitionValue[];
  records: bigint;
  bytes: bigint;
  columnBytes?: FieldMap<bigint>;
  valueCounts?: FieldMap<bigint>;
  nullCounts?: FieldMap<bigint>;
  nanCounts?: FieldMap<bigint>;
  lowerBounds?: FieldMap<Uint8Array>;
  upperBounds?: FieldMap<Uint8Array>;
  keyMetadata?: Uint8Array | null;
  splitOffsets?: bigint[] | null;
  equalityIds?: number[] | null;
  sortOrderId?: number | null;
  /** Of a delete file: the one data file that it deletes rows of. */
  referencedDataFile?: string | null;
}

const statuses = ["existing", "added", "deleted"] as const;

/** A manifest's bytes, with all that a strict reader takes from its header. */
export function writeManifest(entries: ManifestEntry[], columns: PartitionColumn[], spec: PartitionSpec, schema: TableSchema, content: "data" | "deletes"): Promise<Uint8Array> {
  return writeAvro(entrySchema(columns), entries.map((entry) => toAvro(entry, columns)), {
    schema: JSON.stringify(schema),
    "schema-id": String(schema["schema-id"]),
    "partition-spec": JSON.stringify(spec.fields),
    "partition-spec-id": String(spec["spec-id"]),
    "format-version": "2",
    content,
  });
}

/** What entries that do not say so themselves have from the list that names their manifest. */
export interface Inherited {
  snapshotId: bigint | null;
  sequenceNumber: bigint | null;
}

const nothing: Inherited = { snapshotId: null, sequenceNumber: null };

/** @throws MillraceError `MR-LAKE-005` */
export async function readManifest(bytes: Uint8Array, where: string, inherited: Inherited = nothing): Promise<ManifestEntry[]> {
  const { metadata, records } = await readAvro(bytes, where);
  const fields = JSON.parse(metadata["partition-spec"] ?? "[]") as { name: string; "field-id": number }[];
  const readers = partitionReaders(metadata["avro.schema"], fields);
  return records.map((record) => new StoredEntry(record, readers, inherited));
}

interface PartitionReader {
  name: string;
  read(value: PartitionValue | Uint8Array): PartitionValue;
}

/** Engines change a field's name where Avro does not allow it; its id they keep. */
function partitionReaders(schemaText: string, fields: { name: string; "field-id": number }[]): PartitionReader[] {
  const schema = JSON.parse(schemaText) as RecordSchema;
  const file = schema.fields.find(({ name }) => name === "data_file")?.type as RecordSchema;
  const partition = file.fields.find(({ name }) => name === "partition")?.type as RecordSchema;
  return fields.map((field) => {
    const found = partition.fields.find((one) => one["field-id"] === field["field-id"]);
    return { name: found?.name ?? field.name, read: valueReader(found?.type) };
  });
}

/** What Avro keeps in bytes, by what the schema says that they are. */
function valueReader(type: unknown): PartitionReader["read"] {
  const logicalType = [type].flat().map((one) => (one as { logicalType?: string } | null)?.logicalType).find((one) => one !== undefined);
  return (value) => {
    if (!(value instanceof Uint8Array)) return value;
    if (logicalType === "decimal") return fromUnscaledBytes(value);
    return logicalType === "uuid" ? uuidText(value) : Buffer.from(value).toString("hex");
  };
}

interface RecordSchema {
  fields: { name: string; type: unknown; "field-id"?: number }[];
}

interface AvroEntry {
  status: number;
  snapshot_id: bigint | null;
  sequence_number: bigint | null;
  file_sequence_number: bigint | null;
  data_file: AvroDataFile;
}

interface AvroDataFile {
  content?: number;
  file_path: string;
  file_format: string;
  partition: Record<string, PartitionValue | Uint8Array>;
  record_count: bigint;
  file_size_in_bytes: bigint;
  column_sizes?: Pair<bigint>[] | null;
  value_counts?: Pair<bigint>[] | null;
  null_value_counts?: Pair<bigint>[] | null;
  nan_value_counts?: Pair<bigint>[] | null;
  lower_bounds?: Pair<Uint8Array>[] | null;
  upper_bounds?: Pair<Uint8Array>[] | null;
  key_metadata?: Uint8Array | null;
  split_offsets?: bigint[] | null;
  equality_ids?: number[] | null;
  sort_order_id?: number | null;
  referenced_data_file?: string | null;
}

interface Pair<T> {
  key: number;
  value: T;
}

function toAvro({ status, snapshotId, sequenceNumber, fileSequenceNumber, file }: ManifestEntry, columns: PartitionColumn[]): AvroEntry {
  return {
    status: statuses.indexOf(status),
    snapshot_id: snapshotId,
    sequence_number: sequenceNumber,
    file_sequence_number: fileSequenceNumber,
    data_file: {
      content: file.content,
      file_path: file.location,
      file_format: file.format,
      partition: Object.fromEntries(columns.map((column, i) => [avroName(column.field.name), toAvroValue(column.resultType, file.partition[i])])),
      record_count: file.records,
      file_size_in_bytes: file.bytes,
      column_sizes: pairs(file.columnBytes),
      value_counts: pairs(file.valueCounts),
      null_value_counts: pairs(file.nullCounts),
      nan_value_counts: pairs(file.nanCounts),
      lower_bounds: pairs(file.lowerBounds),
      upper_bounds: pairs(file.upperBounds),
      key_metadata: file.keyMetadata ?? null,
      split_offsets: file.splitOffsets ?? null,
      equality_ids: file.equalityIds ?? null,
      sort_order_id: file.sortOrderId ?? null,
      referenced_data_file: file.referencedDataFile ?? null,
    },
  };
}

/** An entry of a manifest. What is not asked for is not decoded: a plan leaves most files out by a look at one column. */
class StoredEntry implements ManifestEntry {
  readonly #record: AvroRecord;
  readonly #readers: PartitionReader[];
  readonly #inherited: Inherited;

  constructor(record: AvroRecord, readers: PartitionReader[], inherited: Inherited) {
    this.#record = record;
    this.#readers = readers;
    this.#inherited = inherited;
  }

  get status(): ManifestEntry["status"] {
    return statuses[this.#record.get("status") as number];
  }
  get snapshotId(): bigint | null {
    return (this.#record.get("snapshot_id") as bigint | null) ?? this.#inherited.snapshotId;
  }
  get sequenceNumber(): bigint | null {
    return (this.#record.get("sequence_number") as bigint | null) ?? this.#inherited.sequenceNumber;
  }
  get fileSequenceNumber(): bigint | null {
    return (this.#record.get("file_sequence_number") as bigint | null) ?? this.#inherited.sequenceNumber;
  }
  get file(): FileRecord {
    return new ManifestFile(this.#record.get("data_file") as AvroRecord, this.#readers);
  }
}

/** The entry with another status, or of another snapshot. */
export function changedEntry(entry: ManifestEntry, changes: Partial<Pick<ManifestEntry, "status" | "snapshotId">>): ManifestEntry {
  const { status, snapshotId, sequenceNumber, fileSequenceNumber, file } = entry;
  return { status, snapshotId, sequenceNumber, fileSequenceNumber, file, ...changes };
}

class ManifestFile implements FileRecord {
  readonly #record: AvroRecord;
  readonly #readers: PartitionReader[];

  constructor(record: AvroRecord, readers: PartitionReader[]) {
    this.#record = record;
    this.#readers = readers;
  }

  #get<T>(name: string): T {
    return this.#record.get(name) as T;
  }

  #map<T>(name: string): FieldMap<T> | undefined {
    return (this.#record.get(name) as FieldMap<T> | null | undefined) ?? undefined;
  }

  get content(): number {
    return this.#get<number | undefined>("content") ?? 0;
  }
  get location(): string {
    return this.#get("file_path");
  }
  get format(): string {
    return this.#get("file_format");
  }
  get partition(): PartitionValue[] {
    const partition = this.#get<AvroRecord>("partition");
    return this.#readers.map(({ name, read }) => read((partition.get(name) ?? null) as PartitionValue | Uint8Array));
  }
  get records(): bigint {
    return this.#get("record_count");
  }
  get bytes(): bigint {
    return this.#get("file_size_in_bytes");
  }
  get columnBytes(): FieldMap<bigint> | undefined {
    return this.#map("column_sizes");
  }
  get valueCounts(): FieldMap<bigint> | undefined {
    return this.#map("value_counts");
  }
  get nullCounts(): FieldMap<bigint> | undefined {
    return this.#map("null_value_counts");
  }
  get nanCounts(): FieldMap<bigint> | undefined {
    return this.#map("nan_value_counts");
  }
  get lowerBounds(): FieldMap<Uint8Array> | undefined {
    return this.#map("lower_bounds");
  }
  get upperBounds(): FieldMap<Uint8Array> | undefined {
    return this.#map("upper_bounds");
  }
  get keyMetadata(): Uint8Array | null | undefined {
    return this.#get("key_metadata");
  }
  get splitOffsets(): bigint[] | null | undefined {
    return this.#get("split_offsets");
  }
  get equalityIds(): number[] | null | undefined {
    return this.#get("equality_ids");
  }
  get sortOrderId(): number | null | undefined {
    return this.#get("sort_order_id");
  }
  get referencedDataFile(): string | null | undefined {
    return this.#get("referenced_data_file");
  }
}

function pairs<T>(map: FieldMap<T> | undefined): Pair<T>[] | null {
  return map ? Array.from(map, ([key, value]) => ({ key, value })) : null;
}

function toAvroValue(type: IcebergType, value: PartitionValue): PartitionValue | Uint8Array {
  if (value === null) return null;
  if (type === "long" || type === "time" || type === "timestamptz" || type === "timestamp") return BigInt(value);
  const decimal = decimalOf(type);
  if (decimal !== undefined) return unscaledBytes(BigInt(value), decimalBytes(decimal));
  return type === "uuid" || type === "binary" || (isPrimitive(type) && type.startsWith("fixed[")) ? encodeValue(type, value) : value;
}

/** Of the fixed length that a decimal has in Avro: the fewest that hold all of its digits. */
function decimalBytes({ precision }: Decimal): number {
  return unscaledBytes(10n ** BigInt(precision) - 1n).length;
}

/** Avro allows letters, digits and underscores; others are written as their code, as Iceberg's Java library does. */
function avroName(name: string): string {
  return name.replaceAll(/^\d|[^A-Za-z0-9_]/gu, (char) => (/\d/.test(char) ? `_${char}` : `_x${(char.codePointAt(0) as number).toString(16).toUpperCase()}`));
}

/** @param name - for types that Avro wants named, each once in a schema */
function partitionType(type: IcebergType, name: string): AvroSchema {
  const decimal = decimalOf(type);
  if (decimal !== undefined) return { type: "fixed", name: `decimal_${name}`, size: decimalBytes(decimal), logicalType: "decimal", ...decimal };
  if (type === "uuid") return { type: "fixed", name: `uuid_${name}`, size: 16, logicalType: "uuid" };
  const fixed = isPrimitive(type) ? /^fixed\[(\d+)\]$/.exec(type) : null;
  if (fixed !== null) return { type: "fixed", name: `fixed_${name}`, size: Number(fixed[1]) };
  return partitionTypes[type as string];
}

const partitionTypes: Record<string, AvroSchema> = {
  string: "string",
  boolean: "boolean",
  int: "int",
  long: "long",
  float: "float",
  double: "double",
  binary: "bytes",
  date: { type: "int", logicalType: "date" },
  time: { type: "long", logicalType: "time-micros" },
  timestamptz: { type: "long", logicalType: "timestamp-micros", "adjust-to-utc": true },
  timestamp: { type: "long", logicalType: "timestamp-micros", "adjust-to-utc": false },
};

function entrySchema(columns: PartitionColumn[]): AvroSchema {
  const partition = columns.map(({ field, resultType }) => optional(avroName(field.name), field["field-id"], partitionType(resultType, String(field["field-id"]))));
  return record("manifest_entry", [
    required("status", 0, "int"),
    optional("snapshot_id", 1, "long"),
    optional("sequence_number", 3, "long"),
    optional("file_sequence_number", 4, "long"),
    required("data_file", 2, record("r2", fileFields(partition))),
  ]);
}

function fileFields(partition: AvroSchema[]): AvroSchema[] {
  return [
    required("content", 134, "int"),
    required("file_path", 100, "string"),
    required("file_format", 101, "string"),
    required("partition", 102, record("r102", partition)),
    required("record_count", 103, "long"),
    required("file_size_in_bytes", 104, "long"),
    optional("column_sizes", 108, map(117, 118, "long")),
    optional("value_counts", 109, map(119, 120, "long")),
    optional("null_value_counts", 110, map(121, 122, "long")),
    optional("nan_value_counts", 137, map(138, 139, "long")),
    optional("lower_bounds", 125, map(126, 127, "bytes")),
    optional("upper_bounds", 128, map(129, 130, "bytes")),
    optional("key_metadata", 131, "bytes"),
    optional("split_offsets", 132, { type: "array", items: "long", "element-id": 133 }),
    optional("equality_ids", 135, { type: "array", items: "int", "element-id": 136 }),
    optional("sort_order_id", 140, "int"),
    optional("referenced_data_file", 143, "string"),
  ];
}

export function record(name: string, fields: AvroSchema[]): AvroSchema {
  return { type: "record", name, fields };
}

export function required(name: string, id: number, type: AvroSchema): AvroSchema {
  return { name, type, "field-id": id };
}

export function optional(name: string, id: number, type: AvroSchema): AvroSchema {
  return { name, type: ["null", type], default: null, "field-id": id };
}

/** Avro's own maps have text as keys alone; Iceberg writes those with other keys as arrays of pairs. */
function map(keyId: number, valueId: number, values: AvroSchema): AvroSchema {
  const pair = record(`k${keyId}_v${valueId}`, [required("key", keyId, "int"), required("value", valueId, values)]);
  return { type: "array", logicalType: "map", items: pair };
}
