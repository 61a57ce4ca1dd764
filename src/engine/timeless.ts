import { offsetAt } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import type { InputBatch } from "./operator.ts";

/** Why a record is given up that belongs to no window. */
export function timeless(input: InputBatch, row: number): MillraceError {
  return new MillraceError("MR-DATA-001", {
    what: `the record's event time, ${input.batch.eventTime[row]}, is outside the range of timestamps`,
    where: `topic "${input.topic}", partition ${input.partition}, offset ${offsetAt(input, row)}`,
    mend: "give it an event time in milliseconds since 1970",
  });
}
