import { MillraceError } from "../errors.ts";
import { resolve } from "./column.ts";
import type { Column, ColumnType, JsonSchema, TopicDecl } from "./manifest.ts";

/*
 * The records of a topic as Avro knows them: our schema on the left, Avro's on the right.
 *
 *   integer                          long
 *   number                           double
 *   boolean                          boolean
 *   timestamp                        long, timestamp-millis
 *   date                             int, date
 *   string                           string; with an enum of Avro's names for values: enum
 *   object with named fields         record; a field that may be absent: union with null, default null
 *   object with any fields           map
 *   list                             array
 *   null is allowed                  union with null, which stands first
 *   several types                    union
 *   anything else                    string with the value's JSON text, logical type json
 *
 * Inside of objects and lists timestamps and dates stay the text that they came as, and so do decimals and integers beyond
 * 2 ** 53 everywhere, which are text in our schemas too.
 */

export type AvroType = "null" | "boolean" | "long" | "double" | "string" | AvroLogical | AvroRecord | AvroEnum | AvroArray | AvroMap | AvroType[];
export type AvroLogical = { type: "long"; logicalType: "timestamp-millis" } | { type: "int"; logicalType: "date" } | { type: "string"; logicalType: "json" };

export interface AvroRecord {
  type: "record";
  name: string;
  namespace?: string;
  fields: AvroField[];
}

export interface AvroField {
  name: string;
  type: AvroType;
  /** There where the field may be left out. */
  default?: null;
}

export interface AvroEnum {
  type: "enum";
  name: string;
  symbols: string[];
}

export interface AvroArray {
  type: "array";
  items: AvroType;
}

export interface AvroMap {
  type: "map";
  values: AvroType;
}

const timestampType: AvroLogical = { type: "long", logicalType: "timestamp-millis" };
const dateType: AvroLogical = { type: "int", logicalType: "date" };
/** A value of any kind, as its JSON text. */
const jsonType: AvroLogical = { type: "string", logicalType: "json" };

/**
 * The schema of a topic's records as its declaration has them.
 *
 * @throws MillraceError `MR-MODEL-015` when a field has a name that Avro does not allow
 */
export function declaredAvro({ name, columns, schema }: Pick<TopicDecl, "name" | "columns" | "schema">): AvroRecord {
  const names = new Names(name);
  const properties = (schema.properties ?? {}) as Record<string, unknown>;
  return names.record(columns.map((column) => field(name, column, declaredType(column, properties[column.name], schema, names))));
}

/**
 * A schema into which all records of these columns fit, whatever was declared of them: any may be null, and what is nested is
 * JSON text.
 *
 * @throws MillraceError `MR-MODEL-015` when a field has a name that Avro does not allow
 */
export function wideAvro(topic: string, columns: readonly Pick<Column, "name" | "type">[]): AvroRecord {
  return new Names(topic).record(columns.map(({ name, type }) => field(topic, { name, type, nullable: true }, plainTypes[type])));
}

/** The columns that records of a schema have: of one that was made here. */
export function columnsOfAvro({ fields }: AvroRecord): Column[] {
  return fields.map(({ name, type }) => ({ name, type: columnType(withoutNull(type)), nullable: isNullable(type) }));
}

export const isNullable = (type: AvroType): boolean => Array.isArray(type) && type[0] === "null";

/** What a value is that is not null: of one type only where a list of them is not left. */
export function withoutNull(type: AvroType): AvroType {
  if (!Array.isArray(type)) return type;
  const some = type.filter((branch) => branch !== "null");
  return some.length === 1 ? some[0] : some;
}

function columnType(type: AvroType): ColumnType {
  if (type === "long") return "integer";
  if (type === "double") return "number";
  if (type === "string" || type === "boolean") return type;
  if (typeof type === "string" || Array.isArray(type)) return "json";
  if ("logicalType" in type) return type.logicalType === "timestamp-millis" ? "timestamp" : type.logicalType;
  return type.type === "enum" ? "string" : "json";
}

const plainTypes: Record<ColumnType, AvroType> = { string: "string", boolean: "boolean", integer: "long", number: "double", timestamp: timestampType, date: dateType, json: jsonType };

const avroName = /^[A-Za-z_][A-Za-z0-9_]*$/;

function field(topic: string, { name, nullable }: Column, type: AvroType): AvroField {
  if (avroName.test(name)) return nullable ? { name, type: ["null", ...(Array.isArray(type) ? type : [type])], default: null } : { name, type };
  throw new MillraceError("MR-MODEL-015", { what: `field ${JSON.stringify(name)} has a name that Avro does not allow`, where: `topic "${topic}"`, mend: `name it with letters, digits and underscores, the first no digit; or leave the topic as JSON: values: { topics: { ${JSON.stringify(topic)}: "json" } }` });
}

/** Of values that are not null. */
function declaredType({ name, type }: Column, schema: unknown, root: JsonSchema, names: Names): AvroType {
  if (type !== "string" && type !== "json") return plainTypes[type];
  const { branches } = typesOf(schema, { root, names, path: name, refs: new Set() });
  if (type === "json") return joined({ branches, nullable: false });
  return branches.length === 1 && kindOf(branches[0]) === "enum" ? branches[0] : "string";
}

/** Names of the types within a record: Avro wants each once. */
class Names {
  readonly #name: string;
  readonly #namespace: string;
  readonly #taken = new Set<string>();

