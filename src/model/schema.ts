import { MillraceError } from "../errors.ts";
import { columnOf, resolve } from "./column.ts";
import type { RecordSchema } from "./definition.ts";
import type { Column, Json, JsonSchema } from "./manifest.ts";
import type { SchemaInput } from "./schema-types.ts";
import { isStandardSchema, NoJsonSchema, vendorFields, vendorJsonSchema } from "./schema-vendor.ts";

const draft = "https://json-schema.org/draft/2020-12/schema";

/**
 * Reads a schema of the user: the JSON Schema that the edge validates with, and the columns that hold the records.
 * The schema describes records as they travel and are stored, so a transformation in it is refused, not run.
 *
 * @param where - the declaration, for the error
 * @throws MillraceError `MR-MODEL-002` when a field has no form in JSON, or the records are not closed objects
 */
export function readSchema(schema: SchemaInput, where: string): RecordSchema {
  const standard = isStandardSchema(schema) ? schema : undefined;
  const source = readJsonSchema(schema, where);
  const jsonSchema = closed(topObject(source, where), where);
  const columns = columnsOf(jsonSchema, where);
  keepIntegersSafe(jsonSchema, columns);
  return standard ? { jsonSchema, columns, standard } : { jsonSchema, columns };
}

/**
 * A schema of the user, of any form, as JSON Schema.
 * @throws MillraceError `MR-MODEL-002` when a part has no form in JSON
 */
export function readJsonSchema(schema: unknown, where: string): JsonSchema {
  return isStandardSchema(schema) ? fromVendor(schema, where) : fromPlain(schema, where);
}

function fromVendor(schema: Parameters<typeof vendorJsonSchema>[0], where: string): JsonSchema {
  try {
    return plainCopy(vendorJsonSchema(schema));
  } catch (error) {
    throw unrepresentable(schema, error, where);
  }
}

function unrepresentable(schema: Parameters<typeof vendorJsonSchema>[0], error: unknown, where: string): MillraceError {
  if (error instanceof NoJsonSchema) return refuse(error.message, where, error.mend, error);
  const field = vendorFields(schema).find(([, each]) => !converts(each))?.[0];
  const reason = error instanceof Error ? error.message : String(error);
  return new MillraceError("MR-MODEL-002", {
    what: field === undefined ? reason : `field ${JSON.stringify(field)}: ${reason}`,
    where: `${where}, schema`,
    mend: "describe the record as it travels in JSON: a point in time as z.iso.datetime(), a big integer as z.string(); transform in a stage",
    cause: error,
  });
}

function converts(schema: Parameters<typeof vendorJsonSchema>[0]): boolean {
  try {
    vendorJsonSchema(schema);
    return true;
  } catch {
    return false;
  }
}

function fromPlain(schema: unknown, where: string): JsonSchema {
  if (typeof schema === "object" && schema !== null && !Array.isArray(schema)) {
    try {
      return plainCopy(schema);
    } catch (cause) {
      throw refuse("the JSON Schema cannot be written as JSON", where, "give plain values only", cause);
    }
  }
  throw refuse("the schema is neither of a library with Standard Schema nor JSON Schema", where, "give a schema of zod 4, valibot or arktype, or a JSON Schema object");
}

/** A copy without what is not JSON, with the spellings of the libraries made one. */
function plainCopy(schema: object): JsonSchema {
  return normalise(JSON.parse(JSON.stringify(schema)) as Json) as JsonSchema;
}

/** arktype spells `string.date.iso` as this pattern and no format. */
const arktypeIso = "^([+-]?\\d{4}(?!\\d{2}\\b))";

/**
 * A timestamp may come with any offset: a library's own pattern beside the format, which may ask for `Z`, is dropped.
 */
function normalise(value: Json): Json {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, normalise(each)]));
  if (copy.type !== "string" || typeof copy.pattern !== "string") return copy;
  if (copy.format === undefined && copy.pattern.startsWith(arktypeIso)) copy.format = "date-time";
  if (copy.format === "date-time" || copy.format === "date") delete copy.pattern;
  return copy;
}

function topObject(source: JsonSchema, where: string): JsonSchema {
  const target = typeof source.$ref === "string" ? resolve(source.$ref, source) : source;
  if (typeof target === "object" && target !== null && (target as JsonSchema).type === "object") {
    const { $schema: _, ...rest } = target as JsonSchema;
    return { $schema: draft, ...rest, ...(source.$defs ? { $defs: source.$defs } : {}) };
  }
  if (source.allOf) throw refuse("the records are an intersection of schemas", where, "write one object, as z.object({ ...A.shape, ...B.shape })");
  if (source.anyOf || source.oneOf) throw refuse("the records are a union", where, "declare one topic for each shape, or one object with optional fields");
  throw refuse("the records are not objects", where, "let the schema be an object with named fields");
}

function closed(schema: JsonSchema, where: string): JsonSchema {
  const { additionalProperties: extra } = schema;
  const open = (extra !== undefined && extra !== false) || schema.patternProperties !== undefined;
  if (!open) return { ...schema, additionalProperties: false };
  throw refuse("the records may have fields that the schema does not name, and those have no column", where, "name every field, or put the open part in a field of its own, as z.record()");
}

function columnsOf(schema: JsonSchema, where: string): Column[] {
  const { properties } = schema;
  if (typeof properties !== "object" || properties === null || Object.keys(properties).length === 0) throw refuse("the records have no fields", where, "name at least one field");
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  for (const name of required) {
    if (!Object.hasOwn(properties, name as string)) throw refuse(`field ${JSON.stringify(name)} is required but not described`, where, "describe it under properties");
  }
  return Object.entries(properties).map(([name, each]) => {
    if (name === "" || name === "__proto__") throw refuse(`${JSON.stringify(name)} is no name for a field`, where, "give the field another name");
    return columnOf(name, each, required.has(name), schema);
  });
}

/** An integer outside ±(2 ** 53 - 1) would be stored as another one; the edge refuses it instead. */
function keepIntegersSafe(schema: JsonSchema, columns: Column[]): void {
  const properties = schema.properties as Record<string, JsonSchema>;
  for (const { name, type } of columns) {
    const property = properties[name];
    if (type !== "integer" || property.type === undefined) continue;
    properties[name] = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, ...property };
  }
}

function refuse(what: string, where: string, mend: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-MODEL-002", { what, where: `${where}, schema`, mend, cause });
}
