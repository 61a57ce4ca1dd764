import type { ColumnType } from "../../model/manifest.ts";
import { jsonSchema } from "../../model/schema-types.ts";
import type { TableProfile } from "../profile/profile.ts";
import { type Measured, stateOf } from "../states/collect-states.ts";
import { type ColumnState, mergeStates, noState } from "../states/column-state.ts";
import type { ProfiledColumn } from "../states/profiled-column.ts";
import { kindOfColumn } from "./record-columns.ts";

/**
 * What is known of the records of a window, of one partition of one topic. Several may be of one window: of each partition one, and one
 * more for what came late. They merge: the profile of any records together is `profileOf` theirs.
 */
export interface ProfileRecord {
  topic: string;
  partition: number;
  /** ISO 8601. Of windows that are so many records: event times of the earliest and the latest. */
  window_start: string;
  window_end: string;
  rows: number;
  columns: ProfiledField[];
}

/** A column of a window; `state` is plain data, to be read by `profileOf`. */
export interface ProfiledField {
  name: string;
  type: ColumnType;
  state: Measured;
}

/**
 * The schema of a topic or table that takes profiles of records.
 * @example topic("orders.profiles", { schema: profileSchema, eventTime: "window_start" })
 */
export const profileSchema = jsonSchema<ProfileRecord>({
  type: "object",
  properties: {
    topic: { type: "string" },
    partition: { type: "integer" },
    window_start: { type: "string", format: "date-time" },
    window_end: { type: "string", format: "date-time" },
    rows: { type: "integer" },
    columns: { type: "array", items: { type: "object" } },
  },
  required: ["topic", "partition", "window_start", "window_end", "rows", "columns"],
});

const sqlTypes: Readonly<Record<ColumnType, string>> = { string: "VARCHAR", json: "JSON", integer: "BIGINT", number: "DOUBLE", boolean: "BOOLEAN", timestamp: "TIMESTAMP WITH TIME ZONE", date: "DATE" };

/**
 * The profile of all records of these windows together, as if they had been looked at at once: what `millrace profile` says of a table.
 * @param dataset - what it is called in the profile
 */
export async function profileOf(windows: Iterable<ProfileRecord>, dataset: string): Promise<TableProfile> {
  const columns = new Map<string, { column: ProfiledColumn; state: ColumnState }>();
  let rows = 0;
  for (const window of windows) {
    rows += window.rows;
    for (const { name, type, state } of window.columns) {
      const kind = kindOfColumn(type);
      const before = columns.get(`${type} ${name}`);
      columns.set(`${type} ${name}`, { column: { path: [name], type: sqlTypes[type], kind, sql: name }, state: mergeStates(kind, before?.state ?? noState, stateOf(kind, state)) });
    }
  }
  // What looks at texts is large, and stages import this file.
  const { tableProfile } = await import("../profile/table-profile.ts");
  const all = [...columns.values()];
  return tableProfile({ dataset, snapshotId: undefined, rows, columns: all.map(({ column }) => column), columnsLeftOut: 0, states: all.map(({ state }) => state), files: { all: 0, read: 0 }, at: new Date() });
}
