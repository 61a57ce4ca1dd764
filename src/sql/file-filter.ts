import { type Filter, everyRow } from "../lake/filter.ts";
import type { IcebergType } from "../lake/iceberg-type.ts";
import type { TableSchema } from "../lake/table-metadata.ts";
import type { ColumnCondition } from "./query-request.ts";

/** What a text or number is compared as, by the type of the column: only where the engine changes neither side to compare them. */
const comparable: Record<string, ReadonlySet<ColumnCondition["as"]>> = {
  string: new Set(["VARCHAR"]),
  int: new Set(["INTEGER"]),
  long: new Set(["INTEGER"]),
  date: new Set(["DATE", "VARCHAR"]),
  timestamp: new Set(["TIMESTAMP", "DATE"]),
  timestamptz: new Set(["TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "DATE"]),
};

const day = /^\d{4}-\d{2}-\d{2}$/;
const moment = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$/;
const zoned = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:\d{2})?)?$/;

/** The conditions as the lake takes them, without those that it could read in another way than the engine does. */
export function fileFilter({ fields }: TableSchema, conditions: ColumnCondition[]): Filter {
  const filters = conditions.flatMap(({ column, op, value, as }): Filter[] => {
    const field = fields.find(({ name }) => name === column) ?? fields.find(({ name }) => name.toLowerCase() === column.toLowerCase());
    return field && isSame(field.type, value, as) ? [{ op, column: [field.name], value }] : [];
  });
  return filters.length === 0 ? everyRow : { op: "and", filters };
}

function isSame(type: IcebergType, value: string | number, as: ColumnCondition["as"]): boolean {
  if (typeof type !== "string" || !Object.hasOwn(comparable, type) || !comparable[type].has(as)) return false;
  if (type === "string" || as === "INTEGER") return true;
  const text = String(value);
  const form = type === "date" || as === "DATE" ? day : as === "TIMESTAMP" ? moment : zoned;
  return form.test(text) && !Number.isNaN(Date.parse(text.slice(0, 10)));
}