  constructor(topic: string) {
    const parts = topic.split(".").map((part) => part.replaceAll(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d|$)/, "_"));
    this.#name = parts.at(-1) as string;
    this.#namespace = parts.slice(0, -1).join(".");
    this.#taken.add(this.#name);
  }

  record(fields: AvroField[]): AvroRecord {
    return { type: "record", name: this.#name, ...(this.#namespace !== "" && { namespace: this.#namespace }), fields };
  }

  of(path: string): string {
    const plain = `${this.#name}_${path.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
    let name = plain;
    for (let n = 2; this.#taken.has(name); n++) name = `${plain}_${n}`;
    this.#taken.add(name);
    return name;
  }
}

interface Place {
  root: JsonSchema;
  names: Names;
  path: string;
  /** References that lead here: one that leads back has no end. */
  refs: ReadonlySet<string>;
}

/** What values may be. */
interface Types {
  branches: AvroType[];
  nullable: boolean;
}

const anything: Types = { branches: [jsonType], nullable: false };
const only = (type: AvroType): Types => ({ branches: [type], nullable: false });

function typesOf(schema: unknown, place: Place): Types {
  if (typeof schema !== "object" || schema === null) return anything;
  const s = schema as JsonSchema;
  if (typeof s.$ref === "string") return place.refs.has(s.$ref) ? anything : typesOf(resolve(s.$ref, place.root), { ...place, refs: new Set([...place.refs, s.$ref]) });
  if ("const" in s) return typesOfValues([s.const], place);
  if (Array.isArray(s.enum)) return typesOfValues(s.enum, place);
  const branches = s.anyOf ?? s.oneOf;
  if (Array.isArray(branches)) return united(branches.map((branch) => typesOf(branch, place)));
  if (Array.isArray(s.allOf)) return s.allOf.length === 1 && s.type === undefined ? typesOf(s.allOf[0], place) : anything;
  if (Array.isArray(s.type)) return united(s.type.map((name) => typeNamed(name, s, place)));
  return typeNamed(s.type, s, place);
}

function typeNamed(name: unknown, schema: JsonSchema, place: Place): Types {
  switch (name) {
    case "string":
    case "boolean":
      return only(name);
    case "integer":
      return only("long");
    case "number":
      return only("double");
    case "null":
      return { branches: [], nullable: true };
    case "array":
      return listOf(schema, place);
    case "object":
      return objectOf(schema, place);
    default:
      return anything;
  }
}

function listOf({ items, prefixItems }: JsonSchema, place: Place): Types {
  if (prefixItems !== undefined || typeof items !== "object" || items === null || Array.isArray(items)) return anything;
  return only({ type: "array", items: joined(typesOf(items, { ...place, path: `${place.path}_item` })) });
}

function objectOf({ properties, additionalProperties: more, patternProperties, required }: JsonSchema, place: Place): Types {
  if (patternProperties !== undefined) return anything;
  const fields = Object.entries((properties ?? {}) as Record<string, unknown>);
  const isMap = typeof more === "object" && more !== null;
  if (fields.length === 0) return more === false ? only(recordOf([], new Set(), place)) : only({ type: "map", values: isMap ? joined(typesOf(more, { ...place, path: `${place.path}_value` })) : jsonType });
  // Fields that are not named have no place in a record. Where nothing is said of them there are none as a rule.
  if (isMap || more === true || !fields.every(([name]) => avroName.test(name))) return anything;
  return only(recordOf(fields, new Set(Array.isArray(required) ? required : []), place));
}

function recordOf(fields: [string, unknown][], required: ReadonlySet<unknown>, place: Place): AvroRecord {
  const name = place.names.of(place.path);
  return {
    type: "record",
    name,
    fields: fields.map(([field, schema]): AvroField => {
      const types = typesOf(schema, { ...place, path: `${place.path}_${field}` });
      return required.has(field) ? { name: field, type: joined(types) } : { name: field, type: joined({ ...types, nullable: true }), default: null };
    }),
  };
}

function typesOfValues(values: unknown[], { names, path }: Place): Types {
  const some = values.filter((value) => value !== null);
  const nullable = some.length < values.length;
  if (some.length > 0 && some.every((value) => typeof value === "string" && avroName.test(value))) return { branches: [{ type: "enum", name: names.of(path), symbols: [...new Set(some as string[])] }], nullable };
  return { ...united(some.map((value) => only(typeof value === "string" || typeof value === "boolean" ? (typeof value as "string" | "boolean") : typeof value === "number" ? (Number.isSafeInteger(value) ? "long" : "double") : jsonType))), nullable };
}

function kindOf(type: AvroType): string {
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return "union";
  return "logicalType" in type ? type.logicalType : type.type === "map" ? "record" : type.type;
}

/** Avro tells the branches of a union by their kind. Where it could not, they are JSON text. */
function united(all: Types[]): Types {
  const nullable = all.some((types) => types.nullable);
  const byKind = new Map<string, AvroType>();
  for (const type of all.flatMap(({ branches }) => branches)) {
    const kind = kindOf(type);
    const other = byKind.get(kind);
    const both = other === undefined ? type : unitedKind(other, type);
    if (both === undefined) return { ...anything, nullable };
    byKind.set(kind, both);
  }
  if (byKind.has("json")) return { ...anything, nullable };
  if (byKind.has("double")) byKind.delete("long");
  if (byKind.has("string")) byKind.delete("enum");
  return { branches: [...byKind.values()], nullable };
}

/** One type for two of the same kind; undefined where there is none. */
function unitedKind(one: AvroType, other: AvroType): AvroType | undefined {
  if (typeof one === "string") return one;
  const [a, b] = [one, other] as [AvroEnum, AvroEnum];
  if (a.type === "enum") return { ...a, symbols: [...new Set([...a.symbols, ...b.symbols])] };
  return kindOf(one) === "json" ? one : undefined;
}

function joined({ branches, nullable }: Types): AvroType {
  if (branches.length === 0) return nullable ? ["null", jsonType] : jsonType;
  if (nullable) return ["null", ...branches];
  return branches.length === 1 ? branches[0] : branches;
}
