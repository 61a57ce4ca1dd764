import { isBytes } from "./filter-value.ts";
import { raised } from "./single-value.ts";
import type { IcebergType } from "./iceberg-type.ts";
import type { SourceValue, Transform } from "./transform.ts";

/** What the result of a partition transform says of the values that it was computed from. */
export type TransformSources =
  | {
      kind: "range";
      /** The least value with that result. */
      first(result: SourceValue, source: IcebergType): SourceValue;
      /** The greatest value with that result, or something above it; undefined where there is no bound. */
      last(result: SourceValue, source: IcebergType): SourceValue | undefined;
    }
  | { kind: "bucket"; of(value: SourceValue, source: IcebergType): number }
  /** Nothing. */
  | { kind: "none" };

export function transformSourcesOf({ name, apply }: Transform): TransformSources {
  const [, kind, text] = /^([a-z]+)(?:\[(\d+)\])?$/.exec(name) ?? [];
  const width = Number(text);
  switch (kind) {
    case "identity":
      return { kind: "range", first: (value) => value, last: (value) => value };
    case "bucket":
      return { kind: "bucket", of: (value, source) => Number(apply(value, source)) };
    case "truncate":
      return { kind: "range", first: (value) => value, last: (value, source) => lastTruncated(value, source, width) };
    case "year":
      return calendar((years) => yearStart(Number(years)));
    case "month":
      return calendar((months) => monthStart(Number(months)));
    case "day":
      return calendar((days) => BigInt(days) * 86_400n);
    case "hour":
      return calendar((hours) => BigInt(hours) * 3600n);
  }
  return { kind: "none" };
}

function lastTruncated(value: SourceValue, source: IcebergType, width: number): SourceValue | undefined {
  if (source === "string") return lastText(value as string, width);
  // Other engines cut bytes too.
  return isBytes(source) ? undefined : BigInt(value) + BigInt(width) - 1n;
}

/** A text shorter than the width was not cut: it stands for itself. */
function lastText(text: string, width: number): string | undefined {
  return [...text].length < width ? text : raised(text);
}

/** @param start - seconds from 1970 to the first moment of a year, month, day or hour */
function calendar(start: (result: bigint) => bigint): TransformSources {
  const first = (result: bigint, source: IcebergType) => (source === "date" ? start(result) / 86_400n : start(result) * 1_000_000n);
  return {
    kind: "range",
    first: (result, source) => first(BigInt(result), source),
    last: (result, source) => first(BigInt(result) + 1n, source) - 1n,
  };
}

function yearStart(year: number): bigint {
  return monthStart(year * 12);
}

/** Dates of JavaScript end before the year 275,760 on both sides; nothing is partitioned by months beyond. */
function monthStart(month: number): bigint {
  return BigInt(Date.UTC(1970, month, 1)) / 1000n;
}
