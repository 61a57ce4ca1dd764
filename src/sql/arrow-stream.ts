import type { DataType } from "@uwdata/flechette";
import { MillraceError } from "../errors.ts";
import type { QueryColumn, QueryValue } from "./query-request.ts";
import { elementType, mapTypes, structFields } from "./type-text.ts";

type Flechette = typeof import("@uwdata/flechette");

/** A type of Arrow, and how values of a result become ones of it. */
interface ArrowColumn {
  type: DataType;
  /** @param value - never null */
  value(value: QueryValue): unknown;
}

/**
 * Rows of a result as a stream of Arrow's IPC format, with one batch. What Arrow has no type for is text, as it is in JSON.
 *
 * @throws MillraceError `MR-SQL-005` for a time that Arrow cannot say, such as `infinity`
 */
export async function arrowStream(columns: QueryColumn[], rows: QueryValue[][]): Promise<Uint8Array> {
  const arrow = await import("@uwdata/flechette");
  const types = new ArrowTypes(arrow);
  const made = columns.map(({ name, type }, i): [string, InstanceType<Flechette["Column"]>] => {
    const column = types.column(type);
    return [name, arrow.columnFromArray(rows.map((row) => convert(column, row[i])), column.type)];
  });
  types.finish();
  return arrow.tableToIPC(arrow.tableFromColumns(made), { format: "stream" }) as Uint8Array;
}

const convert = (column: ArrowColumn, value: QueryValue): unknown => (value === null ? null : column.value(value));

class ArrowTypes {
  readonly #arrow: Flechette;
  readonly #times: { type: DataType; unit: number }[] = [];

  constructor(arrow: Flechette) {
    this.#arrow = arrow;
  }

  /** @param type - DuckDB's name of it */
  column(type: string): ArrowColumn {
    return this.#number(type) ?? this.#time(type) ?? this.#nested(type) ?? this.#other(type);
  }

  #number(type: string): ArrowColumn | undefined {
    const arrow = this.#arrow;
    const [, unsigned, size] = /^(U?)(TINYINT|SMALLINT|INTEGER|BIGINT)$/.exec(type) ?? [];
    if (size !== undefined) {
      const bits = ({ TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64 } as const)[size as "BIGINT"];
      return { type: arrow.int(bits, unsigned === ""), value: bits === 64 ? (value) => BigInt(value as number | string) : (value) => value };
    }
    // Those that JSON cannot say come as text: NaN, Infinity.
    if (type === "FLOAT" || type === "DOUBLE") return { type: type === "FLOAT" ? arrow.float32() : arrow.float64(), value: Number };
    const [, width, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? [];
    return width === undefined ? undefined : { type: arrow.decimal(Number(width), Number(scale), 128), value: (value) => scaled(String(value), Number(scale)) };
  }

  #time(type: string): ArrowColumn | undefined {
    const arrow = this.#arrow;
    if (type === "DATE") return { type: arrow.dateDay(), value: (value) => milliseconds(`${String(value)}T00:00:00Z`, value) };
    if (type === "TIME") return { type: arrow.timeMicrosecond(), value: (value) => sinceEpoch(`1970-01-01T${String(value)}`, 6, value) };
    if (!/^TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?$/.test(type)) return undefined;
    const [unit, digits] = type === "TIMESTAMP_NS" ? [arrow.TimeUnit.NANOSECOND, 9] : [arrow.TimeUnit.MICROSECOND, 6];
    // The library takes times as milliseconds alone: it is given whole counts as such, and told their unit afterwards.
    const plain = arrow.timestamp(arrow.TimeUnit.MILLISECOND, type.endsWith("ZONE") ? "UTC" : null) as DataType;
    this.#times.push({ type: plain, unit });
    return { type: plain, value: (value) => sinceEpoch(String(value), digits, value) };
  }

  #nested(type: string): ArrowColumn | undefined {
    const arrow = this.#arrow;
    const element = elementType(type);
    if (element !== undefined) {
      const inner = this.column(element);
      return { type: arrow.list(inner.type), value: (value) => (value as QueryValue[]).map((item) => convert(inner, item)) };
    }
    const map = mapTypes(type)?.map((one) => this.column(one));
    if (map) return { type: arrow.map(map[0].type, map[1].type), value: (value) => (value as QueryValue[][]).map(([key, item]) => [convert(map[0], key), convert(map[1], item)]) };
    const fields = structFields(type)?.map((field) => ({ name: field.name, column: this.column(field.type) }));
    if (!fields) return undefined;
    const convertFields = (value: QueryValue): object => Object.fromEntries(fields.map(({ name, column }) => [name, convert(column, (value as Record<string, QueryValue>)[name] ?? null)]));
    return { type: arrow.struct(fields.map(({ name, column }) => arrow.field(name, column.type))), value: convertFields };
  }

  #other(type: string): ArrowColumn {
    if (type === "BOOLEAN") return { type: this.#arrow.bool(), value: (value) => value };
    if (type === "BLOB") return { type: this.#arrow.binary(), value: (value) => new Uint8Array(Buffer.from(value as string, "base64")) };
    return { type: this.#arrow.utf8(), value: (value) => (typeof value === "object" ? JSON.stringify(value) : String(value)) };
  }

  /** Called when all columns have been made. */
  finish(): void {
    for (const { type, unit } of this.#times) Object.assign(type, { unit });
  }
}

/** A decimal as the whole number that Arrow keeps. */
function scaled(text: string, scale: number): bigint {
  const [, sign, whole, fraction = ""] = /^(-?)(\d*)(?:\.(\d+))?$/.exec(plainNumber(text)) as RegExpExecArray;
  const digits = BigInt(whole + fraction.padEnd(scale, "0").slice(0, scale));
  return sign === "-" ? -digits : digits;
}

/** Small decimals come as numbers, which JavaScript may write with an exponent. */
const plainNumber = (text: string): string => (text.includes("e") ? Number(text).toFixed(20) : text);

function milliseconds(text: string, value: QueryValue): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? noArrow(value) : ms;
}

/** A time as ISO 8601 says it, in units of which a second has ten to the power of `digits`. */
function sinceEpoch(text: string, digits: number, value: QueryValue): bigint {
  const [, second, fraction = ""] = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z?$/.exec(text) ?? [];
  if (second === undefined) return noArrow(value);
  return BigInt(milliseconds(`${second}Z`, value) / 1_000) * 10n ** BigInt(digits) + BigInt(fraction.padEnd(digits, "0").slice(0, digits));
}

function noArrow(value: QueryValue): never {
  throw new MillraceError("MR-SQL-005", { what: `Arrow cannot say the time ${JSON.stringify(value)}`, where: "the result", mend: "cast it to text in the statement, or ask for JSON, CSV or Parquet" });
}
