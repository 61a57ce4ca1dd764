import { nameFault } from "./field-names.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import { allFields, decimalOf, isPrimitive } from "./iceberg-type.ts";
import { integerAt, invalid, type JsonObject, listAt, objectAt, textAt } from "./json-input.ts";
import type { TableSchema } from "./table-metadata.ts";

const greatestFieldId = 2_147_483_447;
/** Deeper ones break the programs that read them. */
const depthMax = 100;

const primitives = new Set(["boolean", "int", "long", "float", "double", "date", "time", "timestamp", "timestamptz", "string", "uuid", "binary"]);
const ofVersion3 = /^(unknown|variant|timestamp_ns|timestamptz_ns|geometry.*|geography.*)$/;

/** A schema as a client sends it; the id that it proposes is not ours. @throws MillraceError `MR-ICE-001` */
export function schemaAt(value: unknown, where: string): Omit<TableSchema, "schema-id"> {
  const schema = objectAt(value, where);
  if (schema.type !== "struct") throw invalid('a schema is a type "struct"', `${where}.type`);
  const fields = fieldsAt(schema.fields, `${where}.fields`, 0);
  const all = [...allFields(fields)];
  const ids = new Set<number>();
  for (const { field, path } of all) {
    if (ids.has(field.id)) throw invalid(`field id ${field.id} stands for two fields, one of them "${path.join(".")}"`, where, "give each field an id of its own");
    ids.add(field.id);
  }
  checkIdentifiers(schema, all, where);
  return { ...schema, type: "struct", fields } as Omit<TableSchema, "schema-id">;
}

function fieldsAt(value: unknown, where: string, depth: number): SchemaField[] {
  const fields = listAt(value, where).map((each, i) => {
    const at = `${where}[${i}]`;
    const field = objectAt(each, at);
    const name = textAt(field.name, `${at}.name`);
    for (const later of ["initial-default", "write-default"]) {
      if (field[later] !== undefined && field[later] !== null) throw invalid(`field "${name}" has a default, which format version 2 does not know`, `${at}.${later}`, "leave it out");
    }
    const id = integerAt(field.id, `${at}.id`, 0, greatestFieldId);
    return { ...field, id, name, required: flagAt(field.required, `${at}.required`), type: typeAt(field.type, `${at}.type`, depth + 1) };
  });
  const fault = nameFault(fields.map(({ name }) => name));
  if (fault !== undefined) throw invalid(fault, where, "give each field of one level a name of its own");
  return fields;
}

function typeAt(value: unknown, where: string, depth: number): IcebergType {
  if (depth > depthMax) throw invalid(`types stand more than ${depthMax} deep inside of each other`, where, "make the schema flatter");
  if (typeof value === "string") return primitiveAt(value, where);
  const type = objectAt(value, where);
  const id = (name: string) => integerAt(type[name], `${where}.${name}`, 0, greatestFieldId);
  const required = (name: string) => flagAt(type[name], `${where}.${name}`);
  const inner = (name: string) => typeAt(type[name], `${where}.${name}`, depth + 1);
  if (type.type === "struct") return { ...type, type: "struct", fields: fieldsAt(type.fields, `${where}.fields`, depth) };
  if (type.type === "list") return { ...type, type: "list", "element-id": id("element-id"), element: inner("element"), "element-required": required("element-required") };
  if (type.type === "map") return { ...type, type: "map", "key-id": id("key-id"), key: inner("key"), "value-id": id("value-id"), value: inner("value"), "value-required": required("value-required") };
  throw invalid(`type ${JSON.stringify(type.type ?? null)} is not known`, where, "use struct, list or map");
}

function primitiveAt(text: string, where: string): IcebergType {
  const type = text as IcebergType;
  const decimal = decimalOf(type);
  if (decimal !== undefined) {
    if (decimal.precision >= 1 && decimal.precision <= 38 && decimal.scale <= decimal.precision) return type;
    throw invalid(`${text} is no type: a decimal has 1 to 38 digits, and no more behind the point than in all`, where);
  }
  if (primitives.has(text) || /^fixed\[[1-9]\d{0,8}\]$/.test(text)) return type;
  if (ofVersion3.test(text)) throw invalid(`type "${text}" is of format version 3; this catalog keeps tables of version 2`, where, "choose a type of version 2");
  throw invalid(`type "${text}" is not known`, where, "use a type of Iceberg's format version 2");
}

function flagAt(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid("true or false is needed here", where);
}

/** The fields that tell rows apart: they are there in every row, and only once. */
function checkIdentifiers(schema: JsonObject, all: ReturnType<typeof allFields> extends Generator<infer T> ? T[] : never, where: string): void {
  const ids = schema["identifier-field-ids"];
  if (ids === undefined || ids === null) return;
  for (const [i, value] of listAt(ids, `${where}.identifier-field-ids`).entries()) {
    const at = `${where}.identifier-field-ids[${i}]`;
    const id = integerAt(value, at);
    const found = all.find(({ field }) => field.id === id);
    if (found === undefined) throw invalid(`there is no field of id ${id}`, at);
    const { field, repeated } = found;
    if (!isPrimitive(field.type) || repeated || !field.required || field.type === "float" || field.type === "double") {
      throw invalid(`"${field.name}" cannot tell rows apart`, at, "choose required fields of a plain type other than float and double, outside of lists and maps");
    }
  }
}
