import type { DuckDBConnection } from "@duckdb/node-api";
import { duckdbType } from "./duckdb-type.ts";
import { filesSql, queryJson, sqlName, sqlText } from "./duckdb.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import { innerFields, isPrimitive } from "./iceberg-type.ts";
import type { TableMetadata } from "./table-metadata.ts";

/*
 * How files read as a schema says when their fields are called otherwise by now. DuckDB finds columns by field id, but what
 * is inside of them by name. Where names have changed there, each file is asked for its ids, and files of one shape are read
 * by an expression made for them.
 */

/** The property that says which names stand for which ids, for files that carry no ids. */
const nameMappingKey = "schema.name-mapping.default";

/** Whether DuckDB's own way, columns by id and what is inside of them by name, reads all files of the table right. */
export function readsByName({ schemas, properties }: TableMetadata): boolean {
  if (properties[nameMappingKey] !== undefined) return false;
  const names = new Map<number, string>();
  const ids = new Map<string, number>();
  for (const schema of schemas) {
    for (const [parent, field] of nestedFields(schema.fields)) {
      const place = `${parent} ${field.name.toLowerCase()}`;
      if ((names.get(field.id) ?? field.name) !== field.name || (ids.get(place) ?? field.id) !== field.id) return false;
      names.set(field.id, field.name);
      ids.set(place, field.id);
    }
  }
  // Of a struct that shares no name with an older file's, DuckDB makes nothing at all.
  return !hasLostFields(schemas.map(({ fields }) => fields));
}

/** Fields of structs with the id of what holds them. */
function* nestedFields(fields: readonly SchemaField[]): Generator<[parent: number, SchemaField]> {
  for (const { id, type } of fields) {
    const inner = innerFields(type);
    if (!isPrimitive(type) && type.type === "struct") for (const field of inner) yield [id, field];
    yield* nestedFields(inner);
  }
}

function hasLostFields(versions: SchemaField[][]): boolean {
  const last = new Set(Array.from(nestedFields(versions.at(-1) ?? []), ([, field]) => field.id));
  return versions.some((fields) => [...nestedFields(fields)].some(([, field]) => !last.has(field.id)));
}

/** A field as a Parquet file has it. */
interface FileField {
  id: number | undefined;
  name: string;
  /** Of a list its element, of a map key and value. */
  inner: FileField[];
}

interface Shape {
  paths: string[];
  fields: FileField[];
}

/** One entry of a name mapping, as Iceberg's specification has it. */
interface MappedField {
  "field-id"?: number;
  names: string[];
  fields?: MappedField[];
}

/**
 * The SQL of a relation with the rows of Parquet files under a schema, whatever its fields were called when each was written.
 *
 * @param paths - at least one
 * @param properties - of the table
 */
export async function projectedSql(connection: DuckDBConnection, paths: string[], fields: SchemaField[], properties: Record<string, string> = {}, extra: string[] = []): Promise<string> {
  const mapping = JSON.parse(properties[nameMappingKey] ?? "[]") as MappedField[];
  const shapes = await shapesOf(connection, paths, mapping);
  const selects = shapes.map(({ paths: alike, fields: found }) => {
    const options = ["hive_partitioning = false", ...extra.map((name) => `${name} = true`)];
    const columns = [...fields.map((field) => `${columnSql(field, found)} as ${sqlName(field.name)}`), ...extra];
    return `select ${columns.join(", ")} from read_parquet(${filesSql(alike)}, ${options.join(", ")}) as file`;
  });
  return `(${selects.join(" union all ")})`;
}

async function shapesOf(connection: DuckDBConnection, paths: string[], mapping: MappedField[]): Promise<Shape[]> {
  const rows = await queryJson(connection, `select file_name, name, num_children, field_id, converted_type, logical_type from parquet_schema(${filesSql(paths)})`, paths[0]);
  const byPath = Map.groupBy(rows, (row) => String(row.file_name));
  const shapes = new Map<string, Shape>();
  for (const path of paths) {
    const [root] = fileFields(byPath.get(path) ?? [], { at: 0 }, 1);
    const fields = withMappedIds(root?.inner ?? [], mapping);
    const key = JSON.stringify(fields);
    const shape = shapes.get(key);
    if (shape === undefined) shapes.set(key, { paths: [path], fields });
    else shape.paths.push(path);
  }
  return [...shapes.values()];
}

/** Parquet keeps its tree in a list, each node followed by its children. */
function fileFields(rows: Record<string, unknown>[], cursor: { at: number }, count: number): FileField[] {
  const fields: FileField[] = [];
  for (let n = 0; n < count && cursor.at < rows.length; n++) {
    const row = rows[cursor.at++];
    const inner = fileFields(rows, cursor, Number(row.num_children ?? 0));
    const repeats = /LIST|MAP/.test(`${row.converted_type} ${row.logical_type}`);
    // A list or map holds a group that repeats, and in it what it is made of.
    const values = repeats && inner.length === 1 && inner[0].inner.length > 0 ? inner[0].inner : inner;
    fields.push({ id: row.field_id === null || row.field_id === undefined ? undefined : Number(row.field_id), name: String(row.name), inner: values });
  }
  return fields;
}

function withMappedIds(fields: FileField[], mapping: MappedField[]): FileField[] {
  if (mapping.length === 0) return fields;
  return fields.map((field) => {
    const mapped = mapping.find(({ names }) => names.includes(field.name));
    return { ...field, id: field.id ?? mapped?.["field-id"], inner: withMappedIds(field.inner, mapped?.fields ?? []) };
  });
}

function columnSql(field: SchemaField, found: FileField[]): string {
  const source = found.find(({ id }) => id === field.id);
  return source === undefined ? nullOf(field.type) : valueSql(field.type, `file.${sqlName(source.name)}`, source, 0);
}

function nullOf(type: IcebergType): string {
  return `cast(null as ${duckdbType(type)})`;
}

/** @param depth - of lists and maps around it, so that each has a variable of its own */
function valueSql(type: IcebergType, source: string, { inner }: FileField, depth: number): string {
  if (isPrimitive(type)) return `cast(${source} as ${duckdbType(type)})`;
  if (type.type === "struct") {
    const parts = type.fields.map((field) => {
      const found = inner.find(({ id }) => id === field.id);
      const value = found === undefined ? nullOf(field.type) : valueSql(field.type, `struct_extract(${source}, ${sqlText(found.name)})`, found, depth);
      return `${sqlName(field.name)} := ${value}`;
    });
    return `case when ${source} is null then ${nullOf(type)} else struct_pack(${parts.join(", ")}) end`;
  }
  const item = `item${depth}`;
  if (type.type === "list") return `list_transform(${source}, lambda ${item}: ${valueSql(type.element, item, inner[0], depth + 1)})`;
  const [key, value] = inner;
  const entry = `struct_pack(k := ${valueSql(type.key, `${item}.key`, key, depth + 1)}, v := ${valueSql(type.value, `${item}.value`, value, depth + 1)})`;
  return `map_from_entries(list_transform(map_entries(${source}), lambda ${item}: ${entry}))`;
}
