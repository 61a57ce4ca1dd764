import type { CopyType } from "../../sql/query-request.ts";

/** A type of the database, as its catalog describes it. */
export interface PostgresType {
  oid: number;
  name: string;
  /** `b` base, `c` composite, `d` domain, `e` enum, `p` pseudo, `r` range, `m` multirange. */
  kind: string;
  /** `A` for arrays. */
  category: string;
  /** Of a domain: what it is made of, with its modifier and its dimensions. */
  base: number;
  baseModifier: number;
  dimensions: number;
  /** Of an array. */
  element: number;
}

/** How the values of a column are asked for and read. */
export interface ColumnReading {
  type: CopyType;
  /** Of the database's own values as the server is to write them: `$` stands for the column. */
  expression: string;
}

/**
 * | PostgreSQL | here |
 * |---|---|
 * | smallint, integer, bigint, oid | SMALLINT, INTEGER, BIGINT |
 * | numeric(p, s), p up to 38 | DECIMAL(p, s) |
 * | numeric without bounds, real, double precision | DOUBLE, FLOAT, DOUBLE |
 * | boolean, uuid, bytea, date, time, timestamp, timestamptz, interval | the same |
 * | json, jsonb, composite types | JSON |
 * | arrays | lists, as deep as they are declared |
 * | domains | what they are made of |
 * | text, varchar, char, enums, and all else | VARCHAR, as the server writes it |
 */
const byName: Record<string, string> = {
  bool: "BOOLEAN",
  int2: "SMALLINT",
  int4: "INTEGER",
  int8: "BIGINT",
  oid: "BIGINT",
  float4: "FLOAT",
  float8: "DOUBLE",
  date: "DATE",
  time: "TIME",
  timestamp: "TIMESTAMP",
  timestamptz: "TIMESTAMPTZ",
  interval: "INTERVAL",
  uuid: "UUID",
  bytea: "BLOB",
  json: "JSON",
  jsonb: "JSON",
};

/** @param dimensions - as the column declares them; the server does not hold its values to it */
export function readingOf(types: ReadonlyMap<number, PostgresType>, oid: number, modifier: number, dimensions: number): ColumnReading {
  const type = types.get(oid);
  if (type?.kind === "d") return readingOf(types, type.base, type.baseModifier, type.dimensions || dimensions);
  if (type?.kind === "c") return { type: "JSON", expression: "pg_catalog.to_json($)" };
  if (type?.category === "A" && !/vector$/.test(type.name)) {
    const element = readingOf(types, type.element, modifier, 0);
    // Values of elements as text: JSON has no words for all of them.
    return { type: listOf(element.type, Math.max(1, dimensions)), expression: "pg_catalog.to_json($::text[])" };
  }
  if (type?.name === "numeric") return { type: numericType(modifier), expression: "$" };
  // Blanks at the end of a char(n) have no meaning.
  return { type: byName[type?.name ?? ""] ?? "VARCHAR", expression: type?.name === "bpchar" ? "$::text" : "$" };
}

function listOf(element: CopyType, dimensions: number): CopyType {
  return dimensions === 0 ? element : { list: listOf(element, dimensions - 1) };
}

/** The modifier holds precision and scale, the scale as 11 bits with a sign; -1 where there is none. */
function numericType(modifier: number): string {
  const bits = modifier - 4;
  const precision = (bits >> 16) & 0xffff;
  const scale = ((bits & 0x7ff) ^ 1024) - 1024;
  return modifier >= 4 && precision <= 38 && scale >= 0 && scale <= precision ? `DECIMAL(${precision},${scale})` : "DOUBLE";
}
