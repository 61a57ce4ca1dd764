/*
 * The types of Iceberg's columns, format version 2, as they stand in a schema's JSON. Each field, also one inside of
 * another, has an id that is never used for anything else: data files are read by it, whatever the names are by then.
 */

export type PrimitiveType =
  | "boolean"
  | "int"
  | "long"
  | "float"
  | "double"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "string"
  | "uuid"
  | "binary"
  /** `decimal(P, S)`: P digits in all, at most 38, S of them after the point. */
  | `decimal(${string})`
  /** `fixed[L]`: L bytes. */
  | `fixed[${string}]`;

export interface StructType {
  type: "struct";
  fields: SchemaField[];
}

export interface ListType {
  type: "list";
  "element-id": number;
  element: IcebergType;
  "element-required": boolean;
}

export interface MapType {
  type: "map";
  "key-id": number;
  key: IcebergType;
  "value-id": number;
  value: IcebergType;
  "value-required": boolean;
}

export type IcebergType = PrimitiveType | StructType | ListType | MapType;

export interface SchemaField {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}

export function isPrimitive(type: IcebergType): type is PrimitiveType {
  return typeof type === "string";
}

/** The fields right inside of a type; of lists `element`, of maps `key` and `value`, as Parquet calls them. */
export function innerFields(type: IcebergType): SchemaField[] {
  if (isPrimitive(type)) return [];
  if (type.type === "struct") return type.fields;
  if (type.type === "list") return [{ id: type["element-id"], name: "element", required: type["element-required"], type: type.element }];
  return [
    { id: type["key-id"], name: "key", required: true, type: type.key },
    { id: type["value-id"], name: "value", required: type["value-required"], type: type.value },
  ];
}

export interface PlacedField {
  field: SchemaField;
  /** Names from the column down to the field. */
  path: string[];
  /** A list or map stands above it: a row has any number of its values. */
  repeated: boolean;
}

/** All fields, the outer ones before those inside of them. */
export function* allFields(fields: readonly SchemaField[], path: string[] = [], repeated = false): Generator<PlacedField> {
  for (const field of fields) {
    const here = [...path, field.name];
    yield { field, path: here, repeated };
    const inRepeated = repeated || (!isPrimitive(field.type) && field.type.type !== "struct");
    yield* allFields(innerFields(field.type), here, inRepeated);
  }
}

/** 0 of no fields. */
export function greatestId(fields: readonly SchemaField[]): number {
  let greatest = 0;
  for (const { field } of allFields(fields)) greatest = Math.max(greatest, field.id);
  return greatest;
}

/**
 * The same fields with ids from `nextId` on: those of one level first, then those inside of them, as Iceberg's own
 * libraries number them.
 */
export function withFreshIds(fields: readonly SchemaField[], nextId: number): SchemaField[] {
  let next = nextId;
  const fresh = () => next++;
  const numbered = (level: readonly SchemaField[]): SchemaField[] =>
    level.map((field) => ({ ...field, id: fresh() })).map((field) => ({ ...field, type: inside(field.type) }));
  const inside = (type: IcebergType): IcebergType => {
    if (isPrimitive(type)) return type;
    if (type.type === "struct") return { ...type, fields: numbered(type.fields) };
    if (type.type === "list") {
      const elementId = fresh();
      return { ...type, "element-id": elementId, element: inside(type.element) };
    }
    const [keyId, valueId] = [fresh(), fresh()];
    return { ...type, "key-id": keyId, key: inside(type.key), "value-id": valueId, value: inside(type.value) };
  };
  return numbered(fields);
}

export interface Decimal {
  precision: number;
  scale: number;
}

/** Undefined for what is no decimal. */
export function decimalOf(type: IcebergType): Decimal | undefined {
  const match = isPrimitive(type) ? /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type) : null;
  return match === null ? undefined : { precision: Number(match[1]), scale: Number(match[2]) };
}

/** As other engines print it in a schema. */
export function decimalType({ precision, scale }: Decimal): PrimitiveType {
  return `decimal(${precision}, ${scale})`;
}

/** Whether a column may become `to` without a file being written anew: every value stays what it is. */
export function canPromote(from: IcebergType, to: IcebergType): boolean {
  if (from === "int" && to === "long") return true;
  if (from === "float" && to === "double") return true;
  const [narrow, wide] = [decimalOf(from), decimalOf(to)];
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision <= wide.precision;
}

/** Whether two types say the same, ids, notes and spaces aside. */
export function sameType(a: IcebergType, b: IcebergType): boolean {
  if (isPrimitive(a) || isPrimitive(b)) return isPrimitive(a) && isPrimitive(b) && a.replaceAll(" ", "") === b.replaceAll(" ", "");
  if (a.type !== b.type) return false;
  const [ours, theirs] = [innerFields(a), innerFields(b)];
  return ours.length === theirs.length && ours.every((field, i) => field.name === theirs[i].name && field.required === theirs[i].required && sameType(field.type, theirs[i].type));
}

/** For people: `struct<a: int, b: list<string>>`. */
export function typeText(type: IcebergType): string {
  if (isPrimitive(type)) return type;
  if (type.type === "list") return `list<${typeText(type.element)}>`;
  if (type.type === "map") return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
  return `struct<${type.fields.map(({ name, type: inner }) => `${name}: ${typeText(inner)}`).join(", ")}>`;
}
