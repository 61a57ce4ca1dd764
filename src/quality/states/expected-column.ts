import type { Measured } from "./collect-states.ts";
import { hasValues, type ProfiledColumn } from "./profiled-column.ts";

/** What is expected of a column before it is measured: it decides how, never what comes out. */
export interface Expected {
  /** So few different values, and short ones, that it is kept as these. */
  few: boolean;
  /** What the sums of powers are taken from. */
  mean: number;
}

/** Of the different values that a column may have, so many among the first rows: beyond, it is not tried as its values. */
export const expectedMax = (valuesMax: number): number => valuesMax * 0.5;
const probedBytesMax = 200;

/** As probes tell it. */
export type Probed = [distinct: number, bytes: number | null, mean: number | null];

export function expectedFrom([distinct, bytes, mean]: Probed, column: ProfiledColumn, valuesMax: number): Expected {
  return { few: hasValues(column) && distinct <= expectedMax(valuesMax) && (bytes ?? 0) <= probedBytesMax, mean: mean ?? 0 };
}

/** Of rows that are to come what those are that were measured. */
export function expectedOf(measured: Measured): Expected {
  if (measured.form === "values") {
    const numbers = measured.values.filter(([, , number]) => number !== null) as [string, number, number, number, number][];
    const [sum, count] = [numbers.reduce((total, [, count, number]) => total + count * number, 0), numbers.reduce((total, [, count]) => total + count, 0)];
    return { few: true, mean: count === 0 ? 0 : sum / count };
  }
  const { basics, shift } = measured;
  return { few: false, mean: shift + (basics[10] ?? 0) / (basics[9] || 1) };
}
