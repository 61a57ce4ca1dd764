import { MillraceError } from "../errors.ts";
import type { Column } from "../model/manifest.ts";
import { storedTypes } from "./column-types.ts";
import { nameFault } from "./field-names.ts";
import type { SchemaField } from "./iceberg-type.ts";
import type { TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema } from "./table-metadata.ts";

/** The first schema of a table. @throws MillraceError `MR-LAKE-006` */
export function schemaOf(table: string, columns: Column[]): TableSchema {
  checkNames(table, columns);
  return { type: "struct", "schema-id": 0, fields: columns.map((column, i) => fieldOf(column, i + 1)) };
}

/**
 * The schema that holds both what the table has and what is declared now: the current one when it does so already.
 * Columns that are no longer declared stay, for an earlier release may come back; new ones get ids never used before.
 *
 * @throws MillraceError `MR-LAKE-003` where rows of the declaration could not be stored
 */
export function evolvedSchema(table: string, metadata: TableMetadata, columns: Column[]): TableSchema {
  checkNames(table, columns);
  const current = currentSchema(metadata);
  const declared = new Map(columns.map((column) => [column.name, column]));
  const kept = current.fields.map((field) => keptField(table, field, declared.get(field.name)));
  const known = new Set(current.fields.map((field) => field.name));
  const added = columns.filter((column) => !known.has(column.name));
  for (const column of added) checkAddable(table, column, current);
  if (added.length === 0 && kept.every((field, i) => field === current.fields[i])) return current;
  const schemaId = Math.max(...metadata.schemas.map((schema) => schema["schema-id"])) + 1;
  const fields = [...kept, ...added.map((column, i) => fieldOf(column, metadata["last-column-id"] + i + 1))];
  return { type: "struct", "schema-id": schemaId, fields };
}

function fieldOf(column: Column, id: number): SchemaField {
  return { id, name: column.name, required: !isNullable(column), type: storedTypes[column.type] };
}

function isNullable(column: Column): boolean {
  return column.nullable || column.optional === true;
}

function keptField(table: string, field: SchemaField, column: Column | undefined): SchemaField {
  const where = `table "${table}", column "${field.name}"`;
  if (column === undefined) {
    if (!field.required) return field;
    throw new MillraceError("MR-LAKE-003", {
      what: `the table needs column "${field.name}", which is no longer declared`,
      where,
      mend: "declare it again, first as nullable; once the table has taken that, it may go",
    });
  }
  const type = storedTypes[column.type];
  if (type !== field.type) {
    throw new MillraceError("MR-LAKE-003", {
      what: `column "${field.name}" is declared as ${column.type} (${type}), the table holds ${field.type}`,
      where,
      mend: "give the column another name, or the table",
    });
  }
  return field.required && isNullable(column) ? { ...field, required: false } : field;
}

function checkAddable(table: string, column: Column, current: TableSchema): void {
  const where = `table "${table}", column "${column.name}"`;
  const twin = current.fields.find((field) => field.name.toLowerCase() === column.name.toLowerCase());
  if (twin !== undefined) {
    throw new MillraceError("MR-LAKE-003", {
      what: `column "${column.name}" differs from the table's "${twin.name}" by case alone, which SQL does not see`,
      where,
      mend: `call it "${twin.name}", or something else altogether`,
    });
  }
  if (isNullable(column)) return;
  throw new MillraceError("MR-LAKE-003", {
    what: `column "${column.name}" is new and not nullable; the rows that are there have no value for it`,
    where,
    mend: "declare it as nullable or optional",
  });
}

export function checkNames(table: string, columns: Pick<Column, "name">[]): void {
  const fault = nameFault(columns.map(({ name }) => name));
  if (fault !== undefined) throw badDeclaration(table, fault, "give each column a name of its own");
  if (columns.length === 0) throw badDeclaration(table, "the table has no columns", "declare a topic or schema with fields");
}

export function badDeclaration(table: string, what: string, mend: string): MillraceError {
  return new MillraceError("MR-LAKE-006", { what, where: `table "${table}"`, mend });
}
