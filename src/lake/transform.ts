import { unscaledBytes } from "./binary-value.ts";
import type { IcebergType } from "./iceberg-type.ts";
import { decimalOf } from "./iceberg-type.ts";
import { murmur3, murmur3Long } from "./murmur3.ts";

/**
 * A value as partitioning sees it: text for `string` and `uuid`, days since 1970 for `date`, microseconds as a bigint, for a
 * double does not hold all of them, for `timestamptz` and `timestamp` (since 1970) and `time` (since midnight), a safe
 * integer or a bigint for `long`, the digits without their point as a bigint for a decimal, hexadecimal for `binary`.
 */
export type SourceValue = string | number | bigint | boolean;
/** What a transform makes of it: an integer, or for `identity` and `truncate` a value of the source's type. */
export type PartitionValue = SourceValue | null;

export interface Transform {
  /** As it stands in a partition spec, such as `bucket[16]`. */
  readonly name: string;
  /** The type of its result, for a source of the type given. */
  result(source: IcebergType): IcebergType;
  /** Of a value of the type given that is not null; null gives null. */
  apply(value: SourceValue, source: IcebergType): SourceValue;
}

const dateOrTime = ["date", "timestamptz", "timestamp"];
const microsPerHour = 3_600_000_000n;
const microsPerDay = 24n * microsPerHour;

/** Types that a transform may stand on; `decimal` stands for all of them. */
const transformSources: Record<string, string[]> = {
  identity: ["string", "boolean", "int", "long", "date", "time", "timestamptz", "timestamp", "uuid", "decimal"],
  year: dateOrTime,
  month: dateOrTime,
  day: dateOrTime,
  hour: ["timestamptz", "timestamp"],
  bucket: ["string", "int", "long", "date", "time", "timestamptz", "timestamp", "uuid", "decimal"],
  truncate: ["string", "int", "long", "decimal"],
};

/** Types that a transform may stand on, for messages. */
export function sourcesOf(transform: string): string {
  return (transformSources[transform] ?? []).join(", ");
}

/** Whether a transform may stand on a column of the type. */
export function fitsTransform(transform: string, source: IcebergType): boolean {
  const name = decimalOf(source) === undefined ? source : "decimal";
  return typeof name === "string" && (transformSources[transform] ?? []).includes(name);
}

/**
 * @param name - `identity`, `year`, `month`, `day`, `hour`, `bucket[N]`, `truncate[W]`
 * @returns undefined for a transform that is not known, such as one of a later version of the format
 */
export function transformOf(name: string): Transform | undefined {
  const [, kind, text] = /^([a-z]+)(?:\[(\d+)\])?$/.exec(name) ?? [];
  const parameter = Number(text);
  switch (kind) {
    case "identity":
      return { name, result: (source) => source, apply: (value) => value };
    case "year":
      return { name, result: () => "int", apply: (value) => new Date(daysOf(value) * 86_400_000).getUTCFullYear() - 1970 };
    case "month":
      return { name, result: () => "int", apply: (value) => monthOf(new Date(daysOf(value) * 86_400_000)) };
    case "day":
      return { name, result: () => "date", apply: daysOf };
    case "hour":
      return { name, result: () => "int", apply: (value) => Number(floorDiv(value as bigint, microsPerHour)) };
    case "bucket":
      return { name, result: () => "int", apply: (value, source) => (hashOf(value, source) & 0x7fff_ffff) % parameter };
    case "truncate":
      return { name, result: (source) => source, apply: (value) => truncated(value, parameter) };
  }
  return undefined;
}

function monthOf(date: Date): number {
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

function daysOf(value: SourceValue): number {
  return typeof value === "bigint" ? Number(floorDiv(value, microsPerDay)) : (value as number);
}

/** Rounds towards minus infinity, so that the hour before 1970 is hour -1. */
function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** Every integer is hashed as a long, so that a column widened from int keeps its buckets. */
function hashOf(value: SourceValue, source: IcebergType): number {
  if (source === "uuid") return murmur3(Buffer.from((value as string).replaceAll("-", ""), "hex"));
  if (decimalOf(source) !== undefined) return murmur3(unscaledBytes(BigInt(value)));
  if (typeof value === "string") return murmur3(Buffer.from(value, "utf8"));
  if (typeof value === "bigint") return murmur3Long(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  return murmur3Long(Number(value) | 0, Math.floor(Number(value) / 4_294_967_296) | 0);
}

function truncated(value: SourceValue, width: number): SourceValue {
  if (typeof value === "string") return firstCharacters(value, width);
  if (typeof value === "bigint") return value - (((value % BigInt(width)) + BigInt(width)) % BigInt(width));
  const number = value as number;
  return number - (((number % width) + width) % width);
}

/** The first `count` Unicode characters, pairs kept whole. */
export function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  let end = 0;
  for (let n = 0; n < count && end < text.length; n++) end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}
