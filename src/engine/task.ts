import type { LaneMark, Member, Position, StateEntry } from "../log/driver.ts";
import type { Json } from "../model/manifest.ts";
import { LaneTable } from "./lanes.ts";
import type { Operator } from "./operator.ts";

/** A snapshot is due when the deltas since the last one are larger than it, and than this. */
const deltaBytesMin = 1024 * 1024;
const deltasMax = 512;

/** One task of a stage in this process: where it stands, what it holds in memory, and how far event time has come. */
export class Task {
  readonly number: number;
  readonly operator: Operator;
  readonly lanes: LaneTable;
  /** Next offset of each input topic. */
  readonly offsets: Map<string, number>;
  /** The mark sent everywhere last, and when, to send it again only when there is news. */
  lastMark: LaneMark | undefined;
  lastMarkAt = -Infinity;
  /** Event time has moved on since, and those downstream have not all been told. */
  owesMark = false;
  #deltaBytes = 0;
  #deltas = 0;
  #snapshotBytes = 0;

  constructor(number: number, operator: Operator, topics: string[], positions: Position[], expectedLanes: string[]) {
    this.number = number;
    this.operator = operator;
    this.offsets = new Map(topics.map((topic) => [topic, positions.find((position) => position.topic === topic)?.offset ?? 0]));
    const saved = positions.find((position) => position.topic === topics[0])?.metadata as { lanes?: Json } | undefined;
    this.lanes = new LaneTable(expectedLanes, saved?.lanes);
  }

  async restore(member: Member): Promise<void> {
    for await (const entry of member.restore(this.number)) {
      this.operator.restore?.(entry);
      this.#count(entry);
    }
  }

  /** What the operator's state has become, to commit with the epoch. */
  takeState(): StateEntry[] {
    const delta = this.operator.delta?.();
    if (!delta) return [];
    const due = this.#deltas >= deltasMax || this.#deltaBytes + delta.byteLength > Math.max(deltaBytesMin, 2 * this.#snapshotBytes);
    const entries: StateEntry[] = [{ kind: "delta", bytes: delta }];
    // Behind its delta: a log that keeps snapshots beside the deltas has the delta until the snapshot is stored.
    if (due && this.operator.snapshot) entries.push({ kind: "snapshot", bytes: this.operator.snapshot() });
    for (const entry of entries) this.#count(entry);
    return entries;
  }

  #count({ kind, bytes }: StateEntry): void {
    if (kind === "snapshot") {
      this.#deltas = 0;
      this.#deltaBytes = 0;
      this.#snapshotBytes = bytes.byteLength;
    } else {
      this.#deltas++;
      this.#deltaBytes += bytes.byteLength;
    }
  }

  positions(): Position[] {
    return [...this.offsets].map(([topic, offset], i): Position => {
      const position = { topic, partition: this.number, offset };
      // Lanes are the task's, not a topic's: they are kept once.
      return i === 0 ? { ...position, metadata: { lanes: this.lanes.toJSON() } } : position;
    });
  }
}
