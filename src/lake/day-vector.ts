import type { Vector } from "../batch/batch.ts";
import { MillraceError } from "../errors.ts";
import { parseDays } from "./single-value.ts";

/**
 * Dates as days since 1970. Each entry of the dictionary is parsed once, when a record names it.
 * @throws MillraceError `MR-LAKE-003` for text that is no date
 */
export function dayVector(source: Vector, count: number, where: string): Vector {
  if (source.kind !== "str") return source;
  const { codes, dictionary, valid } = source;
  const days = new Map<number, number>();
  const values = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    if (valid && valid[row] === 0) continue;
    let day = days.get(codes[row]);
    if (day === undefined) days.set(codes[row], (day = dayOf(dictionary.at(codes[row]), `${where}, record ${row} of a batch`)));
    values[row] = day;
  }
  return { kind: "i32", values, valid };
}

function dayOf(text: string, where: string): number {
  const days = parseDays(text);
  if (days !== undefined) return days;
  throw new MillraceError("MR-LAKE-003", {
    what: `${JSON.stringify(text.slice(0, 40))} is no date`,
    where,
    mend: "write dates as YYYY-MM-DD; a JSON Schema with format date refuses others at the edge",
  });
}
