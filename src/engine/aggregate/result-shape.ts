import { isoTimestamp } from "../../batch/timestamp.ts";
import type { Column } from "../../model/manifest.ts";
import type { GroupTable } from "./group-table.ts";
import type { ResultOf } from "./plan.ts";
import type { Slots } from "./slots.ts";
import { userValue } from "./user-value.ts";

export interface ShapeOptions {
  by: readonly Column[];
  results: readonly { name: string; of: ResultOf }[];
  /** Results belong to windows. */
  windowed: boolean;
  /** The user's own shape. Absent: the group's fields, the aggregates, `window_start` and `window_end`. */
  result?: (row: any) => unknown;
}

/** Makes the record that a slot gives. `end`: of its window, milliseconds. */
export type ResultShape = (slot: number, end: number) => unknown;

/**
 * The shape of a stage's results. The object literal is compiled once: one that is filled name by name takes several
 * times as long, and with many groups the results cost as much as the records.
 */
export function resultShape({ by, results, windowed, result }: ShapeOptions, slots: Slots, groups: GroupTable): ResultShape {
  const windowNames = !windowed ? [] : result ? ["window"] : ["window_start", "window_end"];
  const record = literal([...by.map(({ name }) => name), ...results.map(({ name }) => name), ...windowNames]);
  const shown = by.map(userValue);
  const values: unknown[] = [];
  const bounds = windowTexts();
  return (slot, end) => {
    const group = slots.group[slot];
    let at = 0;
    for (let field = 0; field < shown.length; field++) values[at++] = shown[field](groups.parts[field][group]);
    for (const { of } of results) values[at++] = of(slot);
    if (windowed) {
      const { start, end: until } = bounds(slots.start[slot], end);
      if (result) values[at++] = { start, end: until };
      else values[at++] = start;
      if (!result) values[at++] = until;
    }
    return result ? result(record(values)) : record(values);
  };
}

function literal(names: string[]): (values: unknown[]) => object {
  // As a plain key `__proto__` would set the object's prototype; in brackets it is a name like any other.
  const fields = names.map((name, i) => `${name === "__proto__" ? '["__proto__"]' : JSON.stringify(name)}: v[${i}]`);
  return new Function("v", `"use strict"; return { ${fields.join(", ")} };`) as (values: unknown[]) => object;
}

/** The bounds as text. Results come window by window, so the last ones are kept. */
function windowTexts(): (start: number, end: number) => { start: string; end: string } {
  let last = { startMs: NaN, endMs: NaN, start: "", end: "" };
  return (startMs, endMs) => {
    if (last.startMs !== startMs || last.endMs !== endMs) last = { startMs, endMs, start: isoTimestamp(startMs), end: isoTimestamp(endMs) };
    return last;
  };
}
