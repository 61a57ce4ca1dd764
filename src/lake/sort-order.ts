import { pathSql } from "./duckdb.ts";
import { allFields } from "./iceberg-type.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { partitionSql } from "./partition-sql.ts";
import type { SortOrder, TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema, nextTime } from "./table-metadata.ts";
import { badDeclaration } from "./table-schema.ts";
import { transformOf } from "./transform.ts";

/** By what rows are sorted inside of each file. */
export interface SortKey {
  column: string;
  /** Default `asc`. */
  direction?: "asc" | "desc";
  /** Where nulls go. Default `first` when ascending, `last` when descending, as Spark has it. */
  nulls?: "first" | "last";
}

/** Undefined when rows are sorted so already. @throws MillraceError `MR-LAKE-006` */
export function withSortOrder(table: string, base: TableMetadata, keys: readonly SortKey[]): TableMetadata | undefined {
  const fields = keys.map((key) => sortField(table, currentSchema(base), key));
  const same = (order: SortOrder) => JSON.stringify(order.fields) === JSON.stringify(fields);
  const orders = base["sort-orders"];
  const found = orders.find(same);
  // The order 0 is that of rows that are not sorted; it need not stand in the list.
  const id = fields.length === 0 ? 0 : (found?.["order-id"] ?? Math.max(0, ...orders.map((order) => order["order-id"])) + 1);
  if (id === base["default-sort-order-id"]) return undefined;
  const known = orders.some((order) => order["order-id"] === id) ? orders : [...orders, { "order-id": id, fields }];
  return { ...base, "last-updated-ms": nextTime(base), "sort-orders": known, "default-sort-order-id": id };
}

function sortField(table: string, schema: TableSchema, { column, direction = "asc", nulls }: SortKey): SortOrder["fields"][number] {
  const field = schema.fields.find(({ name }) => name === column);
  if (field === undefined) throw badDeclaration(table, `it is sorted by "${column}", which it does not have`, "name one of its columns");
  if (typeof field.type !== "string") throw badDeclaration(table, `it is sorted by "${column}", which holds other fields`, "name a column of one value");
  return { transform: "identity", "source-id": field.id, direction, "null-order": `nulls-${nulls ?? (direction === "asc" ? "first" : "last")}` };
}

/** How the rows of new files are sorted. */
export interface FileOrder {
  /** 0: they are not. */
  id: number;
  /** What stands behind `order by`; empty where they are not sorted. */
  sql: string;
}

/** The table's order; none where it asks for what cannot be computed here, such as a transform of a later format. */
export function fileOrder(metadata: TableMetadata): FileOrder {
  const id = metadata["default-sort-order-id"];
  const order = metadata["sort-orders"].find((one) => one["order-id"] === id);
  const terms = (order?.fields ?? []).map((field) => termSql(field, currentSchema(metadata)));
  return terms.includes(undefined) || terms.length === 0 ? { id: 0, sql: "" } : { id, sql: terms.join(", ") };
}

function termSql(field: SortOrder["fields"][number], schema: TableSchema): string | undefined {
  const transform = transformOf(field.transform);
  const source = [...allFields(schema.fields)].find((placed) => placed.field.id === field["source-id"] && !placed.repeated);
  if (transform === undefined || source === undefined) return undefined;
  const { type } = source.field;
  const column: PartitionColumn = { field: { ...field, "field-id": 0, name: "" }, sourcePath: source.path, sourceType: type, resultType: transform.result(type), transform };
  const value = pathSql(source.path);
  const key = field.transform === "identity" ? value : partitionSql(column, value);
  return `${key} ${field.direction} ${field["null-order"] === "nulls-last" ? "nulls last" : "nulls first"}`;
}
