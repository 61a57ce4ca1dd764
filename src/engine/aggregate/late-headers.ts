import type { Header } from "../../batch/batch.ts";
import { offsetAt } from "../../batch/select.ts";
import type { InputBatch } from "../operator.ts";

/**
 * The headers of a late record: what it missed and where it came from. Times in milliseconds since 1970.
 *
 * @param windowEnd - of the last window that it would have been in
 */
export function lateHeaders(stage: string, input: InputBatch, row: number, watermark: number, windowEnd: number): Header[] {
  const { topic, partition, batch } = input;
  const entries: [string, string | number][] = [
    // How far event time had gone past the record when it came.
    ["by", watermark - batch.eventTime[row]],
    ["watermark", watermark],
    ["window_end", windowEnd],
    ["topic", topic],
    ["partition", partition],
    ["offset", offsetAt(input, row)],
    ["stage", stage],
    ["code", "MR-ENGINE-006"],
  ];
  return entries.map(([name, value]): Header => [`mr.late.${name}`, String(value)]);
}
