import type { LaneMark } from "../log/driver.ts";
import type { Json } from "../model/manifest.ts";

/**
 * How far event time has come for one task: the lanes of its input topics, as of the task's position.
 *
 * The watermark is the lowest of the active lanes. A lane that must speak but has not holds it at minus infinity, so that
 * a fast producer cannot make the records of one that is still starting late. With no lane active there is no watermark
 * to wait for: windows may close by the wall clock.
 */
export class LaneTable {
  readonly #lanes = new Map<string, LaneMark>();
  #watermark = -Infinity;

  /**
   * @param expected - lanes that hold the watermark until they speak: bounded sources and stages, not open doors such as HTTP
   * @param saved - what `toJSON` gave at the task's position
   */
  constructor(expected: string[], saved?: Json) {
    for (const lane of expected) this.#lanes.set(lane, { lane, watermark: -Infinity, status: "active" });
    const known = saved as { lanes: [string, number | null, LaneMark["status"]][]; watermark: number | null } | undefined;
    for (const [lane, watermark, status] of known?.lanes ?? []) this.#lanes.set(lane, { lane, watermark: watermark ?? -Infinity, status });
    this.#watermark = known?.watermark ?? -Infinity;
  }

  /** Takes in a mark. A watermark never goes back. */
  update(mark: LaneMark): void {
    const known = this.#lanes.get(mark.lane)?.watermark ?? -Infinity;
    this.#lanes.set(mark.lane, { ...mark, watermark: Math.max(known, mark.watermark ?? -Infinity) });
    this.#watermark = Math.max(this.#watermark, this.#lowest());
  }

  #lowest(): number {
    let lowest = Infinity;
    for (const { watermark, status } of this.#lanes.values()) if (status === "active") lowest = Math.min(lowest, watermark);
    return lowest === Infinity ? -Infinity : lowest;
  }

  /** Milliseconds since 1970, or minus infinity. */
  get watermark(): number {
    return this.#watermark;
  }

  /** Sets the watermark forward: what was closed by the wall clock stays closed. */
  advance(watermark: number): void {
    this.#watermark = Math.max(this.#watermark, watermark);
  }

  get status(): LaneMark["status"] {
    let ended = this.#lanes.size > 0;
    for (const { status } of this.#lanes.values()) {
      if (status === "active") return "active";
      if (status === "idle") ended = false;
    }
    return ended ? "end" : "idle";
  }

  /** Lanes that hold the watermark, for those who ask why a window stays open. */
  get holders(): string[] {
    return [...this.#lanes.values()].filter(({ watermark, status }) => status === "active" && watermark <= this.#watermark).map(({ lane }) => lane);
  }

  toJSON(): Json {
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    return { lanes: [...this.#lanes.values()].map(({ lane, watermark, status }) => [lane, finite(watermark), status]), watermark: finite(this.#watermark) };
  }
}
