import type { Column } from "../../model/manifest.ts";
import { isoTimestamp } from "../../batch/timestamp.ts";
import { type Measured, stateOf } from "../states/collect-states.ts";
import { type ColumnState, mergeStates, noState } from "../states/column-state.ts";
import { measuredOf } from "./measured-of.ts";
import type { ProfileRecord } from "./profile-record.ts";
import { kindOfColumn } from "./record-columns.ts";

/** Records that are looked at together; times in milliseconds since 1970. */
export interface WindowPlace {
  topic: string;
  partition: number;
  /** Of windows of event time their bounds; else of the earliest and the latest record. */
  from: number;
  to: number;
}

/** What some records add to a window, as plain data. */
export interface WindowPart extends WindowPlace {
  rows: number;
  columns: [name: string, type: Column["type"], measured: Measured][];
}

/** A window that is open: the sum of its parts. */
export class ProfileWindow {
  readonly topic: string;
  readonly partition: number;
  from: number;
  to: number;
  rows = 0;
  readonly #columns = new Map<string, { name: string; type: Column["type"]; state: ColumnState }>();

  constructor({ topic, partition, from, to }: WindowPlace) {
    this.topic = topic;
    this.partition = partition;
    this.from = from;
    this.to = to;
  }

  add({ rows, from, to, columns }: WindowPart): void {
    this.rows += rows;
    this.from = Math.min(this.from, from);
    this.to = Math.max(this.to, to);
    for (const [name, type, measured] of columns) {
      const kind = kindOfColumn(type);
      const key = `${type} ${name}`;
      const { state = noState } = this.#columns.get(key) ?? {};
      this.#columns.set(key, { name, type, state: mergeStates(kind, state, stateOf(kind, measured)) });
    }
  }

  /** All that was added, as one part. */
  get part(): WindowPart {
    const { topic, partition, from, to, rows } = this;
    return { topic, partition, from, to, rows, columns: Array.from(this.#columns.values(), ({ name, type, state }) => [name, type, measuredOf(kindOfColumn(type), state)]) };
  }

  get record(): ProfileRecord {
    const { topic, partition, from, to, rows, columns } = this.part;
    return { topic, partition, window_start: isoTimestamp(from), window_end: isoTimestamp(to), rows, columns: columns.map(([name, type, state]) => ({ name, type, state })) };
  }
}
