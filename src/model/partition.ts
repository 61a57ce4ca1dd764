import { MillraceError } from "../errors.ts";
import type { PartitionField } from "./manifest.ts";

/** A partition transform that knows the name of its column. */
export interface PartitionOf<F extends string> extends PartitionField {
  column: F;
}

/** One partition for each value of the column. */
export const identity = <const F extends string>(column: F): PartitionOf<F> => ({ column, transform: "identity" });
/** One partition for each year, in UTC, of a timestamp or date column. */
export const year = <const F extends string>(column: F): PartitionOf<F> => ({ column, transform: "year" });
/** One partition for each month, in UTC, of a timestamp or date column. */
export const month = <const F extends string>(column: F): PartitionOf<F> => ({ column, transform: "month" });
/** One partition for each day, in UTC, of a timestamp or date column. */
export const day = <const F extends string>(column: F): PartitionOf<F> => ({ column, transform: "day" });
/** One partition for each hour, in UTC, of a timestamp column. */
export const hour = <const F extends string>(column: F): PartitionOf<F> => ({ column, transform: "hour" });

/** Iceberg's hash of a string, integer, timestamp or date column, in `buckets` partitions: 1 to 2 ** 31 - 1. */
export function bucket<const F extends string>(column: F, buckets: number): PartitionOf<F> {
  return { column, transform: "bucket", parameter: whole(buckets, `bucket(${JSON.stringify(column)})`) };
}

/** The first `width` characters of a string column, or an integer column rounded down to a multiple of `width`. */
export function truncate<const F extends string>(column: F, width: number): PartitionOf<F> {
  return { column, transform: "truncate", parameter: whole(width, `truncate(${JSON.stringify(column)})`) };
}

function whole(value: number, where: string): number {
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw new MillraceError("MR-MODEL-001", { what: `${String(value)} is not a whole number from 1 to 2147483647`, where, mend: "give the second argument of the transform" });
}
