import type { ColumnType } from "../model/manifest.ts";
import type { PrimitiveType } from "./iceberg-type.ts";

/** How each type of a declared column is kept. */
export const storedTypes: Record<ColumnType, PrimitiveType> = {
  string: "string",
  boolean: "boolean",
  integer: "long",
  number: "double",
  timestamp: "timestamptz",
  date: "date",
  json: "string",
};
