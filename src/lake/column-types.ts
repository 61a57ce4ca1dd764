import type { ColumnType } from "../model/manifest.ts";
import type { IcebergType } from "./table-metadata.ts";

/** How each column type is kept: the type in Iceberg, and the one that DuckDB stages and writes it as. */
export const storedTypes: Record<ColumnType, { iceberg: IcebergType; duckdb: string }> = {
  string: { iceberg: "string", duckdb: "VARCHAR" },
  boolean: { iceberg: "boolean", duckdb: "BOOLEAN" },
  integer: { iceberg: "long", duckdb: "BIGINT" },
  number: { iceberg: "double", duckdb: "DOUBLE" },
  timestamp: { iceberg: "timestamptz", duckdb: "TIMESTAMPTZ" },
  date: { iceberg: "date", duckdb: "DATE" },
  json: { iceberg: "string", duckdb: "VARCHAR" },
};

/** The DuckDB type that reads a column of an Iceberg table, whoever made the table. */
export const duckdbTypes: Record<IcebergType, string> = {
  string: "VARCHAR",
  boolean: "BOOLEAN",
  int: "INTEGER",
  long: "BIGINT",
  float: "FLOAT",
  double: "DOUBLE",
  date: "DATE",
  timestamptz: "TIMESTAMPTZ",
  timestamp: "TIMESTAMP",
};
