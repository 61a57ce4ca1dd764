import { sqlName } from "./duckdb.ts";
import type { IcebergType, PrimitiveType, SchemaField } from "./iceberg-type.ts";
import { decimalOf, decimalType, isPrimitive } from "./iceberg-type.ts";

const primitives: Record<string, string> = {
  boolean: "BOOLEAN",
  int: "INTEGER",
  long: "BIGINT",
  float: "FLOAT",
  double: "DOUBLE",
  date: "DATE",
  time: "TIME",
  timestamp: "TIMESTAMP",
  timestamptz: "TIMESTAMPTZ",
  string: "VARCHAR",
  uuid: "UUID",
  binary: "BLOB",
};

/** The DuckDB type that reads a column of an Iceberg table, whoever made the table. */
export function duckdbType(type: IcebergType): string {
  if (isPrimitive(type)) return primitiveText(type);
  if (type.type === "list") return `${duckdbType(type.element)}[]`;
  if (type.type === "map") return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`;
  return `STRUCT(${type.fields.map(({ name, type: inner }) => `${sqlName(name)} ${duckdbType(inner)}`).join(", ")})`;
}

function primitiveText(type: PrimitiveType): string {
  const decimal = decimalOf(type);
  if (decimal !== undefined) return `DECIMAL(${decimal.precision},${decimal.scale})`;
  return type.startsWith("fixed[") ? "BLOB" : (primitives[type] ?? "VARCHAR");
}

/** What DuckDB calls types, and the column that keeps all of their values. Whatever is not here is kept as its text. */
const kept: Record<string, PrimitiveType> = {
  BOOLEAN: "boolean",
  TINYINT: "int",
  SMALLINT: "int",
  INTEGER: "int",
  UTINYINT: "int",
  USMALLINT: "int",
  UINTEGER: "long",
  BIGINT: "long",
  UBIGINT: "decimal(20, 0)",
  HUGEINT: "decimal(38, 0)",
  UHUGEINT: "decimal(38, 0)",
  FLOAT: "float",
  DOUBLE: "double",
  DATE: "date",
  TIME: "time",
  TIMESTAMP: "timestamp",
  TIMESTAMP_S: "timestamp",
  TIMESTAMP_MS: "timestamp",
  TIMESTAMP_NS: "timestamp",
  TIMESTAMPTZ: "timestamptz",
  "TIMESTAMP WITH TIME ZONE": "timestamptz",
  VARCHAR: "string",
  UUID: "uuid",
  BLOB: "binary",
};

/**
 * The Iceberg type for values of a DuckDB type, as DuckDB prints it. Ids in it are 0: see `withFreshIds`. Types that Iceberg
 * does not have, such as intervals and unions, become `string`.
 *
 * @param text - `STRUCT(a INTEGER, "b c" VARCHAR[])`, say
 */
export function icebergTypeOf(text: string): IcebergType {
  return new TypeReader(text).read();
}

/** Reads a type as DuckDB prints it: names in quotes where they are no plain words, quotes in them doubled. */
class TypeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): IcebergType {
    let type = this.#simple();
    for (let match = this.#take(/\[\d*\]/y); match !== undefined; match = this.#take(/\[\d*\]/y)) {
      type = { type: "list", "element-id": 0, element: type, "element-required": false };
    }
    return type;
  }

  #simple(): IcebergType {
    if (this.#take(/STRUCT\(/y)) return { type: "struct", fields: this.#fields() };
    if (this.#take(/MAP\(/y)) return this.#map();
    const decimal = this.#take(/DECIMAL\((\d+),\s*(\d+)\)/y);
    if (decimal) return decimalType({ precision: Number(decimal[1]), scale: Number(decimal[2]) });
    const word = (this.#take(/"NULL"|TIMESTAMP WITH TIME ZONE|TIME WITH TIME ZONE|\w+/y) ?? [""])[0];
    // ENUM('a', 'b') and UNION(a INTEGER, …): what is between the parentheses does not matter.
    if (this.#text[this.#at] === "(") this.#skipParentheses();
    return kept[word] ?? "string";
  }

  #map(): IcebergType {
    const key = this.read();
    this.#take(/,\s*/y);
    const value = this.read();
    this.#take(/\)/y);
    return { type: "map", "key-id": 0, key, "value-id": 0, value, "value-required": false };
  }

  #fields(): SchemaField[] {
    const fields: SchemaField[] = [];
    while (!this.#take(/\)/y) && this.#at < this.#text.length) {
      const name = this.#take(/"((?:[^"]|"")*)"\s+|([^\s"]+)\s+/y);
      if (name === undefined) break;
      fields.push({ id: 0, name: name[2] ?? name[1].replaceAll('""', '"'), required: false, type: this.read() });
      this.#take(/,\s*/y);
    }
    return fields;
  }

  /** Texts in single quotes may hold parentheses of their own. */
  #skipParentheses(): void {
    let depth = 0;
    do {
      const token = this.#take(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[^]/y);
      if (token === undefined) return;
      if (token[0] === "(") depth += 1;
      if (token[0] === ")") depth -= 1;
    } while (depth > 0);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    if (match !== undefined) this.#at = pattern.lastIndex;
    return match;
  }
}
