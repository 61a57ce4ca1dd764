import { ExactNumber } from "../json/exact-number.ts";

type Schema = string | Schema[] | { type: Schema; logicalType?: string; name?: string; namespace?: string; fields?: { name: string; type: Schema }[]; items?: Schema; values?: Schema; scale?: number };
type Named = Map<string, Schema>;

/**
 * A decoded Avro value as the values of JSON: dates and times as ISO texts, decimals exact, unions unwrapped, bytes as bytes.
 *
 * @param depthMax - a schema may contain itself
 */
export function plainValue(value: unknown, schema: unknown, depthMax: number): unknown {
  return plain(value, schema as Schema, new Map(), depthMax);
}

function plain(value: unknown, schema: Schema, named: Named, depth: number): unknown {
  if (value === null || value === undefined) return null;
  if (depth === 0) return String(value);
  if (Array.isArray(schema)) return unwrapped(value, schema, named, depth);
  if (typeof schema === "string") {
    const known = named.get(schema);
    return known ? plain(value, known, named, depth) : scalar(value);
  }
  if (schema.name !== undefined) {
    named.set(schema.name, schema);
    if (schema.namespace !== undefined) named.set(`${schema.namespace}.${schema.name}`, schema);
  }
  if (schema.logicalType !== undefined) return logical(value, schema);
  switch (schema.type) {
    case "record":
      return Object.fromEntries((schema.fields ?? []).map(({ name, type }) => [name, plain((value as Record<string, unknown>)[name], type, named, depth - 1)]));
    case "array":
      return (value as unknown[]).map((element) => plain(element, schema.items as Schema, named, depth - 1));
    case "map":
      return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, plain(inner, schema.values as Schema, named, depth - 1)]));
    case "enum":
    case "fixed":
      return scalar(value);
    default:
      return plain(value, schema.type, named, depth);
  }
}

/** The library wraps each value of a union under its branch's name. */
function unwrapped(value: unknown, branches: Schema[], named: Named, depth: number): unknown {
  const [name, inner] = Object.entries(value as object)[0];
  const branch = branches.find((branch) => branchName(branch) === name || branchName(branch) === name.split(".").at(-1)) ?? name;
  return plain(inner, branch, named, depth);
}

function branchName(schema: Schema): string {
  if (typeof schema === "string") return schema.split(".").at(-1) as string;
  if (Array.isArray(schema)) return "";
  return schema.name ?? branchName(schema.type);
}

function scalar(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return new Uint8Array(value);
  return typeof value === "bigint" ? (Number.isSafeInteger(Number(value)) ? Number(value) : value) : value;
}

const dayMs = 86_400_000;

function logical(value: unknown, schema: Exclude<Schema, string | Schema[]>): unknown {
  switch (schema.logicalType) {
    case "date":
      return isoOf(Number(value) * dayMs)?.slice(0, 10) ?? scalar(value);
    case "time-millis":
      return timeOf(BigInt(Number(value)) * 1000n);
    case "time-micros":
      return timeOf(value as bigint);
    case "timestamp-millis":
      return instant((value as bigint) * 1000n, "Z");
    case "timestamp-micros":
      return instant(value as bigint, "Z");
    case "local-timestamp-millis":
      return instant((value as bigint) * 1000n, "");
    case "local-timestamp-micros":
      return instant(value as bigint, "");
    case "decimal":
      return Buffer.isBuffer(value) ? decimalOf(value, schema.scale ?? 0) : scalar(value);
    default:
      return scalar(value);
  }
}

function isoOf(ms: number): string | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 || date.getUTCFullYear() < 1 ? undefined : date.toISOString();
}

function instant(micros: bigint, zone: string): unknown {
  const ms = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = micros - ms * 1000n;
  const iso = isoOf(Number(ms));
  return iso === undefined ? scalar(micros) : `${iso.slice(0, -1)}${String(rest).padStart(3, "0")}${zone}`;
}

function timeOf(micros: bigint): unknown {
  const iso = isoOf(Number(micros / 1000n));
  return iso === undefined ? String(micros) : `${iso.slice(11, 23)}${String(micros % 1000n).padStart(3, "0")}`;
}

/** Big-endian two's complement, as Avro has it. */
function decimalOf(bytes: Buffer, scale: number): ExactNumber {
  const unsigned = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
  const value = bytes.length > 0 && bytes[0] >= 0x80 ? unsigned - (1n << BigInt(bytes.length * 8)) : unsigned;
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return new ExactNumber(value < 0n ? `-${text}` : text);
}
